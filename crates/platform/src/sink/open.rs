//! Opens sinks. Only this file maps the sink of a feed to its implementation.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_engine::sink::SinkKind;

use super::queue::{DynamoEntries, SqsQueues};
use super::{BatchLimits, DynamoSink, Item, QueueSink, Sink, Stamp, Target, Written};
use crate::{Aws, Fault};

/// Opens the sinks of feeds.
pub trait Sinks: Send + Sync {
    /// The sink of this target. Repeated calls return the same sink.
    fn open(&self, target: &Target) -> Arc<dyn Sink>;
}

/// The sinks of a deployed stack.
pub struct AwsSinks {
    tables: Arc<DynamoSink>,
    queues: Arc<QueueSink>,
    collections: Arc<dyn Sink>,
}

impl AwsSinks {
    /// The sinks of a stack whose targets have names with this prefix, with the table that knows what was sent to queues, and
    /// without a driver for collections.
    #[must_use]
    pub fn new(aws: &Aws, prefix: &str, messages_table: &str) -> Self {
        let entries = Arc::new(DynamoEntries::new(aws, messages_table));
        let queues = QueueSink::new(entries, Arc::new(SqsQueues::new(aws, prefix)));
        Self {
            tables: Arc::new(DynamoSink::new(aws, prefix)),
            queues: Arc::new(queues),
            collections: Arc::new(NoDriver),
        }
    }
}

impl Sinks for AwsSinks {
    fn open(&self, target: &Target) -> Arc<dyn Sink> {
        match target.sink {
            SinkKind::Table => Arc::clone(&self.tables) as Arc<dyn Sink>,
            SinkKind::Queue => Arc::clone(&self.queues) as Arc<dyn Sink>,
            SinkKind::Collection => Arc::clone(&self.collections),
        }
    }
}

/// Sinks that always open this one, which has the targets of all feeds.
#[must_use]
pub fn only(sink: Arc<dyn Sink>) -> Arc<dyn Sinks> {
    Arc::new(Only(sink))
}

struct Only(Arc<dyn Sink>);

impl Sinks for Only {
    fn open(&self, _: &Target) -> Arc<dyn Sink> {
        Arc::clone(&self.0)
    }
}

/// The sink of collections where there is no driver for them. It lets nothing in.
struct NoDriver;

#[async_trait]
impl Sink for NoDriver {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        Ok(vec![format!("This stack cannot write to collections, and so not to {:?}.", target.name)])
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::ONE
    }

    async fn write(&self, _: &Target, _: &[Item<'_>], _: &Stamp<'_>, _: &mut Vec<Written>) -> Result<(), Fault> {
        let source = "this function has no driver for collections".into();
        Err(Fault::Misconfigured { what: "write to a collection".to_owned(), source })
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}
