//! Killed functions, contradicting numbers and failed executions: none goes unnoticed.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value;
use sluice_contract::documents::{CheckOutcome, Manifest, TallyDocument};
use sluice_contract::{Phase, RunId, keys};
use sluice_engine::report::Report;
use sluice_tests::local_aws::LocalAws;

use crate::imports::{PATIENCE, document, sample};

/// The processes of a function in this local AWS only.
pub fn processes(stack: &str, function: &str) -> Vec<String> {
    let name = format!("AWS_LAMBDA_FUNCTION_NAME={stack}-{function}");
    let here = format!("AWS_ENDPOINT_URL={}", std::env::var("AWS_ENDPOINT_URL").unwrap());
    let mut found = Vec::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        // Other entries, and processes of other users, cannot be read.
        let is_function = std::fs::read_link(process.path().join("exe")).is_ok_and(|exe| exe.ends_with("bootstrap"));
        if is_function {
            let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
            let has = |wanted: &str| environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes());
            if has(&name) && has(&here) {
                found.push(process.file_name().into_string().unwrap());
            }
        }
    }
    found
}

/// Kills processes as if they ran out of memory. Returns how many there were.
pub fn kill(processes: &[String]) -> usize {
    let kill = |pid: &&String| std::process::Command::new("kill").args(["-9", pid]).status().unwrap().success();
    processes.iter().filter(kill).count()
}

/// Waits for a run to end, and then restores the settings that were changed for it, even if it does not end.
pub async fn concluded_then(aws: &LocalAws, run: &RunId, restore: impl Future<Output = ()>) -> Value {
    let ended = AssertUnwindSafe(aws.concluded(run, PATIENCE)).catch_unwind().await;
    restore.await;
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[tokio::test]
async fn a_function_that_is_killed_is_tried_again() {
    let aws = LocalAws::from_env().await;
    let run = aws.upload("products", "killed.csv", sample("products.csv")).await;
    // Each at most twice: the definitions retry a dead task three times, and this run must not use up all
    // retries.
    let mut deaths = [("validate", 0), ("import", 0)];
    for _ in 0..20 {
        for (function, times) in deaths.iter_mut().filter(|(_, times)| *times < 2) {
            *times += usize::from(kill(&processes(&aws.stack, function)) > 0);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ended = aws.concluded(&run, PATIENCE).await;
    assert!(deaths.iter().any(|(_, times)| *times > 0), "there was something to kill");
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let tally: TallyDocument = document(&aws, &keys::tally(&run)).await;
    assert!(tally.tally.adds_up());
    assert_eq!(tally.tally.read, 2000);
}

#[tokio::test]
async fn a_count_that_is_changed_between_the_steps_makes_the_run_inconsistent() {
    let aws = LocalAws::from_env().await;
    // The import is blocked, so the run waits behind the gate with its intermediate objects in place.
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", "lossy.csv", sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
    let key = keys::outcome(&run, Phase::Check, manifest.chunks[1].chunk);
    let mut outcome: CheckOutcome = document(&aws, &key).await;
    outcome.valid -= 1;
    aws.put_object(&key, &serde_json::to_vec(&outcome).unwrap()).await;
    aws.throttle("import", None).await;

    let ended = aws.concluded(&run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "INCONSISTENT", "{ended:#}");
    let tally: TallyDocument = document(&aws, &keys::tally(&run)).await;
    assert!(tally.contradictions[0].starts_with("chunk 2 (records "), "{:?}", tally.contradictions);
    let mails = aws.mails_about(&run).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].subject.contains("INCONSISTENT"), "{}", mails[0].subject);
    assert!(mails[0].body_text.contains("chunk 2"), "{}", mails[0].body_text);
    assert_eq!(aws.execution_ended(run.as_str(), PATIENCE).await, ("FAILED".into(), Some("Inconsistent".into())));
}

#[tokio::test]
async fn a_line_that_is_lost_between_the_steps_fails_its_chunk_before_anything_of_it_is_written() {
    let aws = LocalAws::from_env().await;
    // The import is blocked, so the run waits behind the gate with its intermediate objects in place.
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", "lossy.csv", sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    let manifest: Manifest = document(&aws, &keys::manifest(&run)).await;
    let chunk = manifest.chunks[1].chunk;
    let key = document::<CheckOutcome>(&aws, &keys::outcome(&run, Phase::Check, chunk)).await.settled.rows.key;
    let text = String::from_utf8(aws.object(&key).await.unwrap()).unwrap();
    let (kept, _) = text.trim_end().rsplit_once('\n').unwrap();
    aws.put_object(&key, format!("{kept}\n").as_bytes()).await;
    let ended = concluded_then(&aws, &run, aws.throttle("import", None)).await;
    assert_eq!(ended["conclusion"]["verdict"], "FAILED", "{ended:#}");
    assert!(aws.object(&keys::outcome(&run, Phase::Import, chunk)).await.is_none());
    let mail = &aws.mails_about(&run).await[0];
    assert!(mail.body_text.contains("chunk 2"), "{}", mail.body_text);
}

#[tokio::test]
async fn a_run_that_is_aborted_is_reported() {
    let aws = LocalAws::from_env().await;
    aws.throttle("import", Some(0)).await;
    let run = aws.upload("products", "aborted.csv", sample("products.csv")).await;
    aws.ledger_when(&run, PATIENCE, |entry| entry["stage"] == "GATED").await;
    aws.stop(run.as_str()).await;
    let ended = concluded_then(&aws, &run, aws.throttle("import", None)).await;
    assert_eq!(ended["conclusion"]["verdict"], "FAILED", "{ended:#}");
    let mails = aws.mails_about(&run).await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].body_text.contains("ABORTED"), "{}", mails[0].body_text);
    assert!(mails[0].body_text.contains("sluice resume"), "{}", mails[0].body_text);
}

#[tokio::test]
async fn a_step_that_cannot_work_fails_the_run_and_its_reason_is_reported() {
    let aws = LocalAws::from_env().await;
    aws.configure("split", &[("DATA_BUCKET", "")]).await;
    let run = aws.upload("products", "misconfigured.csv", sample("products.csv")).await;
    let ended = concluded_then(&aws, &run, aws.configure("split", &[("DATA_BUCKET", &aws.data)])).await;
    assert_eq!(ended["conclusion"]["verdict"], "FAILED", "{ended:#}");
    let mail = &aws.mails_about(&run).await[0];
    assert!(mail.body_text.contains("Misconfigured"), "{}", mail.body_text);
    assert!(mail.body_text.contains("DATA_BUCKET is not set"), "{}", mail.body_text);
}

#[tokio::test]
async fn a_mail_that_cannot_be_sent_does_not_fail_the_import() {
    let aws = LocalAws::from_env().await;
    aws.configure("report", &[("SENDER", "nobody@unverified.example")]).await;
    let run = aws.upload("sales", "mailless.csv", sample("sales.csv")).await;
    let ended = concluded_then(&aws, &run, aws.configure("report", &[("SENDER", "sluice@example.com")])).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    assert!(ended["mail"]["failed"].is_string(), "{ended:#}");
}

/// The cause is in the log of a function, but the mail must contain it too.
#[tokio::test]
async fn the_report_about_a_table_that_denies_writes_names_the_missing_permission() {
    let aws = LocalAws::from_env().await;
    let taken = aws.forbid("import", "dynamodb:UpdateItem").await;
    let run = aws.upload("products", "denied.csv", sample("products.csv")).await;
    let ended = concluded_then(&aws, &run, aws.permit(taken)).await;
    assert_eq!(ended["conclusion"]["verdict"], "FAILED", "{ended:#}");
    let report = aws.output("products", &run, keys::REPORT_JSON).await.unwrap();
    let failure = serde_json::from_slice::<Report>(&report).unwrap().failure.unwrap();
    assert_eq!((failure.causes.len(), failure.unexplained), (1, 0), "{failure:?}");
    assert_eq!((failure.causes[0].step.as_str(), failure.causes[0].chunks), ("import", failure.chunks), "{failure:?}");
    let text = &aws.mails_about(&run).await[0].body_text;
    for expected in ["AccessDenied", "the action dynamodb:UpdateItem", "target-products.", "sluice resume"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert!(ended["conclusion"]["causes"].to_string().contains("AccessDenied"), "{ended:#}");

    // With the permission restored, it continues, and the mail no longer mentions the failure.
    let resumed = run.execution(2);
    let input = format!("{{\"run_id\": \"{run}\"}}");
    aws.sfn.start_execution().state_machine_arn(&aws.machine).name(&resumed).input(input).send().await.unwrap();
    let ended = aws
        .ledger_when(&run, PATIENCE, |entry| {
            entry["execution"] == resumed.as_str() && !entry["conclusion"].is_null() && !entry["mail"].is_null()
        })
        .await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    let report = aws.output("products", &run, keys::REPORT_JSON).await.unwrap();
    assert_eq!(serde_json::from_slice::<Report>(&report).unwrap().failure, None);
}

/// A function that cannot even start writes nothing to the data bucket. The execution of its chunk has the
/// cause.
#[tokio::test]
async fn a_killed_function_is_reported_from_the_execution_of_its_chunk() {
    let aws = LocalAws::from_env().await;
    let table = aws.rejects.clone();
    aws.configure("import", &[("REJECTS_TABLE", "")]).await;
    let run = aws.upload("products", "silent.csv", sample("products.csv")).await;
    let ended = concluded_then(&aws, &run, aws.configure("import", &[("REJECTS_TABLE", &table)])).await;
    assert_eq!(ended["conclusion"]["verdict"], "FAILED", "{ended:#}");
    assert!(aws.keys(&aws.data, &format!("runs/{run}/failures/")).await.is_empty());
    let report = aws.output("products", &run, keys::REPORT_JSON).await.unwrap();
    let failure = serde_json::from_slice::<Report>(&report).unwrap().failure.unwrap();
    assert_eq!((failure.causes.len(), failure.unexplained), (1, 0), "{failure:?}");
    assert_eq!((failure.causes[0].step.as_str(), failure.causes[0].chunks), ("import", failure.chunks), "{failure:?}");
}

/// A file outside of any feed's folder belongs to no feed, but somebody is still notified, once.
#[tokio::test]
async fn a_file_directly_under_inbox_is_refused_and_reported() {
    let aws = LocalAws::from_env().await;
    for key in ["inbox/lonely.csv", "lonely.csv", "inbox/Bad Feed!/lonely.csv"] {
        let put = aws.s3.put_object().bucket(&aws.inbox).key(key).body(sample("products.csv").into()).send().await;
        let version = put.unwrap().version_id().unwrap().to_owned();
        let run = sluice_intake::run_of(&aws.inbox, key, &version);
        let ended = aws.concluded(&run, PATIENCE).await;
        assert_eq!(ended["conclusion"]["verdict"], "REFUSED", "{ended:#}");
        let mails = aws.mails_about(&run).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        assert!(mails[0].body_text.contains("aws s3 mv"), "{}", mails[0].body_text);
    }
}
