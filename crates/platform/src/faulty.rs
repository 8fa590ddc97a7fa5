//! Backends that fail as a test decides, for tests of promises that must hold whatever fails.
//!
//! Each backend wraps another one. Before each call it asks the [`Faults`], which all backends of a world share, what
//! happens to the call. A [`Decision`] is what happens, a [`Rule`] says when. Without rules a backend behaves like the
//! one that it wraps, so it passes the contract suite.
//!
//! If a step crashes, its future never completes. The test waits for [`Faults::crashed`] and drops the future. So no
//! code after the call runs, as in a killed process.
//!
//! Every call yields the thread before and after, as a call through a network does. So two concurrent steps take turns.

mod datasets;
mod executions;
mod faults;
mod inbox;
mod ledger;
mod messages;
mod objects;
mod outbound;
mod queue;
mod rejects;
mod script;
mod sink;
#[cfg(test)]
mod tests;

pub use datasets::{FaultyDatasets, FaultyJoins};
pub use executions::FaultyExecutions;
pub use faults::Faults;
pub use inbox::FaultyInbox;
pub use ledger::FaultyLedger;
pub use messages::{FaultyEvents, FaultyMailer};
pub use objects::FaultyObjects;
pub use outbound::FaultyOutbound;
pub use queue::{FaultyEntries, FaultyQueues};
pub use rejects::FaultyRejects;
pub use script::{At, Decision, FAULTS, Kind, Of, PortCall, Rule};
pub use sink::{FaultySink, FaultySinks};
