use std::collections::VecDeque;
use std::sync::Mutex;

use async_trait::async_trait;
use sluice_contract::Verdict;
use sluice_contract::documents::{Origin, Upload, Usage};
use sluice_platform::ledger::{Conclusion, MailState, Registered, RunStage};

use super::*;
use crate::watch::StateDone;

/// The states of a run second by second; the last one stays.
struct Scene(Mutex<VecDeque<(Option<RunEntry>, Option<Snapshot>)>>);

impl Scene {
    fn new(sights: impl IntoIterator<Item = (Option<RunEntry>, Option<Snapshot>)>) -> Self {
        Self(Mutex::new(sights.into_iter().collect()))
    }
}

#[async_trait]
impl Watch for Scene {
    async fn look(&self, _: &str) -> Result<Option<Snapshot>, WatchError> {
        let mut sights = self.0.lock().unwrap();
        let sight = if sights.len() > 1 { sights.pop_front() } else { sights.front().cloned() };
        Ok(sight.unwrap().1)
    }
}

#[async_trait]
impl Ledger for Scene {
    async fn get(&self, _: &RunId) -> Result<Option<RunEntry>, Fault> {
        Ok(self.0.lock().unwrap().front().unwrap().0.clone())
    }

    async fn register(&self, _: &RunEntry) -> Result<Registered, Fault> {
        unreachable!("following a run does not write")
    }

    async fn advance(&self, _: &RunId, _: RunStage, _: &str, _: &Usage) -> Result<(), Fault> {
        unreachable!("following a run does not write")
    }

    async fn fence(&self, _: &RunEntry, _: &str, _: &str) -> Result<Option<RunEntry>, Fault> {
        unreachable!("following a run does not write")
    }

    async fn conclude(&self, _: &RunId, _: Option<&str>, _: &Conclusion) -> Result<bool, Fault> {
        unreachable!("following a run does not write")
    }

    async fn mailed(&self, _: &RunId, _: Option<&str>, _: &MailState) -> Result<(), Fault> {
        unreachable!("following a run does not write")
    }

    async fn set_content(&self, _: &RunId, _: Option<&str>, _: Option<&RunId>) -> Result<(), Fault> {
        unreachable!("who follows a run does not write")
    }
}

#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Screen for Recorder {
    fn line(&self, text: &str) {
        self.0.lock().unwrap().push(text.trim().to_owned());
    }

    fn bar(&self, name: &str, done: u64, total: u64) {
        self.line(&format!("{name} {done}/{total}"));
    }

    fn clear(&self) {}
}

fn entry(conclusion: Option<Verdict>, mail: bool) -> RunEntry {
    let upload = Upload {
        bucket: "inbox".to_owned(),
        key: "inbox/products/a.csv".to_owned(),
        version_id: "v1".to_owned(),
        etag: String::new(),
        bytes: 0,
        last_modified: String::new(),
        sequencer: String::new(),
    };
    RunEntry {
        stage: RunStage::Started,
        conclusion: conclusion.map(|verdict| Conclusion {
            verdict,
            at: String::new(),
            tally: None,
            omitted: sluice_engine::Omitted::default(),
            reasons: vec![],
            causes: Vec::new(),
            usage: None,
            next: None,
        }),
        mail: mail.then(|| MailState::Sent("m1".to_owned())),
        ..RunEntry::new(run(), "products", upload, Origin::Upload, "")
    }
}

fn run() -> RunId {
    "products-0123456789abcdef01234567".parse().unwrap()
}

fn snapshot(states: &[&str], maps: &[(u64, u64)], ended: Option<&str>) -> Snapshot {
    Snapshot {
        ended: ended.map(str::to_owned),
        states: states.iter().map(|name| StateDone { name: (*name).to_owned(), seconds: 1.0 }).collect(),
        maps: maps
            .iter()
            .map(|(done, total)| MapProgress { done: *done, total: *total, ..MapProgress::default() })
            .collect(),
    }
}

async fn watch(
    sights: impl IntoIterator<Item = (Option<RunEntry>, Option<Snapshot>)>,
) -> (Vec<String>, Result<RunEntry, FollowError>) {
    watch_execution(run().as_str(), sights).await
}

async fn watch_execution(
    execution: &str,
    sights: impl IntoIterator<Item = (Option<RunEntry>, Option<Snapshot>)>,
) -> (Vec<String>, Result<RunEntry, FollowError>) {
    let (scene, screen) = (Scene::new(sights), Recorder::default());
    let result = follow(&scene, &scene, &screen, &run(), execution, "arn").await;
    (screen.0.into_inner().unwrap(), result)
}

#[tokio::test(start_paused = true)]
async fn shows_each_state_once_and_the_chunks_of_the_map_that_runs() {
    let (lines, result) = watch([
        (None, None),
        (Some(entry(None, false)), Some(snapshot(&["Pin"], &[], None))),
        (Some(entry(None, false)), Some(snapshot(&["Pin", "Split"], &[(3, 8)], None))),
        (Some(entry(None, false)), Some(snapshot(&["Pin", "Split", "Check chunks"], &[(8, 8), (1, 8)], None))),
        (
            Some(entry(Some(Verdict::Imported), true)),
            Some(snapshot(&["Pin", "Split", "Check chunks", "Report"], &[(8, 8), (8, 8)], None)),
        ),
    ])
    .await;
    assert_eq!(result.unwrap().conclusion.unwrap().verdict, Verdict::Imported);
    let lines: Vec<_> = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        lines,
        ["Pin 1.0 s", "Split 1.0 s", "Check chunks 3/8", "Check chunks 1.0 s", "Import chunks 1/8", "Report 1.0 s"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_file_has_a_conclusion_and_no_execution() {
    let (_, result) = watch([(Some(entry(Some(Verdict::Refused), true)), None)]).await;
    assert_eq!(result.unwrap().conclusion.unwrap().verdict, Verdict::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_mail_that_does_not_come_is_not_waited_for_long() {
    let begun = Instant::now();
    let (_, result) =
        watch([(Some(entry(Some(Verdict::Imported), false)), Some(snapshot(&[], &[], Some("SUCCEEDED"))))]).await;
    assert!(result.unwrap().mail.is_none());
    assert_eq!(begun.elapsed(), UNTIL_MAILED);
}

#[tokio::test(start_paused = true)]
async fn says_which_part_did_not_do_its_work() {
    let (_, result) = watch([(None, None)]).await;
    assert!(matches!(result, Err(FollowError::NotRegistered)));
    let (_, result) = watch([(Some(entry(None, false)), Some(snapshot(&[], &[], Some("FAILED"))))]).await;
    assert!(matches!(result, Err(FollowError::NotConcluded(status)) if status == "FAILED"));
}

#[tokio::test(start_paused = true)]
async fn the_end_of_an_earlier_attempt_is_not_that_of_the_one_that_is_followed() {
    let (first, second) = (run().execution(1), run().execution(2));
    let held = |by: &str, verdict| RunEntry { execution: Some(by.to_owned()), ..entry(verdict, true) };
    let (_, result) = watch_execution(
        &second,
        [
            (Some(held(&first, Some(Verdict::Failed))), None),
            (Some(held(&second, None)), Some(snapshot(&["Pin"], &[], None))),
            (Some(held(&second, Some(Verdict::Imported))), Some(snapshot(&["Pin", "Report"], &[], None))),
        ],
    )
    .await;
    assert_eq!(result.unwrap().conclusion.unwrap().verdict, Verdict::Imported);
    // An execution that was not admitted is reported with its reason.
    let fenced = snapshot(&[], &[], Some("FAILED: Fenced"));
    let (_, result) = watch_execution(&second, [(Some(held(&first, Some(Verdict::Failed))), Some(fenced))]).await;
    assert!(matches!(result, Err(FollowError::NotConcluded(status)) if status == "FAILED: Fenced"));
}
