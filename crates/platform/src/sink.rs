//! Sinks: where valid records go.

mod by_call;
pub(crate) mod decision;
mod dynamo;
mod json;
pub mod key;
pub(crate) mod lines;
mod memory;
mod open;
mod outputs;
pub mod queue;

use std::borrow::Cow;

use async_trait::async_trait;
use sluice_contract::{Order, RunId};
use sluice_engine::connection::ConnectionName;
use sluice_engine::feed::{FeedName, FeedPlan};
pub use sluice_engine::sink::{Attribute, ContentHash, SinkKind};
use sluice_engine::spec::{Empty, FieldType, Mode};

pub(crate) use dynamo::DELETED;
pub use dynamo::{DynamoSink, EXPIRES};
pub use lines::JsonLinesSink;
pub use memory::{MemorySink, StoredItem};
pub use open::{AwsSinks, Sinks, only};
pub use outputs::OutputsSink;
pub use queue::QueueSink;

use crate::Fault;

/// Appends the fields that have a value as members of an object of JSON, in their order, without the braces. Numbers stay exactly as they
/// are written.
pub fn json_members(fields: &[ItemField<'_>], text: &mut String) {
    let mut line = String::from("{");
    json::fields(fields, &mut line);
    text.push_str(line.get(1..).unwrap_or_default());
}

/// A sink with keys. What a write of the same item twice does to the target is its effect: see SEMANTICS.md.
///
/// No method has a default implementation, so a sink in front of another one cannot forget a method.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Checks that the target exists and has the feed's key. Returns the problems, one sentence each, for the feed's
    /// author and the operator; empty if there are none.
    ///
    /// # Errors
    /// If the target cannot be read.
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault>;

    /// The largest batch that [`Sink::write`] takes.
    fn batch(&self) -> BatchLimits;

    /// Writes a batch of items, each on the condition that the item is new or has an earlier order. Appends one result
    /// per item to `written`, as if the items were written one after the other. A refused item is a result, not an
    /// error.
    ///
    /// Each write sets the fields that have a value, and removes those that have none; with [`Empty::Keep`] it leaves these as they
    /// are. It also sets `_run`, `_order` and `_hash`, and sets `_was` to the previous `_hash`, in the same write. If the condition
    /// does not hold, the existing item decides: if the same run wrote it, the result is the same as then; if a later run did, it is
    /// [`Written::Stale`]; if the [`Mode`] leaves it alone, it is [`Written::Left`].
    ///
    /// An item with a [`Deletion`] becomes its key, with these four and `_deleted`, and `_expires` if the mark is to end. Its other
    /// fields are gone, whoever wrote them. For a mode, an item that is marked so does not exist. A later write without a deletion
    /// brings the item back, and removes the marks. Sinks of feeds that cannot delete do without this.
    ///
    /// # Errors
    /// If the write of an item fails. Then `written` has the results of the items before it. Later items may be written
    /// or not, and a second call returns the same results for them. `Throttled` if the sink asks to slow down: the sink
    /// returns this at once, without retries, so that the caller can slow down.
    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault>;

    /// Flushes buffered writes; called before an outcome is written.
    ///
    /// # Errors
    /// If they cannot be written.
    async fn flush(&self) -> Result<(), Fault>;
}

/// The maximum size of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// The number of items, at least one.
    pub items: usize,
    /// The total length of names and values in bytes. A single item may have more.
    pub bytes: usize,
}

impl BatchLimits {
    /// One item at a time.
    pub const ONE: Self = Self { items: 1, bytes: usize::MAX };
    /// Many items, for sinks that take a lock for a batch: a lock for each item would take longer than writing it. There are few
    /// enough for the cache of a core, and the limit in bytes bounds the memory of a batch.
    pub const LOCKED: Self = Self { items: 500, bytes: 1 << 20 };
}

/// A target of a sink, such as a table, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The sink.
    pub sink: SinkKind,
    /// The name of the target in the feed.
    pub name: String,
    /// The key fields with their types: the partition key and, if there is one, the sort key.
    pub key: Vec<KeyField>,
    /// What leads to the target, if the sink needs a connection.
    pub via: Option<Via>,
    /// How records are written over what the target holds.
    pub manner: Manner,
}

/// How records are written over what a target holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// Whether records may add items, change items, or both.
    pub mode: Mode,
    /// What a field without a value means for an item that exists.
    pub empty: Empty,
}

/// A connection, and the feed that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The connection.
    pub connection: ConnectionName,
    /// The feed, which must be permitted to use it.
    pub feed: FeedName,
}

impl Target {
    /// The target of a feed.
    #[must_use]
    pub fn of(plan: &FeedPlan) -> Self {
        let key = plan.import.key.iter().filter_map(|index| plan.fields.get(*index)).map(|field| KeyField {
            name: field.name.clone(),
            number: matches!(field.field_type, FieldType::Integer | FieldType::Number),
        });
        let via = |connection: &ConnectionName| Via { connection: connection.clone(), feed: plan.name.clone() };
        Self {
            sink: plan.import.sink,
            name: plan.import.target.clone(),
            key: key.collect(),
            via: plan.import.connection.as_ref().map(via),
            manner: Manner { mode: plan.import.mode, empty: plan.import.empty },
        }
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

/// A target record as a sink takes it. It borrows from its batch. Its fields include the key fields. No name begins with `_`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// The number of the record in its file.
    pub record: u64,
    /// Every attribute that is written.
    pub fields: Cow<'a, [ItemField<'a>]>,
    /// A hash of the content: equal if the fields are equal. For a deletion, [`ContentHash::of_deletion`].
    pub hash: ContentHash,
    /// Set if the item of the key is to be deleted. Then no other field has a value.
    pub deletion: Option<Deletion>,
}

/// The deletion of an item, which leaves a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When the target may forget the mark, in seconds since 1970; `None` if never.
    pub expires: Option<i64>,
}

/// The name of an attribute and its value; `None` if it has no value.
pub type ItemField<'a> = (&'a str, Option<Attribute<'a>>);

/// The run that writes an item.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Its order.
    pub order: &'a Order,
}

/// The result of writing an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The item is new, or differed before.
    Imported,
    /// The sink already held it with the same content.
    Unchanged,
    /// A run with a later order has written its key.
    Stale,
    /// The mode leaves the key alone.
    Left,
    /// The item of its key is deleted. There may have been none.
    Deleted,
    /// The item is too large for the sink; the message of the sink. Trying again does not help.
    TooLarge(String),
    /// The sink refuses the item; the reason. Trying again does not help.
    Refused(String),
}
