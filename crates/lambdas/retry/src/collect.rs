//! Finds the rejects that are due, and decides whether to offer them or to give them up.

use std::collections::BTreeMap;

use sluice_contract::documents::{DueRecord, RetryDocument, Version};
use sluice_contract::steps::{RetryCollected, RetryInput, RetryLot, RetryOptions};
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::feed::RetryPlan;
use sluice_platform::Fault;
use sluice_platform::documents::put_json;
use sluice_platform::rejects::DueReject;

use crate::{Deps, feed};

/// Most rejects of one execution: about 2 MB of memory, and half a minute of claims. The rest stays due.
const MOST_REJECTS: usize = 20_000;
/// Most runs of one execution. Each takes up to two lots of about 100 bytes in the execution's state: 20 of 256 KB.
const MOST_RUNS: usize = 100;
/// If rejects are retried before they are due, those offered within this time are left alone, because their import may still be under
/// way: 15 minutes, in seconds.
const UNDER_WAY: i64 = 15 * 60;

/// The role `offer`, in the keys of lots.
pub(crate) const OFFER: &str = "offer";
/// The role `exhaust`, in the keys of lots.
pub(crate) const EXHAUST: &str = "exhaust";

/// What happens to the due rejects of a run.
enum Fate {
    /// They are tried again.
    Retry,
    /// They are given up without a mail, because nothing of their file was imported and the report has said so.
    GiveUp,
    /// They stay due, for now.
    Leave,
}

/// Finds the rejects that are due at `at` (seconds since 1970), and writes a document with the rejects of each lot.
pub(crate) async fn collect(deps: &Deps, at: i64, options: &RetryOptions) -> Result<RetryCollected, Fault> {
    let until = if options.now { i64::MAX } else { at };
    let mut due = deps.rejects.due(options.feed.as_deref(), until, MOST_REJECTS).await?;
    due.retain(|reject| reject.at <= at || !is_under_way(reject, at));
    let mut runs: BTreeMap<(String, RunId), Vec<DueReject>> = BTreeMap::new();
    for reject in due {
        runs.entry((reject.feed.clone(), reject.run.clone())).or_default().push(reject);
    }
    let mut collected = RetryCollected { lots: Vec::new(), left: 0 };
    let mut attempts: BTreeMap<String, u32> = BTreeMap::new();
    let mut taken = 0;
    for ((feed, run), mut rejects) in runs {
        rejects.sort_unstable_by_key(|reject| reject.record);
        let fate = if taken < MOST_RUNS { fate(deps, &feed, &run).await? } else { Fate::Leave };
        let most = match (attempts.get(&feed), &fate) {
            (Some(most), _) => *most,
            (None, Fate::Retry) => {
                let most = feed::attempts(deps, &feed).await?;
                attempts.insert(feed.clone(), most);
                most
            }
            (None, _) => 0,
        };
        let (offered, given_up) = match fate {
            Fate::Retry => rejects.into_iter().partition(|reject| reject.attempts < most),
            Fate::GiveUp => (Vec::new(), rejects),
            Fate::Leave => {
                collected.left += rejects.len() as u64;
                continue;
            }
        };
        taken += 1;
        let lot = RetryLot { run_id: run, at };
        if !offered.is_empty() {
            write_down(deps, &feed, &lot, OFFER, true, &offered).await?;
            collected.lots.push(RetryInput::Offer(lot.clone()));
        }
        if !given_up.is_empty() {
            write_down(deps, &feed, &lot, EXHAUST, matches!(fate, Fate::Retry), &given_up).await?;
            collected.lots.push(RetryInput::Exhaust(lot));
        }
    }
    Ok(collected)
}

/// Whether a reject that is not due yet was offered so recently that its import may be under way.
fn is_under_way(reject: &DueReject, at: i64) -> bool {
    reject.attempts > 0 && reject.at - RetryPlan::wait(reject.attempts) > at - UNDER_WAY
}

/// The fate of a run's rejects, by how the run ended.
async fn fate(deps: &Deps, feed: &str, run: &RunId) -> Result<Fate, Fault> {
    let entry = deps.ledger.get(run).await?;
    let verdict = entry.and_then(|entry| entry.conclusion).map(|conclusion| conclusion.verdict);
    Ok(match verdict {
        // The uploader corrects such a file as a whole.
        Some(Verdict::Rejected | Verdict::Passed | Verdict::Refused) => Fate::GiveUp,
        // A failed run has no `rejects.csv` until it is resumed.
        Some(_) if rejects_file(deps, feed, run).await? => Fate::Retry,
        _ => Fate::Leave,
    })
}

async fn rejects_file(deps: &Deps, feed: &str, run: &RunId) -> Result<bool, Fault> {
    let Ok(feed) = feed.parse() else { return Ok(false) };
    Ok(deps.objects.head(&keys::output(&feed, run, keys::REJECTS_CSV)).await?.is_some())
}

/// Writes a document with the rejects of a lot: they do not fit into the state of the execution.
async fn write_down(
    deps: &Deps,
    feed: &str,
    lot: &RetryLot,
    role: &str,
    told: bool,
    rejects: &[DueReject],
) -> Result<(), Fault> {
    let due = |reject: &DueReject| DueRecord { record: reject.record, attempts: reject.attempts };
    let document = RetryDocument {
        version: Version,
        run_id: lot.run_id.clone(),
        feed: feed.to_owned(),
        at: lot.at,
        told,
        rejects: rejects.iter().map(due).collect(),
    };
    put_json(&*deps.objects, &keys::retry_lot(&lot.run_id, lot.at, role), &document).await
}
