//! `report`: tells people and programs how a run ended.
//!
//! It is the last step of the main orchestrator, and in its failure mode it is called by the rule on
//! that machine's FAILED, `TIMED_OUT` and ABORTED: so even a failure that no step can see is told.
//! Both are idempotent: the first conclusion in the ledger stands, and what it says is told.

mod compose;
pub mod cost;
pub mod counts;
mod tell;

pub use compose::Refusal;
pub use tell::{Teller, Telling};

use std::sync::Arc;

use sluice_contract::steps::{ReportInput, ReportOutput};
use sluice_contract::{ErrorName, RunId, Verdict};
use sluice_engine::report::Report;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::executions::Executions;
use sluice_platform::ledger::{Conclusion, Ledger, MailState, RunEntry};
use sluice_platform::objects::Objects;
use sluice_platform::run::{LoadError, Runs};
use sluice_platform::{Fault, StepError};

/// What `report` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// How a key of the data bucket is shown to people, such as `s3://bucket/`.
    pub location: String,
    /// Whether this is `sluice run`: what is to be repeated is run again, not uploaded.
    pub on_this_machine: bool,
    /// Loads runs.
    pub runs: Runs,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Executions of the main orchestrator.
    pub executions: Arc<dyn Executions>,
    /// Sends mail and events.
    pub teller: Teller,
    /// The time.
    pub clock: Clock,
}

/// Why a run could not be reported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The name is not that of an execution of the main orchestrator.
    #[error("{0:?} is neither a run id nor the name of an execution of a run")]
    InvalidName(String),
    /// Nobody has registered the run.
    #[error("the run {0} is not in the ledger")]
    UnknownRun(RunId),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::InvalidName(_) | Self::UnknownRun(_) => ErrorName::InvalidInput,
        }
    }
}

/// Reports a run.
///
/// # Errors
/// Where something outside fails; a mail that cannot be sent is no error, and shows in the ledger.
pub async fn run(deps: &Deps, input: ReportInput) -> Result<ReportOutput, Error> {
    let run_id = RunId::of_execution(&input.run_id).map_err(|_| Error::InvalidName(input.run_id.clone()))?;
    let entry = deps.ledger.get(&run_id).await?.ok_or_else(|| Error::UnknownRun(run_id.clone()))?;
    if let (Some(conclusion), Some(mail)) = (&entry.conclusion, &entry.mail) {
        // All is told already: a repeated call, or an execution that failed after it had reported.
        let mailed = matches!(mail, MailState::Sent(_));
        return Ok(ReportOutput { verdict: conclusion.verdict, mailed, tally: None });
    }
    let now = rfc3339((deps.clock)());
    // A conclusion that was not told yet stands: it is told now, whoever calls.
    let concluded = entry.conclusion.as_ref().map(|conclusion| conclusion.verdict);
    let composed = match (&input.failure, concluded) {
        (Some(failure), None | Some(Verdict::Failed)) => compose::failed(deps, &entry, failure, &now).await?,
        _ => compose::ended(deps, &entry, &now).await?,
    };
    let conclusion = Conclusion {
        verdict: composed.report.verdict,
        at: composed.report.ended_at.clone(),
        tally: composed.report.tally,
        reasons: composed.report.reasons.clone(),
    };
    if !deps.ledger.conclude(&run_id, &conclusion).await? {
        // Another call has concluded otherwise, and tells.
        return Ok(ReportOutput { verdict: conclusion.verdict, mailed: false, tally: None });
    }
    let mail = deps.teller.tell(&run_id, &composed).await?;
    deps.ledger.mailed(&run_id, &mail).await?;
    let Report { verdict, tally, .. } = composed.report;
    Ok(ReportOutput { verdict, mailed: matches!(mail, MailState::Sent(_)), tally })
}

/// Composes and tells that a file was refused, before anything was started.
///
/// # Errors
/// Where something outside fails.
pub async fn refuse(
    ledger: &dyn Ledger,
    teller: &Teller,
    entry: &RunEntry,
    refusal: Refusal<'_>,
    now: &str,
) -> Result<(), Fault> {
    let telling = compose::refused(entry, refusal, now);
    let report = &telling.report;
    let conclusion = Conclusion {
        verdict: report.verdict,
        at: report.ended_at.clone(),
        tally: None,
        reasons: report.reasons.clone(),
    };
    if ledger.conclude(&entry.run_id, &conclusion).await? {
        let mail = teller.tell(&entry.run_id, &telling).await?;
        ledger.mailed(&entry.run_id, &mail).await?;
    }
    Ok(())
}
