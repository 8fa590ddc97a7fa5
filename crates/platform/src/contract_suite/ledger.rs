//! The contract of a ledger.

use sluice_contract::documents::{Origin, Upload, Usage};
use sluice_contract::{RunId, Tally, Verdict};
use sluice_engine::{Code, Omitted, Place, Problem, Stage};

use super::run;
use crate::Fault;
use crate::ledger::{Conclusion, Ledger, MailState, Registered, RunEntry, RunFilter, RunSearch, RunStage};

/// Tests a ledger.
///
/// # Panics
/// If it does not.
pub async fn ledger(ledger: &dyn Ledger) {
    deliveries(ledger).await;
    the_way_of_a_run(ledger).await;
    a_run_has_one_holder(ledger).await;
    what_is_not_there(ledger).await;
}

async fn deliveries(ledger: &dyn Ledger) {
    let entry = entry(run(1));
    // A new entry has one delivery, whatever the given entry says.
    let odd = RunEntry { deliveries: 7, ..entry.clone() };
    assert_eq!(ledger.register(&odd).await.unwrap(), Registered::New);
    assert_eq!(ledger.get(&entry.run_id).await.unwrap(), Some(entry.clone()));

    let later = RunEntry { started_at: "2026-11-22T00:00:00Z".to_owned(), ..entry.clone() };
    let again = RunEntry { deliveries: 2, ..entry };
    assert_eq!(ledger.register(&later).await.unwrap(), Registered::Known(Box::new(again.clone())));
    assert_eq!(ledger.get(&again.run_id).await.unwrap(), Some(again));
}

async fn the_way_of_a_run(ledger: &dyn Ledger) {
    let mut entry = entry(run(2));
    let run = entry.run_id.clone();
    ledger.register(&entry).await.unwrap();

    // A late or repeated stage does not move the run back. The first time of each stage stays, and the last usage.
    let mut mb_ms = 1_u64..;
    for (stage, at, (is, since)) in [
        (RunStage::Gated, "2026-11-21T02:35:00Z", (RunStage::Gated, "2026-11-21T02:35:00Z")),
        (RunStage::Started, "2026-11-21T02:35:01Z", (RunStage::Gated, "2026-11-21T02:35:00Z")),
        (RunStage::Gated, "2026-11-21T02:35:02Z", (RunStage::Gated, "2026-11-21T02:35:00Z")),
    ] {
        let usage = Usage { invocations: 1, mb_ms: mb_ms.next().unwrap(), ..Usage::default() };
        ledger.advance(&run, stage, at, &usage).await.unwrap();
        entry.usage.insert(stage.as_str().to_owned(), usage);
        entry.times.entry(stage.as_str().to_owned()).or_insert_with(|| at.to_owned());
        (entry.stage, entry.stage_at) = (is, since.to_owned());
        assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry));
    }

    let conclusion = conclusion(Verdict::Imported);
    assert!(ledger.conclude(&run, None, &conclusion).await.unwrap());
    assert!(ledger.conclude(&run, None, &conclusion).await.unwrap(), "the same again is no contradiction");
    assert!(!ledger.conclude(&run, None, &self::conclusion(Verdict::Failed)).await.unwrap(), "the first one stands");
    entry.conclusion = Some(conclusion);
    assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry));

    ledger.advance(&run, RunStage::Merged, "2026-11-21T02:36:00Z", &Usage::default()).await.unwrap();
    assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry), "a run that has ended does not move");

    for mail in [MailState::Failed("throttled".to_owned()), MailState::NoRecipients, MailState::Sent("id".to_owned())] {
        ledger.mailed(&run, None, &mail).await.unwrap();
        entry.mail = Some(mail);
        assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry));
    }
}

async fn a_run_has_one_holder(ledger: &dyn Ledger) {
    let entry = entry(run(4));
    let run = entry.run_id.clone();
    let (first, second) = (run.execution(1), run.execution(2));
    ledger.register(&entry).await.unwrap();

    // If two executions have read the same entry, one of them gets the run.
    let at = "2026-11-21T02:34:00Z";
    let held = ledger.fence(&entry, &first, at).await.unwrap().unwrap();
    assert_eq!(held, entry.taken_by(&first, at));
    assert_eq!(ledger.fence(&entry, &second, at).await.unwrap(), None);
    assert_eq!(ledger.get(&run).await.unwrap(), Some(held.clone()));

    // Only the holder can end the run and record the state of its mail.
    let failed = conclusion(Verdict::Failed);
    for other in [None, Some(second.as_str())] {
        assert!(!ledger.conclude(&run, other, &failed).await.unwrap(), "{other:?} does not hold it");
        ledger.mailed(&run, other, &MailState::NoRecipients).await.unwrap();
    }
    assert_eq!(ledger.get(&run).await.unwrap(), Some(held.clone()));
    assert!(ledger.conclude(&run, Some(&first), &failed).await.unwrap());
    assert!(!ledger.conclude(&run, Some(&second), &failed).await.unwrap(), "the same of somebody else is another");
    assert_eq!(ledger.fence(&held, &second, at).await.unwrap(), None, "it has ended since it was read");
    let ended = ledger.get(&run).await.unwrap().unwrap();
    ledger.mailed(&run, Some(&first), &MailState::NoRecipients).await.unwrap();
    assert_eq!(ledger.fence(&ended, &second, at).await.unwrap(), None, "its mail was recorded since it was read");

    // If another execution takes the run, it begins again, and the entry keeps the earlier attempt.
    let ended = ledger.get(&run).await.unwrap().unwrap();
    let at = "2026-11-21T02:50:00Z";
    let again = ledger.fence(&ended, &second, at).await.unwrap().unwrap();
    assert_eq!(again, ended.taken_by(&second, at));
    assert_eq!(
        (again.attempt(), again.earlier[0].conclusion.as_ref().map(|was| was.verdict)),
        (2, Some(Verdict::Failed))
    );
    assert_eq!(ledger.get(&run).await.unwrap(), Some(again));
    assert!(!ledger.conclude(&run, Some(&first), &failed).await.unwrap(), "the first attempt is over");
}

async fn what_is_not_there(ledger: &dyn Ledger) {
    let entry = entry(run(3));
    let run = entry.run_id.clone();
    assert_eq!(ledger.get(&run).await.unwrap(), None);
    for answer in [
        ledger.fence(&entry, run.as_str(), "2026-11-21T02:36:00Z").await.map(drop),
        ledger.advance(&run, RunStage::Split, "2026-11-21T02:36:00Z", &Usage::default()).await,
        ledger.conclude(&run, None, &conclusion(Verdict::Failed)).await.map(drop),
        ledger.mailed(&run, None, &MailState::NoRecipients).await,
    ] {
        assert!(matches!(answer, Err(Fault::Missing { .. })), "{answer:?}");
    }
    assert_eq!(ledger.get(&run).await.unwrap(), None, "what is not there does not come to be by that");
}

/// Tests the search of a ledger.
///
/// # Panics
/// If it does not.
pub async fn run_search<L: Ledger + RunSearch>(ledger: &L) {
    let runs = [10, 11, 12, 13, 14, 15, 16].map(run);
    for (second, run) in [10, 11, 12, 13, 14, 12, 12].into_iter().zip(&runs) {
        let at = format!("2026-11-21T02:33:{second}Z");
        ledger.register(&RunEntry { started_at: at.clone(), stage_at: at, ..entry(run.clone()) }).await.unwrap();
    }
    let [moved, ended, still, fresh, resumed, untold, goes_on] = &runs;
    ledger.advance(moved, RunStage::Started, "2026-11-21T02:33:12Z", &Usage::default()).await.unwrap();
    for run in [ended, resumed, untold] {
        assert!(ledger.conclude(run, None, &conclusion(Verdict::Failed)).await.unwrap());
    }
    let dies = Conclusion { next: Some(2), ..conclusion(Verdict::Failed) };
    assert!(ledger.conclude(goes_on, None, &dies).await.unwrap());
    for reported in [ended, goes_on] {
        ledger.mailed(reported, None, &MailState::NoRecipients).await.unwrap();
        assert_eq!(ledger.get(reported).await.unwrap().unwrap().mail, Some(MailState::NoRecipients));
    }
    let read = ledger.get(resumed).await.unwrap().unwrap();
    ledger.fence(&read, &resumed.execution(2), "2026-11-21T02:33:09Z").await.unwrap().unwrap();

    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = ledger.open_runs("2026-11-21T02:33:13Z", from.as_deref()).await.unwrap();
        found.extend(page.runs);
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let mut since_12 = [moved.clone(), still.clone(), untold.clone(), goes_on.clone()];
    since_12.sort();
    assert_eq!(&found[0], resumed, "an attempt opens a run again; the one that stands longest is first");
    found[1..].sort();
    assert_eq!(found[1..], since_12, "neither {ended}, whose end was reported, nor {fresh}, which is new");

    let content = "contract-suite#3#rosUhgp5mIg=";
    for (run, same_as) in [(moved, None), (ended, Some(moved)), (fresh, Some(moved))] {
        ledger.set_content(run, Some(content), same_as).await.unwrap();
        let entry = ledger.get(run).await.unwrap().unwrap();
        assert_eq!((entry.content.as_deref(), entry.same_content_as.as_ref()), (Some(content), same_as));
    }
    ledger.set_content(still, None, Some(moved)).await.unwrap();
    let found = ledger.same_content(content, "2026-11-21T02:33:11Z").await.unwrap();
    assert_eq!(found, [ended.clone(), moved.clone()], "the latest first, and none that begins later");
    assert_eq!(ledger.same_content("contract-suite#4#", "2026-11-21T02:33:13Z").await.unwrap(), []);
    let unknown = ledger.set_content(&run(99), Some(content), None).await;
    assert!(matches!(unknown, Err(Fault::Missing { .. })), "{unknown:?}");
    listings(ledger).await;
}

/// A listing has every run of a feed, or of all, since a time.
async fn listings<L: Ledger + RunSearch>(ledger: &L) {
    let of = |feed: &str, number, at: &str| RunEntry {
        feed: feed.to_owned(),
        started_at: at.to_owned(),
        ..entry(run(number))
    };
    let (old, new) = ("2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z");
    let listed = [of("first", 21, old), of("first", 22, new), of("first", 23, new), of("second", 24, new)];
    for entry in &listed {
        ledger.register(entry).await.unwrap();
    }
    for (feed, since, expected) in [
        (Some("first"), None, &listed[..3]),
        (Some("first"), Some(new), &listed[1..3]),
        (Some("first"), Some("2026-11-22T09:00:01Z"), &[]),
        (Some("third"), None, &[]),
        (None, Some(old), &listed[..]),
        (None, Some(new), &listed[1..]),
    ] {
        let found = all(ledger, RunFilter { feed, since }).await;
        assert_eq!(found, expected, "{feed:?} {since:?}");
    }
    // Without a time, those of the other parts of the suite come too.
    let everything = all(ledger, RunFilter::default()).await;
    assert!(everything.len() > listed.len() && listed.iter().all(|run| everything.contains(run)), "{everything:?}");
}

/// The runs of all pages, in the order of their ids.
async fn all<L: RunSearch>(ledger: &L, filter: RunFilter<'_>) -> Vec<RunEntry> {
    let (mut found, mut from) = (Vec::new(), None);
    loop {
        let page = ledger.runs(filter, from.as_deref()).await.unwrap();
        found.extend(page.runs);
        from = page.next;
        if from.is_none() {
            found.sort_by(|a, b| a.run_id.cmp(&b.run_id));
            return found;
        }
    }
}

fn entry(run_id: RunId) -> RunEntry {
    let upload = Upload {
        bucket: "inbox".to_owned(),
        key: "inbox/contract-suite/a.csv".to_owned(),
        version_id: "v1".to_owned(),
        etag: "etag".to_owned(),
        bytes: 9_007_199_254_740_993,
        last_modified: "2026-11-21T02:33:00Z".to_owned(),
        sequencer: String::new(),
    };
    RunEntry::new(run_id, "contract-suite", upload, Origin::Upload, "2026-11-21T02:33:01Z")
}

fn conclusion(verdict: Verdict) -> Conclusion {
    let mut omitted = Omitted::default();
    omitted.add("repeated-header", Place { record: 2, line: 3 });
    Conclusion {
        verdict,
        at: "2026-11-21T02:40:00Z".to_owned(),
        tally: Some(Tally { read: 4, omitted: 1, imported: 2, rejected: 1, ..Tally::default() }),
        omitted,
        reasons: vec![Problem::new(Stage::Gate, Code::TooManyRejects, "one is too many").field("sku").value("")],
        causes: Vec::new(),
        usage: None,
        next: None,
    }
}
