//! The ledger: the table of runs.

mod change;
mod dynamo;
mod entry;
mod files;
mod memory;
mod search;

use async_trait::async_trait;
use sluice_contract::RunId;
use sluice_contract::documents::{Origin, Usage};

pub use dynamo::DynamoLedger;
pub use entry::{Attempt, Conclusion, EARLIER, MailState, RunEntry, RunStage};
pub use files::FileLedger;
pub use memory::MemoryLedger;
pub use search::{OpenRuns, RunFilter, RunPage, RunSearch};

use crate::Fault;

/// The table of runs.
///
/// At most one execution holds a run: the *fence*. An execution takes it with [`Ledger::fence`]. Only the holder can
/// end the run and record the state of its mail.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Enters a new run with one delivery. If the run is already known, adds one to its deliveries, changes nothing
    /// else, and returns the new entry.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault>;

    /// The entry of a run; `None` if it is unknown. Strongly consistent.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault>;

    /// Gives a run to an execution, which begins a new attempt ([`RunEntry::taken_by`]), and returns the new entry. The
    /// condition is that holder, conclusion and the presence of a mail are still as in `read`; else it returns `None`.
    /// So of several executions that read the same entry, only one gets the run.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault>;

    /// Records that a run reached a stage, and when (RFC 3339, UTC), and what the step used. The first time of each stage
    /// stays, and the last usage. The stage never goes back. An entry with a conclusion is not changed.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault>;

    /// Ends a run that `holder` holds; `None` means that nobody holds it. The first conclusion stays. Returns whether
    /// the stored conclusion equals this one; `false` if another execution holds the run.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault>;

    /// Records the state of a run's mail: its message id, or why it could not be sent. Changes nothing if another
    /// execution holds the run.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault>;

    /// Records the content of a run's source, and the earlier run with the same content. If `content` is `None`, the
    /// run is not found by its content.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault>;
}

/// The run whose archive copy a run reads: the run itself or, for a rerun, the run whose source it imports again.
///
/// # Errors
/// `Missing` if one of them is unknown.
pub async fn archived_by(ledger: &dyn Ledger, entry: &RunEntry) -> Result<RunEntry, Fault> {
    let mut entry = entry.clone();
    while let Origin::Rerun { parent, .. } = &entry.origin {
        let missing = || Fault::Missing { what: format!("run {parent} in the ledger") };
        entry = ledger.get(parent).await?.ok_or_else(missing)?;
    }
    Ok(entry)
}

/// The result of registering a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Registered {
    /// The run is new.
    New,
    /// The run was already known: its entry.
    Known(Box<RunEntry>),
}
