//! The permissions of functions are exactly those in this table.
//!
//! A new permission must be added here, with the reason in the code that needs it. The tests on local AWS
//! prove that the permissions suffice.

use std::collections::BTreeSet;

use sluice_tests::permissions::ROWS;
use sluice_tests::template::{Stack, texts};

/// Action and resource, the latter without account and region.
const ALLOWED: [(&str, &[&str]); 14] = [
    (
        "Intake",
        &[
            "dynamodb:DescribeTable sluice-target-*",
            "dynamodb:GetItem runs",
            "dynamodb:PutItem runs",
            "dynamodb:UpdateItem runs",
            "events:PutEvents default",
            "lambda:InvokeFunction import-mongodb",
            "s3:GetObject data/feeds/*",
            "s3:GetObject data/offers/*",
            "s3:GetObjectVersion inbox/*",
            "s3:ListBucket data",
            "s3:ListBucket inbox",
            "s3:ListBucketVersions inbox",
            "ses:SendEmail *",
            "sqs:GetQueueAttributes sluice-target-*",
            "sqs:GetQueueUrl sluice-target-*",
            "sqs:SendMessage failed-calls",
            "states:StartExecution main-orchestrator",
        ],
    ),
    (
        "Pin",
        &[
            "dynamodb:GetItem runs",
            "dynamodb:UpdateItem runs",
            "s3:AbortMultipartUpload data/archive/*",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:DeleteObjectVersion inbox/inbox/*",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/feeds/*",
            "s3:GetObject data/runs/*",
            "s3:GetObjectVersion inbox/inbox/*",
            "s3:ListBucket data",
            "s3:ListBucket inbox",
            "s3:PutObject data/archive/*",
            "s3:PutObject data/joins/*",
            "s3:PutObject data/runs/*",
            "states:DescribeExecution main-orchestrator:*",
        ],
    ),
    (
        "Split",
        &[
            "dynamodb:GetItem runs",
            "dynamodb:Query runs/index/by-content",
            "dynamodb:UpdateItem runs",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/runs/*",
        ],
    ),
    (
        "Restructure",
        &[
            "s3:AbortMultipartUpload data/runs/*",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/runs/*",
        ],
    ),
    (
        "Validate",
        &[
            "dynamodb:BatchGetItem sluice-target-*",
            "dynamodb:BatchWriteItem rejects",
            "dynamodb:Query rejects",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/runs/*",
        ],
    ),
    (
        "Gate",
        &[
            "dynamodb:BatchGetItem sluice-target-*",
            "dynamodb:UpdateItem runs",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/runs/*",
        ],
    ),
    (
        "Import",
        &[
            "dynamodb:BatchGetItem messages",
            "dynamodb:BatchWriteItem rejects",
            "dynamodb:PutItem sluice-target-*",
            "dynamodb:Query rejects",
            "dynamodb:UpdateItem messages",
            "dynamodb:UpdateItem sluice-target-*",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/runs/*",
            "sqs:GetQueueAttributes sluice-target-*",
            "sqs:GetQueueUrl sluice-target-*",
            "sqs:SendMessage sluice-target-*",
        ],
    ),
    (
        "ImportMongodb",
        &[
            "dynamodb:BatchWriteItem rejects",
            "dynamodb:Query rejects",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/runs/*",
            "secretsmanager:GetSecretValue sluice/connections/*",
        ],
    ),
    (
        "Merge",
        &[
            "dynamodb:Query rejects",
            "dynamodb:UpdateItem rejects",
            "dynamodb:UpdateItem runs",
            "s3:AbortMultipartUpload data/output/*",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:GetObject data/archive/*",
            "s3:GetObject data/output/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/output/*",
            "s3:PutObject data/runs/*",
        ],
    ),
    (
        "Summarise",
        &[
            "s3:AbortMultipartUpload data/output/*/summaries/*",
            "s3:AbortMultipartUpload data/runs/*",
            "s3:AbortMultipartUpload out/*",
            "s3:GetObject data/output/*",
            "s3:GetObject data/runs/*",
            "s3:GetObject out/*",
            "s3:ListBucket data",
            "s3:ListBucket out",
            "s3:PutObject data/output/*/summaries/*",
            "s3:PutObject data/runs/*",
            "s3:PutObject out/*",
        ],
    ),
    (
        "Report",
        &[
            "dynamodb:GetItem runs",
            "dynamodb:UpdateItem runs",
            "events:PutEvents default",
            "s3:GetObject data/output/*",
            "s3:GetObject data/runs/*",
            "s3:ListBucket data",
            "s3:PutObject data/output/*",
            "ses:SendEmail *",
            "sqs:SendMessage failed-calls",
            "states:DescribeExecution main-orchestrator/*:*",
            "states:DescribeExecution main-orchestrator:*",
            "states:ListExecutions main-orchestrator/*:*",
            "states:ListMapRuns main-orchestrator:*",
        ],
    ),
    (
        "Sweep",
        &[
            "dynamodb:DescribeTable sluice-target-*",
            "dynamodb:GetItem datasets",
            "dynamodb:GetItem runs",
            "dynamodb:PutItem datasets",
            "dynamodb:PutItem runs",
            "dynamodb:Query datasets",
            "dynamodb:Query runs/index/by-feed",
            "dynamodb:Query runs/index/open-runs",
            "dynamodb:UpdateItem runs",
            "events:PutEvents default",
            "lambda:InvokeFunction import-mongodb",
            "s3:GetObject data/datasets/*",
            "s3:GetObject data/feeds/*",
            "s3:GetObject data/members/*",
            "s3:GetObject data/offers/*",
            "s3:GetObject data/runs/*",
            "s3:GetObject data/sweep/*",
            "s3:GetObjectVersion inbox/*",
            "s3:ListBucket data",
            "s3:ListBucket inbox",
            "s3:ListBucketVersions inbox",
            "s3:PutObject data/members/*",
            "s3:PutObject data/output/*",
            "s3:PutObject data/sweep/*",
            "ses:SendEmail *",
            "sqs:GetQueueAttributes sluice-target-*",
            "sqs:GetQueueUrl sluice-target-*",
            "sqs:SendMessage failed-calls",
            "states:DescribeExecution main-orchestrator/*:*",
            "states:DescribeExecution main-orchestrator:*",
            "states:ListExecutions main-orchestrator/*:*",
            "states:DescribeExecution join:*",
            "states:ListMapRuns main-orchestrator:*",
            "states:StartExecution join",
            "states:StartExecution main-orchestrator",
        ],
    ),
    (
        "Dataset",
        &[
            "dynamodb:GetItem datasets",
            "dynamodb:GetItem runs",
            "dynamodb:PutItem datasets",
            "s3:AbortMultipartUpload data/joins/*",
            "s3:AbortMultipartUpload data/output/datasets/*",
            "s3:AbortMultipartUpload inbox/inbox/*.jsonl",
            "s3:GetObject data/datasets/*",
            "s3:GetObject data/joins/*",
            "s3:GetObject data/members/*",
            "s3:GetObject data/offers/*",
            "s3:GetObject data/output/*",
            "s3:GetObject data/runs/*",
            "s3:GetObject inbox/inbox/*.jsonl",
            "s3:ListBucket data",
            "s3:ListBucket inbox",
            "s3:PutObject data/joins/*",
            "s3:PutObject data/members/*",
            "s3:PutObject data/offers/*",
            "s3:PutObject data/output/datasets/*",
            "s3:PutObject inbox/inbox/*.jsonl",
            "ses:SendEmail *",
            "sqs:SendMessage failed-calls",
            "states:StartExecution join",
        ],
    ),
    (
        "Retry",
        &[
            "dynamodb:GetItem runs",
            "dynamodb:Query rejects",
            "dynamodb:Query rejects/index/open-retryable",
            "dynamodb:Scan rejects/index/open-retryable",
            "dynamodb:UpdateItem rejects",
            "s3:AbortMultipartUpload inbox/inbox/*/retries/*",
            "s3:GetObject data/feeds/*",
            "s3:GetObject data/output/*",
            "s3:GetObject data/runs/*",
            "s3:GetObject inbox/inbox/*/retries/*",
            "s3:ListBucket data",
            "s3:ListBucket inbox",
            "s3:PutObject data/runs/*",
            "s3:PutObject inbox/inbox/*/retries/*",
            "ses:SendEmail *",
        ],
    ),
];

/// The distinguishing part of a resource's ARN.
fn short(resource: &str) -> String {
    let name = resource.rsplit_once([':', '/']).map_or(resource, |_| {
        let after_service = resource.splitn(6, ':').nth(5).unwrap_or(resource);
        after_service
            .split_once(['/', ':'])
            .filter(|_| !resource.starts_with("arn:aws:s3"))
            .map_or(after_service, |(_, name)| name)
    });
    let name = name.replace("-111122223333-eu-central-1", "");
    name.strip_prefix("sluice-").filter(|rest| !rest.starts_with("target-")).map_or(name.clone(), str::to_owned)
}

#[test]
fn every_function_may_do_what_it_needs_and_nothing_more() {
    let stack = Stack::example();
    for (function, allowed) in ALLOWED {
        let role = &stack.resources[&format!("{function}Function")].properties["Role"];
        let mut found = BTreeSet::new();
        for statement in stack.statements_of_role(role.as_str().unwrap()) {
            for action in texts(&statement["Action"]) {
                for resource in texts(&statement["Resource"]) {
                    found.insert(format!("{action} {}", short(&resource)));
                }
            }
        }
        // Logs and traces, which every function writes.
        found.retain(|permission| !permission.starts_with("logs:") && !permission.starts_with("xray:"));
        let allowed: BTreeSet<String> = list_of(allowed);
        assert_eq!(found, allowed, "{function}");
    }
}

fn list_of(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// On local AWS each function loses a permission and fails, and is refused what it must not do.
#[test]
fn every_function_has_a_row_by_which_its_permissions_are_tried() {
    let stack = Stack::example();
    let functions: BTreeSet<String> = stack
        .of_kind("AWS::Lambda::Function")
        .map(|(_, function)| function.properties["FunctionName"].as_str().unwrap().replace("sluice-", ""))
        .collect();
    let rows: Vec<&str> = ROWS.iter().map(|row| row.function).collect();
    assert_eq!(list_of(&rows), functions);
    assert_eq!(rows.len(), functions.len(), "one row each");
    for row in ROWS {
        let (_, allowed) =
            ALLOWED.iter().find(|(function, _)| function.to_lowercase() == row.function.replace('-', "")).unwrap();
        assert!(allowed.iter().any(|is| is.starts_with(&format!("{} ", row.needs))), "{row:?}");
    }
}
