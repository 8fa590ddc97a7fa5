//! `sweep`: finds uploads and runs that no event reported, and feeds whose files do not come.
//!
//! A schedule calls it. It looks through the runs that have not ended ([`runs`]) and through the inbox ([`uploads`]). There it has no
//! logic of its own: a file goes to `intake`'s code, a run that died to `report`'s. So it may run at any time, twice at once, and beside
//! events that arrive late. Then it looks for feeds that are late ([`feeds`]).

mod datasets;
mod feeds;
mod runs;
mod uploads;

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sluice_contract::ErrorName;
use sluice_platform::clock::rfc3339;
use sluice_platform::ledger::RunSearch;
use sluice_platform::metrics::{self, Unit};
use sluice_platform::runtime::Deadline;
use sluice_platform::{Fault, Settings, StepError, World, chain};

/// Files or runs that are handled at the same time.
const IN_FLIGHT: usize = 8;

/// If less time than this is left, the sweep begins nothing more: what is under way takes seconds, and it must save its place.
const MARGIN: Duration = Duration::from_secs(30);

/// The metric of the age of the oldest run that is at work.
const OLDEST_OPEN_RUN: &str = "OldestOpenRunSeconds";

/// The metric of the number of feeds of which no file came for longer than they say.
const LATE_FEEDS: &str = "LateFeeds";

/// The names of the metrics of a sweep.
pub const METRICS: [&str; 2] = [OLDEST_OPEN_RUN, LATE_FEEDS];

/// What `sweep` knows of the world.
pub struct Deps {
    /// The ports of `intake`, whose code it calls.
    pub intake: sluice_intake::Deps,
    /// The ports of `report`, whose code it calls.
    pub report: sluice_report::Deps,
    /// Searches the ledger for runs.
    pub search: Arc<dyn RunSearch>,
    /// The ports of `dataset`, whose code it calls.
    pub dataset: sluice_dataset::Deps,
    /// The settings of `sweep`.
    pub config: Config,
}

/// The settings of `sweep`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The settings of `intake`.
    pub intake: sluice_intake::Config,
    /// Files and runs that changed less than this many minutes ago count as on their way.
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
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        Self {
            intake: sluice_intake::Deps::new(world, config.intake),
            report: sluice_report::Deps::new(world),
            search: world.search(),
            // The sweep starts joins; their steps have settings of their own.
            dataset: sluice_dataset::Deps::new(world, sluice_dataset::Config::of(0)),
            config,
        }
    }
}

/// The event of the schedule; its content is ignored.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Tick {}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Files that it offered to intake.
    pub offered: u64,
    /// Registered runs that it started.
    pub started: u64,
    /// Runs whose end it reported; most of them died.
    pub told: u64,
    /// Runs that died, or whose file waited for its feed, and that it resumed.
    pub resumed: u64,
    /// For how many seconds the oldest run is at work, of those that come to no other stage; 0 if there is none.
    pub oldest_open_seconds: u64,
    /// Feeds of which no file came for longer than they say.
    pub late: u64,
    /// Joins of sets that it started, because what should start them got lost.
    pub joins: u64,
    /// Sets that waited for too long, or whose joins failed, and about which it told people.
    pub sets: u64,
    /// Whether everything was looked at. Where not, the next sweep goes on.
    pub complete: bool,
}

/// Why a sweep failed, or failed in part.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Single files, runs or feeds could not be handled; all others were.
    #[error("{failed} of what was found could not be dealt with, first: {first}")]
    Some {
        /// How many failed.
        failed: usize,
        /// The first of them, and why it failed.
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

/// Looks through the open runs, the inbox and the feeds.
///
/// # Errors
/// If the inbox, the ledger or the feeds cannot be read. If a file, a run or a feed cannot be handled, the sweep goes on, and fails at its end.
pub async fn run(deps: &Deps, _: Tick, deadline: Deadline) -> Result<Answer, Error> {
    let mut sweep = Sweep { deps, deadline, answer: Answer::default(), failures: Vec::new() };
    let ended = sweep.runs().await?;
    let emptied = sweep.uploads().await?;
    metrics::emit(&[], &[(OLDEST_OPEN_RUN, Unit::Seconds, sweep.answer.oldest_open_seconds)]);
    let watched = sweep.feeds().await?;
    let joined = sweep.datasets().await?;
    sweep.answer.complete = ended && emptied && watched && joined;
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

/// What was done about a file, a run or a feed.
enum Done {
    Nothing,
    /// An execution is at work on the run since this time (RFC 3339, UTC).
    AtWork {
        since: String,
    },
    Offered,
    Started,
    Ended(Ended),
    /// The feed waits for a file for longer than it says.
    Late,
}

/// What was done about a run that has ended.
struct Ended {
    /// Whether its end was reported.
    reported: bool,
    /// Whether its next attempt was started.
    resumed: bool,
}

impl Sweep<'_> {
    /// The time since which a file or a run must be unchanged to be handled.
    fn settled(&self) -> String {
        let minutes = i64::from(self.deps.config.settled_minutes);
        let now = (self.deps.intake.clock)();
        rfc3339(now.checked_sub(jiff::SignedDuration::from_mins(minutes)).unwrap_or(now))
    }

    /// The seconds since a time; 0 if that is no time, or has not come yet.
    fn seconds_since(&self, since: &str) -> u64 {
        let Ok(since) = since.parse::<jiff::Timestamp>() else { return 0 };
        u64::try_from((self.deps.intake.clock)().duration_since(since).as_secs()).unwrap_or(0)
    }

    fn out_of_time(&self) -> bool {
        self.deadline.over(MARGIN)
    }

    /// Counts what was done, or notes why it failed.
    fn note<E: StepError>(&mut self, what: &str, done: Result<Done, E>) {
        match done {
            Ok(Done::Nothing) => {}
            Ok(Done::AtWork { since }) => {
                let seconds = self.seconds_since(&since);
                self.answer.oldest_open_seconds = self.answer.oldest_open_seconds.max(seconds);
            }
            Ok(Done::Offered) => self.answer.offered += 1,
            Ok(Done::Started) => self.answer.started += 1,
            Ok(Done::Late) => self.answer.late += 1,
            Ok(Done::Ended(Ended { reported, resumed })) => {
                self.answer.told += u64::from(reported);
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
