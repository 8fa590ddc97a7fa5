//! Handles runs whose end was not reported, or that have another attempt to come:
//!
//! - The run has ended: the sweep reports it.
//! - Nothing has started the run: the sweep starts it.
//! - The run's execution is gone: the sweep reports that, and resumes the run if the feed says so. The ledger keeps the next attempt
//!   until that attempt has claimed the run, so a sweep can be killed at any point.
//! - The run's file was refused because it came before its feed: the sweep resumes the run once the feed exists.
//! - The run's execution is at work: the sweep leaves it alone, however long it takes.

use futures::{StreamExt, stream};
use sluice_contract::documents::{Origin, Usage};
use sluice_contract::steps::{ExecutionFailure, ReportInput};
use sluice_contract::{RunId, Verdict};
use sluice_engine::feed::FeedPlan;
use sluice_intake::{ObjectCreated, Waiting};
use sluice_platform::executions::Started;
use sluice_platform::feeds::{self, FeedError};
use sluice_platform::inbox::UploadVersion;
use sluice_platform::ledger::{RunEntry, RunStage};
use sluice_platform::run::LoadError;
use sluice_platform::{Fault, StepError, clock::rfc3339};

use crate::{Deps, Done, Ended, IN_FLIGHT, Sweep};

/// The status of an execution that does not exist, or not any more.
const GONE: &str = "GONE";

impl Sweep<'_> {
    /// Handles every open run that has not changed for a while. Returns whether it came to the end.
    pub(crate) async fn runs(&mut self) -> Result<bool, Fault> {
        let (deps, settled) = (self.deps, self.settled());
        let mut from = None;
        loop {
            if self.out_of_time() {
                // Handled runs are not open any more, so the next sweep begins with the rest.
                return Ok(false);
            }
            let page = deps.search.open_runs(&settled, from.as_deref()).await?;
            let looks = stream::iter(page.runs).map(async |run| {
                let done = look(deps, &run, &settled).await;
                (format!("run {run}"), done)
            });
            let done: Vec<_> = looks.buffer_unordered(IN_FLIGHT).collect().await;
            for (what, done) in done {
                self.note(&what, done);
            }
            from = page.next;
            if from.is_none() {
                return Ok(true);
            }
        }
    }
}

/// Why a run could not be handled.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Intake(#[from] sluice_intake::Error),
    #[error(transparent)]
    Report(#[from] sluice_report::Error),
}

impl StepError for Error {
    fn name(&self) -> sluice_contract::ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Intake(error) => error.name(),
            Self::Report(error) => error.name(),
        }
    }
}

/// Handles a run.
async fn look(deps: &Deps, run: &RunId, settled: &str) -> Result<Done, Error> {
    // The index that found the run may lag behind the ledger.
    let Some(entry) = deps.intake.ledger.get(run).await? else { return Ok(Done::Nothing) };
    let since = entry.conclusion.as_ref().map_or(&entry.stage_at, |conclusion| &conclusion.at);
    if !entry.is_open() || since.as_str() >= settled {
        return Ok(Done::Nothing);
    }
    if let Some(conclusion) = &entry.conclusion {
        let unreported = entry.mail.is_none();
        if unreported {
            report_end(deps, &entry, conclusion.verdict).await?;
        }
        return match (conclusion.verdict, unreported) {
            (Verdict::Refused, true) => Ok(Done::Ended(Ended { reported: true, resumed: false })),
            (Verdict::Refused, false) => go_on(deps, &entry, conclusion.next).await,
            _ => Ok(Done::Ended(resume(deps, run, conclusion.next, unreported).await?)),
        };
    }
    let executions = &*deps.report.executions;
    let execution_arn = executions.arn(entry.execution.as_deref().unwrap_or(&run.execution(1)));
    let status = match executions.describe(&execution_arn).await {
        Ok(execution) if execution.is_at_work() => {
            // Since this attempt has begun: an earlier one may have failed long ago.
            let began = entry.times.get(RunStage::Started.as_str()).unwrap_or(&entry.started_at);
            return Ok(Done::AtWork { since: began.clone() });
        }
        Ok(execution) => execution.status,
        Err(Fault::Missing { .. }) if entry.execution.is_none() && entry.stage == RunStage::Registered => {
            return start(deps, &entry).await;
        }
        Err(Fault::Missing { .. }) if waited(&entry) => return go_on(deps, &entry, Some(entry.attempt())).await,
        Err(Fault::Missing { .. }) => GONE.to_owned(),
        Err(fault) => return Err(fault.into()),
    };
    report_death(deps, &entry, &ExecutionFailure { status, execution_arn }).await
}

/// Reports a run that has ended, because the call that ended it died before it could.
async fn report_end(deps: &Deps, entry: &RunEntry, verdict: Verdict) -> Result<(), Error> {
    let execution = entry.execution.clone().unwrap_or_else(|| entry.run_id.execution(1));
    let failure = match verdict {
        Verdict::Refused => return offer(deps, entry).await,
        Verdict::Failed => {
            let execution_arn = deps.report.executions.arn(&execution);
            let status = match deps.report.executions.describe(&execution_arn).await {
                Ok(execution) => execution.status,
                Err(Fault::Missing { .. }) => GONE.to_owned(),
                Err(fault) => return Err(fault.into()),
            };
            Some(ExecutionFailure { status, execution_arn })
        }
        _ => None,
    };
    sluice_report::run(&deps.report, ReportInput { execution, failure }).await?;
    Ok(())
}

/// Whether an earlier sweep has claimed the run of a file that waited for its feed, and was killed before it refused the file. Then no
/// execution of that attempt exists.
fn waited(entry: &RunEntry) -> bool {
    let before = entry.earlier.last().and_then(|attempt| attempt.conclusion.as_ref());
    entry.stage == RunStage::Started
        && before.is_some_and(|before| before.verdict == Verdict::Refused && before.next == Some(entry.attempt()))
}

/// Goes on with a file that waits for its feed, if the feed exists.
async fn go_on(deps: &Deps, entry: &RunEntry, next: Option<u32>) -> Result<Done, Error> {
    Ok(match sluice_intake::look_again(&deps.intake, entry).await? {
        Waiting::Still => Done::Nothing,
        Waiting::Ready => Done::Ended(resume(deps, &entry.run_id, next, false).await?),
        Waiting::Refused => Done::Ended(Ended { reported: true, resumed: false }),
    })
}

/// Starts a run that was registered but not started.
async fn start(deps: &Deps, entry: &RunEntry) -> Result<Done, Error> {
    match &entry.origin {
        Origin::Rerun { .. } => {
            deps.intake.executions.start(&entry.run_id, 1).await?;
            let now = rfc3339((deps.intake.clock)());
            deps.intake.ledger.advance(&entry.run_id, RunStage::Started, &now, &Usage::default()).await?;
        }
        Origin::Upload | Origin::Repair { .. } | Origin::Join { .. } => offer(deps, entry).await?,
    }
    Ok(Done::Started)
}

/// Calls intake again for the upload of a registered run.
async fn offer(deps: &Deps, entry: &RunEntry) -> Result<(), Error> {
    let upload = &entry.upload;
    let version = UploadVersion {
        key: upload.key.clone(),
        version_id: upload.version_id.clone(),
        etag: upload.etag.clone(),
        bytes: upload.bytes,
        last_modified: upload.last_modified.clone(),
    };
    sluice_intake::run(&deps.intake, ObjectCreated::of(&upload.bucket, &version)).await?;
    Ok(())
}

/// Reports that a run died, and resumes it if its feed allows another attempt.
async fn report_death(deps: &Deps, entry: &RunEntry, failure: &ExecutionFailure) -> Result<Done, Error> {
    let attempts = attempts(deps, entry).await?;
    let next = Some(entry.attempt().saturating_add(1)).filter(|next| *next <= attempts);
    sluice_report::died(&deps.report, entry, failure, next).await?;
    // Another call may have ended or claimed the run in the meantime.
    let after = deps.intake.ledger.get(&entry.run_id).await?.filter(|after| after.execution == entry.execution);
    let next = after.and_then(|after| after.conclusion).and_then(|conclusion| conclusion.next);
    Ok(Done::Ended(resume(deps, &entry.run_id, next, true).await?))
}

/// Starts the next attempt of a run, if there is one. If that attempt was started before, it is at work; or it ended before it could
/// claim the run, and this reports that. `reported` says whether this sweep has reported the end of the previous attempt.
async fn resume(deps: &Deps, run: &RunId, next: Option<u32>, reported: bool) -> Result<Ended, Error> {
    let Some(attempt) = next else { return Ok(Ended { reported, resumed: false }) };
    let executions = &*deps.intake.executions;
    if executions.start(run, attempt).await? == Started::New {
        return Ok(Ended { reported, resumed: true });
    }
    let name = run.execution(attempt);
    let execution_arn = executions.arn(&name);
    let execution = executions.describe(&execution_arn).await?;
    if execution.is_at_work() {
        return Ok(Ended { reported, resumed: false });
    }
    let failure = Some(ExecutionFailure { status: execution.status, execution_arn });
    sluice_report::run(&deps.report, ReportInput { execution: name, failure }).await?;
    Ok(Ended { reported: true, resumed: false })
}

/// How many attempts the feed allows a run: by the run's own copy of the feed, or by the current feed if the run has no copy yet. If
/// the feed cannot be read, it is one, because a person must look at it.
async fn attempts(deps: &Deps, entry: &RunEntry) -> Result<u32, Fault> {
    let of = |plan: &FeedPlan| plan.resume.attempts;
    match deps.report.runs.load(&entry.run_id).await {
        Ok(run) => return Ok(of(&run.plan)),
        Err(LoadError::Fault(Fault::Missing { .. })) => {}
        Err(LoadError::Fault(fault)) if !matches!(fault, Fault::Corrupt { .. }) => return Err(fault),
        Err(_) => return Ok(1),
    }
    let Ok(name) = entry.feed.parse() else { return Ok(1) };
    match feeds::load(&*deps.intake.objects, &name).await {
        Ok(feed) => Ok(feed.compile().map_or(1, |plan| of(&plan))),
        Err(FeedError::Fault(fault)) => Err(fault),
        Err(FeedError::Unknown(_) | FeedError::Unreadable(_)) => Ok(1),
    }
}
