//! Events in memory.

use async_trait::async_trait;

use super::{Events, RunEnded};
use crate::Fault;
use crate::shared::Shared;

/// Keeps events in memory instead of publishing them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryEvents(Shared<Vec<RunEnded>>);

impl MemoryEvents {
    /// A bus on which nothing was published.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The events, in the order in which they were published.
    #[must_use]
    pub fn published(&self) -> Vec<RunEnded> {
        self.0.lock().clone()
    }
}

#[async_trait]
impl Events for MemoryEvents {
    async fn publish(&self, event: &RunEnded) -> Result<(), Fault> {
        self.0.lock().push(event.clone());
        Ok(())
    }
}
