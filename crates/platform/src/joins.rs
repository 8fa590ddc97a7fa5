//! Executions of the state machine `join`.

mod memory;
mod sfn;

use async_trait::async_trait;
use sluice_contract::documents::Generation;

pub use memory::MemoryJoins;
pub use sfn::SfnJoins;

use crate::Fault;
use crate::executions::{Execution, Started};

/// The state machine that joins a generation of a set.
#[async_trait]
pub trait Joins: Send + Sync {
    /// Starts an attempt at the join of a generation, from 1. Its name is [`join_execution`](sluice_contract::keys::join_execution), its
    /// input the generation. Returns `Exists` if an execution of this name is running or has run.
    ///
    /// # Errors
    /// If it cannot be started.
    async fn start(&self, of: &Generation, attempt: u32) -> Result<Started, Fault>;

    /// The state of an attempt; `None` if there is none of its name.
    ///
    /// # Errors
    /// If it cannot be looked at.
    async fn describe(&self, of: &Generation, attempt: u32) -> Result<Option<Execution>, Fault>;
}
