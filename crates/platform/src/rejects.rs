//! The index of rejects. The reject files are authoritative; the index finds a record in them, and has its state.
//!
//! A reject is entered as open. The run that reads its record again, repaired or retried, closes it, whatever the
//! result: if that run rejects the record again, that is a reject of its own. A reject that was retried in vain as
//! often as its feed allows is exhausted, until somebody repairs it. A reject is never opened again, so a repeated or
//! late call does no harm.

mod block;
mod dynamo;
mod entry;
mod files;
mod memory;

use async_trait::async_trait;
use sluice_contract::RunId;

pub use block::Block;
pub use dynamo::DynamoRejects;
pub use entry::{DueReject, RejectEntry, RejectState, Retry};
pub use files::FileRejects;
pub use memory::MemoryRejects;

use crate::Fault;

/// The table of rejects: key `run_id#block`, sort `record`.
#[async_trait]
pub trait Rejects: Send + Sync {
    /// Enters rejects of a run. An existing entry is not changed, whatever its state.
    ///
    /// # Errors
    /// If one of them cannot be written, also after retries.
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault>;

    /// The rejects of a run in one block, by record number.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault>;

    /// Closes rejects of a run, also exhausted ones, because another run has read their records again. Rejects that are
    /// already closed or do not exist are skipped, so repeating it changes nothing.
    ///
    /// # Errors
    /// If one of them cannot be closed, also after retries.
    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault>;

    /// Rejects that are due to be retried at a time (seconds since the epoch), of one feed or of all: at most `limit`,
    /// in no order. It may miss a reject that was just entered, and return one that was just closed;
    /// [`Rejects::postpone`] detects the latter.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault>;

    /// Records that a reject is being retried for the `attempt`-th time, from 1, and is due again at `until` (seconds
    /// since the epoch). Returns whether the entry has this state, so a repeated call returns `true` again. Returns
    /// `false` and changes nothing if the reject does not wait to be retried, or has this attempt with another time.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault>;

    /// Marks a reject as exhausted, because it was retried often enough. Returns whether it is exhausted now; a closed
    /// reject is not.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault>;
}
