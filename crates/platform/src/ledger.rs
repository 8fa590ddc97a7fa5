//! The ledger: the table of runs.

mod change;
mod dynamo;
mod entry;
mod files;
mod memory;
mod search;

use async_trait::async_trait;
use sluice_contract::RunId;
use sluice_contract::documents::Origin;

pub use dynamo::DynamoLedger;
pub use entry::{Attempt, Conclusion, EARLIER, MailState, RunEntry, RunStage};
pub use files::FileLedger;
pub use memory::MemoryLedger;
pub use search::{OpenRuns, RunSearch};

use crate::Fault;

/// The table of runs.
///
/// At most one execution holds a run: the *fence*. It is taken by [`Ledger::fence`], and only its holder can end the
/// run and say what became of the mail.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Enters a new run with one delivery. Where the run is known already, adds one to its
    /// deliveries, changes nothing else, and answers the entry as it is then.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault>;

    /// The entry of a run, `None` if it is unknown. Strongly consistent.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault>;

    /// Gives a run to an execution, which begins a new attempt ([`RunEntry::taken_by`]), provided that holder,
    /// conclusion and whether there was a mail are as this entry has them. Answers the entry as it is then; `None` if
    /// they are not: of several that have read the same entry, one gets the run.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault>;

    /// Says how far a run has come, and when (RFC 3339, UTC). The first time of each stage stays; a stage never goes
    /// back. An entry that has a verdict is left as it is.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn advance(&self, run: &RunId, stage: RunStage, at: &str) -> Result<(), Fault>;

    /// Ends a run that this execution holds, or nobody. The first conclusion stands: answers whether this is it, or
    /// the same as it. Where somebody else holds the run, it is not.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault>;

    /// Keeps whether the mail of a run was sent: its message id, or why it could not be sent. Nothing is kept where
    /// somebody else holds the run by now.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault>;

    /// Notes what the source of a run holds, and which earlier run held the same. Where `content` is `None`, the run is
    /// not found by its content.
    ///
    /// # Errors
    /// `Missing` if the run is unknown.
    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault>;
}

/// The run whose archive a run reads: itself, or where it imports the source of another once more, that one's.
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

/// What registering a run found.
#[derive(Clone, Debug, PartialEq)]
pub enum Registered {
    /// It is new.
    New,
    /// It was known.
    Known(Box<RunEntry>),
}
