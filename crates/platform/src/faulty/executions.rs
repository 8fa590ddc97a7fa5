//! A state machine that fails.

use std::sync::Arc;

use async_trait::async_trait;
use sluice_contract::RunId;

use super::Faults;
use crate::Fault;
use crate::executions::{Execution, Executions, FailedChildren, Started};

/// A state machine that fails as a test decides.
pub struct FaultyExecutions {
    inner: Arc<dyn Executions>,
    faults: Faults,
}

impl FaultyExecutions {
    /// Wraps a state machine with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Executions>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Executions for FaultyExecutions {
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault> {
        self.faults.change("start an execution", self.inner.start(run, attempt)).await
    }

    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault> {
        self.faults.ask("describe an execution", self.inner.describe(execution_arn)).await
    }

    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault> {
        self.faults.ask("list failed children", self.inner.failed_children(execution_arn, most)).await
    }

    fn arn(&self, name: &str) -> String {
        self.inner.arn(name)
    }
}
