//! AWS behind narrow traits, each with a real and a local implementation, and one contract suite.
//!
//! No trait has a type of an SDK in a signature. So a step runs the same in a function, in a test over memory, and on a
//! laptop over files.

pub mod aws;
pub mod blocking;
mod chain;
pub mod clock;
mod compiled;
pub mod connections;
#[cfg(any(test, feature = "contract-suite"))]
pub mod contract_suite;
pub mod datasets;
pub mod documents;
pub mod events;
pub mod executions;
pub mod failures;
pub mod fault;
pub mod faulty;
pub mod feeds;
pub mod fence;
pub mod inbox;
pub mod joins;
pub mod key_blocks;
pub mod ledger;
pub mod links;
pub mod lookahead;
pub mod mail;
pub mod meter;
pub mod metrics;
pub mod objects;
pub mod outbound;
pub mod part;
pub mod records;
pub mod references;
pub mod reject_log;
pub mod rejects;
pub mod row_writer;
pub mod run;
pub mod runtime;
pub mod settings;
mod shared;
pub mod sink;
pub mod sorted;
pub mod telemetry;
pub mod valid_writer;
pub mod world;

pub use aws::Aws;
pub use chain::chain;
pub use clock::Clock;
pub use fault::{Fault, StepError};
pub use runtime::{Call, Deadline};
pub use settings::Settings;
pub use world::{Site, World};
