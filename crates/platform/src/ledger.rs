//! The ledger: the table of runs.

mod dynamo;
mod memory;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::documents::Upload;
use sluice_contract::{RunId, Tally, Verdict};
use sluice_engine::Problem;

pub use dynamo::DynamoLedger;
pub use memory::MemoryLedger;

use crate::Fault;

/// The table of runs.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Enters a new run with one delivery. Where the run is known already, adds one to its
    /// deliveries, changes nothing else, and answers the entry as it is then.
    ///
    /// # Errors
    /// Where the table cannot be written.
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault>;

    /// The entry of a run, `None` where it is unknown. Strongly consistent.
    ///
    /// # Errors
    /// Where the table cannot be read.
    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault>;

    /// Says how far a run has come, and when (RFC 3339, UTC). An entry that has a verdict is left as it is.
    ///
    /// # Errors
    /// `Missing` where the run is unknown.
    async fn advance(&self, run: &RunId, stage: RunStage, at: &str) -> Result<(), Fault>;

    /// Ends a run. The first conclusion stands: answers whether this is it, or the same as it.
    ///
    /// # Errors
    /// `Missing` where the run is unknown.
    async fn conclude(&self, run: &RunId, conclusion: &Conclusion) -> Result<bool, Fault>;

    /// Keeps whether the mail of a run was sent: its message id, or why it could not be sent.
    ///
    /// # Errors
    /// `Missing` where the run is unknown.
    async fn mailed(&self, run: &RunId, mail: &MailState) -> Result<(), Fault>;
}

/// What the ledger knows of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEntry {
    /// The run: the key of the table.
    pub run_id: RunId,
    /// The folder of the upload: the feed's name, where it is one. Key of the index by feed.
    pub feed: String,
    /// When the run was entered: RFC 3339, UTC. Sort key of the index by feed.
    pub started_at: String,
    /// The upload.
    pub upload: Upload,
    /// How far it has come.
    pub stage: RunStage,
    /// When it came there: RFC 3339, UTC.
    pub stage_at: String,
    /// How often it was delivered.
    pub deliveries: u64,
    /// How it ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
    /// What became of the mail, once it was tried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailState>,
}

/// How far a run has come: the last step that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStage {
    /// Intake has entered it in the ledger.
    Registered,
    /// Its execution was started.
    Started,
    /// Its source lies in the archive.
    Pinned,
    /// Its manifest is written.
    Split,
    /// The gate has decided.
    Gated,
    /// Its outputs are written. What comes after is its conclusion.
    Merged,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conclusion {
    /// In a word.
    pub verdict: Verdict,
    /// When: RFC 3339, UTC.
    pub at: String,
    /// By its numbers, where it got so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// Why, where it is not what everybody hoped for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Problem>,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Accepted for delivery, under this message id.
    Sent(String),
    /// Not accepted, for this reason.
    Failed(String),
    /// There is nobody to send it to.
    NoRecipients,
}

/// What registering a run found.
#[derive(Clone, Debug, PartialEq)]
pub enum Registered {
    /// It is new.
    New,
    /// It was known.
    Known(Box<RunEntry>),
}
