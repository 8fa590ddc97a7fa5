//! The JSON Schema of feeds, generated from their types. With it, editors complete and check a feed while it
//! is written. `feeds/feed.schema.json` holds its text, and a test compares both.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::spec::FeedSpec;

/// The JSON Schema of a feed, as draft 7, which editors support best.
#[must_use]
pub fn json_schema() -> Value {
    let mut schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<FeedSpec>().to_value();
    // The types cannot express required keys, because they have defaults that stand in for missing keys.
    schema["title"] = json!("Sluice feed");
    schema["properties"]["version"]["const"] = json!(1);
    schema["definitions"]["SchemaSpec"]["required"] = json!(["fields"]);
    schema["definitions"]["FieldSpec"]["required"] = json!(["name"]);
    schema["definitions"]["ImportSpec"]["oneOf"] =
        json!([{"required": ["table"]}, {"required": ["collection", "connection"]}, {"required": ["queue"]}]);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::tree;

    fn errors(yaml: &str) -> Vec<String> {
        let validator = jsonschema::validator_for(&json_schema()).unwrap();
        let feed = tree(yaml).unwrap();
        validator.iter_errors(&feed).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[test]
    fn the_file_is_current() {
        let text = format!("{:#}\n", json_schema());
        let file = include_str!("../../../../feeds/feed.schema.json");
        assert!(text == file, "write it again: see CONTRIBUTING.md, \"Changing the feed language\"");
    }

    #[test]
    fn the_shipped_feeds_are_valid() {
        let feeds = [
            include_str!("../../../../feeds/postings.yaml"),
            include_str!("../../../../feeds/products.yaml"),
            include_str!("../../../../feeds/sales.yaml"),
            include_str!("../../../../feeds/statement.yaml"),
            include_str!("../../../../feeds/stock.yaml"),
            include_str!("../../../../feeds/webshop.yaml"),
            include_str!("../../../../feeds/shop-export.yaml"),
            include_str!("../../../../feeds/catalogue.yaml"),
        ];
        for yaml in feeds {
            assert_eq!(errors(yaml), Vec::<String>::new());
            assert!(yaml.starts_with("# yaml-language-server: $schema=feed.schema.json\n"), "editors look there");
        }
    }

    #[test]
    fn a_misspelt_key_is_reported_and_table_schema_is_open() {
        let good = "version: 1\nname: a\nschema: {fields: [{name: id, 'rdf:type': x, constraints: {extra: 1}}]}\n\
                    import: {table: a, key: [id]}\n";
        assert_eq!(errors(good), Vec::<String>::new());
        for (from, to) in [
            ("version: 1", "version: 2"),
            ("name: a\n", "nmae: a\n"),
            ("name: a\n", "name: a\nsource: {delimitr: x}\n"),
            ("name: a\n", "name: a\nrestructure: {id: {clean: [trimm]}}\n"),
            ("name: a\n", "name: a\nvalidate: {rules: [{range: {feild: id}}]}\n"),
            ("name: id,", "type: strng, name: id,"),
            ("name: id,", ""),
            ("key: [id]", "key: id"),
            ("table: a", "table: a, queue: b"),
            ("table: a, ", ""),
        ] {
            let broken = good.replacen(from, to, 1);
            assert!(broken != good && !errors(&broken).is_empty(), "{broken}");
        }
    }
}
