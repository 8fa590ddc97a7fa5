//! An index of rejects in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sluice_contract::RunId;

use super::{Block, DueReject, RejectEntry, Rejects};
use crate::Fault;
use crate::shared::Shared;

/// The rejects of runs, by record number.
type ByRun = BTreeMap<RunId, BTreeMap<u64, RejectEntry>>;

/// An index of rejects in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryRejects(Shared<ByRun>);

impl MemoryRejects {
    /// An index without rejects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The rejects of a run, by record number.
    #[must_use]
    pub fn of(&self, run: &RunId) -> Vec<RejectEntry> {
        self.0.lock().get(run).map(|entries| entries.values().cloned().collect()).unwrap_or_default()
    }

    fn change<T>(&self, run: &RunId, record: u64, change: impl FnOnce(&mut RejectEntry) -> T) -> Option<T> {
        self.0.lock().get_mut(run).and_then(|entries| entries.get_mut(&record)).map(change)
    }
}

#[async_trait]
impl Rejects for MemoryRejects {
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault> {
        let mut index = self.0.lock();
        let entries = index.entry(run.clone()).or_default();
        for reject in rejects {
            entries.entry(reject.record).or_insert_with(|| reject.clone());
        }
        Ok(())
    }

    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault> {
        Ok(self.of(run).into_iter().filter(|entry| Block::of(entry.record) == block).collect())
    }

    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault> {
        for record in records {
            self.change(run, *record, |entry| entry.close(by));
        }
        Ok(())
    }

    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        let index = self.0.lock();
        let entries = index.iter().flat_map(|(run, entries)| entries.values().map(move |entry| (run, entry)));
        Ok(entries.filter_map(|(run, entry)| entry.due(run, feed, now)).take(limit).collect())
    }

    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault> {
        Ok(self.change(run, record, |entry| entry.postpone(attempt, until)).unwrap_or(false))
    }

    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault> {
        Ok(self.change(run, record, RejectEntry::exhaust).unwrap_or(false))
    }
}
