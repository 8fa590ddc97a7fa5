//! Looks after the sets of datasets, with the code of `dataset`.

use sluice_platform::Fault;

use crate::{MARGIN, Sweep};

impl Sweep<'_> {
    /// Repeats what got lost, and tells people about sets that wait for too long. Returns whether it came to the end.
    pub(crate) async fn datasets(&mut self) -> Result<bool, Fault> {
        let (settled, deadline) = (self.settled(), self.deadline);
        let watched = sluice_dataset::watch(&self.deps.dataset, &settled, || deadline.over(MARGIN)).await?;
        self.answer.joins += watched.started;
        self.answer.sets += watched.told;
        for (what, why, name) in watched.failures {
            let why = format!("{what}: {why}");
            tracing::error!(error_name = %name, "not dealt with: {why}");
            self.failures.push((why, name));
        }
        Ok(watched.complete)
    }
}
