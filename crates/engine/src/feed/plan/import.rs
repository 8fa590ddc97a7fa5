//! `import`: checks where records go.

use super::Check;
use crate::import::{is_json, path as item_path};
use crate::spec::{Duplicates, FeedSpec, FieldType, SchemaSpec};

/// Where records go.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// The table, as the feed names it.
    pub table: String,
    /// The fields of its key, by their index: one or two.
    pub key: Vec<usize>,
    /// Which of several records with one key wins.
    pub duplicates: Duplicates,
}

impl Check<'_> {
    /// Whether a table may have such a name.
    pub(super) fn table_name(&mut self, path: &str, name: &str) {
        // A prefix of up to 80 characters goes before it; DynamoDB allows 255 in all.
        let valid = (1..=170).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !valid {
            self.problem(path, format!("{name:?} is not a table name: a-z, A-Z, 0-9, -, _ and ."));
        }
    }

    pub(super) fn import(&mut self, spec: &FeedSpec, schema: &SchemaSpec) -> ImportPlan {
        let import = &spec.import;
        self.table_name("import.table", &import.table);
        if !(1..=2).contains(&import.key.len()) {
            self.problem("import.key", "names one field, or two where the table has a sort key");
        }
        let mut key = Vec::new();
        for (at, name) in import.key.iter().enumerate() {
            let path = format!("import.key[{at}]");
            let Some(index) = self.field(&path, name) else { continue };
            if key.contains(&index) {
                self.problem(&path, "is named twice");
            }
            if !schema.fields[index].constraints.required {
                let message = format!("{name:?} must be required: a record without its key cannot be written");
                self.problem(&path, message);
            }
            if schema.fields[index].field_type == FieldType::Boolean {
                self.problem(&path, format!("{name:?} is a boolean, which cannot be a key"));
            }
            if is_json(schema.fields[index].field_type) {
                let of = schema.fields[index].field_type.as_str();
                self.problem(&path, format!("{name:?} is of the type {of}, which cannot be a key"));
            }
            if item_path(name).len() > 1 {
                self.problem(&path, format!("{name:?} is a place in a nested record, which cannot be a key"));
            }
            key.push(index);
        }
        ImportPlan { table: import.table.clone(), key, duplicates: import.duplicates }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;

    #[test]
    fn nested_records_and_keys_do_not_go_together() {
        let yaml = "
version: 1
name: p
schema:
  fields:
    - {name: id.no, constraints: {required: true}}
    - {name: tags, type: array, constraints: {required: true}}
    - {name: price}
    - {name: price.amount, type: number}
    - {name: price.amount.net, type: number}
    - {name: prices.amount, type: number}
import: {table: p, key: [id.no, tags]}
";
        let problems = FeedPlan::from_yaml(yaml).err().unwrap();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "schema.fields[2].name: \"price\" cannot have a value of its own and hold \"price.amount\"",
                "schema.fields[3].name: \"price.amount\" cannot have a value of its own and hold \"price.amount.net\"",
                "import.key[0]: \"id.no\" is a place in a nested record, which cannot be a key",
                "import.key[1]: \"tags\" is of the type array, which cannot be a key",
            ]
        );
    }
}
