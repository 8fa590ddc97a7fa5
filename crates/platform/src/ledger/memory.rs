//! A ledger in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sluice_contract::RunId;

use super::{Conclusion, Ledger, MailState, Registered, RunEntry, RunStage};
use crate::Fault;
use crate::shared::Shared;

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

    /// Does something to an entry.
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

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str) -> Result<(), Fault> {
        self.with(run, |entry| {
            if entry.conclusion.is_none() {
                entry.stage = stage;
                at.clone_into(&mut entry.stage_at);
            }
        })
    }

    async fn conclude(&self, run: &RunId, conclusion: &Conclusion) -> Result<bool, Fault> {
        self.with(run, |entry| entry.conclusion.get_or_insert_with(|| conclusion.clone()) == conclusion)
    }

    async fn mailed(&self, run: &RunId, mail: &MailState) -> Result<(), Fault> {
        self.with(run, |entry| entry.mail = Some(mail.clone()))
    }
}
