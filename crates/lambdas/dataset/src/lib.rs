//! `dataset`: notes which files of a dataset are there, and joins those that belong together.
//!
//! Its role `ended` notes the end of a run in the sets to which its file belongs ([`ended`]). If that completes a set, or changes a complete
//! one, it starts the state machine `join`, whose steps are the other roles. `plan` pins what is joined. `sort` reads the rows of a member,
//! sorted by the hash of their parents' keys. `link` gives each row of a partition its place below its parent; each level of members is
//! linked after the one above it. `merge` assembles the joined records of a partition from the rows in the order of their places.
//! `publish` puts the joined file into the inboxes, and reports.
//!
//! Everything that these steps write is a function of what `plan` pinned. So each of them can be repeated, also while it still runs: what
//! it writes has the same keys and the same bytes.
//!
//! [`watch()`] is for the sweep: it repeats what got lost.

mod ended;
mod join;
mod link;
mod merge;
mod orphans;
mod plan;
mod publish;
mod report;
mod rows;
mod sort;
mod spill;
mod watch;

use std::sync::Arc;

use serde::{Serialize, Serializer};
use sluice_contract::ErrorName;
use sluice_contract::steps::{DatasetInput, JoinPlanned, JoinPublished, JoinStepDone, RunNoted};
use sluice_engine::spec::FeedProblem;
use sluice_platform::clock::Clock;
use sluice_platform::datasets::{DatasetError, Datasets};
use sluice_platform::joins::Joins;
use sluice_platform::ledger::{Ledger, RunSearch};
use sluice_platform::mail::Mailer;
use sluice_platform::objects::Objects;
use sluice_platform::{Fault, Settings, StepError, World};

pub use watch::{Watched, watch};

/// What `dataset` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// The data bucket as people see it: `s3://bucket/`.
    pub location: String,
    /// The inbox bucket.
    pub inbox: Arc<dyn Objects>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Searches the ledger, for the sweep.
    pub search: Arc<dyn RunSearch>,
    /// The table of sets.
    pub datasets: Arc<dyn Datasets>,
    /// Executions that join.
    pub joins: Arc<dyn Joins>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Addresses that get a mail about every set.
    pub operators: Vec<String>,
    /// The time.
    pub clock: Clock,
    /// The settings of `dataset`.
    pub config: Config,
}

/// The settings of `dataset`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The longest joined record in bytes.
    pub max_record_bytes: u64,
    /// About how many bytes of the members' files are a partition.
    pub partition_bytes: u64,
    /// How many bytes of rows are sorted in memory.
    pub buffer: usize,
}

impl Config {
    /// About how many bytes of the members' files are a partition: a call works on it for some seconds.
    pub const PARTITION_BYTES: u64 = 256 * 1024 * 1024;

    /// How many bytes of rows are sorted in memory. A call sorts up to three kinds of rows at the same time, and an index takes as much
    /// again for short rows: 3 x 2 x 96 MiB are 576 MiB of a function's 1769.
    pub const BUFFER: usize = 96 * 1024 * 1024;

    /// Reads the settings of `dataset`.
    pub fn from_env(settings: &mut Settings) -> Self {
        Self::of(settings.number("MAX_RECORD_BYTES"))
    }

    /// The settings with this longest record.
    #[must_use]
    pub fn of(max_record_bytes: u64) -> Self {
        Self { max_record_bytes, partition_bytes: Self::PARTITION_BYTES, buffer: Self::BUFFER }
    }
}

impl Deps {
    /// Takes what `dataset` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        Self {
            objects: world.objects(),
            location: world.location(),
            inbox: world.inbox_objects(),
            ledger: world.ledger(),
            search: world.search(),
            datasets: world.datasets(),
            joins: world.joins(),
            mailer: world.mailer(),
            operators: world.operators(),
            clock: world.clock(),
            config,
        }
    }
}

/// The output of `dataset`, one form for each role. It serializes as the output that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The output of `ended`.
    Noted(RunNoted),
    /// The output of `plan`.
    Planned(JoinPlanned),
    /// The output of `sort`, `link` and `merge`.
    Done(JoinStepDone),
    /// The output of `publish`.
    Published(JoinPublished),
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Noted(output) => output.serialize(serializer),
            Self::Planned(output) => output.serialize(serializer),
            Self::Done(output) => output.serialize(serializer),
            Self::Published(output) => output.serialize(serializer),
        }
    }
}

/// Why a set could not be joined.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The dataset cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The feed with which a member was imported cannot be used.
    #[error("the feed of a member cannot be used: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Feed(Vec<FeedProblem>),
    /// The feed with which a member was imported has not the fields by which the member is joined.
    #[error(
        "the file {file} was imported with a feed without the field {field:?}, by which it is joined; import it again"
    )]
    Field {
        /// The file.
        file: String,
        /// The field.
        field: String,
    },
    /// A member, a partition or a generation that does not exist.
    #[error("{0}")]
    Input(String),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) | Self::Dataset(DatasetError::Fault(fault)) => fault.name(),
            Self::Dataset(_) | Self::Feed(_) | Self::Field { .. } => ErrorName::InvalidFeed,
            Self::Input(_) => ErrorName::InvalidInput,
        }
    }
}

/// Does what the role in the input says.
///
/// # Errors
/// If something outside fails, or what was pinned cannot be used.
pub async fn run(deps: &Deps, input: DatasetInput) -> Result<Answer, Error> {
    // Boxed, because some of the futures are large.
    Ok(match input {
        DatasetInput::Ended { run_id } => Answer::Noted(Box::pin(ended::ended(deps, &run_id)).await?),
        DatasetInput::Plan(of) => Answer::Planned(Box::pin(plan::plan(deps, &of)).await?),
        DatasetInput::Sort { of, member } => Answer::Done(Box::pin(sort::sort(deps, &of, member)).await?),
        DatasetInput::Link { of, member, partition } => {
            Answer::Done(Box::pin(link::link(deps, &of, member, partition)).await?)
        }
        DatasetInput::Merge { of, partition } => Answer::Done(Box::pin(merge::merge(deps, &of, partition)).await?),
        DatasetInput::Publish(of) => Answer::Published(Box::pin(publish::publish(deps, &of)).await?),
    })
}
