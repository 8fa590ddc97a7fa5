//! `sluice table create`.

use serde_json::{Value, json};

use super::fake::{Answer, Buckets, FakeAws, Request};
use super::stdout;

const FEED: &str = "version: 1\nname: shop\nschema: {fields: [{name: id, constraints: {required: true}}]}\n\
                    import: {table: shop, key: [id]}\n";

/// A stack with a feed, and with these answers about tables.
fn stack(tables: impl Fn(&Request) -> Option<Answer> + Send + 'static) -> FakeAws {
    let buckets = Buckets::default();
    buckets.put("data/feeds/shop.yaml", FEED);
    FakeAws::with_stack(move |request| tables(request).unwrap_or_else(|| buckets.answer(request)))
}

/// The answer of `DescribeTable` about a table with this key.
fn described(status: &str, key: &str) -> Answer {
    let table = json!({
        "TableStatus": status,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
    });
    (200, json!({"Table": table}).to_string())
}

#[test]
fn a_table_is_created_with_the_key_of_the_feed_and_can_be_recovered() {
    let looks = std::sync::atomic::AtomicU32::new(0);
    let aws = stack(move |request| {
        Some(match request.operation() {
            "CreateTable" | "UpdateContinuousBackups" => (200, "{}".to_owned()),
            "DescribeTable" if looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 => {
                described("CREATING", "id")
            }
            "DescribeTable" => described("ACTIVE", "id"),
            _ => return None,
        })
    });
    let said = stdout(&aws.sluice(&["table", "create", "shop"]), 0);
    assert!(said.contains("created the table target-shop"), "{said}");
    let requests = aws.requests();
    let body = |operation: &str| -> Value {
        let request = requests.iter().find(|request| request.operation() == operation).unwrap();
        serde_json::from_str(&request.body).unwrap()
    };
    let created = body("CreateTable");
    assert_eq!(created["TableName"], "target-shop");
    assert_eq!(created["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(created["KeySchema"], json!([{"AttributeName": "id", "KeyType": "HASH"}]));
    assert_eq!(created["AttributeDefinitions"], json!([{"AttributeName": "id", "AttributeType": "S"}]));
    assert_eq!(created["SSESpecification"]["Enabled"], true);
    assert_eq!(created["Tags"][1], json!({"Key": "sluice:feed", "Value": "shop"}));
    let recovery = &body("UpdateContinuousBackups")["PointInTimeRecoverySpecification"];
    assert_eq!(recovery["PointInTimeRecoveryEnabled"], true);
}

#[test]
fn a_table_that_exists_is_left_alone() {
    for (key, code, says) in [("id", 0, "exists already"), ("sku", 4, "The key of the table")] {
        let aws = stack(move |request| match request.operation() {
            "CreateTable" => Some((400, json!({"__type": "x#ResourceInUseException"}).to_string())),
            "DescribeTable" => Some(described("ACTIVE", key)),
            _ => None,
        });
        let said = aws.sluice(&["table", "create", "shop"]);
        let text = stdout(&said, code) + &String::from_utf8_lossy(&said.stderr);
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn the_template_of_a_feed_on_this_machine_is_printed_without_aws() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.yaml");
    std::fs::write(&path, FEED).unwrap();
    let aws = stack(|_| None);
    let said = stdout(&aws.sluice(&["table", "create", path.to_str().unwrap(), "--print", "--stack", "other"]), 0);
    assert!(said.contains("TableName: \"other-target-shop\""), "{said}");
    assert!(aws.requests().is_empty());
    let said = stdout(&aws.sluice(&["table", "create", "shop", "--print"]), 0);
    assert!(said.contains("TableName: \"target-shop\""), "the prefix is that of the stack: {said}");
}
