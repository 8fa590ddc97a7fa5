//! Follows a run from outside: the execution shows the progress, the ledger the result.

use std::time::Duration;

use sluice_contract::RunId;
use sluice_platform::Fault;
use sluice_platform::ledger::{Ledger, RunEntry};
use tokio::time::{Instant, sleep};

use crate::screen::Screen;
use crate::watch::{MapProgress, Snapshot, Watch, WatchError};

/// The time between two polls. A poll takes about five requests to Step Functions, whose quotas refill at a
/// few requests per second and account.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long to wait for the upload to appear in the ledger; events take seconds.
const UNTIL_REGISTERED: Duration = Duration::from_mins(3);

/// How long to wait for the conclusion of a failed execution; its event takes seconds.
const UNTIL_CONCLUDED: Duration = Duration::from_mins(2);

/// How long to wait for the mail, which is sent right after the conclusion.
const UNTIL_MAILED: Duration = Duration::from_secs(15);

/// Why a run could not be followed to its end.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The event of the upload was lost, or intake fails.
    #[error("the upload did not reach the ledger within {} s; look at intake's log and its queues", UNTIL_REGISTERED.as_secs())]
    NotRegistered,
    /// The execution ended, but no conclusion was written to the ledger.
    #[error("the execution ended ({0}), and was not reported within {seconds} s; look at the log of report", seconds = UNTIL_CONCLUDED.as_secs())]
    NotConcluded(String),
    /// The ledger could not be queried.
    #[error(transparent)]
    Ledger(#[from] Fault),
    /// Step Functions could not be queried.
    #[error(transparent)]
    Watch(#[from] WatchError),
}

/// Follows an execution of a run until the run has a conclusion and its mail was attempted. Conclusions of
/// other attempts are ignored.
pub async fn follow(
    ledger: &dyn Ledger,
    watch: &dyn Watch,
    screen: &dyn Screen,
    run: &RunId,
    execution: &str,
    execution_arn: &str,
) -> Result<RunEntry, FollowError> {
    let mut shown = Shown { screen, states: 0 };
    let mut registered = Deadline::new(UNTIL_REGISTERED);
    let mut concluded = Deadline::new(UNTIL_CONCLUDED);
    let mut mailed = Deadline::new(UNTIL_MAILED);
    loop {
        // Polls the ledger first, so that all states of an execution that is over are still shown.
        let entry = ledger.get(run).await?;
        let snapshot = watch.look(execution_arn).await?;
        if let Some(snapshot) = &snapshot {
            shown.show(snapshot);
        }
        let its_own = |entry: &RunEntry| {
            // A refused file has no execution.
            entry.execution.as_deref().map_or(run.attempt(execution) == 1, |holder| holder == execution)
        };
        let ended = snapshot.and_then(|snapshot| snapshot.ended);
        let is_over = match (&entry, ended) {
            (Some(entry), _) if entry.conclusion.is_some() && its_own(entry) => {
                entry.mail.is_some() || mailed.is_over()
            }
            (_, Some(status)) if concluded.is_over() => return Err(FollowError::NotConcluded(status)),
            (None, None) if registered.is_over() => return Err(FollowError::NotRegistered),
            _ => false,
        };
        if let Some(entry) = entry.filter(|_| is_over) {
            return Ok(entry);
        }
        sleep(INTERVAL).await;
    }
}

/// What has already been printed of an execution.
struct Shown<'a> {
    screen: &'a dyn Screen,
    /// The number of its states.
    states: usize,
}

impl Shown<'_> {
    fn show(&mut self, snapshot: &Snapshot) {
        for state in snapshot.states.iter().skip(self.states) {
            self.screen.line(&format!("  {:<16} {:>7.1} s", state.name, state.seconds));
        }
        self.states = self.states.max(snapshot.states.len());
        match running(&snapshot.maps) {
            Some((name, map)) => self.screen.bar(name, map.done + map.failed, map.total),
            None => self.screen.clear(),
        }
    }
}

/// The most recent Map with unfinished items, and its name.
fn running(maps: &[MapProgress]) -> Option<(&str, &MapProgress)> {
    let map = maps.last()?;
    let name = match (map.label.as_str(), maps.len()) {
        ("CheckChunks", _) | ("", 1) => "Check chunks",
        ("ImportChunks" | "", _) => "Import chunks",
        (label, _) => label,
    };
    (map.done + map.failed < map.total).then_some((name, map))
}

/// A deadline that starts when it is first checked.
struct Deadline {
    patience: Duration,
    begun: Option<Instant>,
}

impl Deadline {
    fn new(patience: Duration) -> Self {
        Self { patience, begun: None }
    }

    fn is_over(&mut self) -> bool {
        self.begun.get_or_insert_with(Instant::now).elapsed() >= self.patience
    }
}

#[cfg(test)]
mod tests;
