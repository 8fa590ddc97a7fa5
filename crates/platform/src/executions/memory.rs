//! Executions in memory, which never run by themselves.

use async_trait::async_trait;
use sluice_contract::RunId;

use super::{Execution, Executions, FailedChild, FailedChildren, Started};
use crate::Fault;
use crate::shared::Shared;

/// The prefix of the ARNs, which no real ARN has.
const ARN: &str = "arn:memory:states:::execution:sluice:";

/// Remembers which executions were started, so that a test or `sluice run` can run them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryExecutions {
    executions: Shared<Vec<(String, Execution)>>,
    /// Failed children, with the names of their executions.
    children: Shared<Vec<(String, FailedChild)>>,
}

impl MemoryExecutions {
    /// No executions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of the executions, in the order in which they were started.
    #[must_use]
    pub fn started(&self) -> Vec<String> {
        self.executions.lock().iter().map(|(name, _)| name.clone()).collect()
    }

    /// Ends an execution with this status.
    pub fn end(&self, name: &str, status: &str) {
        self.set(name, Execution { status: status.to_owned(), error: None, cause: None });
    }

    /// Adds a failed child to an execution.
    pub fn child_failed(&self, name: &str, child: FailedChild) {
        self.children.lock().push((name.to_owned(), child));
    }

    /// Forgets an execution, as AWS does after 90 days.
    pub fn forget(&self, name: &str) {
        self.executions.lock().retain(|(started, _)| started != name);
    }

    /// Sets the state of an execution; adds the execution if there is none of this name.
    pub fn set(&self, name: &str, execution: Execution) {
        let mut executions = self.executions.lock();
        match executions.iter_mut().find(|(started, _)| started == name) {
            Some((_, old)) => *old = execution,
            None => executions.push((name.to_owned(), execution)),
        }
    }
}

#[async_trait]
impl Executions for MemoryExecutions {
    async fn start(&self, run: &RunId, attempt: u32) -> Result<Started, Fault> {
        let mut executions = self.executions.lock();
        let new = run.execution(attempt);
        if executions.iter().any(|(name, _)| *name == new) {
            return Ok(Started::Exists);
        }
        let execution = Execution { status: "RUNNING".to_owned(), error: None, cause: None };
        executions.push((new, execution));
        Ok(Started::New)
    }

    async fn describe(&self, execution_arn: &str) -> Result<Execution, Fault> {
        let executions = self.executions.lock();
        let name = execution_arn.strip_prefix(ARN);
        executions
            .iter()
            .find(|(started, _)| Some(started.as_str()) == name)
            .map(|(_, execution)| execution.clone())
            .ok_or_else(|| Fault::Missing { what: format!("execution {execution_arn}") })
    }

    async fn failed_children(&self, execution_arn: &str, most: usize) -> Result<FailedChildren, Fault> {
        let name = execution_arn.strip_prefix(ARN);
        let children = self.children.lock();
        let of_it = || children.iter().filter(|(parent, _)| Some(parent.as_str()) == name).map(|(_, child)| child);
        Ok(FailedChildren { total: of_it().count() as u64, some: of_it().take(most).cloned().collect() })
    }

    fn arn(&self, name: &str) -> String {
        format!("{ARN}{name}")
    }
}
