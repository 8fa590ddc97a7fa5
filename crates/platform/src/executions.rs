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
    /// as its input. `Exists` where one of this name is running or has run: the name is the lock.
    ///
    /// # Errors
    /// Where it cannot be started.
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault>;

    /// How an execution stands, by its ARN.
    ///
    /// # Errors
    /// `Missing` where there is none.
    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault>;

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

/// How an execution stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED` or `PENDING_REDRIVE`.
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
