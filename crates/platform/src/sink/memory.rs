//! A sink in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use sluice_engine::sink::ContentHash;
use sluice_engine::spec::Empty;

use super::decision::{Known, Wanted, Writers, decide};
use super::key::{key_of, push_key};
use super::{Attribute, BatchLimits, Item, Manner, Sink, Sinks, Stamp, Target, Written, only};
use crate::Fault;
use crate::references::{self, References};
use crate::shared::Shared;

/// A sink in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemorySink {
    tables: Shared<BTreeMap<String, Table>>,
    /// The tables that exist; `None` if every table exists.
    known: Option<Vec<Target>>,
}

/// A table in memory.
#[derive(Debug, Default)]
struct Table {
    /// The items, by the text of their key.
    items: HashMap<Box<str>, Kept>,
    /// The names of the fields that an item has.
    names: Vec<String>,
    writers: Writers,
}

/// An item in a table.
#[derive(Debug)]
struct Kept {
    /// The fields that have a value, with the indices of their names.
    fields: Vec<(usize, Attribute<'static>)>,
    writer: u32,
    hash: ContentHash,
    was: Option<ContentHash>,
    /// Whether it is only the mark of a deleted item.
    deleted: bool,
}

/// An item as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredItem {
    /// The fields that have a value. The mark of a deleted item has `_deleted`, and `_expires` if it ends.
    pub fields: BTreeMap<String, Attribute<'static>>,
    run: String,
    order: String,
    hash: ContentHash,
    /// The hash that the item had before, if it existed.
    was: Option<ContentHash>,
}

impl StoredItem {
    /// The run that wrote it last: `_run`.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The order of that run: `_order`.
    #[must_use]
    pub fn order(&self) -> &str {
        &self.order
    }

    /// The hash of its content: `_hash`.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        self.hash
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

    /// The items of a table, sorted by the text of their key.
    #[must_use]
    pub fn items(&self, table: &str) -> Vec<StoredItem> {
        let tables = self.tables.lock();
        let Some(table) = tables.get(table) else { return Vec::new() };
        let mut items: Vec<_> = table.items.iter().collect();
        items.sort_unstable_by_key(|(key, _)| *key);
        items.into_iter().map(|(_, item)| table.stored(item)).collect()
    }
}

/// The sink has the targets of all feeds.
impl Sinks for MemorySink {
    fn open(&self, target: &Target) -> Arc<dyn Sink> {
        only(Arc::new(self.clone())).open(target)
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
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        let mut tables = self.tables.lock();
        let table = tables.entry(target.name.clone()).or_default();
        let writer = table.writers.index(stamp.run.as_str(), stamp.order.as_str());
        let mut key = String::new();
        for item in items {
            key.clear();
            written.push(match push_key(target, &item.fields, &mut key) {
                Ok(()) => table.write(&key, item, writer, stamp, target.manner),
                Err(refusal) => Written::Refused(refusal.to_string()),
            });
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

impl Table {
    /// Writes an item with this key.
    fn write(&mut self, key: &str, item: &Item<'_>, writer: u32, stamp: &Stamp<'_>, manner: Manner) -> Written {
        let old = self.items.get_mut(key);
        let known = old.as_ref().and_then(|old| {
            let (run, order) = self.writers.get(old.writer)?;
            let (unchanged, deleted) = (old.was == Some(old.hash), old.deleted);
            Some(Known { run, order, hash: old.hash, unchanged, deleted })
        });
        let deletes = item.deletion.is_some();
        let (writes, written) = decide(known, Wanted { hash: item.hash, deletes, mode: manner.mode }, stamp);
        if !writes {
            return written;
        }
        let (names, hash) = (&mut self.names, item.hash);
        let was = old.as_ref().map(|old| old.hash);
        let mut fields = match old {
            // A mark and a deletion leave nothing of each other, and nothing of an item.
            Some(old) if !deletes && !old.deleted => std::mem::take(&mut old.fields),
            _ => Vec::with_capacity(item.fields.len()),
        };
        let is_new = fields.is_empty();
        for (at, (name, value)) in item.fields.iter().enumerate() {
            if value.is_none() && (is_new || manner.empty == Empty::Keep) {
                continue;
            }
            let name = index(names, at, name);
            if !is_new {
                fields.retain(|(known, _)| *known != name);
            }
            fields.extend(value.clone().map(|value| (name, value.into_owned())));
        }
        if let Some(deletion) = item.deletion {
            fields.push((index(names, usize::MAX, "_deleted"), Attribute::Bool(true)));
            let expires = deletion.expires.map(|expires| Attribute::Number(expires.to_string().into()));
            fields.extend(expires.map(|expires| (index(names, usize::MAX, "_expires"), expires)));
        }
        let item = Kept { fields, writer, hash, was, deleted: deletes };
        match self.items.get_mut(key) {
            Some(old) => *old = item,
            None => drop(self.items.insert(key.into(), item)),
        }
        written
    }

    /// An item as it is stored.
    fn stored(&self, item: &Kept) -> StoredItem {
        let name = |index: &usize| self.names.get(*index).cloned().unwrap_or_default();
        let fields = item.fields.iter().map(|(index, value)| (name(index), value.clone())).collect();
        let (run, order) = self.writers.get(item.writer).unwrap_or_default();
        StoredItem { fields, run: run.to_owned(), order: order.to_owned(), hash: item.hash, was: item.was }
    }
}

/// The index of a name, which is added if it is new. The names of most items are in the same order, so it likely is `at`.
fn index(names: &mut Vec<String>, at: usize, name: &str) -> usize {
    if names.get(at).is_some_and(|known| known == name) {
        return at;
    }
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

#[async_trait]
impl References for MemorySink {
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault> {
        let tables = self.tables.lock();
        let table = tables.get(&target.name);
        let is_there = |key: &Vec<String>| {
            let key = key_of(target, &references::fields(target, key));
            let is_live = |table: &Table, key: &str| table.items.get(key).is_some_and(|item| !item.deleted);
            key.is_ok_and(|key| table.is_some_and(|table| is_live(table, &key)))
        };
        Ok(keys.iter().map(is_there).collect())
    }
}
