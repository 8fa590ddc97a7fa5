//! `sweep`: a lost event loses no file. A run that dies silently is reported, and resumed if its feed says so.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sluice_contract::documents::Usage;
use sluice_contract::{RunId, Verdict, keys};
use sluice_platform::Fault;
use sluice_platform::executions::{Execution, Executions, FailedChildren, MemoryExecutions, Started};
use sluice_platform::runtime::Deadline;
use sluice_sweep::{Answer, Tick};

use crate::world::{FEED, INBOX, World, later};

const GOOD: &str = "id,price\n1,2\n";

/// A world an hour after all uploads.
fn world() -> World {
    let mut world = World::new();
    world.clock = later;
    world
}

async fn sweep(world: &World) -> Answer {
    sluice_sweep::run(&world.sweep(), Tick {}, Deadline::none()).await.unwrap()
}

#[tokio::test]
async fn a_file_whose_event_was_lost_is_imported() {
    let world = world();
    let uploads: Vec<_> = (0..7).map(|n| world.upload(&format!("inbox/prices/{n}.csv"), GOOD)).collect();
    let overwritten = world.upload("inbox/prices/0.csv", "id,price\n2,3\n");
    world.inbox.upload("inbox/prices/young.csv", "2026-11-21T03:30:00Z", GOOD);
    world.upload("inbox/prices/folder/", "");

    let swept = sweep(&world).await;
    assert_eq!((swept.offered, swept.complete), (8, true));
    let mut expected: Vec<String> = uploads
        .iter()
        .chain([&overwritten])
        .map(|upload| sluice_intake::run_of(INBOX, &upload.key, &upload.version_id).to_string())
        .collect();
    let mut started = world.executions.started();
    expected.sort();
    started.sort();
    assert_eq!(started, expected, "every version is a run; what is young, or no upload, is none");
    for run in started {
        assert_eq!(world.run(&run.parse().unwrap()).await, Verdict::Imported);
    }
    // Another sweep has nothing to do. The late event counts as a delivery.
    assert_eq!(sweep(&world).await, Answer { complete: true, ..Answer::default() });
    assert_eq!(world.deliver(&uploads[3], true).await.done, sluice_intake::Done::Known);
    assert_eq!(world.executions.started().len(), 8);
}

#[tokio::test]
async fn a_refused_file_stays_and_is_not_offered_again() {
    let world = world();
    world.upload("inbox/pirces/a.csv", GOOD);
    assert_eq!(sweep(&world).await.offered, 1);
    for _ in 0..2 {
        assert_eq!(sweep(&world).await.offered, 0);
    }
    assert_eq!((world.mailer.sent().len(), world.ledger.entries()[0].deliveries), (1, 1));
}

/// Executions, one of which cannot be started.
struct Broken(MemoryExecutions, RunId);

#[async_trait]
impl Executions for Broken {
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault> {
        if *run == self.1 {
            return Err(Fault::Throttled { what: "start it".into(), source: "later".into() });
        }
        self.0.start(run, attempt).await
    }

    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault> {
        self.0.describe(execution_arn).await
    }

    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault> {
        self.0.failed_children(execution_arn, most).await
    }

    fn arn(&self, name: &str) -> String {
        self.0.arn(name)
    }
}

#[tokio::test]
async fn one_file_that_cannot_be_dealt_with_does_not_stop_the_others() {
    let world = world();
    let uploads: Vec<_> = (0..5).map(|n| world.upload(&format!("inbox/prices/{n}.csv"), GOOD)).collect();
    let run = sluice_intake::run_of(INBOX, &uploads[0].key, &uploads[0].version_id);
    let mut deps = world.sweep();
    deps.intake.executions = Arc::new(Broken(world.executions.clone(), run.clone()));
    let error = sluice_sweep::run(&deps, Tick {}, Deadline::none()).await.unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("1 of what was found could not be dealt with, first: version v1 of inbox/prices/0.csv"),
        "{message}"
    );
    assert_eq!(world.executions.started().len(), 4);
    // The run is registered but not started, so the next sweep starts it.
    assert_eq!(sweep(&world).await.offered, 1);
    assert!(world.executions.started().contains(&run.to_string()));
}

#[tokio::test]
async fn a_sweep_that_runs_out_of_time_goes_on_where_it_stopped() {
    let world = world();
    for n in 0..5 {
        world.upload(&format!("inbox/prices/{n}.csv"), GOOD);
    }
    let deps = world.sweep();
    let swept = sluice_sweep::run(&deps, Tick {}, Deadline::after(Duration::ZERO)).await.unwrap();
    assert_eq!((swept.offered, swept.complete), (0, false));
    // The next sweep continues behind the place that the last one has saved.
    let place = r#"{"version": 1, "key": "inbox/prices/2.csv", "version_id": "v3"}"#;
    world.objects.insert(keys::SWEEP, place.as_bytes().to_vec());
    assert_eq!(sweep(&world).await.offered, 2);
    // The sweep after that begins at the top.
    assert_eq!(sweep(&world).await.offered, 3);
    assert_eq!(world.executions.started().len(), 5);
}

/// A run that was pinned an hour ago, and whose execution has been silent since.
async fn silent(feed: &str) -> (World, RunId) {
    let mut world = World::new();
    world.feed("prices", feed);
    let upload = world.upload("inbox/prices/a.csv", GOOD);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.try_pin(&run, run.as_str()).await.unwrap();
    world.clock = later;
    (world, run)
}

#[tokio::test]
async fn a_run_that_died_silently_is_reported() {
    for status in [Some("FAILED"), Some("TIMED_OUT"), Some("ABORTED"), Some("SUCCEEDED"), None] {
        let (world, run) = silent(FEED).await;
        match status {
            Some(status) => world.executions.end(run.as_str(), status),
            None => world.executions.forget(run.as_str()),
        }
        let swept = sweep(&world).await;
        assert_eq!((swept.told, swept.resumed), (1, 0), "{status:?}");
        let conclusion = world.entry(&run).await.conclusion.unwrap();
        assert_eq!(conclusion.verdict, Verdict::Failed);
        let mails = world.mailer.sent();
        assert_eq!((mails.len(), world.events.published().len()), (1, 1));
        assert!(mails[0].text.contains(status.unwrap_or("GONE")), "{}", mails[0].text);
        assert!(mails[0].text.contains("sluice resume"), "{}", mails[0].text);
        // Neither the late event nor the next sweep sends anything more.
        world.run_report(world.failed(run.as_str(), "FAILED")).await;
        assert_eq!((sweep(&world).await.told, world.mailer.sent().len()), (0, 1));
    }
}

#[tokio::test]
async fn an_end_that_was_not_reported_is_reported_by_the_sweep() {
    for (key, verdict) in [
        ("inbox/prices/a.csv", Verdict::Imported),
        ("inbox/prices/a.csv", Verdict::Failed),
        ("inbox/pirces/a.csv", Verdict::Refused),
    ] {
        let mut world = World::new();
        let upload = world.upload(key, GOOD);
        let run = world.deliver(&upload, true).await.run_id.unwrap();
        match verdict {
            Verdict::Imported => drop(world.run(&run).await),
            Verdict::Failed => drop(world.run_report(world.failed(run.as_str(), "ABORTED")).await),
            _ => {}
        }
        // As if every call had been killed between the conclusion and the mail.
        let mut entry = world.entry(&run).await;
        assert_eq!(entry.conclusion.as_ref().map(|conclusion| conclusion.verdict), Some(verdict));
        entry.mail = None;
        world.ledger.insert(entry.clone());
        assert_eq!(sweep(&world).await.told, 0, "a call may be about to report it");
        world.clock = later;
        assert_eq!(sweep(&world).await.told, 1, "{verdict}");
        let mails = world.mailer.sent();
        let [first, second] = &mails[..] else { panic!("{} mails", mails.len()) };
        assert_eq!((&first.to, &first.subject), (&second.to, &second.subject));
        assert_eq!(first.text, second.text);
        let after = world.entry(&run).await;
        assert_eq!(after.conclusion, entry.conclusion);
        assert!(after.mail.is_some());
        assert_eq!(sweep(&world).await.told, 0, "{verdict}");
    }
}

#[tokio::test]
async fn a_run_whose_execution_works_is_left_alone_however_long_it_takes() {
    let (mut world, run) = silent(FEED).await;
    world.clock = || later() + jiff::SignedDuration::from_hours(24 * 365);
    let before = world.entry(&run).await;
    // It only says how long it takes, as a metric that an alarm watches.
    let swept = sweep(&world).await;
    let year = 365 * 24 * 60 * 60;
    assert!((year..year + 24 * 60 * 60).contains(&swept.oldest_open_seconds), "{swept:?}");
    assert_eq!(swept, Answer { complete: true, oldest_open_seconds: swept.oldest_open_seconds, ..Answer::default() });
    assert_eq!(world.entry(&run).await, before);
    // If a run has just reached a stage, the sweep does not even ask for its execution.
    let (world, run) = silent(FEED).await;
    world.executions.forget(run.as_str());
    let now = sluice_platform::clock::rfc3339(later());
    let ledger: &dyn sluice_platform::ledger::Ledger = &world.ledger;
    ledger.advance(&run, sluice_platform::ledger::RunStage::Split, &now, &Usage::default()).await.unwrap();
    assert_eq!(sweep(&world).await.told, 0);
}

#[tokio::test]
async fn a_feed_can_have_its_runs_resumed_by_themselves_so_many_times() {
    let feed = FEED.replace("key: [id]}", "key: [id]}\nresume: {attempts: 3}");
    let (world, run) = silent(&feed).await;
    for attempt in 1..=3 {
        let name = run.execution(attempt);
        if attempt > 1 {
            // Pin the next attempt an hour ago, too: otherwise it would be too young for the sweep.
            let mut earlier = world.pin();
            earlier.clock = || later() - jiff::SignedDuration::from_hours(1);
            let input = sluice_contract::steps::PinInput { run_id: run.clone(), execution: name.clone() };
            sluice_pin::run(&earlier, input).await.unwrap();
        }
        world.executions.end(&name, "ABORTED");
        let swept = sweep(&world).await;
        assert_eq!((swept.told, swept.resumed), (1, u64::from(attempt < 3)), "attempt {attempt}");
        let text = world.mailer.sent().pop().unwrap().text;
        assert_eq!(text.contains(&format!("resumes automatically as attempt {}", attempt + 1)), attempt < 3, "{text}");
    }
    assert_eq!(world.executions.started().len(), 3);
    assert_eq!(world.mailer.sent().len(), 3);
}

#[tokio::test]
async fn a_run_that_died_before_it_was_pinned_is_reported() {
    let mut world = World::new();
    let upload = world.upload("inbox/prices/a.csv", GOOD);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.executions.end(run.as_str(), "FAILED");
    world.clock = later;
    assert_eq!(sweep(&world).await.told, 1);
    assert_eq!(world.entry(&run).await.conclusion.unwrap().verdict, Verdict::Failed);
    assert!(world.mailer.sent()[0].text.contains("still in the inbox"));
    // It is resumed like any other run.
    let name = sluice_intake::rerun::resume(&world.ledger, &world.executions, &run).await.unwrap();
    assert_eq!(world.run_as(&run, &name).await, Verdict::Imported);
    assert_eq!(world.entry(&run).await.earlier.len(), 1);
}

/// A sweep is killed between any two of its writes about a dead run, and the next sweep does the rest.
#[tokio::test]
async fn a_run_goes_on_by_itself_wherever_the_sweep_that_found_it_dead_was_killed() {
    let feed = FEED.replace("key: [id]}", "key: [id]}\nresume: {attempts: 2}");
    for (mailed, started) in [(false, false), (true, false), (true, true)] {
        let (mut world, run) = silent(&feed).await;
        world.executions.end(run.as_str(), "ABORTED");
        let whole = sweep(&world).await;
        assert_eq!((whole.told, whole.resumed), (1, 1));
        let mut entry = world.entry(&run).await;
        assert_eq!(entry.conclusion.as_ref().unwrap().next, Some(2));
        if !mailed {
            entry.mail = None;
        }
        world.ledger.insert(entry);
        let second = run.execution(2);
        if !started {
            world.executions.forget(&second);
        }
        assert_eq!(sweep(&world).await.resumed, 0, "somebody may be about to start it");
        world.clock = || later() + jiff::SignedDuration::from_hours(1);
        let swept = sweep(&world).await;
        assert_eq!((swept.told, swept.resumed), (u64::from(!mailed), u64::from(!started)), "{mailed} {started}");
        assert!(world.executions.started().contains(&second));
        assert_eq!(world.run_as(&run, &second).await, Verdict::Imported);
        world.clock = || later() + jiff::SignedDuration::from_hours(2);
        assert_eq!(sweep(&world).await, Answer { complete: true, ..Answer::default() });
    }
}

/// The next attempt ends before it claims the run, and its event is lost, too.
#[tokio::test]
async fn an_attempt_that_ends_before_it_claims_its_run_is_reported_by_the_sweep() {
    let feed = FEED.replace("key: [id]}", "key: [id]}\nresume: {attempts: 2}");
    let (mut world, run) = silent(&feed).await;
    world.executions.end(run.as_str(), "ABORTED");
    assert_eq!(sweep(&world).await.resumed, 1);
    world.executions.end(&run.execution(2), "TIMED_OUT");
    world.clock = || later() + jiff::SignedDuration::from_hours(1);
    let swept = sweep(&world).await;
    assert_eq!((swept.told, swept.resumed), (1, 0));
    let entry = world.entry(&run).await;
    assert_eq!((entry.attempt(), entry.conclusion.unwrap().next), (2, None));
    assert!(world.mailer.sent().pop().unwrap().text.contains("TIMED_OUT"));
    world.clock = || later() + jiff::SignedDuration::from_hours(2);
    assert_eq!(sweep(&world).await, Answer { complete: true, ..Answer::default() });
}
