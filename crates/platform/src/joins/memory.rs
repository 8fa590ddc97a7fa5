//! Executions in memory, which never run by themselves.

use async_trait::async_trait;
use sluice_contract::documents::Generation;
use sluice_contract::keys;

use super::Joins;
use crate::Fault;
use crate::executions::{Execution, Started};
use crate::shared::Shared;

/// An execution that was started: its name, what it joins, and its state.
type Known = (String, Generation, Execution);

/// Remembers which joins were started, so that a test or `sluice run` can run them. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryJoins(Shared<Vec<Known>>);

impl MemoryJoins {
    /// No executions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The names of the executions, in the order in which they were started, and what each joins.
    #[must_use]
    pub fn started(&self) -> Vec<(String, Generation)> {
        self.0.lock().iter().map(|(name, of, _)| (name.clone(), of.clone())).collect()
    }

    /// What the executions join that are running.
    #[must_use]
    pub fn running(&self) -> Vec<(String, Generation)> {
        let known = self.0.lock();
        known.iter().filter(|(.., state)| state.is_at_work()).map(|(name, of, _)| (name.clone(), of.clone())).collect()
    }

    /// Ends an execution with this status.
    pub fn end(&self, name: &str, status: &str) {
        for (_, _, state) in self.0.lock().iter_mut().filter(|(known, ..)| known == name) {
            *state = Execution { status: status.to_owned(), error: None, cause: None };
        }
    }
}

#[async_trait]
impl Joins for MemoryJoins {
    async fn start(&self, of: &Generation, attempt: u32) -> Result<Started, Fault> {
        let name = keys::join_execution(of, attempt);
        let mut known = self.0.lock();
        if known.iter().any(|(other, ..)| *other == name) {
            return Ok(Started::Exists);
        }
        known.push((name, of.clone(), Execution { status: "RUNNING".to_owned(), error: None, cause: None }));
        Ok(Started::New)
    }

    async fn describe(&self, of: &Generation, attempt: u32) -> Result<Option<Execution>, Fault> {
        let name = keys::join_execution(of, attempt);
        Ok(self.0.lock().iter().find(|(known, ..)| *known == name).map(|(.., state)| state.clone()))
    }
}
