//! Which rejects are due, and what is to be done with them.

use std::collections::BTreeMap;

use sluice_contract::documents::{DueRecord, RetryDocument, Version};
use sluice_contract::steps::{RetryCollected, RetryInput, RetryLot, RetryOptions};
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::feed::RetryPlan;
use sluice_platform::Fault;
use sluice_platform::documents::put_json;
use sluice_platform::rejects::DueReject;

use crate::{Deps, feed};

/// The most that one execution takes: some 2 MB in memory, and half a minute of claims. What is left over is due again.
const MOST_REJECTS: usize = 20_000;
/// The most runs: each is up to two lots of some 100 bytes in the state of the execution, 20 KB of its 256.
const MOST_RUNS: usize = 100;
/// Where what is not due yet is taken as well, what was offered within this time is left alone: a quarter of an hour, for
/// its import may be under way.
const UNDER_WAY: i64 = 15 * 60;

/// A role of this function, as the names of documents have it.
pub(crate) const OFFER: &str = "offer";
/// The other one.
pub(crate) const EXHAUST: &str = "exhaust";

/// What can be done with the rejects of a run.
enum Fate {
    /// They are tried again.
    Retry,
    /// They are given up, because nothing of their file is imported: people know that already.
    GiveUp,
    /// Nothing, for now.
    Leave,
}

/// Finds what is due at a time, and writes down which rejects make each lot.
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

/// Whether a reject that is not due may have been offered just now: it waits since then.
fn is_under_way(reject: &DueReject, at: i64) -> bool {
    reject.attempts > 0 && reject.at - RetryPlan::wait(reject.attempts) > at - UNDER_WAY
}

/// What can be done, by how the run has ended that rejected them.
async fn fate(deps: &Deps, feed: &str, run: &RunId) -> Result<Fate, Fault> {
    let entry = deps.ledger.get(run).await?;
    let verdict = entry.and_then(|entry| entry.conclusion).map(|conclusion| conclusion.verdict);
    Ok(match verdict {
        // What the gate has stopped is corrected as a whole.
        Some(Verdict::Rejected | Verdict::Passed | Verdict::Refused) => Fate::GiveUp,
        // A run that failed has no rows to offer before it is resumed.
        Some(_) if rejects_file(deps, feed, run).await? => Fate::Retry,
        _ => Fate::Leave,
    })
}

async fn rejects_file(deps: &Deps, feed: &str, run: &RunId) -> Result<bool, Fault> {
    let Ok(feed) = feed.parse() else { return Ok(false) };
    Ok(deps.objects.head(&keys::output(&feed, run, keys::REJECTS_CSV)).await?.is_some())
}

/// Writes down what makes a lot, where whoever deals with it finds it: the state of an execution has no room for it.
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
