//! The sink of a feed without a target: it writes nothing, because the outputs of the run are the result.

use async_trait::async_trait;

use super::{BatchLimits, Item, Sink, Stamp, Target, Written};
use crate::Fault;

/// Takes every item as imported.
#[derive(Clone, Copy, Debug)]
pub struct OutputsSink;

#[async_trait]
impl Sink for OutputsSink {
    async fn check(&self, _: &Target) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::LOCKED
    }

    async fn write(
        &self,
        _: &Target,
        items: &[Item<'_>],
        _: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        written.extend(items.iter().map(|_| Written::Imported));
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}
