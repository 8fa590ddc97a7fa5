//! Deliveries that fail.

use std::sync::Arc;

use async_trait::async_trait;

use super::Faults;
use crate::Fault;
use crate::outbound::{Delivered, Delivery, Outbound};

/// An outbound bucket that fails as a test decides.
pub struct FaultyOutbound {
    inner: Arc<dyn Outbound>,
    faults: Faults,
}

impl FaultyOutbound {
    /// Wraps an outbound bucket with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Outbound>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Outbound for FaultyOutbound {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Delivered, Fault> {
        self.faults.change("deliver a file", self.inner.deliver(delivery)).await
    }

    fn location(&self, key: &str) -> String {
        self.inner.location(key)
    }
}
