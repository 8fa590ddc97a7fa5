//! Queues, as the sink needs them.

use async_trait::async_trait;

use super::message::Message;
use crate::Fault;

/// A queue that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its address.
    pub url: String,
    /// Whether it is a FIFO queue.
    pub is_fifo: bool,
    /// The largest message that it takes, in bytes.
    pub message_bytes: usize,
}

/// What became of a message of a batch.
#[derive(Debug)]
pub enum Delivery {
    /// The queue has it.
    Sent,
    /// The queue refuses it because of its content; the reason. Trying again does not help.
    Refused(String),
    /// It was not sent.
    Failed(Fault),
}

/// The queues of a stack.
#[async_trait]
pub trait Queues: Send + Sync {
    /// Looks for the queue that a feed calls so. If it cannot be used: why, in a sentence.
    ///
    /// # Errors
    /// If nobody knows.
    async fn find(&self, name: &str) -> Result<Result<Queue, String>, Fault>;

    /// Sends at most ten messages. Returns what became of each.
    ///
    /// # Errors
    /// If none was sent, or nobody knows; `Throttled` at once, without retries.
    async fn send(&self, queue: &Queue, messages: &[&Message]) -> Result<Vec<Delivery>, Fault>;
}
