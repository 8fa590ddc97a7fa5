//! The commands of `sluice` about a stack: from a feed on this machine to a run with its log, and a queue of failures.

use serde_json::json;
use sluice_contract::RunId;
use sluice_tests::local_aws::LocalAws;

use crate::imports::{PATIENCE, sluice};

/// The standard output of a command, after asserting that its exit code is one of these. The stack is in the environment.
fn said(arguments: &[&str], codes: &[i32]) -> String {
    let output = sluice(arguments);
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{arguments:?}: {out}{err}");
    out
}

const FEED: &str = "version: 1\nname: cli\nschema: {fields: [{name: id, constraints: {required: true}}]}\n\
                    import: {table: cli, key: [id]}\nreport: {recipients: [imports@example.com]}\n";

#[tokio::test]
async fn a_feed_gets_into_the_stack_with_its_table_and_its_run_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("cli.yaml"), FEED).unwrap();
    std::fs::write(path("cli.csv"), "id\n1\n2\n").unwrap();

    let pushed = said(&["feed", "push", &path("cli.yaml")], &[0]);
    assert!(pushed.contains("feeds/cli.yaml: new") && pushed.contains("sluice table create cli"), "{pushed}");
    said(&["table", "create", "cli"], &[0]);
    assert!(said(&["table", "create", "cli"], &[0]).contains("exists already"));
    let pushed = said(&["feed", "push", &path("cli.yaml")], &[0]);
    assert_eq!(pushed, "feeds/cli.yaml: unchanged\n", "the table is there now");
    let listed = said(&["feed", "list"], &[0]);
    assert!(listed.lines().any(|line| line.starts_with("cli ") && line.ends_with("can be used")), "{listed}");

    let imported = said(&["import", &path("cli.csv"), "--feed", "cli", "--follow"], &[0]);
    let run = imported.lines().find_map(|line| line.strip_prefix("run ")).unwrap();
    let runs = said(&["runs", "--feed", "cli", "--since", "1h"], &[0]);
    assert!(runs.lines().any(|line| line.contains("IMPORTED") && line.ends_with(run)), "{runs}");
    assert!(said(&["runs", "--format", "json", "--state", "imported"], &[0]).contains(run));
    for command in ["show", "follow"] {
        let shown = said(&[command, run], &[0]);
        assert!(shown.contains("IMPORTED: cli.csv"), "{shown}");
    }
    let log = said(&["logs", run], &[0]);
    let at = |function: &str| log.lines().position(|line| line.contains(&format!("Z  {function} ")));
    assert!(at("pin").is_some() && at("pin") < at("report"), "{log}");

    // Other tests may leave problems.
    let found = said(&["doctor"], &[0, 4]);
    for about in ["region: ", "credentials: ", "stack: ", "tables: ", "mail: ", "queues: ", "concurrency: "] {
        assert!(found.lines().any(|line| line.contains(about)), "{about} is not in {found}");
    }
}

/// The queue has an event on which intake failed. Redrive imports its file and removes the message.
#[tokio::test]
async fn redrive_handles_the_messages_of_a_queue_of_failures() {
    let aws = LocalAws::from_env().await;
    let rule = json!({ "Name": format!("{}-upload", aws.stack) });
    aws.call("events", "disable_rule", &rule).await;
    let (key, content) = ("inbox/products/redriven.csv", crate::imports::sample("products.csv"));
    let size = content.len();
    let put = aws.s3.put_object().bucket(&aws.inbox).key(key).body(content.into()).send().await.unwrap();
    aws.call("events", "enable_rule", &rule).await;
    let [version, etag] = [put.version_id(), put.e_tag()].map(|of| of.unwrap().to_owned());

    let object = json!({ "key": key, "version-id": version, "size": size, "etag": etag });
    let body = json!({
        "requestContext": {"functionArn": format!("arn:aws:lambda:us-east-1:000000000000:function:{}-intake:$LATEST", aws.stack)},
        "requestPayload": {"detail": {"bucket": {"name": aws.inbox}, "object": object}},
        "responsePayload": {"errorType": "Transient", "errorMessage": "made up"},
    });
    let url = aws.call("sqs", "get_queue_url", &json!({ "QueueName": format!("{}-failed-calls", aws.stack) })).await;
    let message = json!({ "QueueUrl": url["QueueUrl"], "MessageBody": body.to_string() });
    aws.call("sqs", "send_message", &message).await;

    let about = "intake on inbox/products/redriven.csv (failed: Transient: made up)";
    let listed = said(&["redrive", "failed-calls", "--dry-run"], &[0]);
    assert!(listed.lines().any(|line| line == about), "{listed}");
    // Other tests may leave messages that fail again.
    let handled = said(&["redrive", "failed-calls"], &[0, 5]);
    assert!(handled.contains(&format!("{about}: handled again")), "{handled}");
    assert!(!said(&["redrive", "failed-calls", "--dry-run"], &[0]).contains(about));

    let run = RunId::derive(&"products".parse().unwrap(), &aws.inbox, key, &version);
    let entry = aws.concluded(&run, PATIENCE).await;
    assert_eq!(entry["conclusion"]["verdict"], "IMPORTED", "{entry:#}");
}
