//! The drill of `docs/restore.md`, as far as local AWS goes: it keeps backups of tables, but knows no point in time.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_tests::local_aws::LocalAws;

use crate::imports::{PATIENCE, sample};

/// Disables or enables the rules that start work.
async fn rules(aws: &LocalAws, operation: &str) {
    for rule in ["upload", "sweep", "retry-schedule"] {
        aws.call("events", operation, &json!({ "Name": format!("{}-{rule}", aws.stack) })).await;
    }
}

/// A count of a run's tally in the ledger.
fn count(entry: &Value, name: &str) -> u64 {
    let count = entry["conclusion"]["tally"][name].as_str().unwrap_or_else(|| panic!("{name}: {entry:#}"));
    count.parse().unwrap()
}

#[tokio::test]
async fn a_ledger_that_was_restored_under_its_name_knows_its_runs_and_serves_the_next() {
    let aws = LocalAws::from_env().await;
    let run = aws.upload("products", "before-the-loss.csv", sample("products.csv")).await;
    let before = aws.concluded(&run, PATIENCE).await;
    rules(&aws, "disable_rule").await;
    let backup = json!({ "TableName": aws.runs, "BackupName": "drill" });
    let backup = aws.call("dynamodb", "create_backup", &backup).await["BackupDetails"]["BackupArn"].clone();

    // The loss, and the way back.
    let key = AttributeValue::S(run.to_string());
    aws.dynamodb.delete_item().table_name(&aws.runs).key("run_id", key).send().await.unwrap();
    assert_eq!(aws.ledger(&run).await, None);
    aws.call("dynamodb", "delete_table", &json!({ "TableName": aws.runs })).await;
    let restored = json!({ "TargetTableName": aws.runs, "BackupArn": backup });
    aws.call("dynamodb", "restore_table_from_backup", &restored).await;
    let recoverable =
        json!({ "TableName": aws.runs, "PointInTimeRecoverySpecification": { "PointInTimeRecoveryEnabled": true } });
    aws.call("dynamodb", "update_continuous_backups", &recoverable).await;
    rules(&aws, "enable_rule").await;
    assert_eq!(aws.ledger(&run).await, Some(before.clone()));

    // The same file again changes nothing, and the index by content works.
    let again = aws.upload("products", "after-the-loss.csv", sample("products.csv")).await;
    let after = aws.concluded(&again, PATIENCE).await;
    assert_eq!(after["conclusion"]["verdict"], "IMPORTED", "{after:#}");
    assert_eq!(count(&after, "imported"), 0, "{after:#}");
    assert_eq!(count(&after, "unchanged"), count(&before, "imported") + count(&before, "unchanged"), "{after:#}");
    assert!(after["same_content_as"].is_string(), "{after:#}");
}
