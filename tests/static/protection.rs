//! Backups, and what an audit should watch.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_tests::read;
use sluice_tests::template::{ACCOUNT, REGION, Stack, texts};

const KEY: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn daily_backups_cover_the_tables_of_the_stack_and_the_targets() {
    for key in ["", KEY] {
        let stack = Stack::new("sluice", &[("Sender", "a@example.com"), ("BackupDays", "35"), ("KmsKeyArn", key)]);
        let vault = &stack.resources["BackupVault"];
        let expected = if key.is_empty() { Value::Null } else { key.into() };
        assert_eq!(vault.properties["EncryptionKeyArn"], expected);
        assert_eq!(vault.raw["DeletionPolicy"], "RetainExceptOnCreate", "a vault with backups cannot be deleted");
        let rule = &stack.resources["BackupPlan"].properties["BackupPlan"]["BackupPlanRule"][0];
        assert_eq!(rule["TargetBackupVault"], vault.properties["BackupVaultName"]);
        assert_eq!(rule["Lifecycle"], json!({ "DeleteAfterDays": "35" }));
        let selection = &stack.resources["BackupSelection"].properties["BackupSelection"];
        let table = |name: &str| format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/sluice-{name}");
        assert_eq!(texts(&selection["Resources"]), ["runs", "rejects", "messages", "datasets", "target-*"].map(table));
        assert_eq!(selection["IamRoleArn"], format!("arn:aws:iam::{ACCOUNT}:role/BackupRole"));
        let trust = &stack.resources["BackupRole"].properties["AssumeRolePolicyDocument"]["Statement"][0];
        assert_eq!(trust["Principal"]["Service"], "backup.amazonaws.com");
        assert_eq!(trust["Condition"], json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } }));
    }
}

#[test]
fn without_days_there_are_no_backups_but_every_table_can_be_restored_to_a_point_in_time() {
    let stack = Stack::example();
    assert!(stack.resources.keys().all(|id| !id.starts_with("Backup")));
    for (id, table) in stack.of_kind("AWS::DynamoDB::Table") {
        let recovery = &table.properties["PointInTimeRecoverySpecification"];
        assert_eq!(recovery, &json!({ "PointInTimeRecoveryEnabled": true }), "{id}");
    }
}

/// What keeps data, or may touch it, has a row in the page for audits, and in the page about restoring.
#[test]
fn the_pages_forget_no_bucket_and_no_table() {
    let (audit, restore) = (read("docs/audit.md"), read("docs/restore.md"));
    let stack = Stack::new("sluice", &[("Sender", "a@example.com")]);
    let mut names = BTreeSet::new();
    for (kind, property) in [("AWS::S3::Bucket", "BucketName"), ("AWS::DynamoDB::Table", "TableName")] {
        for (_, resource) in stack.of_kind(kind) {
            let name = resource.properties[property].as_str().unwrap().strip_prefix("sluice-").unwrap();
            names.insert(name.split('-').next().unwrap().to_owned());
        }
    }
    let expected = ["data", "datasets", "inbox", "messages", "out", "rejects", "runs"];
    assert_eq!(names, BTreeSet::from(expected.map(str::to_owned)));
    for name in names.iter().map(String::as_str).chain(["target"]) {
        let place = format!("`<stack>-{name}");
        assert!(audit.contains(&place), "docs/audit.md: {place}");
        assert!(restore.contains(&place), "docs/restore.md: {place}");
    }
}
