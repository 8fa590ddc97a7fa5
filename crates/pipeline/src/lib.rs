//! The steps of the pipeline, and an executor that calls them as the state machines do.
//!
//! [`Steps`] holds every step with what it needs of a world. [`Execution`] is the main orchestrator, [`process`] the
//! chunk processor. How a step is called, and how the items of a Map are worked on, is up to a [`Caller`]: `sluice run`
//! uses all cores, the tests kill, repeat and reorder.
//!
//! The definitions in `statemachine/` are what runs in a stack. A test walks through them and through this executor
//! with the same answers, and compares every call with its input. So change both together.

mod caller;
mod execution;
mod failed;
mod join;
mod steps;
pub mod tasks;

pub use caller::{Answer, Caller, Site, Task};
pub use execution::{Checked, Chunks, Ended, Execution, process};
pub use failed::Failed;
pub use join::{Join, Joined};
pub use steps::{Config, Steps};
