//! A table of sets, and a state machine that joins, that fail.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_contract::documents::Generation;
use sluice_engine::dataset::SetKey;
use sluice_engine::feed::FeedName;

use super::Faults;
use crate::Fault;
use crate::datasets::{Datasets, SetEntry, SetPage};
use crate::executions::{Execution, Started};
use crate::joins::Joins;

/// A table of sets that fails as a test decides.
pub struct FaultyDatasets {
    inner: Arc<dyn Datasets>,
    faults: Faults,
}

impl FaultyDatasets {
    /// Wraps a table with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Datasets>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Datasets for FaultyDatasets {
    async fn get(&self, dataset: &FeedName, set: &SetKey) -> Result<Option<SetEntry>, Fault> {
        self.faults.ask("get a set", self.inner.get(dataset, set)).await
    }

    async fn put(&self, entry: &SetEntry) -> Result<bool, Fault> {
        self.faults.change("change a set", self.inner.put(entry)).await
    }

    async fn page(&self, dataset: &FeedName, from: Option<&str>) -> Result<SetPage, Fault> {
        self.faults.ask("list sets", self.inner.page(dataset, from)).await
    }
}

/// A state machine that joins, and fails as a test decides.
pub struct FaultyJoins {
    inner: Arc<dyn Joins>,
    faults: Faults,
}

impl FaultyJoins {
    /// Wraps a state machine with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Joins>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Joins for FaultyJoins {
    async fn start(&self, of: &Generation, attempt: u32) -> Result<Started, Fault> {
        self.faults.change("start a join", self.inner.start(of, attempt)).await
    }

    async fn describe(&self, of: &Generation, attempt: u32) -> Result<Option<Execution>, Fault> {
        self.faults.ask("describe a join", self.inner.describe(of, attempt)).await
    }
}
