//! A ledger that fails.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_contract::RunId;
use sluice_contract::documents::Usage;

use super::Faults;
use crate::Fault;
use crate::ledger::{
    Conclusion, Ledger, MailState, OpenRuns, Registered, RunEntry, RunFilter, RunPage, RunSearch, RunStage,
};

/// A ledger that fails as a test decides, also when runs are searched.
pub struct FaultyLedger<L: ?Sized> {
    inner: Arc<L>,
    faults: Faults,
}

impl<L: ?Sized> FaultyLedger<L> {
    /// Wraps a ledger with these faults.
    #[must_use]
    pub fn new(inner: Arc<L>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl<L: Ledger + ?Sized> Ledger for FaultyLedger<L> {
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        self.faults.change("register a run", self.inner.register(entry)).await
    }

    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault> {
        self.faults.ask("get a run", self.inner.get(run)).await
    }

    async fn fence(&self, read: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault> {
        self.faults.change("take a run", self.inner.fence(read, execution, at)).await
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault> {
        self.faults.change("advance a run", self.inner.advance(run, stage, at, usage)).await
    }

    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault> {
        self.faults.change("conclude a run", self.inner.conclude(run, holder, conclusion)).await
    }

    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault> {
        self.faults.change("note the mail of a run", self.inner.mailed(run, holder, mail)).await
    }

    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault> {
        self.faults.change("note the content of a run", self.inner.set_content(run, content, same_as)).await
    }
}

#[async_trait]
impl<L: RunSearch + ?Sized> RunSearch for FaultyLedger<L> {
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault> {
        self.faults.ask("list the open runs", self.inner.open_runs(before, from)).await
    }

    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault> {
        self.faults.ask("search runs by their content", self.inner.same_content(content, until)).await
    }

    async fn runs(&self, filter: RunFilter<'_>, from: Option<&str>) -> Result<RunPage, Fault> {
        self.faults.ask("list runs", self.inner.runs(filter, from)).await
    }
}
