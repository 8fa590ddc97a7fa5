//! R9, R11: a failed run can be resumed at any time, only one execution works on it, and each attempt is reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use sluice_contract::documents::Usage;
use sluice_contract::{ErrorName, RunId, Verdict, keys};
use sluice_intake::rerun::{self, resume};
use sluice_platform::Call;
use sluice_platform::executions::{Execution, Executions};
use sluice_platform::fence::Fenced;
use sluice_platform::ledger::{Conclusion, Ledger, MailState, MemoryLedger, Registered, RunEntry, RunStage};
use sluice_platform::{Fault, StepError};
use tokio::sync::Barrier;

use crate::world::World;

const KEY: &str = "inbox/prices/a.csv";

/// Some good records in several chunks, two with one key, and one that is rejected.
fn file() -> String {
    let records: Vec<_> = (0..20).map(|n| format!("{n},{n}.5")).collect();
    format!("id,price\n{}\n3,7\n99,x\n", records.join("\n"))
}

async fn delivered(world: &World) -> RunId {
    let upload = world.upload(KEY, file());
    world.deliver(&upload, true).await.run_id.unwrap()
}

/// A ledger whose first readers wait for each other, so that both read before either writes.
struct Together {
    ledger: MemoryLedger,
    readers: AtomicUsize,
    barrier: Barrier,
}

#[async_trait]
impl Ledger for Together {
    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault> {
        let entry = self.ledger.get(run).await;
        if self.readers.fetch_add(1, Ordering::SeqCst) < 2 {
            self.barrier.wait().await;
        }
        entry
    }

    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        self.ledger.register(entry).await
    }

    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault> {
        self.ledger.fence(read, execution, at).await
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault> {
        self.ledger.advance(run, stage, at, usage).await
    }

    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault> {
        self.ledger.conclude(run, holder, conclusion).await
    }

    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault> {
        self.ledger.mailed(run, holder, mail).await
    }

    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault> {
        self.ledger.set_content(run, content, same_as).await
    }
}

/// The run is new, or has an attempt that failed, reported or not.
#[tokio::test]
async fn of_two_executions_that_start_at_once_exactly_one_works() {
    for before in ["nobody", "stale", "reported"] {
        let world = World::new();
        let run = delivered(&world).await;
        let names = if before == "nobody" { [1, 2] } else { [2, 3] }.map(|attempt| run.execution(attempt));
        if before != "nobody" {
            world.try_pin(&run, run.as_str()).await.unwrap();
            world.executions.end(run.as_str(), "ABORTED");
        }
        if before == "reported" {
            world.run_report(world.failed(run.as_str(), "ABORTED")).await;
        }
        for attempt in [2, 3] {
            world.executions.start(&run, attempt).await.unwrap();
        }
        let ledger = Together { ledger: world.ledger.clone(), readers: AtomicUsize::new(0), barrier: Barrier::new(2) };
        let ledger: Arc<dyn Ledger> = Arc::new(ledger);
        let pin = async |execution: &str| {
            let deps = sluice_pin::Deps { ledger: Arc::clone(&ledger), ..world.pin() };
            let input = sluice_contract::steps::PinInput { run_id: run.clone(), execution: execution.to_owned() };
            sluice_pin::run(&deps, input).await
        };
        let results = tokio::join!(pin(&names[0]), pin(&names[1]));
        let (winner, loser) = match results {
            (Ok(_), Err(error)) => (&names[0], error),
            (Err(error), Ok(_)) => (&names[1], error),
            both => panic!("{before}: {both:?}"),
        };
        assert_eq!(world.entry(&run).await.execution.as_ref(), Some(winner), "{before}");
        assert_eq!(loser.name(), ErrorName::Fenced, "{before}: {loser}");
        assert!(loser.to_string().contains(&format!("is held by the execution {winner}, which is RUNNING")), "{loser}");
        assert!(loser.to_string().contains(&format!("sluice resume {run}")), "{loser}");
    }
}

/// Only the state of the execution counts, never a timer: time stands still in this test.
#[tokio::test]
async fn a_fence_is_judged_by_the_state_of_its_execution() {
    for (status, stale) in [
        (Some("RUNNING"), false),
        (Some("PENDING_REDRIVE"), false),
        (Some("FAILED"), true),
        (Some("ABORTED"), true),
        (Some("TIMED_OUT"), true),
        (Some("SUCCEEDED"), true),
        (None, true),
    ] {
        let world = World::new();
        let run = delivered(&world).await;
        world.try_pin(&run, run.as_str()).await.unwrap();
        match status {
            Some(status) => world.executions.end(run.as_str(), status),
            None => world.executions.forget(run.as_str()),
        }
        let second = world.try_pin(&run, &run.execution(2)).await;
        assert_eq!(second.is_ok(), stale, "{status:?}: {second:?}");
        // The execution that holds the run keeps it, however often it calls.
        let holder = run.execution(if stale { 2 } else { 1 });
        world.try_pin(&run, &holder).await.unwrap();
        assert_eq!(world.entry(&run).await.execution, Some(holder));
    }
}

/// How far an attempt gets before it ends.
const PLACES: [&str; 7] = ["start", "pin", "split", "check", "gate", "import", "merge"];

async fn until(world: &World, run: &RunId, place: &str) {
    if place == "start" {
        return;
    }
    world.try_pin(run, run.as_str()).await.unwrap();
    if place == "pin" {
        return;
    }
    let split = world.until_split(run).await;
    let chunks = world.chunks(run);
    if place == "split" {
        return;
    }
    world.check(run, &split, chunks[0]).await;
    if place == "check" {
        return;
    }
    for chunk in &chunks[1..] {
        world.check(run, &split, *chunk).await;
    }
    assert!(world.gate(run).await);
    if place == "gate" {
        return;
    }
    if place == "import" {
        world.failing_write.store(4, Ordering::Relaxed);
        let input = crate::world::chunk_input(run, &split, sluice_contract::Phase::Import, chunks[0]);
        assert!(sluice_import::run(&world.import(), input, &Call::local()).await.is_ok() || chunks.len() > 1);
        let input = crate::world::chunk_input(run, &split, sluice_contract::Phase::Import, chunks[1]);
        drop(sluice_import::run(&world.import(), input, &Call::local()).await);
        return;
    }
    world.import_chunks(run, &split).await;
    world.merge(run).await.unwrap();
}

#[tokio::test]
async fn a_failed_run_resumes_wherever_it_stopped_and_what_is_done_is_not_done_again() {
    let undisturbed = World::new();
    let expected_run = delivered(&undisturbed).await;
    assert_eq!(undisturbed.run(&expected_run).await, Verdict::Imported);
    let expected = undisturbed.tally(&expected_run);
    for place in PLACES {
        for reported in [true, false] {
            let world = World::new();
            let run = delivered(&world).await;
            assert_eq!(run, expected_run);
            until(&world, &run, place).await;
            world.failing_write.store(0, Ordering::Relaxed);
            let failure = world.failed(run.as_str(), "FAILED");
            if reported {
                assert_eq!(world.run_report(failure).await, Verdict::Failed, "{place}");
            }
            let restructured = world.objects.bytes(&keys::manifest(&run));

            let name = resume(&world.ledger, &world.executions, &run).await.unwrap();
            assert_eq!(name, run.execution(2), "{place}");
            assert_eq!(world.run_as(&run, &name).await, Verdict::Imported, "{place}");

            assert!(restructured.is_none_or(|was| world.objects.bytes(&keys::manifest(&run)).unwrap() == was));
            let tally = world.tally(&run);
            assert_eq!((tally.tally, &tally.by_code), (expected.tally, &expected.by_code), "{place}");
            for output in [keys::IMPORTED_CSV, keys::REJECTS_CSV] {
                assert_eq!(world.output(&run, output), undisturbed.output(&run, output), "{place}: {output}");
            }
            assert_eq!(world.sink.items("prices"), undisturbed.sink.items("prices"), "{place}");
            let entry = world.entry(&run).await;
            assert_eq!((entry.attempt(), entry.conclusion.unwrap().verdict), (2, Verdict::Imported), "{place}");
            let was = entry.earlier.first().and_then(|attempt| attempt.conclusion.as_ref()).map(|end| end.verdict);
            assert_eq!(was, reported.then_some(Verdict::Failed), "{place}");
            // Each reported end has one mail; the mail of the second attempt says that it is the second.
            let mails = world.mailer.sent();
            assert_eq!(mails.len(), 1 + usize::from(reported), "{place}");
            assert!(mails.last().unwrap().text.contains("This was attempt 2 at the run."), "{place}");
        }
    }
}

#[tokio::test]
async fn a_resumed_run_that_fails_again_is_reported_and_resumed_again() {
    let world = World::new();
    let run = delivered(&world).await;
    world.try_pin(&run, run.as_str()).await.unwrap();
    for attempt in 1..4 {
        let name = run.execution(attempt);
        for _ in 0..2 {
            assert_eq!(world.run_report(world.failed(&name, "TIMED_OUT")).await, Verdict::Failed);
        }
        let mails = world.mailer.sent();
        assert_eq!(mails.len(), attempt as usize, "each attempt has one mail");
        let text = &mails.last().unwrap().text;
        assert_eq!(text.contains(&format!("This was attempt {attempt} at the run.")), attempt > 1, "{text}");
        for advice in [format!("sluice resume {run}"), run.execution(attempt + 1), format!("sluice rerun {run}")] {
            assert!(text.contains(&advice), "{advice}: {text}");
        }
        let next = resume(&world.ledger, &world.executions, &run).await.unwrap();
        assert_eq!(next, run.execution(attempt + 1));
        world.try_pin(&run, &next).await.unwrap();
    }
    let earlier: Vec<_> = world.entry(&run).await.earlier.into_iter().map(|attempt| attempt.execution).collect();
    assert_eq!(earlier, [1, 2, 3].map(|attempt| run.execution(attempt)));
}

#[tokio::test]
async fn an_execution_that_does_not_hold_the_run_reports_and_changes_nothing() {
    let world = World::new();
    let run = delivered(&world).await;
    let second = run.execution(2);
    world.try_pin(&run, run.as_str()).await.unwrap();
    // An execution that was fenced off.
    world.executions.start(&run, 2).await.unwrap();
    assert!(world.try_pin(&run, &second).await.is_err());
    let before = world.entry(&run).await;
    world.run_report(world.failed(&second, "FAILED")).await;
    assert_eq!((world.entry(&run).await, world.mailer.sent().len()), (before, 0));
    // An earlier attempt, whose event comes while the next one is at work.
    let late = world.failed(run.as_str(), "ABORTED");
    let third = resume(&world.ledger, &world.executions, &run).await.unwrap();
    assert_eq!(third, run.execution(3), "the name of the one that was not let in is taken");
    world.try_pin(&run, &third).await.unwrap();
    let before = world.entry(&run).await;
    world.run_report(late).await;
    assert_eq!((world.entry(&run).await, world.mailer.sent().len()), (before, 0));
    assert!(world.events.published().is_empty());
}

#[tokio::test]
async fn an_execution_that_is_started_by_hand_works_like_resume() {
    let world = World::new();
    let run = delivered(&world).await;
    world.try_pin(&run, run.as_str()).await.unwrap();
    world.run_report(world.failed(run.as_str(), "ABORTED")).await;
    let by_hand = run.execution(7);
    world.executions.start(&run, 7).await.unwrap();
    assert_eq!(world.run_as(&run, &by_hand).await, Verdict::Imported);
    assert_eq!(world.entry(&run).await.attempt(), 7);
    // No other name is an execution of this run.
    for name in ["by-hand", "prices-0123456789abcdef01234567", &format!("{run}-x")] {
        let error = world.try_pin(&run, name).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().contains(&format!("its name must be {run}, or {run}-N")), "{error}");
    }
}

#[tokio::test]
async fn what_cannot_be_resumed_says_why() {
    let world = World::new();
    let unknown: RunId = "prices-0123456789abcdef01234567".parse().unwrap();
    let refusal = async |run: &RunId| resume(&world.ledger, &world.executions, run).await.unwrap_err();
    assert!(matches!(refusal(&unknown).await, rerun::Error::Unknown(_)));

    let run = delivered(&world).await;
    world.try_pin(&run, run.as_str()).await.unwrap();
    assert!(matches!(refusal(&run).await, rerun::Error::Fenced(Fenced::Held { status, .. }) if status == "RUNNING"));
    // The run was resumed, and the new execution has not claimed it yet.
    world.executions.end(run.as_str(), "ABORTED");
    assert_eq!(resume(&world.ledger, &world.executions, &run).await.unwrap(), run.execution(2));
    let Err(rerun::Error::Fenced(Fenced::Held { holder, .. })) = resume(&world.ledger, &world.executions, &run).await
    else {
        panic!("two would work")
    };
    assert_eq!(holder, run.execution(2));

    assert_eq!(world.run_as(&run, &holder).await, Verdict::Imported);
    world.executions.end(&holder, "SUCCEEDED");
    let over = refusal(&run).await.to_string();
    assert!(over.contains("ended IMPORTED at 2026-11-21T02:33:00Z") && over.contains("sluice rerun"), "{over}");
    let error = world.try_pin(&run, &run.execution(3)).await.unwrap_err();
    assert_eq!((error.name(), error.to_string()), (ErrorName::Fenced, over));

    let refused = world.upload("inbox/a.csv", "x");
    let refused = world.deliver(&refused, true).await.run_id.unwrap();
    assert!(matches!(refusal(&refused).await, rerun::Error::Fenced(Fenced::Refused { .. })));
    let waits = world.upload("inbox/pirces/a.csv", "x");
    let waits = world.deliver(&waits, true).await.run_id.unwrap();
    let why = refusal(&waits).await.to_string();
    assert!(why.contains("goes on by itself") && why.contains("feeds/pirces.yaml"), "{why}");
}

#[tokio::test]
async fn an_inconsistent_run_can_be_taken_up_once_its_execution_has_ended() {
    let world = World::new();
    let run = delivered(&world).await;
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    let key = keys::outcome(&run, sluice_contract::Phase::Import, world.chunks(&run)[0].chunk);
    let outcome = world.objects.bytes(&key).unwrap();
    let text = String::from_utf8(outcome.to_vec()).unwrap();
    world.objects.insert(&key, text.replacen("\"imported\": ", "\"imported\": 1", 1));
    assert_eq!(world.finish(&run).await, Verdict::Inconsistent);
    assert!(resume(&world.ledger, &world.executions, &run).await.is_err(), "it is still at work");
    // The execution fails after its report. That changes nothing.
    world.run_report(world.failed(run.as_str(), "FAILED")).await;
    assert_eq!(world.mailer.sent().len(), 1);

    world.objects.insert(&key, outcome);
    let name = resume(&world.ledger, &world.executions, &run).await.unwrap();
    assert_eq!(world.run_as(&run, &name).await, Verdict::Imported);
    let earlier = world.entry(&run).await.earlier;
    assert_eq!(earlier[0].conclusion.as_ref().unwrap().verdict, Verdict::Inconsistent);
    assert!(matches!(earlier[0].mail, Some(MailState::Sent(_))));
}

/// If a resumed execution fails before it claims the run, this is the failure of that attempt. If it was fenced off, nothing is
/// reported.
#[tokio::test]
async fn an_attempt_that_fails_before_it_claims_its_run_is_reported() {
    for (error, reported) in [("Transient", true), ("Fenced", false)] {
        let world = World::new();
        let run = delivered(&world).await;
        world.try_pin(&run, run.as_str()).await.unwrap();
        world.run_report(world.failed(run.as_str(), "ABORTED")).await;
        let second = run.execution(2);
        let input = world.failed(&second, "FAILED");
        let cause = Some("what it failed with".to_owned());
        world.executions.set(&second, Execution { status: "FAILED".to_owned(), error: Some(error.to_owned()), cause });
        // However often the event comes, and even if the event of the first attempt comes again.
        for _ in 0..2 {
            world.run_report(input.clone()).await;
            world.run_report(world.failed(run.as_str(), "ABORTED")).await;
        }
        let (entry, mails) = (world.entry(&run).await, world.mailer.sent());
        assert_eq!(mails.len(), if reported { 2 } else { 1 }, "{error}");
        assert_eq!(mails.last().unwrap().text.contains("what it failed with"), reported);
        assert_eq!((entry.attempt(), entry.earlier.len()), if reported { (2, 1) } else { (1, 0) }, "{error}");
        assert!(world.try_pin(&run, &run.execution(3)).await.is_ok(), "it can be resumed in either case");
    }
}
