//! `report`: informs people and programs how a run ended.
//!
//! It is the last step of the main orchestrator. In its failure mode, the rule on that machine's FAILED, `TIMED_OUT` and ABORTED
//! executions calls it, so a failure that no step can see is reported too. Both are idempotent: the first conclusion in the ledger
//! stands, and reports repeat it.

mod advice;
mod causes;
mod compose;
pub mod cost;
pub mod counts;
mod notify;
mod remedy;

pub use compose::Refusal;
pub use notify::{Notification, Notifier};

use std::sync::Arc;

use sluice_contract::steps::{ExecutionFailure, ReportInput, ReportOutput};
use sluice_contract::{ErrorName, RunId, Verdict};
use sluice_engine::report::{Failure, Report};
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::executions::Executions;
use sluice_platform::fence::{self, FenceError};
use sluice_platform::ledger::{Conclusion, Ledger, RunEntry};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::run::{LoadError, Runs};
use sluice_platform::{Fault, Site, StepError, World};

/// What `report` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// The data bucket as people see it, such as `s3://bucket/`.
    pub location: String,
    /// Where the run is; the advice to people depends on it.
    pub site: Site,
    /// Loads runs.
    pub runs: Runs,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Executions of the main orchestrator.
    pub executions: Arc<dyn Executions>,
    /// Sends mail and events.
    pub notifier: Notifier,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// The time.
    pub clock: Clock,
}

impl Deps {
    /// Takes what `report` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self {
            objects: world.objects(),
            location: world.location(),
            site: world.site(),
            runs: world.runs(),
            ledger: world.ledger(),
            executions: world.executions(),
            notifier: Notifier::new(world),
            meter: world.meter(),
            clock: world.clock(),
        }
    }
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
    /// The run is not in the ledger.
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
/// If something outside fails. A mail that cannot be sent is no error: the ledger keeps the reason.
pub async fn run(deps: &Deps, input: ReportInput) -> Result<ReportOutput, Error> {
    let reading = deps.meter.start();
    let run_id = RunId::of_execution(&input.execution).map_err(|_| Error::InvalidName(input.execution.clone()))?;
    let mut entry = deps.ledger.get(&run_id).await?.ok_or_else(|| Error::UnknownRun(run_id.clone()))?;
    if let Some(taken) = take(deps, &entry, &input).await? {
        entry = taken;
    }
    if let (Some(conclusion), Some(mail)) = (&entry.conclusion, &entry.mail) {
        // The run was reported before: this is a repeated call, or an execution that failed after its report.
        return Ok(ReportOutput { verdict: conclusion.verdict, mailed: mail.reached_somebody(), tally: None });
    }
    let holder = entry.execution.as_deref();
    if input.failure.is_some() && holder.is_some_and(|holder| holder != input.execution) {
        // Another execution holds the run: the failed one was fenced off, or it is an earlier attempt whose event came late.
        let verdict = entry.conclusion.map_or(Verdict::Failed, |conclusion| conclusion.verdict);
        return Ok(ReportOutput { verdict, mailed: false, tally: None });
    }
    let now = rfc3339((deps.clock)());
    // A conclusion in the ledger stands, even if its report was not sent yet and this call knows better.
    let concluded = entry.conclusion.as_ref().map(|conclusion| conclusion.verdict);
    let next = entry.conclusion.as_ref().and_then(|conclusion| conclusion.next);
    let composed = match (&input.failure, concluded) {
        (Some(failure), None | Some(Verdict::Failed)) => compose::failed(deps, &entry, failure, next, &now).await?,
        _ => compose::ended(deps, &entry, &now, &reading).await?,
    };
    conclude(deps, &entry, composed, next).await
}

/// Claims a run for an execution that failed before pin could claim it, so that the failure is reported as that attempt's. Returns
/// `None` if the execution was fenced off, or a later attempt has claimed the run.
async fn take(deps: &Deps, entry: &RunEntry, input: &ReportInput) -> Result<Option<RunEntry>, Error> {
    let Some(failure) = &input.failure else { return Ok(None) };
    if entry.run_id.attempt(&input.execution) <= entry.attempt() {
        return Ok(None);
    }
    match fence::judge(&*deps.executions, entry).await {
        Ok(()) => {}
        Err(FenceError::Fenced(_)) => return Ok(None),
        Err(FenceError::Fault(fault)) => return Err(fault.into()),
    }
    let execution = deps.executions.describe(&failure.execution_arn).await?;
    if execution.error.as_deref() == Some(ErrorName::Fenced.as_str()) {
        return Ok(None);
    }
    Ok(deps.ledger.fence(entry, &input.execution, &rfc3339((deps.clock)())).await?)
}

/// Reports a run whose execution is over without a report. `next` is the attempt as which the run resumes automatically. The ledger
/// keeps it: if the caller is killed before it starts that attempt, the next sweep starts it.
///
/// # Errors
/// Those of [`run()`].
pub async fn died(
    deps: &Deps,
    entry: &RunEntry,
    failure: &ExecutionFailure,
    next: Option<u32>,
) -> Result<ReportOutput, Error> {
    let composed = compose::failed(deps, entry, failure, next, &rfc3339((deps.clock)())).await?;
    conclude(deps, entry, composed, next).await
}

/// Ends a run in the ledger, and sends its report.
async fn conclude(
    deps: &Deps,
    entry: &RunEntry,
    composed: Notification,
    next: Option<u32>,
) -> Result<ReportOutput, Error> {
    let (run_id, holder) = (&entry.run_id, entry.execution.as_deref());
    let conclusion = Conclusion { usage: composed.usage, next, ..conclusion(&composed.report) };
    if !deps.ledger.conclude(run_id, holder, &conclusion).await? {
        // Another call has concluded the run differently, and sends the report.
        return Ok(ReportOutput { verdict: conclusion.verdict, mailed: false, tally: None });
    }
    if conclusion.verdict == Verdict::Failed {
        compose::keep(deps, entry, &composed.report).await;
    }
    let mail = deps.notifier.send(run_id, &composed).await?;
    if let Some(failed) = mail.failed() {
        // The mail does not say this, and neither do its repeats: each is composed before it is sent.
        let report = Report { unsent: Some(failed.to_owned()), ..composed.report.clone() };
        compose::keep(deps, entry, &report).await;
    }
    deps.ledger.mailed(run_id, holder, &mail).await?;
    let Report { verdict, tally, cost, .. } = composed.report;
    counts::emit(Some(&entry.feed), verdict, tally.as_ref(), cost.as_ref());
    Ok(ReportOutput { verdict, mailed: mail.reached_somebody(), tally })
}

/// The causes of a failure, a sentence each: first that of the execution, then those of its chunks.
fn causes(failure: &Failure) -> Vec<String> {
    let Failure { status, error, cause, .. } = failure;
    let parts = [Some(status), error.as_ref(), cause.as_ref()];
    let execution = parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(": ");
    std::iter::once(execution).chain(failure.causes.iter().map(ToString::to_string)).collect()
}

/// The part of a report that the ledger keeps.
fn conclusion(report: &Report) -> Conclusion {
    let Report { verdict, tally, .. } = *report;
    let causes = report.failure.as_ref().map(causes).unwrap_or_default();
    let (at, omitted, reasons) = (report.ended_at.clone(), report.omitted.clone(), report.reasons.clone());
    Conclusion { verdict, at, tally, omitted, reasons, causes, usage: None, next: None }.bounded()
}

/// Ends the run of a refused file in the ledger, and sends the mail about it. No execution was started.
///
/// # Errors
/// If something outside fails.
pub async fn refuse(
    ledger: &dyn Ledger,
    notifier: &Notifier,
    entry: &RunEntry,
    refusal: Refusal<'_>,
    now: &str,
) -> Result<(), Fault> {
    let next = refusal.next;
    let notification = compose::refused(entry, refusal, now, &notifier.links);
    let conclusion = Conclusion { next, ..conclusion(&notification.report) };
    // No execution holds a run when intake refuses it. If one does, another delivery of the event has started the run, and this
    // refusal is void.
    let holder = entry.execution.as_deref();
    if ledger.conclude(&entry.run_id, holder, &conclusion).await? {
        let mail = notifier.send(&entry.run_id, &notification).await?;
        ledger.mailed(&entry.run_id, holder, &mail).await?;
        counts::emit(None, Verdict::Refused, None, None);
    }
    Ok(())
}
