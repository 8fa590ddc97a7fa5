//! A sink that fails.

use std::sync::Arc;

use async_trait::async_trait;

use super::Faults;
use crate::Fault;
use crate::sink::{BatchLimits, Item, Sink, Sinks, Stamp, Target, Written};

/// Opens sinks that fail as a test decides.
pub struct FaultySinks {
    inner: Arc<dyn Sinks>,
    faults: Faults,
}

impl FaultySinks {
    /// Wraps sinks with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Sinks>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

impl Sinks for FaultySinks {
    fn open(&self, target: &Target) -> Arc<dyn Sink> {
        Arc::new(FaultySink::new(self.inner.open(target), &self.faults))
    }
}

/// A sink that fails as a test decides.
pub struct FaultySink {
    inner: Arc<dyn Sink>,
    faults: Faults,
}

impl FaultySink {
    /// Wraps a sink with these faults.
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

    fn batch(&self) -> BatchLimits {
        self.inner.batch()
    }

    /// Each item counts as a call of its own, so that a batch can fail before and after every item.
    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        for item in items.chunks(1) {
            // If the answer is lost, the caller must not see it.
            let mut answer = Vec::new();
            self.faults.change("write an item", self.inner.write(target, item, stamp, &mut answer)).await?;
            written.append(&mut answer);
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.faults.change("flush a sink", self.inner.flush()).await
    }
}
