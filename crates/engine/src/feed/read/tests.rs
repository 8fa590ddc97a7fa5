use proptest::prelude::*;

use super::*;
use crate::feed::{FeedFiles, FeedPlan};

const MINIMAL: &str = "version: 1
name: orders
schema: {fields: [{name: id, constraints: {required: true}}]}
import: {table: orders, key: [id]}
";

fn located(problems: &[FeedProblem]) -> Vec<String> {
    problems.iter().map(FeedProblem::located).collect()
}

fn reported(yaml: &str) -> Vec<String> {
    located(&FeedPlan::from_yaml(yaml).err().unwrap_or_default())
}

#[test]
fn every_problem_has_its_place_in_the_order_of_the_text() {
    let yaml = "version: 2
name: Orders
restructure:
  idd: {from: Id}
  price:
    from: Price
    clean: [trimm, {splitt: x}, {default: [1]}, {replace: {text: a, wiht: b}}]
schema:
  fields:
    - {name: id, type: integr, constraints: {minimum: x}}
    - name: price
      type: number
      constraints:
        minLength: short
validate: [1]
import:
  table: 7
  key: id
";
    assert_eq!(
        reported(yaml),
        [
            "line 1, column 10: version: is 2, but this release reads version 1",
            "line 2, column 7: name: \"Orders\" is not a feed name: expected 1 to 40 of a-z, 0-9 and -, beginning with a letter",
            "line 4, column 3: restructure.idd: \"idd\" is not a field of the schema; did you mean \"id\"?",
            "line 7, column 13: restructure.price.clean[0]: \"trimm\" is not allowed here; did you mean \"trim\"?",
            "line 7, column 21: restructure.price.clean[1].splitt: is not a key of the feed language; did you mean \
             \"split\"?",
            "line 7, column 34: restructure.price.clean[2].default: expected a text, a number or a truth value, found \
             a list",
            "line 7, column 69: restructure.price.clean[3].replace.wiht: is not a key of the feed language; did you \
             mean \"with\"?",
            "line 10, column 24: schema.fields[0].type: \"integr\" is not allowed here; did you mean \"integer\"?",
            "line 14, column 20: schema.fields[1].constraints.minLength: expected a whole number that is not \
             negative, found the text \"short\"",
            "line 15, column 1: validate: expected a map, found a list",
            "line 17, column 10: import.table: expected a text, found the number 7; in quotes it is a text: \"7\"",
            "line 18, column 8: import.key: expected a list, found the text \"id\"",
        ]
    );
}

#[test]
fn problems_of_the_meaning_have_their_place_too() {
    let yaml = MINIMAL.replace("version: 1", "version: 2").replace("key: [id]", "key: [idd]");
    assert_eq!(
        reported(&yaml),
        [
            "line 1, column 10: version: is 2, but this release reads version 1",
            "line 4, column 31: import.key[0]: \"idd\" is not a field of the schema; did you mean \"id\"?",
        ]
    );
}

#[test]
fn keys_that_come_twice_are_reported_with_all_the_rest() {
    let yaml = format!("{MINIMAL}name: again\nreprot: {{}}\n");
    assert_eq!(
        reported(&yaml),
        [
            "line 5, column 1: the key \"name\" is repeated; it was first used in line 2",
            "line 6, column 1: reprot: is not a key of the feed language; did you mean \"report\"?",
        ]
    );
}

#[test]
fn no_number_becomes_a_float() {
    let minimum = "0.10000000000000000000000000000000000001";
    let yaml = MINIMAL.replace("required: true", &format!("required: true, minimum: {minimum}, enum: [007, 1.50]"));
    let (spec, _) = read(&yaml).unwrap();
    let SchemaRef::Inline(schema) = &spec.schema else { panic!("{spec:?}") };
    let constraints = &schema.fields[0].constraints;
    let text = |value| crate::spec::Scalar::of(value).unwrap().0;
    assert_eq!(text(constraints.minimum.as_ref().unwrap()), minimum);
    assert_eq!(constraints.one_of.as_ref().unwrap().iter().map(text).collect::<Vec<_>>(), ["007", "1.50"]);
}

#[test]
fn no_and_null_in_upper_case_are_texts() {
    let yaml = MINIMAL.replace("fields:", "missingValues: [NULL, no, ''], fields:");
    let (spec, _) = read(&yaml).unwrap();
    let SchemaRef::Inline(schema) = &spec.schema else { panic!("{spec:?}") };
    let values: Vec<_> = schema.missing_values.as_ref().unwrap().iter().map(|missing| missing.value.as_str()).collect();
    assert_eq!(values, ["NULL", "no", ""]);
}

#[test]
fn unknown_keys_of_a_table_schema_are_notes() {
    let yaml = MINIMAL
        .replace("required: true", "requird: true, required: true")
        .replace("{fields:", "{title: Orders, primarykey: id, fields:")
        .replace("name: id,", "name: id, 'dc:type': text,");
    let plan = FeedPlan::from_yaml(&yaml)
        .map_err(|problems| located(&problems))
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(
        located(&plan.notes),
        [
            "line 3, column 25: schema.primarykey: is not a key of Table Schema, and has no effect; did you mean \"primaryKey\"?",
            "line 3, column 61: schema.fields[0].dc:type: is not a key of Table Schema, and has no effect",
            "line 3, column 92: schema.fields[0].constraints.requird: is not a key of Table Schema, and has no effect; did you mean \"required\"?",
        ]
    );
}

#[test]
fn constraints_outside_of_constraints_are_reported_with_all_the_rest() {
    let yaml = MINIMAL
        .replace("{name: id,", "{name: no, required: true, enum: [a], title: No}, {name: id,")
        .replace("required: true}", "required: true, type: integer, title: Id}")
        .replace("key: [id]", "key: [idd]");
    assert_eq!(
        reported(&yaml),
        [
            "line 3, column 30: schema.fields[0].required: has no effect here: it is a constraint; write \
             \"constraints: {required: true}\"",
            "line 3, column 46: schema.fields[0].enum: has no effect here: it is a constraint; write \"constraints: \
             {enum: …}\"",
            "line 3, column 110: schema.fields[1].constraints.type: has no effect here: it is not a constraint; write \
             it in the field itself, beside \"constraints\"",
            "line 4, column 31: import.key[0]: \"idd\" is not a field of the schema; did you mean \"id\"?",
        ]
    );
    // The same in a file beside the feed.
    let mut files = FeedFiles::default();
    files.insert("orders.json".into(), "{\"fields\": [{\"name\": \"id\", \"required\": true}]}".into());
    let yaml = MINIMAL.replace("{fields: [{name: id, constraints: {required: true}}]}", "orders.json");
    let problems = located(&FeedPlan::from_files(&yaml, &files).err().unwrap_or_default());
    assert!(
        problems[0].starts_with("orders.json: line 1, column 28: schema.fields[0].required: has no effect"),
        "{problems:?}"
    );
}

#[test]
fn a_name_that_is_not_the_files_is_reported() {
    assert_eq!(misnamed(MINIMAL, "orders"), None);
    assert_eq!(
        located(&misnamed(MINIMAL, "stock").into_iter().collect::<Vec<_>>()),
        [
            "line 2, column 7: name: is \"orders\", but its file is named \"stock\": a feed is found by the name of its file; \
             write \"name: stock\", or name the file \"orders.yaml\""
        ]
    );
    // Invalid names are not suggested, and missing names are reported elsewhere.
    assert_eq!(
        misnamed(MINIMAL, "My Feed").and_then(|problem| problem.hint),
        Some("name the file \"orders.yaml\"".into())
    );
    assert_eq!(misnamed("version: 1", "stock"), None);
}

#[test]
fn problems_of_a_schema_in_a_file_are_reported_in_that_file() {
    let yaml = MINIMAL.replace("{fields: [{name: id, constraints: {required: true}}]}", "orders.json");
    let reported = |schema: &str| {
        let mut files = FeedFiles::default();
        files.insert("orders.json".into(), schema.into());
        located(&FeedPlan::from_files(&yaml, &files).err().unwrap_or_default())
    };
    assert_eq!(
        reported("{\"fields\": ["),
        ["orders.json: line 1, column 12: schema: not readable as YAML: unclosed bracket '['"]
    );
    assert_eq!(
        reported("{\n  \"fields\": [{\"name\": \"id\", \"type\": \"text\"}]\n}"),
        ["orders.json: line 2, column 37: schema.fields[0].type: \"text\" is not allowed here; did you mean \
             \"string\"?"]
    );
    let wrong = "{\"fields\": [{\"name\": \"id\", \"constraints\": {\"required\": true, \"pattern\": \"(\"}}]}";
    assert!(
        reported(wrong)[0].starts_with("orders.json: line 1, column 73: schema.fields[0].constraints.pattern:"),
        "{:?}",
        reported(wrong)
    );
    // Problems of the feed itself stay there.
    let no_files = FeedPlan::from_files(&yaml, &FeedFiles::default()).err().unwrap_or_default();
    assert_eq!(located(&no_files)[0], "line 3, column 9: schema: there is no file \"orders.json\" beside the feed");
}

#[test]
fn more_problems_than_are_of_use_are_counted() {
    let keys = (0..500).map(|n| format!("key{n}: 1")).collect::<Vec<_>>().join("\n");
    let reported = reported(&keys);
    assert_eq!(reported.len(), MAX_PROBLEMS + 1, "{:?}", reported.first());
    assert!(reported.iter().any(|problem| problem.contains("has more problems; only the first 100")), "{reported:?}");
    let twice = "version: 1\n".repeat(500);
    let reported = located(&read(&twice).unwrap_err());
    assert_eq!(reported.len(), MAX_PROBLEMS + 1);
    assert_eq!(reported.last().map(String::as_str), Some("has 401 more problems, which are not listed"));
}

proptest! {
    /// Any tree of language keys and texts is read or reported, and every problem has a place.
    #[test]
    fn any_feed_is_read_or_reported(tree in tree()) {
        if let Err(problems) = FeedPlan::from_yaml(&tree.to_string()) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                let text = problem.to_string();
                for word in ["variant", "invalid", "u32", "u64", "i32", "struct", "sequence", "string or map", "private"] {
                    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
                    prop_assert!(!words.contains(&word), "{}", text);
                }
            }
        }
    }
}

/// Trees of words of the language, in any place.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let word = prop::sample::select(vec![
        "version",
        "source",
        "name",
        "delimiter",
        "footer",
        "countCell",
        "labels",
        "match",
        "restructure",
        "from",
        "join",
        "columns",
        "clean",
        "replace",
        "map",
        "values",
        "split",
        "take",
        "units",
        "boolean",
        "true",
        "schema",
        "fields",
        "type",
        "constraints",
        "minimum",
        "enum",
        "minLength",
        "missingValues",
        "primaryKey",
        "validate",
        "rules",
        "range",
        "prohibited",
        "terms",
        "field",
        "compare",
        "is",
        "limits",
        "totals",
        "maxRejects",
        "import",
        "table",
        "key",
        "duplicates",
        "report",
        "recipients",
        "on",
        "subject",
        "trim",
        "date",
        "id",
        "fieldsMatch",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| json!(word)),
        any::<i64>().prop_map(|number| json!(number)),
        "[0-9]{1,3}\\.[0-9]{1,30}".prop_map(|text| serde_json::from_str(&text).unwrap_or(Value::Null)),
        any::<bool>().prop_map(|truth| json!(truth)),
        Just(Value::Null),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((word.clone(), inner), 0..6).prop_map(|entries| Value::Object(
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

#[test]
fn foreign_keys_are_noted_with_the_rule_that_checks_them() {
    let yaml = "version: 1
name: orders
schema:
  fields: [{name: id, constraints: {required: true}}, {name: sku}, {name: stock}]
  foreignKeys:
    - {fields: sku, reference: {resource: products, fields: id}}
    - {fields: [sku, stock], reference: {resource: shelves, fields: [number, name]}}
    - {fields: sku, reference: {resource: '', fields: id}}
import: {table: orders, key: [id]}
";
    let notes = located(&FeedPlan::from_yaml(yaml).map_err(|problems| located(&problems)).unwrap().notes);
    let checks =
        "is not checked: the rule `reference` checks that a value is a key of another table that Sluice writes";
    let rule = "add to `validate.rules`, with the name of that table";
    assert_eq!(
        notes,
        [
            format!(
                "line 5, column 3: schema.foreignKeys[0]: {checks}; {rule}: reference: {{field: sku, table: products, \
                 key: id}} (if this is its whole key)"
            ),
            format!(
                "line 5, column 3: schema.foreignKeys[1]: {checks}; {rule}: reference: {{field: [sku, stock], table: \
                 shelves, key: [number, name]}} (if this is its whole key)"
            ),
            format!("line 5, column 3: schema.foreignKeys[2]: {checks}"),
        ]
    );
    assert!(located(&FeedPlan::from_yaml(MINIMAL).map_err(|problems| located(&problems)).unwrap().notes).is_empty());
}
