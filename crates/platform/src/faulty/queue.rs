//! Queues that fail, and entries of messages that fail.

use std::sync::Arc;

use async_trait::async_trait;

use super::faults::broken;
use super::{Decision, Faults, Kind};
use crate::Fault;
use crate::sink::queue::{Claim, Delivery, Entries, Entry, Message, Queue, Queues};

/// Entries that fail as a test decides.
pub struct FaultyEntries {
    inner: Arc<dyn Entries>,
    faults: Faults,
}

impl FaultyEntries {
    /// Wraps entries with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Entries>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Entries for FaultyEntries {
    async fn take(&self, claim: Claim<'_>) -> Result<Option<Entry>, Fault> {
        self.faults.change("take a key", self.inner.take(claim)).await
    }

    async fn keep(&self, claim: Claim<'_>) -> Result<bool, Fault> {
        self.faults.change("keep a key", self.inner.keep(claim)).await
    }

    async fn read(&self, names: &[&str]) -> Result<Vec<Option<Entry>>, Fault> {
        self.faults.ask("read entries", self.inner.read(names)).await
    }

    async fn mark(&self, claim: Claim<'_>) -> Result<bool, Fault> {
        self.faults.change("mark a message", self.inner.mark(claim)).await
    }
}

/// Queues that fail as a test decides.
pub struct FaultyQueues {
    inner: Arc<dyn Queues>,
    faults: Faults,
}

impl FaultyQueues {
    /// Wraps queues with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Queues>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Queues for FaultyQueues {
    async fn find(&self, name: &str) -> Result<Result<Queue, String>, Fault> {
        self.faults.ask("find a queue", self.inner.find(name)).await
    }

    /// If the call breaks, half of the messages are sent.
    async fn send(&self, queue: &Queue, messages: &[&Message]) -> Result<Vec<Delivery>, Fault> {
        const SEND: &str = "send messages";
        match self.faults.check(SEND, Kind::Change) {
            Decision::Break => {
                let (half, _) = messages.split_at(messages.len() / 2);
                self.inner.send(queue, half).await?;
                Err(broken(SEND))
            }
            decision => self.faults.meet(SEND, decision, self.inner.send(queue, messages)).await,
        }
    }
}
