//! An index of rejects in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sluice_contract::{ChunkNo, RunId};

use super::{RejectEntry, Rejects};
use crate::Fault;
use crate::shared::Shared;

/// The rejects of chunks, by record number.
type ByChunk = BTreeMap<(RunId, ChunkNo), BTreeMap<u64, RejectEntry>>;

/// An index of rejects in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryRejects(Shared<ByChunk>);

impl MemoryRejects {
    /// An index without rejects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Rejects for MemoryRejects {
    async fn record(&self, run: &RunId, chunk: ChunkNo, rejects: &[RejectEntry]) -> Result<(), Fault> {
        let mut index = self.0.lock();
        let entries = index.entry((run.clone(), chunk)).or_default();
        entries.extend(rejects.iter().map(|reject| (reject.record, reject.clone())));
        Ok(())
    }

    async fn list(&self, run: &RunId, chunk: ChunkNo) -> Result<Vec<RejectEntry>, Fault> {
        let index = self.0.lock();
        Ok(index.get(&(run.clone(), chunk)).map(|entries| entries.values().cloned().collect()).unwrap_or_default())
    }
}
