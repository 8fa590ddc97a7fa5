//! A ledger in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sluice_contract::RunId;
use sluice_contract::documents::Usage;

use super::search::same_content;
use super::{Conclusion, Ledger, MailState, OpenRuns, Registered, RunEntry, RunFilter, RunPage, RunSearch, RunStage};
use crate::Fault;
use crate::shared::Shared;

/// How many runs are on a page: few, so that every test has several pages.
const PAGE: usize = 2;

/// A ledger in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger(Shared<BTreeMap<RunId, RunEntry>>);

impl MemoryLedger {
    /// A ledger without runs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every entry, by run.
    #[must_use]
    pub fn entries(&self) -> Vec<RunEntry> {
        self.0.lock().values().cloned().collect()
    }

    /// Stores an entry, and replaces an existing one.
    pub fn insert(&self, entry: RunEntry) {
        self.0.lock().insert(entry.run_id.clone(), entry);
    }

    /// Changes an entry.
    fn with<T>(&self, run: &RunId, act: impl FnOnce(&mut RunEntry) -> T) -> Result<T, Fault> {
        let mut entries = self.0.lock();
        let entry = entries.get_mut(run).ok_or_else(|| Fault::Missing { what: format!("run {run}") })?;
        Ok(act(entry))
    }
}

#[async_trait]
impl Ledger for MemoryLedger {
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        let mut entries = self.0.lock();
        if let Some(known) = entries.get_mut(&entry.run_id) {
            known.deliveries += 1;
            return Ok(Registered::Known(Box::new(known.clone())));
        }
        entries.insert(entry.run_id.clone(), RunEntry { deliveries: 1, ..entry.clone() });
        Ok(Registered::New)
    }

    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault> {
        Ok(self.0.lock().get(run).cloned())
    }

    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault> {
        self.with(&read.run_id, |entry| entry.fence(read, execution, at))
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault> {
        self.with(run, |entry| entry.advance(stage, at, usage))
    }

    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault> {
        self.with(run, |entry| entry.conclude(holder, conclusion))
    }

    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault> {
        self.with(run, |entry| entry.mailed(holder, mail))
    }

    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault> {
        self.with(run, |entry| entry.set_content(content, same_as))
    }
}

#[async_trait]
impl RunSearch for MemoryLedger {
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault> {
        Ok(OpenRuns::of(self.0.lock().values(), before, from, PAGE))
    }

    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault> {
        Ok(same_content(self.0.lock().values(), content, until))
    }

    async fn runs(&self, filter: RunFilter<'_>, from: Option<&str>) -> Result<RunPage, Fault> {
        Ok(RunPage::of(self.0.lock().values(), filter, from, PAGE))
    }
}
