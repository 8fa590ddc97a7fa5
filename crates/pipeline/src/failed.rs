//! The error of a call or an execution.

use std::fmt;

use sluice_platform::executions::Execution;
use sluice_platform::{StepError, chain};

/// The error of a call or an execution, as a state machine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The name of the error: one of the contract, or of AWS.
    pub error: String,
    /// The error message with its causes: `a: b: c`.
    pub cause: String,
}

impl<E: StepError> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.name().to_string(), cause: chain(&error) }
    }
}

impl From<Failed> for Execution {
    fn from(failed: Failed) -> Self {
        Self { status: "FAILED".to_owned(), error: Some(failed.error), cause: Some(failed.cause) }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.cause)
    }
}

impl std::error::Error for Failed {}
