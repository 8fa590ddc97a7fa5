//! R1: a trigger may come twice, at the same time or late, or its call may be killed. Intake, the name of the execution and the ledger
//! still agree on one run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use async_trait::async_trait;
use futures::future::join_all;
use sluice_contract::documents::Usage;
use sluice_contract::{RunId, Verdict};
use sluice_platform::Fault;
use sluice_platform::executions::{Execution, Executions, FailedChildren, MemoryExecutions, Started};
use sluice_platform::faulty::{Faults, FaultyLedger};
use sluice_platform::inbox::UploadVersion;
use sluice_platform::ledger::{Conclusion, Ledger, MailState, MemoryLedger, Registered, RunEntry, RunStage};

use crate::world::{FEED, World};

const KEY: &str = "inbox/prices/a.csv";

#[tokio::test]
async fn five_deliveries_at_once_are_one_run() {
    for with_version in [true, false] {
        let world = World::new();
        let upload = world.upload(KEY, "id,price\n1,2\n");
        let answers = join_all((0..5).map(|_| world.deliver(&upload, with_version))).await;
        let run = answers[0].run_id.clone().unwrap();
        assert!(answers.iter().all(|answer| answer.run_id.as_ref() == Some(&run)), "{answers:?}");
        assert_eq!(world.executions.started(), [run.to_string()]);
        let entry = world.entry(&run).await;
        assert_eq!((entry.deliveries, entry.stage), (5, RunStage::Started));
        assert_eq!(world.run(&run).await, Verdict::Imported);
        assert_eq!(world.mailer.sent().len(), 1);
    }
}

/// Identical uploads whose events have no version and come at the same time are a run each: a call that finds its version taken by
/// another event takes the next one.
#[tokio::test]
async fn identical_uploads_whose_events_come_at_once_are_a_run_each() {
    let world = World::new();
    let uploads: Vec<_> = (0..4).map(|_| world.upload(KEY, "id,price\n1,2\n")).collect();
    let ledger: Arc<dyn Ledger> = Arc::new(FaultyLedger::new(Arc::new(world.ledger.clone()), &Faults::none()));
    let deps = sluice_intake::Deps { ledger, ..world.intake() };
    let event = |upload: &UploadVersion| {
        let event = serde_json::json!({"detail": {
            "bucket": {"name": crate::world::INBOX},
            "object": {"key": upload.key, "size": upload.bytes, "etag": upload.etag},
        }});
        sluice_intake::run(&deps, serde_json::from_value(event).unwrap())
    };
    // Each call of this ledger yields, so that all calls see the same version without a run.
    let answers = join_all(uploads.iter().map(event)).await;
    let mut runs: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().run_id.unwrap()).collect();
    runs.sort();
    runs.dedup();
    assert_eq!((runs.len(), world.executions.started().len()), (4, 4));
}

/// Backends that kill the function before or after one of its writes.
#[derive(Clone)]
struct Mortal {
    ledger: MemoryLedger,
    executions: MemoryExecutions,
    /// Moments until the function is killed: two for each write.
    left: Arc<AtomicI32>,
}

impl Mortal {
    /// A write, with a moment before and a moment after it.
    async fn write<T>(&self, write: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        self.moment()?;
        let written = write.await?;
        self.moment()?;
        Ok(written)
    }

    fn moment(&self) -> Result<(), Fault> {
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return Ok(());
        }
        Err(Fault::Transient { what: "live on".into(), source: "killed".into() })
    }
}

#[async_trait]
impl Ledger for Mortal {
    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault> {
        self.ledger.get(run).await
    }

    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        self.write(self.ledger.register(entry)).await
    }

    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault> {
        self.write(self.ledger.fence(read, execution, at)).await
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault> {
        self.write(self.ledger.advance(run, stage, at, usage)).await
    }

    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault> {
        self.write(self.ledger.conclude(run, holder, conclusion)).await
    }

    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault> {
        self.write(self.ledger.mailed(run, holder, mail)).await
    }

    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault> {
        self.write(self.ledger.set_content(run, content, same_as)).await
    }
}

#[async_trait]
impl Executions for Mortal {
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault> {
        self.write(self.executions.start(run, attempt)).await
    }

    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault> {
        self.executions.describe(execution_arn).await
    }

    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault> {
        self.executions.failed_children(execution_arn, most).await
    }

    fn arn(&self, name: &str) -> String {
        self.executions.arn(name)
    }
}

/// Delivers an event to an intake that is killed after `moments` moments. Returns whether it was killed.
async fn killed(world: &World, upload: &UploadVersion, moments: i32) -> bool {
    let (ledger, executions) = (world.ledger.clone(), world.executions.clone());
    let mortal = Mortal { ledger, executions, left: Arc::new(AtomicI32::new(moments)) };
    let deps = sluice_intake::Deps { ledger: Arc::new(mortal.clone()), executions: Arc::new(mortal), ..world.intake() };
    sluice_intake::run(&deps, sluice_intake::ObjectCreated::of(crate::world::INBOX, upload)).await.is_err()
}

#[tokio::test]
async fn an_intake_that_is_killed_between_any_two_writes_is_healed_by_the_next_delivery() {
    let mut deaths = 0;
    for moments in 0.. {
        let world = World::new();
        let upload = world.upload(KEY, "id,price\n1,2\n");
        let died = killed(&world, &upload, moments).await;
        deaths += i32::from(died);
        let run = world.deliver(&upload, true).await.run_id.unwrap();
        assert_eq!(world.executions.started(), [run.to_string()], "{moments}");
        let entry = world.entry(&run).await;
        assert_eq!(entry.stage, RunStage::Started, "{moments}");
        // A call that died before it registered the run does not count as a delivery.
        assert_eq!(entry.deliveries, if moments == 0 { 1 } else { 2 }, "{moments}");
        assert_eq!(world.run(&run).await, Verdict::Imported, "{moments}");
        if !died {
            break;
        }
    }
    assert_eq!(deaths, 6, "before and after: register, start, advance");
}

#[tokio::test]
async fn a_refusal_that_is_killed_between_any_two_writes_is_completed_by_the_next_delivery() {
    for moments in 0.. {
        let world = World::new();
        world.feed("prices", "broken: true\n");
        let upload = world.upload(KEY, "id,price\n1,2\n");
        let died = killed(&world, &upload, moments).await;
        // Removing the cause does not undo a refusal.
        let decided = world.ledger.entries().iter().any(|entry| entry.conclusion.is_some());
        world.feed("prices", FEED);
        let answer = world.deliver(&upload, true).await;
        let run = answer.run_id.unwrap();
        let entry = world.entry(&run).await;
        if decided {
            assert_eq!(entry.conclusion.unwrap().verdict, Verdict::Refused, "{moments}");
            assert!(matches!(entry.mail, Some(MailState::Sent(_))), "{moments}");
            assert!(world.executions.started().is_empty(), "{moments}");
            // The mail is sent at least once. A mail whose sending was not noted is sent again with the same text. Subject and recipients
            // may differ, because the feed was broken at first.
            let texts: Vec<_> = world.mailer.sent().into_iter().map(|mail| mail.text).collect();
            assert!(!texts.is_empty() && texts.iter().all(|text| *text == texts[0]), "{moments}: {texts:#?}");
        } else {
            assert_eq!((answer.done, world.executions.started().len()), (sluice_intake::Done::Started, 1), "{moments}");
        }
        if !died {
            break;
        }
    }
}

#[tokio::test]
async fn a_delivery_that_comes_late_changes_no_state() {
    let world = World::new();
    let upload = world.upload(KEY, "id,price\n1,2\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_checked(&run).await;
    for failed in [false, true] {
        if failed {
            world.run_report(world.failed(run.as_str(), "FAILED")).await;
        }
        let before = world.entry(&run).await;
        assert_eq!(world.deliver(&upload, true).await.done, sluice_intake::Done::Known);
        let deliveries = before.deliveries + 1;
        assert_eq!(world.entry(&run).await, RunEntry { deliveries, ..before });
        assert_eq!(world.executions.started().len(), 1, "a run that failed is resumed, not delivered again");
    }
}
