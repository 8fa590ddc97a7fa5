//! `sweep`: finds uploads and runs that no event reported.
//!
//! A schedule calls it. It looks through the runs that have not ended ([`runs`]) and through the inbox ([`uploads`]). It has no logic of
//! its own: a file goes to `intake`'s code, a run that died to `report`'s. So it may run at any time, twice at once, and beside
//! events that arrive late.

mod runs;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sluice_contract::ErrorName;
use sluice_platform::clock::rfc3339;
use sluice_platform::ledger::RunSearch;
use sluice_platform::runtime::Deadline;
use sluice_platform::{Fault, Settings, StepError, World, chain};

/// How many files, or runs, are looked at at once.
const IN_FLIGHT: usize = 8;

/// What is left of the time when nothing more is begun: what is under way takes seconds, and its place is to be kept.
const MARGIN: Duration = Duration::from_secs(30);

/// What `sweep` knows of the world.
pub struct Deps {
    /// What `intake` knows of it.
    pub intake: sluice_intake::Deps,
    /// What `report` knows of it.
    pub report: sluice_report::Deps,
    /// The ledger, to look for runs.
    pub search: Arc<dyn RunSearch>,
    /// Its own settings.
    pub config: Config,
}

/// The settings of `sweep`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Those of `intake`, to which it gives files.
    pub intake: sluice_intake::Config,
    /// What is younger than this, in minutes, is on its way.
    pub settled_minutes: u32,
}

impl Config {
    /// Reads the settings of `sweep`.
    pub fn from_env(settings: &mut Settings) -> Self {
        Self { intake: sluice_intake::Config::from_env(settings), settled_minutes: settings.number("SETTLED_MINUTES") }
    }
}

impl Deps {
    /// Takes what `sweep` needs from a world.
    #[must_use]
    pub fn new(world: &dyn World, config: Config) -> Self {
        Self {
            intake: sluice_intake::Deps::new(world, config.intake),
            report: sluice_report::Deps::new(world),
            search: world.search(),
            config,
        }
    }
}

/// The event of a schedule: that it is time. What it says is not needed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Tick {}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Files that were offered to intake.
    pub offered: u64,
    /// Runs that were registered, and were started now.
    pub started: u64,
    /// Runs whose end was told, most of them died.
    pub told: u64,
    /// Runs that died, and were resumed now.
    pub resumed: u64,
    /// Whether everything was looked at. Where not, the next sweep goes on.
    pub complete: bool,
}

/// Why a sweep is not what it should be: everything else was done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Single files or runs could not be dealt with.
    #[error("{failed} of what was found could not be dealt with, first: {first}")]
    Some {
        /// How many.
        failed: usize,
        /// The first of them, and why.
        first: String,
        /// The name of that error.
        name: ErrorName,
    },
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Some { name, .. } => *name,
        }
    }
}

/// Sweeps.
///
/// # Errors
/// Where the inbox or the ledger cannot be read, or, at the end, where a file or a run could not be dealt with: one does not
/// stop the others.
pub async fn run(deps: &Deps, _: Tick, deadline: Deadline) -> Result<Answer, Error> {
    let mut sweep = Sweep { deps, deadline, answer: Answer::default(), failures: Vec::new() };
    let ended = sweep.runs().await?;
    let emptied = sweep.uploads().await?;
    sweep.answer.complete = ended && emptied;
    match sweep.failures.first() {
        None => Ok(sweep.answer),
        Some((first, name)) => Err(Error::Some { failed: sweep.failures.len(), first: first.clone(), name: *name }),
    }
}

/// A sweep under way.
struct Sweep<'a> {
    deps: &'a Deps,
    deadline: Deadline,
    answer: Answer,
    failures: Vec<(String, ErrorName)>,
}

/// What was done about a file or a run.
enum Done {
    Nothing,
    Offered,
    Started,
    Ended(Ended),
}

/// What was done about a run that has ended.
struct Ended {
    /// That was told.
    told: bool,
    /// Its next attempt was started.
    resumed: bool,
}

impl Sweep<'_> {
    /// The time before which something must lie still to be looked at.
    fn settled(&self) -> String {
        let minutes = i64::from(self.deps.config.settled_minutes);
        let now = (self.deps.intake.clock)();
        rfc3339(now.checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap_or(now))
    }

    fn out_of_time(&self) -> bool {
        self.deadline.over(MARGIN)
    }

    /// Counts what was done, or notes why it was not.
    fn note<E: StepError>(&mut self, what: &str, done: Result<Done, E>) {
        match done {
            Ok(Done::Nothing) => {}
            Ok(Done::Offered) => self.answer.offered += 1,
            Ok(Done::Started) => self.answer.started += 1,
            Ok(Done::Ended(Ended { told, resumed })) => {
                self.answer.told += u64::from(told);
                self.answer.resumed += u64::from(resumed);
            }
            Err(error) => {
                let why = format!("{what}: {}", chain(&error));
                tracing::error!(error_name = %error.name(), "not dealt with: {why}");
                self.failures.push((why, error.name()));
            }
        }
    }
}
