//! A table that refuses some items because of their values.

use std::slice::from_ref;

use async_trait::async_trait;
use sluice_platform::Fault;
use sluice_platform::sink::queue::Message;
use sluice_platform::sink::{Attribute, BatchLimits, Item, MemorySink, Sink, Stamp, Target, Written};

/// The longest `note` that the table takes, in characters. The oracle has the same number.
const LONGEST_NOTE: usize = 30;

/// Items of a batch: so few that a chunk has several batches, and several of them are in flight.
const BATCH: usize = 3;

/// Decides whether a queue refuses a message, as the table does.
pub fn refuses(message: &Message) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(&message.body).unwrap();
    let is_long = body["note"].as_str().is_some_and(|note| note.chars().count() > LONGEST_NOTE);
    is_long.then(|| "the note is too long".into())
}

/// A table that refuses items with long notes.
pub struct RefusingSink(pub MemorySink);

#[async_trait]
impl Sink for RefusingSink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.0.check(target).await
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits { items: BATCH, bytes: usize::MAX }
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        for item in items {
            let long = item.fields.iter().any(|(name, value)| match value {
                Some(Attribute::Text(text)) => *name == "note" && text.chars().count() > LONGEST_NOTE,
                _ => false,
            });
            if long {
                written.push(Written::Refused("the note is too long".into()));
            } else {
                self.0.write(target, from_ref(item), stamp, written).await?;
            }
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.0.flush().await
    }
}
