//! A world in front of another one, whose ports fail as a test decides.

use std::sync::Arc;

use super::{Site, World};
use crate::clock::Clock;
use crate::datasets::Datasets;
use crate::events::Events;
use crate::executions::Executions;
use crate::faulty::{
    Faults, FaultyDatasets, FaultyEvents, FaultyExecutions, FaultyInbox, FaultyJoins, FaultyLedger, FaultyMailer,
    FaultyObjects, FaultyOutbound, FaultyRejects, FaultySinks,
};
use crate::inbox::Inbox;
use crate::joins::Joins;
use crate::ledger::{Ledger, RunSearch};
use crate::mail::Mailer;
use crate::meter::Meter;
use crate::objects::Objects;
use crate::outbound::Outbound;
use crate::references::References;
use crate::rejects::Rejects;
use crate::run::Runs;
use crate::sink::Sinks;

/// A world in front of another one, with one set of faults for all ports. Only references never fail.
pub struct FaultyWorld<'a> {
    inner: &'a dyn World,
    faults: &'a Faults,
    runs: Runs,
}

impl<'a> FaultyWorld<'a> {
    /// This world, with these faults.
    #[must_use]
    pub fn new(inner: &'a dyn World, faults: &'a Faults) -> Self {
        // In a stack each function loads runs for itself. Here all steps share them, because compiling a feed takes
        // most of a test's time.
        let runs = Runs::new(Arc::new(FaultyObjects::new(inner.objects(), faults)));
        Self { inner, faults, runs }
    }
}

impl World for FaultyWorld<'_> {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(FaultyObjects::new(self.inner.objects(), self.faults))
    }

    fn data_bucket(&self) -> String {
        self.inner.data_bucket()
    }

    fn location(&self) -> String {
        self.inner.location()
    }

    fn runs(&self) -> Runs {
        self.runs.clone()
    }

    fn outbound(&self) -> Arc<dyn Outbound> {
        Arc::new(FaultyOutbound::new(self.inner.outbound(), self.faults))
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(FaultyInbox::new(self.inner.inbox(), self.faults))
    }

    fn inbox_bucket(&self) -> String {
        self.inner.inbox_bucket()
    }

    fn inbox_objects(&self) -> Arc<dyn Objects> {
        Arc::new(FaultyObjects::new(self.inner.inbox_objects(), self.faults))
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(FaultyLedger::new(self.inner.ledger(), self.faults))
    }

    fn search(&self) -> Arc<dyn RunSearch> {
        Arc::new(FaultyLedger::new(self.inner.search(), self.faults))
    }

    fn executions(&self) -> Arc<dyn Executions> {
        Arc::new(FaultyExecutions::new(self.inner.executions(), self.faults))
    }

    fn datasets(&self) -> Arc<dyn Datasets> {
        Arc::new(FaultyDatasets::new(self.inner.datasets(), self.faults))
    }

    fn joins(&self) -> Arc<dyn Joins> {
        Arc::new(FaultyJoins::new(self.inner.joins(), self.faults))
    }

    fn sinks(&self) -> Arc<dyn Sinks> {
        Arc::new(FaultySinks::new(self.inner.sinks(), self.faults))
    }

    fn references(&self) -> Arc<dyn References> {
        self.inner.references()
    }

    fn rejects(&self) -> Arc<dyn Rejects> {
        Arc::new(FaultyRejects::new(self.inner.rejects(), self.faults))
    }

    fn rejects_days(&self) -> u32 {
        self.inner.rejects_days()
    }

    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(FaultyMailer::new(self.inner.mailer(), self.faults))
    }

    fn operators(&self) -> Vec<String> {
        self.inner.operators()
    }

    fn events(&self) -> Arc<dyn Events> {
        Arc::new(FaultyEvents::new(self.inner.events(), self.faults))
    }

    fn clock(&self) -> Clock {
        self.inner.clock()
    }

    fn meter(&self) -> Meter {
        self.inner.meter()
    }

    fn region(&self) -> Option<String> {
        self.inner.region()
    }

    fn site(&self) -> Site {
        self.inner.site()
    }
}
