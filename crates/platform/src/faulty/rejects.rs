//! An index of rejects that fails.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_contract::RunId;

use super::Faults;
use crate::Fault;
use crate::rejects::{Block, DueReject, RejectEntry, Rejects};

/// An index of rejects that fails as a test decides.
pub struct FaultyRejects {
    inner: Arc<dyn Rejects>,
    faults: Faults,
}

impl FaultyRejects {
    /// Wraps an index with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Rejects>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Rejects for FaultyRejects {
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault> {
        self.faults.change("enter rejects", self.inner.record(run, rejects)).await
    }

    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault> {
        self.faults.ask("list rejects", self.inner.list(run, block)).await
    }

    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault> {
        self.faults.change("close rejects", self.inner.close(run, records, by)).await
    }

    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        self.faults.ask("find rejects that are due", self.inner.due(feed, now, limit)).await
    }

    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault> {
        self.faults.change("postpone a reject", self.inner.postpone(run, record, attempt, until)).await
    }

    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault> {
        self.faults.change("exhaust a reject", self.inner.exhaust(run, record)).await
    }
}
