//! A table that refuses some items for what they are.

use async_trait::async_trait;
use sluice_platform::Fault;
use sluice_platform::sink::{Attribute, Item, MemorySink, Sink, Stamp, Target, Written};

/// The longest `note` that the table takes, in characters. The oracle knows it, too.
const LONGEST_NOTE: usize = 30;

/// A table that refuses items with long notes.
pub struct RefusingSink(pub MemorySink);

#[async_trait]
impl Sink for RefusingSink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.0.check(target).await
    }

    async fn write(&self, target: &Target, item: &Item, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        let long = item.fields.iter().any(|(name, value)| match value {
            Some(Attribute::Text(text)) => name == "note" && text.chars().count() > LONGEST_NOTE,
            _ => false,
        });
        if long { Ok(Written::Refused("the note is too long".into())) } else { self.0.write(target, item, stamp).await }
    }
}
