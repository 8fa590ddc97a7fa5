//! A sink in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::decision::{Mark, decide};
use super::{Attribute, BatchLimits, Item, Sink, Sinks, Stamp, Target, Written};
use crate::Fault;
use crate::references::{self, References};
use crate::shared::Shared;
use crate::sink::key::ItemKey;

/// The items of tables, by key.
type Tables = BTreeMap<String, BTreeMap<ItemKey, StoredItem>>;

/// A sink in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemorySink {
    tables: Shared<Tables>,
    /// The tables that exist; `None` if every table exists.
    known: Option<Vec<Target>>,
}

/// An item as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// The fields that have a value.
    pub fields: BTreeMap<String, Attribute>,
    mark: Mark,
}

impl StoredItem {
    /// The run that wrote it last: `_run`.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.mark.run
    }

    /// The order of that run: `_order`.
    #[must_use]
    pub fn order(&self) -> &str {
        &self.mark.order
    }

    /// The hash of its content: `_hash`.
    #[must_use]
    pub fn hash(&self) -> &str {
        &self.mark.hash
    }
}

impl MemorySink {
    /// A sink in which every table exists.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A sink in which only these tables exist.
    #[must_use]
    pub fn with_tables(tables: Vec<Target>) -> Self {
        Self { tables: Shared::default(), known: Some(tables) }
    }

    /// The items of a table, by key.
    #[must_use]
    pub fn items(&self, table: &str) -> Vec<StoredItem> {
        self.tables.lock().get(table).map(|items| items.values().cloned().collect()).unwrap_or_default()
    }
}

/// The sink has the targets of all feeds.
impl Sinks for MemorySink {
    fn open(&self, _: &Target) -> Arc<dyn Sink> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl Sink for MemorySink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        let Some(known) = &self.known else { return Ok(Vec::new()) };
        Ok(match known.iter().find(|table| table.name == target.name) {
            None => vec![format!("The table {:?} does not exist.", target.name)],
            Some(table) if table.key != target.key => {
                vec![format!("The key of the table {:?} is not the feed's.", target.name)]
            }
            Some(_) => Vec::new(),
        })
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::LOCKED
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        let mut tables = self.tables.lock();
        let table = tables.entry(target.name.clone()).or_default();
        written.extend(items.iter().map(|item| write(table, target, item, stamp)));
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// Writes an item to a table.
fn write(table: &mut BTreeMap<ItemKey, StoredItem>, target: &Target, item: &Item, stamp: &Stamp<'_>) -> Written {
    let key = match ItemKey::of(target, item) {
        Ok(key) => key,
        Err(refusal) => return Written::Refused(refusal.to_string()),
    };
    let old = table.get(&key);
    let (mark, written) = decide(old.map(|old| &old.mark), &item.hash, stamp);
    if let Some(mark) = mark {
        let mut fields = old.map(|old| old.fields.clone()).unwrap_or_default();
        for (name, value) in &item.fields {
            match value {
                Some(value) => fields.insert(name.clone(), value.clone()),
                None => fields.remove(name),
            };
        }
        table.insert(key, StoredItem { fields, mark });
    }
    written
}

#[async_trait]
impl References for MemorySink {
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault> {
        let tables = self.tables.lock();
        let table = tables.get(&target.name);
        let is_there = |key: &Vec<String>| {
            let key = ItemKey::of(target, &references::item(target, key));
            key.is_ok_and(|key| table.is_some_and(|items| items.contains_key(&key)))
        };
        Ok(keys.iter().map(is_there).collect())
    }
}
