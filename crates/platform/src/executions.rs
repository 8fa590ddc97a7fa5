//! Executions of the main orchestrator.

mod memory;
mod sfn;

use async_trait::async_trait;
use sluice_contract::RunId;

pub use memory::MemoryExecutions;
pub use sfn::SfnExecutions;
pub(crate) use sfn::execution_arn;

use crate::Fault;

/// The state machine that runs imports.
#[async_trait]
pub trait Executions: Send + Sync {
    /// Starts the execution of an attempt at a run (from 1). Its name is [`RunId::execution`], its input `{run_id}`.
    /// Returns `Exists` if an execution of this name is running or has run: the name is the lock.
    ///
    /// # Errors
    /// If it cannot be started.
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault>;

    /// The state of an execution, by its ARN.
    ///
    /// # Errors
    /// `Missing` if there is none.
    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault>;

    /// The children of an execution's Maps that failed or timed out: their number, and at most `most` of them.
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault>;

    /// The ARN of the execution of this name.
    fn arn(&self, name: &str) -> String;
}

/// Whether a call started an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// This call started it.
    New,
    /// It was started before.
    Exists,
}

/// The state of an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The status in the words of Step Functions: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or
    /// `PENDING_REDRIVE`.
    pub status: String,
    /// The name of the error that ended it.
    pub error: Option<String>,
    /// The message of that error.
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
    /// Its input as JSON, which contains the item.
    pub input: String,
    /// `FAILED` or `TIMED_OUT`.
    pub status: String,
    /// The name of the error that ended it.
    pub error: Option<String>,
    /// The message of that error.
    pub cause: Option<String>,
}

impl Execution {
    /// Whether it is running, or may run again.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        matches!(self.status.as_str(), "RUNNING" | "PENDING_REDRIVE")
    }
}
