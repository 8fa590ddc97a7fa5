//! Sinks: where valid records go.

mod decision;
mod dynamo;
pub(crate) mod key;
pub(crate) mod lines;
mod memory;

use async_trait::async_trait;
use sluice_contract::{Order, RunId};
use sluice_engine::feed::FeedPlan;
pub use sluice_engine::sink::Attribute;
use sluice_engine::spec::FieldType;

pub use dynamo::DynamoSink;
pub use lines::JsonLinesSink;
pub use memory::{MemorySink, StoredItem};

use crate::Fault;

/// A keyed sink that gives an exactly-once effect: one conditional write per winner.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Whether the target exists and has the feed's key. The problems are for the feed's author
    /// and the operator, each a sentence; empty where all is well.
    ///
    /// # Errors
    /// Where that cannot be found out.
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault>;

    /// Writes an item, on condition that it is new or of an earlier order.
    ///
    /// Sets the fields that have a value and removes those that have none; beside them `_run`,
    /// `_order`, `_hash`, and as `_was` the `_hash` that was there before, taken in the same write.
    /// Refused, the item that is there decides: of this very run, the answer is as it was then; of a later one, stale.
    ///
    /// # Errors
    /// Where the sink could not be asked. `Throttled` where it asks to slow down: that is told at the first time, so that the
    /// caller can.
    async fn write(&self, target: &Target, item: &Item, stamp: &Stamp<'_>) -> Result<Written, Fault>;

    /// Makes sure that what was answered for is kept: called before anybody relies on it. Most sinks have nothing to do.
    ///
    /// # Errors
    /// Where it cannot be kept.
    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// A table and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The table, as the feed names it.
    pub table: String,
    /// The key fields with their types: the partition key, and where there is one, the sort key.
    pub key: Vec<KeyField>,
}

impl Target {
    /// The target of a feed.
    #[must_use]
    pub fn of(plan: &FeedPlan) -> Self {
        let key = plan.import.key.iter().filter_map(|index| plan.fields.get(*index)).map(|field| KeyField {
            name: field.name.clone(),
            number: matches!(field.field_type, FieldType::Integer | FieldType::Number),
        });
        Self { table: plan.import.target.clone(), key: key.collect() }
    }
}

/// A field of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyField {
    /// Its name.
    pub name: String,
    /// Whether it is a number; a text otherwise.
    pub number: bool,
}

/// A target record as the sink takes it, key fields among its fields. No name begins with `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Every attribute of the record with its value, `None` where it has none.
    pub fields: Vec<(String, Option<Attribute>)>,
    /// A hash of the content: equal where the fields are equal.
    pub hash: String,
}

/// By whose hand an item is written.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Its order.
    pub order: &'a Order,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there now and was not before, or was different.
    Imported,
    /// It was there before, exactly.
    Unchanged,
    /// A run of a later order has written it.
    Stale,
    /// It is larger than what the sink holds, in the words of the sink; trying again changes nothing.
    TooLarge(String),
    /// The sink refuses it for what it is, and says why; trying again changes nothing.
    Refused(String),
}
