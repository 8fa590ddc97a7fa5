//! Attempts on a deployed stack: which execution holds a run, and how a run continues.

use serde_json::{Value, json};
use sluice_contract::RunId;
use sluice_tests::local_aws::LocalAws;

use crate::imports::{PATIENCE, sample};

/// Starts an execution of a run by hand, as from the console.
async fn start(aws: &LocalAws, run: &RunId, attempt: u32) -> String {
    let name = run.execution(attempt);
    let input = json!({ "run_id": run }).to_string();
    aws.sfn.start_execution().state_machine_arn(&aws.machine).name(&name).input(input).send().await.unwrap();
    name
}

/// A run whose import is blocked, so that it waits behind the gate.
async fn waiting(aws: &LocalAws, file: &str) -> RunId {
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", file, sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    run
}

async fn ended(aws: &LocalAws, run: &RunId, holder: &str) -> Value {
    let done =
        |entry: &Value| entry["execution"] == holder && !entry["conclusion"].is_null() && !entry["mail"].is_null();
    aws.ledger_when(run, PATIENCE, done).await
}

#[tokio::test]
async fn a_run_that_was_stopped_is_resumed_by_hand_and_by_nobody_else() {
    let aws = LocalAws::from_env().await;
    let run = waiting(&aws, "resumed.csv").await;

    // Another execution is not admitted while the first one works, and its failure does not end the run.
    let second = start(&aws, &run, 2).await;
    assert_eq!(aws.execution_ended(&second, PATIENCE).await, ("FAILED".into(), Some("Fenced".into())));
    let entry = aws.ledger(&run).await.unwrap();
    assert_eq!((&entry["execution"], &entry["conclusion"]), (&json!(run), &Value::Null), "{entry:#}");

    aws.stop(run.as_str()).await;
    let failed = ended(&aws, &run, run.as_str()).await;
    assert_eq!(failed["conclusion"]["verdict"], "FAILED", "{failed:#}");
    aws.throttle("import", None).await;
    let third = start(&aws, &run, 3).await;
    let imported = ended(&aws, &run, &third).await;
    assert_eq!(imported["conclusion"]["verdict"], "IMPORTED", "{imported:#}");
    // The ledger keeps the earlier attempt, without its causes: only the mail contains these.
    for field in ["verdict", "at"] {
        assert_eq!(imported["earlier"][0]["conclusion"][field], failed["conclusion"][field], "{imported:#}");
    }
    assert_eq!(imported["conclusion"]["causes"], Value::Null, "{imported:#}");
    assert_eq!(imported["conclusion"]["tally"]["read"], "2000", "{imported:#}");
    let mails = aws.mails_about(&run).await;
    assert_eq!(mails.len(), 2, "{mails:?}");
    assert!(mails[0].body_text.contains(&format!("sluice resume {run}")), "{}", mails[0].body_text);
    assert!(mails[1].body_text.contains("This was attempt 3 at the run."), "{}", mails[1].body_text);

    // A run that ended well cannot be resumed.
    let fourth = start(&aws, &run, 4).await;
    assert_eq!(aws.execution_ended(&fourth, PATIENCE).await, ("FAILED".into(), Some("Fenced".into())));
    assert_eq!(aws.ledger(&run).await.unwrap(), imported);
    assert_eq!(aws.mails_about(&run).await.len(), 2);
}
