//! The report of a failure names its causes: why each chunk failed, and what to do about it.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_contract::documents::FailureDocument;
use sluice_contract::steps::{ExecutionFailure, PinInput, ReportInput, SplitOutput};
use sluice_contract::{Phase, RunId, Verdict, keys};
use sluice_engine::report::Report;
use sluice_platform::executions::{Execution, Executions, FailedChild};
use sluice_platform::sink::{BatchLimits, Item, Sink, Stamp, Target, Written, only};
use sluice_platform::{Call, Fault};

use crate::world::{World, chunk_input};

const KEY: &str = "inbox/prices/a.csv";

/// The content of cells, which must appear in no report.
const CANARY: &str = "canary";

const ROLE: &str = "sluice-ImportRole-1";

/// A table that denies every write.
struct Denied;

#[async_trait]
impl Sink for Denied {
    async fn check(&self, _: &Target) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::ONE
    }

    async fn write(&self, _: &Target, items: &[Item<'_>], _: &Stamp<'_>, _: &mut Vec<Written>) -> Result<(), Fault> {
        let source = format!(
            "AccessDeniedException: User: arn:aws:sts::1:assumed-role/{ROLE}/import is not authorized to perform: \
             dynamodb:UpdateItem on resource: arn:aws:dynamodb:eu-central-1:1:table/sluice-target-prices because no \
             identity-based policy allows it (HTTP 400, request {})",
            items[0].hash
        );
        Err(Fault::Misconfigured { what: "write to the table prices".to_owned(), source: source.into() })
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// A run of three chunks, up to its import.
async fn gated(world: &World) -> (RunId, SplitOutput) {
    let file = format!("id,price\n{CANARY}1,1\n{CANARY}2,1\n{CANARY}3,1\n{CANARY}4,1\n{CANARY}5,1\n{CANARY}6,1\n");
    let upload = world.upload(KEY, file);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    assert!(split.chunks >= 3, "{split:?}");
    (run, split)
}

/// Imports every chunk into a table that denies it.
async fn denied(world: &World, run: &RunId, split: &SplitOutput) {
    let deps = sluice_import::Deps { sinks: only(Arc::new(Denied)), ..world.import() };
    for chunk in world.chunks(run) {
        let input = chunk_input(run, split, Phase::Import, chunk);
        sluice_import::run(&deps, input, &Call::local()).await.unwrap_err();
    }
}

/// Reports that an execution failed, because chunks were not imported.
async fn report_failure(world: &World, name: &str) {
    let cause = r#"{"errorType": "Incomplete", "errorMessage": "chunks were not imported to the end"}"#;
    report_end(world, name, ("FAILED", Some("Incomplete"), Some(cause))).await;
}

/// Reports that an execution failed: its status, error and cause.
async fn report_end(world: &World, name: &str, (status, error, cause): (&str, Option<&str>, Option<&str>)) {
    let execution =
        Execution { status: status.into(), error: error.map(str::to_owned), cause: cause.map(str::to_owned) };
    world.executions.set(name, execution);
    let execution_arn = world.executions.arn(name);
    let failure = Some(ExecutionFailure { status: status.into(), execution_arn });
    assert_eq!(world.run_report(ReportInput { execution: name.to_owned(), failure }).await, Verdict::Failed);
}

fn report(world: &World, run: &RunId) -> Report {
    serde_json::from_str(&world.output(run, keys::REPORT_JSON)).unwrap()
}

#[tokio::test]
async fn a_failure_says_what_its_chunks_failed_of_and_what_to_do() {
    let world = World::new();
    let (run, split) = gated(&world).await;
    denied(&world, &run, &split).await;
    report_failure(&world, run.as_str()).await;

    let failure = report(&world, &run).failure.unwrap();
    assert_eq!((failure.chunks, failure.unexplained, failure.causes.len()), (split.chunks, 0, 1), "{failure:?}");
    let cause = &failure.causes[0];
    assert_eq!((cause.step.as_str(), cause.error.as_str(), cause.chunks), ("import", "Misconfigured", split.chunks));
    assert!(cause.places[0].starts_with("chunk 1, records 1 to "), "{cause:?}");
    assert_eq!(failure.cause.as_deref(), Some("chunks were not imported to the end"));

    let permission = "dynamodb:UpdateItem on arn:aws:dynamodb:eu-central-1:1:table/sluice-target-prices.";
    let mail = world.mailer.sent().pop().unwrap();
    let page = world.output(&run, keys::REPORT_HTML);
    for text in [&mail.text, &mail.html, &page] {
        assert!(text.contains("AccessDeniedException") && text.contains("Misconfigured"), "{text}");
        assert!(text.contains(&format!("Allow the role {ROLE} the action {permission}")), "{text}");
        assert!(text.contains(&format!("sluice resume {run}")), "{text}");
    }
    let conclusion = world.entry(&run).await.conclusion.unwrap();
    assert_eq!(conclusion.causes.len(), 2, "{conclusion:?}");
    assert!(conclusion.causes[1].contains("AccessDeniedException"), "{conclusion:?}");

    // The content of cells is neither in the report nor in the documents with the causes.
    let left: Vec<_> = world.objects.keys(&format!("runs/{run}/failures/"));
    assert_eq!(left.len() as u64, split.chunks);
    let kept = left.iter().map(|key| String::from_utf8(world.objects.bytes(key).unwrap().to_vec()).unwrap());
    for text in kept.chain([mail.text, mail.html, page, world.output(&run, keys::REPORT_JSON)]) {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[tokio::test]
async fn a_step_that_leaves_nothing_is_explained_by_its_execution() {
    let world = World::new();
    let (run, split) = gated(&world).await;
    let chunks = world.chunks(&run);
    let killed = |chunk| FailedChild {
        input: serde_json::to_string(&chunk_input(&run, &split, Phase::Import, chunk)).unwrap(),
        status: "FAILED".into(),
        error: Some("States.TaskFailed".into()),
        cause: Some(r#"{"Error": "Runtime.ExitError", "Cause": "{\"errorMessage\": \"signal: killed\"}"}"#.into()),
    };
    // The first chunk failed before its function was killed, and that earlier failure is not its cause. The others left nothing.
    let deps = sluice_import::Deps { sinks: only(Arc::new(Denied)), ..world.import() };
    sluice_import::run(&deps, chunk_input(&run, &split, Phase::Import, chunks[0]), &Call::local()).await.unwrap_err();
    for chunk in &chunks[..2] {
        world.executions.child_failed(run.as_str(), killed(*chunk));
    }
    report_failure(&world, run.as_str()).await;
    let failure = report(&world, &run).failure.unwrap();
    assert_eq!((failure.causes.len(), failure.unexplained), (1, split.chunks - 2), "{failure:?}");
    let cause = &failure.causes[0];
    assert_eq!(
        (cause.error.as_str(), cause.message.as_str(), cause.chunks),
        ("Runtime.ExitError", "signal: killed", 2)
    );
    let text = world.mailer.sent().pop().unwrap().text;
    assert!(text.contains("raise MemorySize of import"), "{text}");
    assert!(
        text.contains(&format!("the cause is unknown for {} of {} chunks", split.chunks - 2, split.chunks)),
        "{text}"
    );
}

#[tokio::test]
async fn a_resumed_run_reports_no_cause_of_an_earlier_attempt() {
    let world = World::new();
    let (run, split) = gated(&world).await;
    denied(&world, &run, &split).await;
    report_failure(&world, run.as_str()).await;
    let execution = run.execution(2);
    let pinned = sluice_pin::run(&world.pin(), PinInput { run_id: run.clone(), execution: execution.clone() }).await;
    assert_eq!(pinned.unwrap().attempt, 2);
    // The run fails again, without known causes.
    report_failure(&world, &execution).await;
    let again = report(&world, &run);
    let failure = again.failure.unwrap();
    assert_eq!((again.attempt, failure.causes.len(), failure.unexplained), (2, 0, split.chunks));
    assert!(!world.mailer.sent().pop().unwrap().text.contains("AccessDenied"));
    // Then it succeeds, and its report does not mention a failure.
    let execution = run.execution(3);
    sluice_pin::run(&world.pin(), PinInput { run_id: run.clone(), execution }).await.unwrap();
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(report(&world, &run).failure, None);
    assert_eq!(world.entry(&run).await.conclusion.unwrap().causes, Vec::<String>::new());
}

#[tokio::test]
async fn a_chunk_that_was_not_checked_says_so() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\na1,x\na2,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    let chunk = world.chunks(&run)[0];
    // Damage the restructured object of the chunk, and check the chunk again.
    world.objects.remove(&keys::outcome(&run, Phase::Check, chunk.chunk));
    let restructured = world.restructure(&run, &split, chunk).await;
    world.objects.insert(&restructured.rows.key, format!("{CANARY}\n"));
    world.validate(&run, &split, chunk, restructured).await.unwrap_err();
    let left: FailureDocument = world.document(&keys::failure(&run, 1, Phase::Check, chunk.chunk));
    assert_eq!((left.step.as_str(), left.error.as_str()), ("validate", "Corrupt"), "{left:?}");
    report_failure(&world, run.as_str()).await;
    let text = world.mailer.sent().pop().unwrap().text;
    assert!(text.contains("validate failed on 1 chunk (chunk 1, records 1 to "), "{text}");
    assert!(text.contains("sluice rerun") && !text.contains(CANARY), "{text}");
}

/// A file of one chunk has no Map: its execution ends with the error of the step.
#[tokio::test]
async fn on_the_straight_way_the_execution_itself_says_why_its_chunk_failed() {
    let denied_cause = r#"{"errorType": "Misconfigured", "errorMessage": "write to the table prices: denied"}"#;
    let killed_cause = r#"{"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"}"#;
    let before_its_time = ("States.Timeout", "it says no more");
    for (ended, leaves, expected) in [
        // The step has left a document with more than the execution knows.
        (("FAILED", Some("Misconfigured"), Some(denied_cause)), true, ("import", "Misconfigured", "AccessDenied")),
        // It was killed, so it left nothing.
        (
            ("FAILED", Some("Runtime.ExitError"), Some(killed_cause)),
            false,
            ("import", "Runtime.ExitError", "signal: killed"),
        ),
        // It failed once, was tried again, and was killed then.
        (
            ("FAILED", Some("Runtime.ExitError"), Some(killed_cause)),
            true,
            ("import", "Runtime.ExitError", "signal: killed"),
        ),
        (("FAILED", Some(before_its_time.0), None), false, ("import", before_its_time.0, before_its_time.1)),
        (("TIMED_OUT", None, None), false, ("import", "TIMED_OUT", "it says no more")),
    ] {
        let mut world = World::new();
        world.chunk_bytes = 1 << 20;
        let upload = world.upload(KEY, format!("id,price\n{CANARY}1,1\n{CANARY}2,1\n"));
        let run = world.deliver(&upload, true).await.run_id.unwrap();
        let split = world.until_checked(&run).await;
        assert!(world.gate(&run).await && split.only_chunk.is_some(), "{split:?}");
        if leaves {
            denied(&world, &run, &split).await;
        }
        report_end(&world, run.as_str(), ended).await;
        let failure = report(&world, &run).failure.unwrap();
        assert_eq!((failure.chunks, failure.unexplained, failure.causes.len()), (1, 0, 1), "{failure:?}");
        let cause = &failure.causes[0];
        assert_eq!((cause.step.as_str(), cause.error.as_str()), (expected.0, expected.1));
        assert!(cause.message.contains(expected.2), "{cause:?}");
    }
}

/// An attempt on the straight way fails, and the next one goes through the Maps, as after an update of the stack.
#[tokio::test]
async fn a_run_is_resumed_on_the_other_way() {
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    let upload = world.upload(KEY, "id,price\na1,1\na2,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_split(&run).await;
    assert!(split.only_chunk.is_some());
    let chunk = world.chunks(&run)[0];
    // Only restructure has succeeded.
    world.restructure(&run, &split, chunk).await;
    report_end(&world, run.as_str(), ("FAILED", Some("Misconfigured"), None)).await;
    assert_eq!(report(&world, &run).failure.unwrap().causes[0].step, "restructure or validate");
    let execution = run.execution(2);
    sluice_pin::run(&world.pin(), PinInput { run_id: run.clone(), execution }).await.unwrap();
    // The chunk processor takes the same chunk as an item of the manifest.
    world.check(&run, &split, chunk).await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
}
