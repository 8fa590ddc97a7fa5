//! Entries and queues in memory.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use sluice_engine::sink::Sqs;

use super::entry::{Claim, Entries, Entry, Sent};
use super::message::Message;
use super::queues::{Delivery, Queue, Queues};
use crate::Fault;
use crate::shared::Shared;

/// Entries in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryEntries(Shared<BTreeMap<String, Entry>>);

impl MemoryEntries {
    /// No entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A copy that shares nothing with these.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self(Shared::new(self.0.lock().clone()))
    }

    /// The entry with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Entry> {
        self.0.lock().get(name).cloned()
    }

    /// The entries.
    #[must_use]
    pub fn all(&self) -> Vec<Entry> {
        self.0.lock().values().cloned().collect()
    }
}

#[async_trait]
impl Entries for MemoryEntries {
    async fn take(&self, claim: Claim<'_>) -> Result<Option<Entry>, Fault> {
        let mut entries = self.0.lock();
        let old = entries.get(claim.entry);
        let refused = old.filter(|old| old.order.as_str() >= claim.order || is_sent(old, claim));
        if let Some(old) = refused {
            return Ok(Some(old.clone()));
        }
        let new = Entry { run: claim.run.to_owned(), order: claim.order.to_owned(), sent: None };
        entries.insert(claim.entry.to_owned(), new);
        Ok(None)
    }

    async fn keep(&self, claim: Claim<'_>) -> Result<bool, Fault> {
        let mut entries = self.0.lock();
        let old = entries.get_mut(claim.entry);
        let Some(old) = old.filter(|old| old.order.as_str() < claim.order && is_sent(old, claim)) else {
            return Ok(false);
        };
        (old.run, old.order) = (claim.run.to_owned(), claim.order.to_owned());
        Ok(true)
    }

    async fn read(&self, names: &[&str]) -> Result<Vec<Option<Entry>>, Fault> {
        let entries = self.0.lock();
        Ok(names.iter().map(|name| entries.get(*name).cloned()).collect())
    }

    async fn mark(&self, claim: Claim<'_>) -> Result<bool, Fault> {
        let mut entries = self.0.lock();
        let Some(entry) = entries.get_mut(claim.entry).filter(|entry| entry.run == claim.run) else { return Ok(false) };
        entry.sent = Some(Sent { hash: claim.hash.to_owned(), order: claim.order.to_owned() });
        Ok(true)
    }
}

/// Whether the content was sent last.
fn is_sent(entry: &Entry, claim: Claim<'_>) -> bool {
    entry.sent.as_ref().is_some_and(|sent| sent.hash == claim.hash)
}

/// Decides whether a queue refuses a message, and why.
pub type Refuses = fn(&Message) -> Option<String>;

/// Queues in memory; clones share them. Every queue exists until it is removed. A queue whose name ends in `.fifo` drops a message
/// that it had before.
#[derive(Clone, Debug)]
pub struct MemoryQueues {
    sent: Shared<Vec<(String, Message)>>,
    seen: Shared<HashSet<String>>,
    gone: Shared<HashSet<String>>,
    message_bytes: usize,
    refuses: Refuses,
}

impl MemoryQueues {
    /// Queues that take every message of up to this many bytes that `refuses` does not refuse.
    #[must_use]
    pub fn new(message_bytes: usize, refuses: Refuses) -> Self {
        Self { sent: Shared::default(), seen: Shared::default(), gone: Shared::default(), message_bytes, refuses }
    }

    /// A copy that shares nothing with these.
    #[must_use]
    pub fn fork(&self) -> Self {
        let Self { sent, seen, gone, message_bytes, refuses } = self;
        let (sent, seen, gone) = (sent.lock().clone(), seen.lock().clone(), gone.lock().clone());
        Self {
            sent: Shared::new(sent),
            seen: Shared::new(seen),
            gone: Shared::new(gone),
            message_bytes: *message_bytes,
            refuses: *refuses,
        }
    }

    /// The messages of a queue, in the order in which they came.
    #[must_use]
    pub fn messages(&self, queue: &str) -> Vec<Message> {
        self.sent.lock().iter().filter(|(name, _)| name == queue).map(|(_, message)| message.clone()).collect()
    }

    /// Removes a queue.
    pub fn remove(&self, queue: &str) {
        self.gone.lock().insert(queue.to_owned());
    }

    /// Creates a queue again that was removed.
    pub fn create(&self, queue: &str) {
        self.gone.lock().remove(queue);
    }
}

#[async_trait]
impl Queues for MemoryQueues {
    async fn find(&self, name: &str) -> Result<Result<Queue, String>, Fault> {
        if self.gone.lock().contains(name) {
            return Ok(Err(format!("The queue {name:?} does not exist.")));
        }
        let is_fifo = Sqs::is_fifo(name);
        Ok(Ok(Queue { url: name.to_owned(), is_fifo, message_bytes: self.message_bytes }))
    }

    async fn send(&self, queue: &Queue, messages: &[&Message]) -> Result<Vec<Delivery>, Fault> {
        if self.gone.lock().contains(&queue.url) {
            let what = format!("send to queue {}", queue.url);
            return Err(Fault::Misconfigured { what, source: "the queue does not exist".into() });
        }
        let mut deliveries = Vec::with_capacity(messages.len());
        for message in messages {
            if let Some(why) = (self.refuses)(message) {
                deliveries.push(Delivery::Refused(why));
                continue;
            }
            if !queue.is_fifo || self.seen.lock().insert(message.deduplication.clone()) {
                self.sent.lock().push((queue.url.clone(), (*message).clone()));
            }
            deliveries.push(Delivery::Sent);
        }
        Ok(deliveries)
    }
}
