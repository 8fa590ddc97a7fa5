//! References: whether keys are in the tables that they belong to.

mod dynamo;
mod lines;

use async_trait::async_trait;
use sluice_engine::rules::Reference;

pub use dynamo::DynamoReferences;
pub use lines::JsonLinesReferences;

use crate::Fault;
use crate::sink::{Attribute, Item, KeyField, SinkKind, Target};

/// Tables in which keys are looked up.
///
/// Whether a table is there, and has the key that a feed takes it for, is what
/// [`Sink::check`](crate::sink::Sink::check) says before anything begins.
#[async_trait]
pub trait References: Send + Sync {
    /// Which of these keys are in a table: an answer for each, in their order. A key has the canonical text of each of
    /// its fields; the keys are different, and such that a table could have them. What was written before the call is
    /// there.
    ///
    /// # Errors
    /// If the table cannot be asked, after patience.
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault>;
}

impl Target {
    /// The table of a reference.
    #[must_use]
    pub fn referenced(reference: &Reference) -> Self {
        let field = |key: &sluice_engine::rules::ReferencedKey| KeyField { name: key.name.clone(), number: key.number };
        Self { sink: SinkKind::Table, name: reference.table.clone(), key: reference.key.iter().map(field).collect() }
    }
}

/// An item that has this key and nothing else.
pub(crate) fn item(target: &Target, key: &[String]) -> Item {
    let field = |(of, text): (&KeyField, &String)| {
        let value = if of.number { Attribute::Number(text.clone()) } else { Attribute::Text(text.clone()) };
        (of.name.clone(), Some(value))
    };
    Item { fields: target.key.iter().zip(key).map(field).collect(), hash: String::new() }
}
