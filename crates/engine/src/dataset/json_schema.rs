//! The JSON Schema of datasets, generated from their types. `datasets/dataset.schema.json` holds its text, and a test compares both.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::spec::DatasetSpec;

/// The JSON Schema of a dataset, as draft 7, which editors support best.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<DatasetSpec>().to_value();
    // The types cannot express required keys, because they have defaults that stand in for missing keys.
    schema["title"] = json!("Sluice dataset");
    schema["required"] = json!(["dataset", "set", "members", "into"]);
    schema["definitions"]["SetSpec"]["required"] = json!(["fromFileName"]);
    schema["definitions"]["MemberSpec"]["required"] = json!(["feed"]);
    schema["definitions"]["MemberSpec"]["dependencies"] = json!({"parent": ["by"], "by": ["parent"]});
    schema["properties"]["members"]["minProperties"] = json!(2);
    schema["properties"]["into"]["minItems"] = json!(1);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_current() {
        let text = format!("{:#}\n", json_schema());
        let file = include_str!("../../../../datasets/dataset.schema.json");
        assert!(text == file, "write it again: see CONTRIBUTING.md, \"Changing the feed language\"");
    }

    #[test]
    fn the_shipped_dataset_is_valid_and_a_misspelt_key_is_not() {
        let yaml = include_str!("../../../../datasets/customer-orders.yaml");
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        let errors = |yaml: &str| validator.iter_errors(&crate::feed::tree(yaml).unwrap()).count();
        assert_eq!(errors(yaml), 0);
        assert!(yaml.starts_with("# yaml-language-server: $schema=dataset.schema.json\n"), "editors look there");
        for (from, to) in [("parent:", "parnet:"), ("set:", "sets:"), ("into: [", "onto: [")] {
            let broken = yaml.replacen(from, to, 1);
            assert!(broken != yaml && errors(&broken) > 0, "{broken}");
        }
    }
}
