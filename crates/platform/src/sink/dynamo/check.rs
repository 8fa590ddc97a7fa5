//! Checks that a table is usable and has the feed's key.

use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType, TableDescription, TableStatus};

use crate::sink::KeyField;

/// The problems of a table, one sentence each.
pub(super) fn problems(table: &str, description: Option<&TableDescription>, key: &[KeyField]) -> Vec<String> {
    let Some(description) = description else { return vec![format!("The table {table:?} cannot be described.")] };
    let mut problems = Vec::new();
    match description.table_status() {
        Some(TableStatus::Active | TableStatus::Updating) | None => {}
        Some(status) => problems.push(format!("The table {table:?} is {}, not ACTIVE.", status.as_str())),
    }
    let actual = actual_key(description);
    let expected: Vec<String> = key.iter().map(|field| describe(&field.name, type_of(field))).collect();
    if actual != expected {
        problems.push(format!(
            "The key of the table {table:?} is ({}), and the feed's is ({}).",
            actual.join(", "),
            expected.join(", ")
        ));
    }
    problems
}

/// The key fields of a table, the partition key first.
fn actual_key(description: &TableDescription) -> Vec<String> {
    let mut elements: Vec<_> = description.key_schema().iter().collect();
    elements.sort_by_key(|element| *element.key_type() != KeyType::Hash);
    let type_of = |name: &str| {
        description
            .attribute_definitions()
            .iter()
            .find(|definition| definition.attribute_name() == name)
            .map_or("?", |definition| definition.attribute_type().as_str())
    };
    elements.iter().map(|element| describe(element.attribute_name(), type_of(element.attribute_name()))).collect()
}

fn type_of(field: &KeyField) -> &'static str {
    if field.number { "N" } else { "S" }
}

fn describe(name: &str, attribute_type: &str) -> String {
    let kind = match ScalarAttributeType::from(attribute_type) {
        ScalarAttributeType::S => "a text",
        ScalarAttributeType::N => "a number",
        ScalarAttributeType::B => "binary",
        _ => "of unknown type",
    };
    format!("{name}: {kind}")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{AttributeDefinition, KeySchemaElement};

    use super::*;

    fn table(key: &[(&str, KeyType, ScalarAttributeType)]) -> TableDescription {
        let mut table = TableDescription::builder().table_status(TableStatus::Active);
        for (name, key_type, attribute_type) in key {
            table = table
                .key_schema(
                    KeySchemaElement::builder().attribute_name(*name).key_type(key_type.clone()).build().unwrap(),
                )
                .attribute_definitions(
                    AttributeDefinition::builder()
                        .attribute_name(*name)
                        .attribute_type(attribute_type.clone())
                        .build()
                        .unwrap(),
                );
        }
        table.build()
    }

    fn field(name: &str, number: bool) -> KeyField {
        KeyField { name: name.to_owned(), number }
    }

    #[test]
    fn names_order_and_types_count() {
        let orders = table(&[
            ("line", KeyType::Range, ScalarAttributeType::N),
            ("order", KeyType::Hash, ScalarAttributeType::S),
        ]);
        let good = [field("order", false), field("line", true)];
        assert_eq!(problems("orders", Some(&orders), &good), Vec::<String>::new());
        assert_eq!(
            problems("orders", Some(&orders), &[field("order", true)]),
            ["The key of the table \"orders\" is (order: a text, line: a number), and the feed's is \
                 (order: a number)."]
        );
    }
}
