//! The index of rejects. The reject files are the truth; this finds a record in them.

mod dynamo;
mod files;
mod memory;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::{ChunkNo, RunId};
use sluice_engine::Problem;

pub use dynamo::DynamoRejects;
pub use files::{Entries, FileRejects};
pub use memory::MemoryRejects;

use crate::Fault;

/// The table of rejects: key `run_id#chunk`, sort `record`.
#[async_trait]
pub trait Rejects: Send + Sync {
    /// Enters rejects of one chunk. Repeating it changes nothing.
    ///
    /// # Errors
    /// Where not all of them could be written, after patience.
    async fn record(&self, run: &RunId, chunk: ChunkNo, rejects: &[RejectEntry]) -> Result<(), Fault>;

    /// The rejects of one chunk, by record number.
    ///
    /// # Errors
    /// Where the table cannot be read.
    async fn list(&self, run: &RunId, chunk: ChunkNo) -> Result<Vec<RejectEntry>, Fault>;
}

/// A reject in the index: where it stands, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectEntry {
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Offset of its first byte in the source.
    pub offset: u64,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// When the entry may go (seconds since the epoch; DynamoDB's TTL).
    pub expires: i64,
}
