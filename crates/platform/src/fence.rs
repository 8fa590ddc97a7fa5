//! The fence: at most one execution works on a run.
//!
//! The ledger has the name of the execution that holds a run. An execution that wants the run asks Step Functions for
//! the state of the holder; no timer is involved. Then it takes the run with a write on the condition that nobody else
//! has taken it in the meantime ([`Ledger::fence`](crate::ledger::Ledger::fence)). An execution that has ended does not
//! come back. Its last calls may still write for a while, under keys of their own.

use sluice_contract::{ErrorName, RunId, Verdict};

use crate::executions::Executions;
use crate::ledger::{RunEntry, RunStage};
use crate::{Fault, StepError};

/// Why an execution must not work on a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fenced {
    /// Another execution is at work.
    #[error(
        "the run {run} is held by the execution {holder}, which is {status} (its attempt began {since}): two must not work \
         on it at once. Wait until that one has ended, or stop it, and resume the run then: sluice resume {run}"
    )]
    Held {
        /// The run.
        run: RunId,
        /// The execution that holds it.
        holder: String,
        /// The status of that execution.
        status: String,
        /// When its attempt began, according to the ledger.
        since: String,
    },
    /// The run has ended and cannot be resumed.
    #[error(
        "the run {run} ended {verdict} at {at}: there is nothing to resume. To import its source once more: sluice rerun {run}"
    )]
    Over {
        /// The run.
        run: RunId,
        /// How it ended.
        verdict: Verdict,
        /// When.
        at: String,
    },
    /// The file of the run was not accepted.
    #[error("the run {run} was REFUSED at {at}: its file is still in the inbox. Remove the cause, and upload it again")]
    Refused {
        /// The run.
        run: RunId,
        /// When.
        at: String,
    },
    /// The file of the run came before its feed, and the run goes on by itself.
    #[error(
        "the run {run} was REFUSED at {at} because there was no feed {feed:?}: it goes on by itself within minutes once \
         feeds/{feed}.yaml is in the data bucket"
    )]
    Waits {
        /// The run.
        run: RunId,
        /// When.
        at: String,
        /// The folder of its file.
        feed: String,
    },
    /// The name of the execution is not one of the run's.
    #[error(
        "the execution {execution} cannot work on the run {run}: its name must be {run}, or {run}-N where it is the attempt N"
    )]
    Misnamed {
        /// The run in its input.
        run: RunId,
        /// Its name.
        execution: String,
    },
}

impl StepError for Fenced {
    fn name(&self) -> ErrorName {
        match self {
            Self::Misnamed { .. } => ErrorName::InvalidInput,
            _ => ErrorName::Fenced,
        }
    }
}

/// Why an execution cannot take a run.
#[derive(Debug, thiserror::Error)]
pub enum FenceError {
    /// The state of the run or its holder could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The execution must not take it.
    #[error(transparent)]
    Fenced(#[from] Fenced),
}

impl StepError for FenceError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Fenced(fenced) => fenced.name(),
        }
    }
}

/// Checks that another execution may take a run: it must have failed or not ended, and no execution may be at work on
/// it.
///
/// # Errors
/// `Fenced` if it must not; a fault if the holder's state cannot be read.
pub async fn judge(executions: &dyn Executions, entry: &RunEntry) -> Result<(), FenceError> {
    judge_end(entry)?;
    let Some(holder) = &entry.execution else { return Ok(()) };
    match executions.describe(&executions.arn(holder)).await {
        Ok(execution) if execution.is_at_work() => Err(Fenced::held(entry, holder.clone(), execution.status).into()),
        // It has ended, or AWS has forgotten it after 90 days.
        Ok(_) | Err(Fault::Missing { .. }) => Ok(()),
        Err(fault) => Err(fault.into()),
    }
}

/// Checks that a run may be resumed, as far as its end says: it must have failed, be inconsistent, have waited for
/// its feed, or not have ended.
///
/// # Errors
/// If it was refused for good, or ended with another verdict.
pub fn judge_end(entry: &RunEntry) -> Result<(), Fenced> {
    let Some(conclusion) = &entry.conclusion else { return Ok(()) };
    let (run, at) = (entry.run_id.clone(), conclusion.at.clone());
    match conclusion.verdict {
        Verdict::Failed | Verdict::Inconsistent => Ok(()),
        // The sweep starts this attempt only if the feed exists now.
        Verdict::Refused if conclusion.next.is_some() => Ok(()),
        Verdict::Refused => Err(Fenced::Refused { run, at }),
        verdict => Err(Fenced::Over { run, verdict, at }),
    }
}

/// Checks that the file of a run was not refused: then a person must not resume or rerun it. If it waits for its feed, it goes on by
/// itself.
///
/// # Errors
/// If its file was refused.
pub fn judge_refusal(entry: &RunEntry) -> Result<(), Fenced> {
    let Some(conclusion) = entry.conclusion.as_ref().filter(|conclusion| conclusion.verdict == Verdict::Refused) else {
        return Ok(());
    };
    let (run, at) = (entry.run_id.clone(), conclusion.at.clone());
    Err(match conclusion.next {
        Some(_) => Fenced::Waits { run, at, feed: entry.feed.clone() },
        None => Fenced::Refused { run, at },
    })
}

impl Fenced {
    /// The error that an execution is at work on a run.
    #[must_use]
    pub fn held(entry: &RunEntry, holder: String, status: String) -> Self {
        let since = entry.times.get(RunStage::Started.as_str()).unwrap_or(&entry.stage_at).clone();
        Self::Held { run: entry.run_id.clone(), holder, status, since }
    }
}
