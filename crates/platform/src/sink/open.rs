//! Opens sinks. Only this file maps the sink of a feed to its implementation.

use std::sync::Arc;

use sluice_engine::sink::SinkKind;

use super::{DynamoSink, Sink, Target};
use crate::Aws;

/// Opens the sinks of feeds.
pub trait Sinks: Send + Sync {
    /// The sink of this target. Repeated calls return the same sink.
    fn open(&self, target: &Target) -> Arc<dyn Sink>;
}

/// The sinks of a deployed stack.
pub struct AwsSinks {
    tables: Arc<DynamoSink>,
}

impl AwsSinks {
    /// The sinks of a stack whose tables have names with this prefix.
    #[must_use]
    pub fn new(aws: &Aws, table_prefix: &str) -> Self {
        Self { tables: Arc::new(DynamoSink::new(aws, table_prefix)) }
    }
}

impl Sinks for AwsSinks {
    fn open(&self, target: &Target) -> Arc<dyn Sink> {
        match target.sink {
            SinkKind::Table => Arc::clone(&self.tables) as Arc<dyn Sink>,
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
