//! The target table of a feed as a CloudFormation template.

use aws_sdk_dynamodb::types::{KeyType, ScalarAttributeType};

use super::{EXPIRES, Wanted};

/// A template with the table.
pub fn template(wanted: &Wanted) -> String {
    let key: Vec<(String, KeyType, ScalarAttributeType)> =
        wanted.key().map(|(field, kind, of)| (quoted(&field.name), kind, of)).collect();
    let definitions =
        key.iter().map(|(name, _, of)| format!("{{ AttributeName: {name}, AttributeType: {} }}", of.as_str()));
    let schema = key.iter().map(|(name, kind, _)| format!("{{ AttributeName: {name}, KeyType: {} }}", kind.as_str()));
    let tags = wanted.tags().map(|(key, value)| format!("{{ Key: {}, Value: {} }}", quoted(key), quoted(value)));
    format!(
        "# The target table of the feed {feed}. Deploy it as a stack of its own, or put it into a template of yours.\n\
         AWSTemplateFormatVersion: \"2010-09-09\"\n\
         Resources:\n  \
           {id}:\n    \
             Type: AWS::DynamoDB::Table\n    \
             DeletionPolicy: Retain\n    \
             UpdateReplacePolicy: Retain\n    \
             Properties:\n      \
               TableName: {table}\n      \
               BillingMode: PAY_PER_REQUEST\n      \
               AttributeDefinitions:\n{definitions}      \
               KeySchema:\n{schema}      \
               PointInTimeRecoverySpecification: {{ PointInTimeRecoveryEnabled: true }}\n      \
               SSESpecification: {{ SSEEnabled: true }}\n{forgets}      \
               Tags:\n{tags}",
        feed = wanted.feed,
        id = id(&wanted.target.name),
        table = quoted(&wanted.name),
        definitions = list(definitions),
        schema = list(schema),
        forgets = if wanted.forgets {
            format!("      TimeToLiveSpecification: {{ AttributeName: {EXPIRES}, Enabled: true }}\n")
        } else {
            String::new()
        },
        tags = list(tags.into_iter()).trim_end(),
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.flat_map(|item| ["        - ".to_owned(), item, "\n".to_owned()]).collect()
}

/// A text in quotes: a JSON string is a YAML string too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The logical name of a table in a template: letters and digits.
fn id(table: &str) -> String {
    let words = table.split(|letter: char| !letter.is_ascii_alphanumeric());
    let word = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_ascii_uppercase() + rest,
        None => String::new(),
    };
    words.map(word).collect::<String>() + "Table"
}

#[cfg(test)]
mod tests {
    use sluice_engine::feed::FeedPlan;

    use super::*;

    #[test]
    fn the_template_has_the_key_of_the_feed() {
        let plan = FeedPlan::from_yaml(
            "version: 1\nname: prices\nschema: {fields: [{name: shop id, constraints: {required: true}}, \
             {name: line, type: integer, constraints: {required: true}}]}\n\
             import: {table: daily-prices.v2, key: [shop id, line]}\n",
        );
        let plan = plan.map_err(|problems| format!("{problems:?}")).unwrap();
        let printed = Wanted::new(&plan, "shop-target-", "shop").unwrap().template();
        let expected = r#"# The target table of the feed prices. Deploy it as a stack of its own, or put it into a template of yours.
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  DailyPricesV2Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: "shop-target-daily-prices.v2"
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - { AttributeName: "shop id", AttributeType: S }
        - { AttributeName: "line", AttributeType: N }
      KeySchema:
        - { AttributeName: "shop id", KeyType: HASH }
        - { AttributeName: "line", KeyType: RANGE }
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }
      SSESpecification: { SSEEnabled: true }
      Tags:
        - { Key: "sluice:stack", Value: "shop" }
        - { Key: "sluice:feed", Value: "prices" }"#;
        assert_eq!(printed, expected);
    }

    #[test]
    fn a_table_forgets_marks_if_the_feed_says_so() {
        for (expires, forgets) in [("", false), (", expires: 90d", true)] {
            let plan = FeedPlan::from_yaml(&format!(
                "version: 1\nname: p\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}, {{name: gone}}]}}\n\
                 import: {{table: p, key: [id], delete: {{when: 'record.gone == \"1\"'{expires}}}}}\n"
            ));
            let plan = plan.map_err(|problems| format!("{problems:?}")).unwrap();
            let printed = Wanted::new(&plan, "shop-target-", "shop").unwrap().template();
            let line = "\n      TimeToLiveSpecification: { AttributeName: _expires, Enabled: true }\n      Tags:";
            assert_eq!(printed.contains(line), forgets, "{printed}");
        }
    }

    #[test]
    fn a_logical_name_has_letters_and_digits() {
        for (table, expected) in [("products", "ProductsTable"), ("a_b.c-9", "ABC9Table"), ("_", "Table")] {
            assert_eq!(id(table), expected);
        }
    }

    #[test]
    fn a_feed_for_a_collection_needs_no_table() {
        let yaml = "version: 1\nname: p\nschema:\n  fields:\n    - {name: id, constraints: {required: true}}\n\
                    import: {collection: shop.p, connection: main, key: [id]}\n";
        let plan = FeedPlan::from_yaml(yaml).unwrap();
        let refused = Wanted::new(&plan, "shop-target-", "shop").err().unwrap().to_string();
        assert_eq!(refused, "the feed p imports into a collection, not into a table");
    }
}
