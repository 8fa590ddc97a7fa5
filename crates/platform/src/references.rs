//! References: whether keys exist in the tables that records refer to.

mod dynamo;
mod lines;

use async_trait::async_trait;
use sluice_engine::rules::Reference;

pub use dynamo::DynamoReferences;
pub use lines::JsonLinesReferences;

use crate::Fault;
use crate::sink::{Attribute, ItemField, KeyField, Manner, SinkKind, Target};

/// Tables in which keys are looked up.
///
/// [`Sink::check`](crate::sink::Sink::check) finds out before a run begins whether a table exists and has the expected
/// key.
#[async_trait]
pub trait References: Send + Sync {
    /// Whether each of these keys is in a table, not counting the marks of deleted items: one answer per key, in their order. A key has the canonical text of
    /// each of its fields. The keys are distinct, and valid for the table. Everything that was written before the call
    /// is found.
    ///
    /// # Errors
    /// If the table cannot be read, also after retries.
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault>;
}

impl Target {
    /// The table of a reference.
    #[must_use]
    pub fn referenced(reference: &Reference) -> Self {
        let field = |key: &sluice_engine::rules::ReferencedKey| KeyField { name: key.name.clone(), number: key.number };
        Self {
            sink: SinkKind::Table,
            name: reference.table.clone(),
            key: reference.key.iter().map(field).collect(),
            via: None,
            manner: Manner::default(),
        }
    }
}

/// The fields of an item with only this key.
pub(crate) fn fields<'a>(target: &'a Target, key: &'a [String]) -> Vec<ItemField<'a>> {
    let field = |(of, text): (&'a KeyField, &'a String)| {
        let text = text.as_str().into();
        (of.name.as_str(), Some(if of.number { Attribute::Number(text) } else { Attribute::Text(text) }))
    };
    target.key.iter().zip(key).map(field).collect()
}
