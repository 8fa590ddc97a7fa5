//! For the sweep: repeats what got lost, and tells people about sets that wait for too long.
//!
//! - A run of a member has ended, and its event was lost: it is noted.
//! - A set is complete, and its join was not started, or its execution is gone: the join is started, a few times.
//! - A set waits for its members for longer than the dataset says: people are told once.

use jiff::{SignedDuration, Timestamp};
use sluice_contract::documents::{Generation, JoinEnd};
use sluice_contract::steps::RunNoted;
use sluice_engine::feed::Every;
use sluice_platform::clock::rfc3339;
use sluice_platform::datasets::{DatasetError, JoinEnding, LoadedDataset, SetEntry, SetState, change, list, load};
use sluice_platform::ledger::RunFilter;
use sluice_platform::{Fault, chain};

use crate::report::{of_failure, of_wait, send};
use crate::{Deps, Error, ended};

/// How long ago a run may have begun whose end is noted once more, in hours.
const BEGUN_HOURS: i64 = 48;
/// How long ago a run may have ended whose end is noted once more, in hours.
const ENDED_HOURS: i64 = 6;
/// How often the join of a generation is tried.
const ATTEMPTS: u32 = 3;

/// What was done about datasets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// Joins that were started.
    pub started: u64,
    /// Sets about which people were told.
    pub told: u64,
    /// Whether everything was looked at.
    pub complete: bool,
    /// What could not be handled: what, and why.
    pub failures: Vec<(String, String, sluice_contract::ErrorName)>,
}

/// Looks after all sets that have not changed since `settled` (RFC 3339, UTC), until `out_of_time` says so.
///
/// # Errors
/// If the datasets cannot be listed. What is wrong with one of them is in the answer.
pub async fn watch(deps: &Deps, settled: &str, out_of_time: impl Fn() -> bool) -> Result<Watched, Fault> {
    let mut watched = Watched { complete: true, ..Watched::default() };
    for name in list(&*deps.objects).await? {
        if out_of_time() {
            watched.complete = false;
            break;
        }
        let dataset = match load(&*deps.objects, &name).await {
            Ok(dataset) => dataset,
            Err(DatasetError::Fault(fault)) => return Err(fault),
            // Its author is told by `sluice dataset check`; every five minutes is too often for an alarm.
            Err(error) => {
                tracing::warn!(dataset = name.as_str(), "the dataset cannot be used: {}", chain(&error));
                continue;
            }
        };
        let mut noted = RunNoted::default();
        if let Err(error) = runs(deps, &dataset, settled, &mut noted).await {
            watched.fail(&format!("the runs of the dataset {name}"), &error);
        }
        watched.started += noted.started.len() as u64;
        let mut from = None;
        loop {
            let page = deps.datasets.page(&name, from.as_deref()).await?;
            for entry in page.sets {
                let what = format!("the set {} of the dataset {name}", entry.set);
                match look(deps, &dataset, &entry, settled, &mut watched).await {
                    Ok(()) => {}
                    Err(error) => watched.fail(&what, &error),
                }
            }
            from = page.next;
            if from.is_none() {
                break;
            }
            if out_of_time() {
                watched.complete = false;
                return Ok(watched);
            }
        }
    }
    Ok(watched)
}

impl Watched {
    fn fail(&mut self, what: &str, error: &Error) {
        use sluice_platform::StepError;
        self.failures.push((what.to_owned(), chain(error), error.name()));
    }
}

/// Notes the runs of members that ended lately. Most of them are known.
async fn runs(deps: &Deps, dataset: &LoadedDataset, settled: &str, noted: &mut RunNoted) -> Result<(), Error> {
    let now = (deps.clock)();
    let ago = |hours: i64| rfc3339(now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN));
    let (begun, over) = (ago(BEGUN_HOURS), ago(ENDED_HOURS));
    for member in &dataset.plan.members {
        let filter = RunFilter { feed: Some(member.feed.as_str()), since: Some(&begun) };
        let mut from = None;
        loop {
            let page = deps.search.runs(filter, from.as_deref()).await?;
            for run in page.runs {
                let at = run.conclusion.as_ref().map(|conclusion| conclusion.at.as_str());
                if at.is_some_and(|at| at >= over.as_str() && at < settled) {
                    ended::note(deps, dataset, &run, noted).await?;
                }
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Looks after a set.
async fn look(
    deps: &Deps,
    dataset: &LoadedDataset,
    entry: &SetEntry,
    settled: &str,
    watched: &mut Watched,
) -> Result<(), Error> {
    match entry.state {
        SetState::Joining if entry.attempt_at.as_str() < settled => join(deps, dataset, entry, watched).await,
        SetState::Waiting if !entry.told => {
            let Some(within) = dataset.plan.within.filter(|within| is_over(entry, *within, (deps.clock)())) else {
                return Ok(());
            };
            send(deps, &dataset.plan.recipients, &of_wait(dataset, entry, &within.to_string())).await?;
            watched.told += 1;
            let mark = |entry: &mut SetEntry| !std::mem::replace(&mut entry.told, true);
            change(&*deps.datasets, || entry.clone(), mark).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether a set has waited for longer than the dataset says.
fn is_over(entry: &SetEntry, within: Every, now: Timestamp) -> bool {
    entry.created_at.parse::<Timestamp>().is_ok_and(|since| now.duration_since(since) > within.duration())
}

/// Goes on with a join that should be under way.
async fn join(deps: &Deps, dataset: &LoadedDataset, entry: &SetEntry, watched: &mut Watched) -> Result<(), Error> {
    let of: Generation = entry.current();
    let Some(execution) = deps.joins.describe(&of, entry.attempt).await? else {
        watched.started += u64::from(ended::start(deps, entry).await?.is_some());
        return Ok(());
    };
    if execution.is_at_work() {
        return Ok(());
    }
    let now = rfc3339((deps.clock)());
    if entry.attempt < ATTEMPTS {
        let again = |set: &mut SetEntry| set.try_again(of.generation, entry.attempt, &now);
        let (after, _) = change(&*deps.datasets, || entry.clone(), again).await?;
        watched.started += u64::from(ended::start(deps, &after).await?.is_some());
        return Ok(());
    }
    let why = match (&execution.error, &execution.cause) {
        (Some(error), Some(cause)) => format!("{error}: {cause}"),
        (Some(error), None) => error.clone(),
        _ => format!("the execution ended {}", execution.status),
    };
    send(deps, &dataset.plan.recipients, &of_failure(dataset, entry, &why)).await?;
    watched.told += 1;
    let ending = JoinEnding { generation: of.generation, end: JoinEnd::Failed, at: now, joined: 0, orphans: 0 };
    change(&*deps.datasets, || entry.clone(), |set| set.generation == of.generation && set.end(&ending)).await?;
    Ok(())
}
