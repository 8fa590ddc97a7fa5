//! The index of rejects. The reject files are the truth; this finds a record in them, and knows what has become of it.
//!
//! A reject is entered open. It is closed by the run that read its record again, repaired or retried, whatever that run
//! made of it: what it rejected again is a reject of its own. One that was retried as often as its feed has it, in
//! vain, is exhausted, until somebody repairs it. Nothing is ever opened again, so that what comes twice or late does
//! no harm.

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
    /// Enters rejects of a run. One that is there already stays as it is, whatever has become of it.
    ///
    /// # Errors
    /// If not all of them could be written, after patience.
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault>;

    /// The rejects of a run in one block, by record number.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault>;

    /// Closes rejects of a run, because another run has read their records again, exhausted ones also. One that is
    /// closed already or not there stays as it is: repeating it changes nothing.
    ///
    /// # Errors
    /// If not all of them could be closed, after patience.
    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault>;

    /// Rejects that are due to be retried at a time (seconds since the epoch), of one feed or of all; so many at most,
    /// in no order. It may miss one that has just been entered, and answer one that has just been closed:
    /// [`Rejects::postpone`] knows.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault>;

    /// Notes that a reject is being retried for the `attempt`-th time, from 1, and is not due again until some time.
    /// Answers whether that is so, also where it is said again. One that is not waiting to be retried, or that has had
    /// this attempt until another time, is left as it is, and the answer is no.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault>;

    /// Notes that a reject was retried often enough. Answers whether it is exhausted; one that was closed is not.
    ///
    /// # Errors
    /// If the table cannot be written.
    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault>;
}
