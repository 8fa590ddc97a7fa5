//! Executions of the main orchestrator.

mod memory;
mod sfn;

use async_trait::async_trait;
use sluice_contract::RunId;

pub use memory::MemoryExecutions;
pub use sfn::SfnExecutions;

use crate::Fault;

/// The state machine that runs imports.
#[async_trait]
pub trait Executions: Send + Sync {
    /// Starts the execution that is this attempt at a run (from 1), under the name [`RunId::execution`] and with `{run_id}`
    /// as its input. `Exists` if one of this name is running or has run: the name is the lock.
    ///
    /// # Errors
    /// If it cannot be started.
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault>;

    /// How an execution stands, by its ARN.
    ///
    /// # Errors
    /// `Missing` if there is none.
    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault>;

    /// The children of an execution's Maps that failed or ran out of time: how many there are, and what so many of them say.
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault>;

    /// The ARN under which the execution of a run goes, by its name.
    fn arn(&self, name: &str) -> String;
}

/// Whether an execution was started now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// Now, by this call.
    New,
    /// Before.
    Exists,
}

/// The state of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING_REDRIVE`.
    pub status: String,
    /// The name of the error that ended it.
    pub error: Option<String>,
    /// What that error said.
    pub cause: Option<String>,
}

/// The children of an execution that did not succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedChildren {
    /// How many there are.
    pub total: u64,
    /// Some of them.
    pub some: Vec<FailedChild>,
}

/// A child of an execution that did not succeed: the work on one item of a Map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedChild {
    /// Its input as JSON: it names the item.
    pub input: String,
    /// `FAILED` or `TIMED_OUT`.
    pub status: String,
    /// The name of the error that ended it.
    pub error: Option<String>,
    /// What that error said.
    pub cause: Option<String>,
}

impl Execution {
    /// Whether it may still do something.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        matches!(self.status.as_str(), "RUNNING" | "PENDING_REDRIVE")
    }
}
