//! Claims the run for the calling execution.

use sluice_contract::RunId;
use sluice_platform::Fault;
use sluice_platform::clock::rfc3339;
use sluice_platform::fence::{Fenced, judge, judge_end};
use sluice_platform::ledger::RunEntry;

use crate::{Deps, Error};

/// How often others may change the entry meanwhile before this call fails as transient, and the state machine retries it.
const TRIES: u32 = 5;

/// Claims a run for an execution, and returns the run's entry. An execution that holds the run already keeps it.
pub(crate) async fn take(deps: &Deps, run: &RunId, execution: &str) -> Result<RunEntry, Error> {
    if RunId::of_execution(execution).as_ref() != Ok(run) {
        return Err(Fenced::Misnamed { run: run.clone(), execution: execution.to_owned() }.into());
    }
    for _ in 0..TRIES {
        let entry = deps.ledger.get(run).await?.ok_or_else(|| Error::UnknownRun(run.clone()))?;
        if entry.execution.as_deref() != Some(execution) {
            judge(&*deps.executions, &entry).await?;
        } else if entry.conclusion.is_none() {
            return Ok(entry);
        } else {
            judge_end(&entry)?;
        }
        if let Some(entry) = deps.ledger.fence(&entry, execution, &rfc3339((deps.clock)())).await? {
            return Ok(entry);
        }
    }
    let source = "others have changed its entry each time in between".into();
    Err(Fault::Transient { what: format!("take the run {run}"), source }.into())
}
