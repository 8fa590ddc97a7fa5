//! Begins a run again: resumes a failed run, or starts a rerun of an archived source.
//!
//! Nothing here runs in a function: an operator calls it (`sluice resume`, `sluice rerun`). The fence that pin takes makes a second
//! call, or one at the wrong time, harmless.

use sluice_contract::documents::{Origin, Usage};
use sluice_contract::{RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::executions::{Executions, Started};
use sluice_platform::fence::{FenceError, Fenced, judge, judge_refusal};
use sluice_platform::ledger::{Ledger, RunEntry, RunStage, archived_by};
use sluice_platform::objects::Objects;
use sluice_platform::sink::{Sinks, Target};

use crate::check;

/// How many taken names of executions `resume` skips before it gives up.
const TRIES: u32 = 100;

/// Why a run does not begin again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run is not in the ledger.
    #[error("the run {0} is not in the ledger of this stack; `sluice import` and the mail of a run say its id")]
    Unknown(RunId),
    /// An execution is at work on it, or its end is final.
    #[error(transparent)]
    Fenced(#[from] Fenced),
    /// `TRIES` names of executions are taken, and none of these executions took the run.
    #[error("the names of the executions from attempt {0} on are taken; look at why none of them could take the run")]
    NoName(u32),
    /// It has not ended.
    #[error(
        "the run {0} has not ended: its source is imported once more only when it has. If its execution is gone, \
         resume it: sluice resume {0}"
    )]
    NotEnded(RunId),
    /// A repair has no source of its own.
    #[error(
        "the run {0} repairs rejects of {1}: its source is a file of rejects, and its place in the order is that run's. \
         Upload the file again"
    )]
    Repair(RunId, RunId),
    /// Its file was not archived, or is not there any more.
    #[error("the run {run} has no source in the archive ({key} is not there): upload its file again")]
    NoSource {
        /// The run.
        run: RunId,
        /// Where it should be.
        key: String,
    },
    /// The feed is not what it should be.
    #[error("the source of the run {run} cannot be imported: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NotImportable {
        /// The run.
        run: RunId,
        /// All reasons.
        problems: Vec<Problem>,
    },
}

impl From<FenceError> for Error {
    fn from(error: FenceError) -> Self {
        match error {
            FenceError::Fault(fault) => Self::Fault(fault),
            FenceError::Fenced(fenced) => Self::Fenced(fenced),
        }
    }
}

/// Resumes a run: starts its next attempt, and returns the name of that execution. If the run was registered but never started, its
/// first attempt starts.
///
/// # Errors
/// If there is nothing to resume, or an execution is at work on it.
pub async fn resume(ledger: &dyn Ledger, executions: &dyn Executions, run: &RunId) -> Result<String, Error> {
    let entry = ledger.get(run).await?.ok_or_else(|| Error::Unknown(run.clone()))?;
    judge_refusal(&entry)?;
    judge(executions, &entry).await?;
    // If no execution holds the run, the first one may still be on its way, or may have failed before it claimed the run.
    let first = entry.attempt() + u32::from(entry.execution.is_some());
    for attempt in first..first.saturating_add(TRIES) {
        let name = run.execution(attempt);
        if executions.start(run, attempt).await? == Started::New {
            return Ok(name);
        }
        let execution = executions.describe(&executions.arn(&name)).await?;
        if execution.is_at_work() {
            return Err(Fenced::held(&entry, name, execution.status).into());
        }
    }
    Err(Error::NoName(first))
}

/// The ports that a rerun needs.
pub struct Rerun<'a> {
    /// The data bucket, with the feeds and the archive.
    pub objects: &'a dyn Objects,
    /// The ledger.
    pub ledger: &'a dyn Ledger,
    /// Opens the sink of a feed: where its records will go.
    pub sinks: &'a dyn Sinks,
    /// Executions of the main orchestrator.
    pub executions: &'a dyn Executions,
    /// The time.
    pub clock: Clock,
}

impl Rerun<'_> {
    /// Imports the archived source of a run again, with the current feed: as a run of its own, whose order is right after that of
    /// its parent. Returns its id.
    ///
    /// Two calls within a second make one run. If this is killed between the entry in the ledger and the start, the sweep starts
    /// the run.
    ///
    /// # Errors
    /// If the run has not ended, has no source in the archive, or its feed or table do not allow the import.
    pub async fn begin(&self, parent: &RunId) -> Result<RunId, Error> {
        let entry = self.ledger.get(parent).await?.ok_or_else(|| Error::Unknown(parent.clone()))?;
        let feed = self.check(&entry).await?;
        let now = rfc3339((self.clock)());
        let upload = entry.upload.clone();
        let version = format!("{} rerun of {parent} at {now}", upload.version_id);
        let run = RunId::derive(&feed, &upload.bucket, &upload.key, &version);
        let origin = Origin::Rerun { parent: parent.clone(), order: entry.order().after(&now, &run) };
        self.ledger.register(&RunEntry::new(run.clone(), &entry.feed, upload, origin, &now)).await?;
        self.executions.start(&run, 1).await?;
        self.ledger.advance(&run, RunStage::Started, &rfc3339((self.clock)()), &Usage::default()).await?;
        Ok(run)
    }

    /// Checks that the run can be imported again, and returns the name of its feed.
    async fn check(&self, entry: &RunEntry) -> Result<FeedName, Error> {
        let run = || entry.run_id.clone();
        if entry.conclusion.is_none() {
            return Err(Error::NotEnded(run()));
        }
        if let Origin::Repair { parent, .. } = &entry.origin {
            return Err(Error::Repair(run(), parent.clone()));
        }
        judge_refusal(entry)?;
        let plan = match check::feed(self.objects, &entry.feed).await? {
            Ok(plan) => plan,
            Err(problems) => return Err(Error::NotImportable { run: run(), problems }),
        };
        let source = archived_by(self.ledger, entry).await?;
        let key = keys::archive(&plan.name, &source.started_at, &source.run_id, &entry.upload.key);
        if self.objects.head(&key).await?.map(|known| known.bytes) != Some(entry.upload.bytes) {
            return Err(Error::NoSource { run: run(), key });
        }
        let target = Target::of(&plan);
        let problems = self.sinks.open(&target).check(&target).await?;
        let problem = |why| Problem::new(Stage::Intake, Code::InvalidTarget, why);
        let problems: Vec<Problem> = problems.into_iter().map(problem).collect();
        if problems.is_empty() { Ok(plan.name.clone()) } else { Err(Error::NotImportable { run: run(), problems }) }
    }
}
