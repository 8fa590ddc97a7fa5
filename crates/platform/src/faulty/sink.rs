//! A sink that fails.

use std::sync::Arc;

use async_trait::async_trait;

use super::Faults;
use crate::Fault;
use crate::sink::{Item, Sink, Stamp, Target, Written};

/// A sink that fails when it is told to.
pub struct FaultySink {
    inner: Arc<dyn Sink>,
    faults: Faults,
}

impl FaultySink {
    /// This sink, with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Sink>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Sink for FaultySink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.faults.ask("check a target", self.inner.check(target)).await
    }

    async fn write(&self, target: &Target, item: &Item, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        self.faults.change("write an item", self.inner.write(target, item, stamp)).await
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.faults.change("flush a sink", self.inner.flush()).await
    }
}
