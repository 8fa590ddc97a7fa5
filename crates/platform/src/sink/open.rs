//! Opens sinks: the one place that knows which sink is which.

use std::sync::Arc;

use sluice_engine::sink::SinkKind;

use super::{DynamoSink, Sink, Target};
use crate::Aws;

/// Opens the sinks that feeds name.
pub trait Sinks: Send + Sync {
    /// The sink that has this target. It is opened once, however often it is asked for.
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

/// A world with one sink, which has the targets of all feeds.
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
