//! Sinks: where valid records go.

mod decision;
mod dynamo;
pub(crate) mod key;
pub(crate) mod lines;
mod memory;
mod open;

use async_trait::async_trait;
use sluice_contract::{Order, RunId};
use sluice_engine::feed::FeedPlan;
pub use sluice_engine::sink::{Attribute, SinkKind};
use sluice_engine::spec::FieldType;

pub use dynamo::DynamoSink;
pub use lines::JsonLinesSink;
pub use memory::{MemorySink, StoredItem};
pub use open::{AwsSinks, Sinks, only};

use crate::Fault;

/// A keyed sink that gives an exactly-once effect: one conditional write per winner.
///
/// No method has a default, so that a sink in front of another one cannot forget to pass a call on.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Whether the target exists and has the feed's key. The problems are for the feed's author
    /// and the operator, each a sentence; empty where all is well.
    ///
    /// # Errors
    /// If that cannot be found out.
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault>;

    /// The largest batch that [`Sink::write`] takes.
    fn batch(&self) -> BatchLimits;

    /// Writes a batch of items, each on condition that it is new or of an earlier order. Adds what became of each to
    /// `written`, as if they were written one after the other. A refused item is an answer like any other.
    ///
    /// Each write sets the fields that have a value and removes those that have none. Beside them it sets `_run`,
    /// `_order`, `_hash`, and as `_was` the `_hash` that was there before, taken in the same write. Where the condition
    /// refuses a write, the item that is there decides: if this very run wrote it, the answer is as it was then; if a
    /// later one did, it is [`Written::Stale`].
    ///
    /// # Errors
    /// If the sink could not be asked about an item. `written` has the answers of those before it; those behind it may
    /// be written or not, and a second call answers the same of them. `Throttled` if the sink asks to slow down: it
    /// says so at the first time and does not try again by itself, so that the caller can slow down.
    async fn write(
        &self,
        target: &Target,
        items: &[Item],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault>;

    /// Flushes buffered writes; called before an outcome is written.
    ///
    /// # Errors
    /// If they cannot be written.
    async fn flush(&self) -> Result<(), Fault>;
}

/// How large a batch is at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// How many items, at least one.
    pub items: usize,
    /// How many bytes all of them, names and values. A single item may have more.
    pub bytes: usize,
}

impl BatchLimits {
    /// One item at a time.
    pub const ONE: Self = Self { items: 1, bytes: usize::MAX };
    /// Many items, for sinks that only lock something for them: a lock for each item would take longer than the
    /// writing. The bytes bound the memory of a batch.
    pub const LOCKED: Self = Self { items: 1_000, bytes: 1 << 20 };
}

/// A target of a sink, such as a table, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The sink.
    pub sink: SinkKind,
    /// The name of the target, as the feed has it.
    pub name: String,
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
        Self { sink: plan.import.sink, name: plan.import.target.clone(), key: key.collect() }
    }
}

/// A field of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyField {
    /// Its name.
    pub name: String,
    /// Whether it is a number; otherwise it is a text.
    pub number: bool,
}

/// A target record as the sink takes it, key fields among its fields. No name begins with `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Every attribute of the record with its value, `None` if it has none.
    pub fields: Vec<(String, Option<Attribute>)>,
    /// A hash of the content: equal where the fields are equal.
    pub hash: String,
}

/// The run that writes an item.
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
