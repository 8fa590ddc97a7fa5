//! A table of sets in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sluice_engine::dataset::SetKey;
use sluice_engine::feed::FeedName;

use super::{Datasets, SetEntry, SetPage};
use crate::Fault;
use crate::shared::Shared;

/// How many entries are on a page: few, so that every test has several pages.
const PAGE: usize = 2;

/// A table of sets in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryDatasets(Shared<BTreeMap<(FeedName, SetKey), SetEntry>>);

impl MemoryDatasets {
    /// A table without sets.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores an entry, and replaces an existing one.
    pub fn insert(&self, entry: SetEntry) {
        self.0.lock().insert((entry.dataset.clone(), entry.set.clone()), entry);
    }

    /// Every entry, by dataset and set.
    #[must_use]
    pub fn entries(&self) -> Vec<SetEntry> {
        self.0.lock().values().cloned().collect()
    }
}

#[async_trait]
impl Datasets for MemoryDatasets {
    async fn get(&self, dataset: &FeedName, set: &SetKey) -> Result<Option<SetEntry>, Fault> {
        Ok(self.0.lock().get(&(dataset.clone(), set.clone())).cloned())
    }

    async fn put(&self, entry: &SetEntry) -> Result<bool, Fault> {
        let mut entries = self.0.lock();
        let key = (entry.dataset.clone(), entry.set.clone());
        if entries.get(&key).map_or(0, |known| known.version) != entry.version {
            return Ok(false);
        }
        entries.insert(key, SetEntry { version: entry.version + 1, ..entry.clone() });
        Ok(true)
    }

    async fn page(&self, dataset: &FeedName, from: Option<&str>) -> Result<SetPage, Fault> {
        let entries = self.0.lock();
        let sets = entries.values().filter(|entry| entry.dataset == *dataset).cloned().collect();
        Ok(SetPage::of(sets, from, PAGE))
    }
}
