//! `import`: checks where records go.

use std::collections::HashSet;

use super::PlanBuilder;
use crate::connection::ConnectionName;
use crate::sink::{SinkKind, SinkRules, path as item_path};
use crate::spec::{Duplicates, FeedSpec, ImportSpec, SchemaSpec};

/// Where records go.
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// The sink.
    pub sink: SinkKind,
    /// The target in the sink, as the feed names it.
    pub target: String,
    /// The connection that leads to the target; `None` if the sink needs none.
    pub connection: Option<ConnectionName>,
    /// The indices of the fields of its key.
    pub key: Vec<usize>,
    /// Which of several records with the same key wins.
    pub duplicates: Duplicates,
}

impl PlanBuilder<'_> {
    /// Checks that a target of the sink can have this name.
    pub(super) fn target_name(&mut self, path: &str, sink: &dyn SinkRules, name: &str) {
        if let Some(refusal) = sink.refuse_name(name) {
            self.problem(path, refusal);
        }
    }

    /// Checks that the key has no more fields than the sink allows.
    pub(super) fn key_length(&mut self, path: &str, sink: &dyn SinkRules, fields: usize) {
        let most = sink.limits().key_bytes.len();
        if !(1..=most).contains(&fields) {
            let target = sink.target();
            self.problem(path, format!("names {fields} fields; the key of a {target} has 1 to {most}"));
        }
    }

    pub(super) fn import(&mut self, spec: &FeedSpec, kind: SinkKind, target: &str, schema: &SchemaSpec) -> ImportPlan {
        let (import, sink) = (&spec.import, kind.rules());
        if self.one_target(import) {
            self.target_name(&format!("import.{}", sink.target()), sink, target);
        }
        let connection = self.connection(import);
        self.attributes(import, schema);
        self.key_length("import.key", sink, import.key.len());
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
            if !sink.may_be_key(schema.fields[index].field_type) {
                let of = schema.fields[index].field_type.as_str();
                self.problem(&path, format!("{name:?} is of the type {of}, which cannot be a key"));
            }
            if item_path(name).len() > 1 {
                self.problem(&path, format!("{name:?} is a field of a nested record, which cannot be a key"));
            }
            key.push(index);
        }
        ImportPlan { sink: kind, target: target.to_owned(), connection, key, duplicates: import.duplicates }
    }

    /// Checks that a feed names one target, and returns whether it names any.
    fn one_target(&mut self, import: &ImportSpec) -> bool {
        match (&import.table, &import.collection) {
            (None, None) => {
                self.problem("import", "names no target: it needs `table`, or `collection` and `connection`");
                return false;
            }
            (Some(table), Some(_)) => {
                let message = format!("a feed has one target, and this one names the table {table:?} too");
                self.problem("import.collection", message);
            }
            _ => {}
        }
        true
    }

    /// The connection that a feed names, which goes with a collection and nothing else.
    fn connection(&mut self, import: &ImportSpec) -> Option<ConnectionName> {
        match (&import.collection, &import.connection) {
            (_, Some(name)) if name.contains("://") => {
                // The address may hold a password, so it is not shown.
                let message =
                    "is an address; a feed has the name of a connection that an operator registers in the stack";
                self.problem("import.connection", message);
                None
            }
            (None, Some(_)) if import.table.is_some() => {
                self.problem("import.connection", "a table needs no connection; a collection does");
                None
            }
            (_, Some(name)) => self.take("import.connection", name.parse()),
            (Some(_), None) if import.table.is_none() => {
                let message = "is missing: it names the connection of the stack that leads to the collection";
                self.problem("import.connection", message);
                None
            }
            (_, None) => None,
        }
    }

    /// Checks that a record has no more attributes than the sink allows.
    fn attributes(&mut self, import: &ImportSpec, schema: &SchemaSpec) {
        let beside = schema.fields.iter().filter(|field| !import.key.contains(&field.name));
        let attributes: HashSet<&str> = beside.filter_map(|field| item_path(&field.name).first().copied()).collect();
        let (found, most) = (attributes.len(), self.sink.limits().attributes);
        if found > most {
            let target = self.sink.target();
            let message = format!("has {found} attributes beside the key; a {target} takes up to {most}");
            self.problem("schema.fields", message);
        }
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
        let reported: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            reported,
            [
                "schema.fields[2].name: \"price\" cannot have a value of its own and hold \"price.amount\"",
                "schema.fields[3].name: \"price.amount\" cannot have a value of its own and hold \"price.amount.net\"",
                "import.key[0]: \"id.no\" is a field of a nested record, which cannot be a key",
                "import.key[1]: \"tags\" is of the type array, which cannot be a key",
            ]
        );
    }
}
