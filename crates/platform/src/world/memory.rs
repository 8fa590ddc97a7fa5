//! A world in memory, for tests.

use std::sync::Arc;

use super::{Site, World};
use crate::clock::Clock;
use crate::datasets::{Datasets, MemoryDatasets};
use crate::events::{Events, MemoryEvents};
use crate::executions::{Executions, MemoryExecutions};
use crate::inbox::{Inbox, MemoryInbox};
use crate::joins::{Joins, MemoryJoins};
use crate::ledger::{Ledger, MemoryLedger, RunSearch};
use crate::mail::{Mailer, MemoryMailer};
use crate::meter::Meter;
use crate::objects::{MemoryObjects, Objects};
use crate::outbound::{MemoryOutbound, Outbound};
use crate::references::References;
use crate::rejects::{MemoryRejects, Rejects};
use crate::run::Runs;
use crate::sink::{self, MemorySink, Sink, Sinks};

/// Makes the sink that stands in front of the tables, such as one that fails.
pub type Front = Arc<dyn Fn(&MemorySink) -> Arc<dyn Sink> + Send + Sync>;

/// A world in memory. Its stores are public, so that a test can inspect and replace them. The ports share them.
#[derive(Clone)]
pub struct MemoryWorld {
    /// The data bucket.
    pub objects: MemoryObjects,
    /// The outbound bucket.
    pub outbound: MemoryOutbound,
    /// The inbox.
    pub inbox: MemoryInbox,
    /// The inbox bucket as plain objects, into which `retry` puts uploads.
    pub offered: MemoryObjects,
    /// The ledger.
    pub ledger: MemoryLedger,
    /// The index of rejects.
    pub rejects: MemoryRejects,
    /// The tables. References are looked up in them too.
    pub sink: MemorySink,
    /// Makes the sink that the steps get: the tables, or a sink in front of them.
    pub front: Front,
    /// The mails.
    pub mailer: MemoryMailer,
    /// The events.
    pub events: MemoryEvents,
    /// The executions.
    pub executions: MemoryExecutions,
    /// The sets of datasets.
    pub datasets: MemoryDatasets,
    /// The executions that join sets.
    pub joins: MemoryJoins,
    /// The clock of all steps.
    pub clock: Clock,
}

impl MemoryWorld {
    /// The name of the inbox bucket.
    pub const INBOX: &str = "inbox";

    /// An empty world with this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let objects = MemoryObjects::new();
        Self {
            inbox: MemoryInbox::new(&objects),
            outbound: MemoryOutbound::new(&objects),
            objects,
            offered: MemoryObjects::new(),
            ledger: MemoryLedger::new(),
            rejects: MemoryRejects::new(),
            sink: MemorySink::new(),
            front: Arc::new(|tables| Arc::new(tables.clone())),
            mailer: MemoryMailer::new(),
            events: MemoryEvents::new(),
            executions: MemoryExecutions::new(),
            datasets: MemoryDatasets::new(),
            joins: MemoryJoins::new(),
            clock,
        }
    }
}

impl World for MemoryWorld {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.objects.clone())
    }

    fn data_bucket(&self) -> String {
        "data".to_owned()
    }

    fn location(&self) -> String {
        "memory://".to_owned()
    }

    fn runs(&self) -> Runs {
        Runs::new(World::objects(self))
    }

    fn outbound(&self) -> Arc<dyn Outbound> {
        Arc::new(self.outbound.clone())
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(self.inbox.clone())
    }

    fn inbox_bucket(&self) -> String {
        Self::INBOX.to_owned()
    }

    fn inbox_objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.offered.clone())
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(self.ledger.clone())
    }

    fn search(&self) -> Arc<dyn RunSearch> {
        Arc::new(self.ledger.clone())
    }

    fn executions(&self) -> Arc<dyn Executions> {
        Arc::new(self.executions.clone())
    }

    fn datasets(&self) -> Arc<dyn Datasets> {
        Arc::new(self.datasets.clone())
    }

    fn joins(&self) -> Arc<dyn Joins> {
        Arc::new(self.joins.clone())
    }

    fn sinks(&self) -> Arc<dyn Sinks> {
        sink::only((self.front)(&self.sink))
    }

    fn references(&self) -> Arc<dyn References> {
        Arc::new(self.sink.clone())
    }

    fn rejects(&self) -> Arc<dyn Rejects> {
        Arc::new(self.rejects.clone())
    }

    fn rejects_days(&self) -> u32 {
        1
    }

    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(self.mailer.clone())
    }

    fn operators(&self) -> Vec<String> {
        vec!["ops@example.com".to_owned()]
    }

    fn events(&self) -> Arc<dyn Events> {
        Arc::new(self.events.clone())
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn meter(&self) -> Meter {
        Meter::new(128)
    }

    fn region(&self) -> Option<String> {
        None
    }

    fn site(&self) -> Site {
        Site::Stack
    }
}
