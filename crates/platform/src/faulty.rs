//! Backends that fail when they are told to: for tests of what must hold whatever fails.
//!
//! Each stands before another backend, and asks the [`Faults`] that it shares with the others what is to become of
//! each call. What can go wrong is a [`Decision`], when it does is a [`Rule`]. Without rules a backend is as good as
//! the one behind it: the contract suite runs over these, too.
//!
//! A step that crashes is not told so: its future never goes on, and whoever runs it learns of it by
//! [`Faults::crashed`] and drops it. No code after the call is run, as in a process that is killed.
//!
//! Every call gives up the thread before and after, as one that goes through a network does: two steps that are at
//! work at the same time take turns.

mod executions;
mod faults;
mod inbox;
mod ledger;
mod messages;
mod objects;
mod rejects;
mod script;
mod sink;
#[cfg(test)]
mod tests;

pub use executions::FaultyExecutions;
pub use faults::Faults;
pub use inbox::FaultyInbox;
pub use ledger::FaultyLedger;
pub use messages::{FaultyEvents, FaultyMailer};
pub use objects::FaultyObjects;
pub use rejects::FaultyRejects;
pub use script::{At, Decision, FAULTS, Kind, Of, PortCall, Rule};
pub use sink::{FaultySink, FaultySinks};
