//! Opens sinks. Only this file maps the sink of a feed to its implementation.

use std::sync::Arc;

use sluice_engine::sink::SinkKind;

use super::by_call::ByCall;
use super::queue::{DynamoEntries, SqsQueues};
use super::{DynamoSink, OutputsSink, QueueSink, Sink, Target};
use crate::Aws;

/// Opens the sinks of feeds.
pub trait Sinks: Send + Sync {
    /// The sink of this target. Repeated calls return the same sink.
    fn open(&self, target: &Target) -> Arc<dyn Sink>;
}

/// The sinks of a deployed stack.
pub struct AwsSinks {
    tables: Arc<DynamoSink>,
    queues: Arc<QueueSink>,
    collections: Arc<ByCall>,
}

impl AwsSinks {
    /// The sinks of a stack: the prefix of the names of tables and queues, the table that knows what was sent to queues, and the
    /// function that writes to collections.
    #[must_use]
    pub fn new(aws: &Aws, prefix: &str, messages_table: &str, importer_of_collections: &str) -> Self {
        let entries = Arc::new(DynamoEntries::new(aws, messages_table));
        let queues = QueueSink::new(entries, Arc::new(SqsQueues::new(aws, prefix)));
        Self {
            tables: Arc::new(DynamoSink::new(aws, prefix)),
            queues: Arc::new(queues),
            collections: Arc::new(ByCall::new(aws, importer_of_collections)),
        }
    }
}

impl Sinks for AwsSinks {
    fn open(&self, target: &Target) -> Arc<dyn Sink> {
        match target.sink {
            SinkKind::Table => Arc::clone(&self.tables) as Arc<dyn Sink>,
            SinkKind::Queue => Arc::clone(&self.queues) as Arc<dyn Sink>,
            SinkKind::Collection => Arc::clone(&self.collections) as Arc<dyn Sink>,
            SinkKind::Outputs => Arc::new(OutputsSink),
        }
    }
}

/// Sinks that always open this one, which has the targets of all feeds that have a target.
#[must_use]
pub fn only(sink: Arc<dyn Sink>) -> Arc<dyn Sinks> {
    Arc::new(Only(sink))
}

struct Only(Arc<dyn Sink>);

impl Sinks for Only {
    fn open(&self, target: &Target) -> Arc<dyn Sink> {
        if target.sink == SinkKind::Outputs { Arc::new(OutputsSink) } else { Arc::clone(&self.0) }
    }
}
