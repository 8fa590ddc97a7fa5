//! What a ledger must do.

use sluice_contract::documents::Upload;
use sluice_contract::{RunId, Tally, Verdict};
use sluice_engine::{Code, Problem, Stage};

use super::run;
use crate::Fault;
use crate::ledger::{Conclusion, Ledger, MailState, Registered, RunEntry, RunStage};

/// What every ledger must do.
///
/// # Panics
/// Where it does not.
pub async fn ledger(ledger: &dyn Ledger) {
    deliveries(ledger).await;
    the_way_of_a_run(ledger).await;
    what_is_not_there(ledger).await;
}

async fn deliveries(ledger: &dyn Ledger) {
    let entry = entry(run(1));
    // Whatever an entry says of its deliveries, a new one has one.
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

    ledger.advance(&run, RunStage::Gated, "2026-11-21T02:35:00Z").await.unwrap();
    (entry.stage, entry.stage_at) = (RunStage::Gated, "2026-11-21T02:35:00Z".to_owned());
    assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry));

    let conclusion = conclusion(Verdict::Imported);
    assert!(ledger.conclude(&run, &conclusion).await.unwrap());
    assert!(ledger.conclude(&run, &conclusion).await.unwrap(), "the same again is no contradiction");
    assert!(!ledger.conclude(&run, &self::conclusion(Verdict::Failed)).await.unwrap(), "the first one stands");
    entry.conclusion = Some(conclusion);
    assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry));

    ledger.advance(&run, RunStage::Split, "2026-11-21T02:36:00Z").await.unwrap();
    assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry), "a run that has ended does not move");

    for mail in [MailState::Failed("throttled".to_owned()), MailState::NoRecipients, MailState::Sent("id".to_owned())] {
        ledger.mailed(&run, &mail).await.unwrap();
        entry.mail = Some(mail);
        assert_eq!(ledger.get(&run).await.unwrap().as_ref(), Some(&entry));
    }
}

async fn what_is_not_there(ledger: &dyn Ledger) {
    let run = run(3);
    assert_eq!(ledger.get(&run).await.unwrap(), None);
    for answer in [
        ledger.advance(&run, RunStage::Split, "2026-11-21T02:36:00Z").await,
        ledger.conclude(&run, &conclusion(Verdict::Failed)).await.map(drop),
        ledger.mailed(&run, &MailState::NoRecipients).await,
    ] {
        assert!(matches!(answer, Err(Fault::Missing { .. })), "{answer:?}");
    }
    assert_eq!(ledger.get(&run).await.unwrap(), None, "what is not there does not come to be by that");
}

fn entry(run_id: RunId) -> RunEntry {
    RunEntry {
        run_id,
        feed: "contract-suite".to_owned(),
        started_at: "2026-11-21T02:33:01Z".to_owned(),
        upload: Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/contract-suite/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: "etag".to_owned(),
            bytes: 9_007_199_254_740_993,
            last_modified: "2026-11-21T02:33:00Z".to_owned(),
            sequencer: String::new(),
        },
        stage: RunStage::Registered,
        stage_at: "2026-11-21T02:33:01Z".to_owned(),
        deliveries: 1,
        conclusion: None,
        mail: None,
    }
}

fn conclusion(verdict: Verdict) -> Conclusion {
    Conclusion {
        verdict,
        at: "2026-11-21T02:40:00Z".to_owned(),
        tally: Some(Tally { read: 3, imported: 2, rejected: 1, ..Tally::default() }),
        reasons: vec![Problem::new(Stage::Gate, Code::TooManyRejects, "one is too many").field("sku").value("")],
    }
}
