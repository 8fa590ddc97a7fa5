//! An error as the state machine sees it.

use lambda_runtime::Diagnostic;
use sluice_contract::ErrorName;

use crate::{StepError, chain};

/// An error as the state machine sees it: a name to match on and a message for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name: one of [`ErrorName`], or `Panic`.
    pub name: String,
    /// What went wrong, with its causes: `a: b: c`.
    pub message: String,
}

impl Failure {
    /// A step's error, with all its causes.
    pub fn of(error: &impl StepError) -> Self {
        Self { name: error.name().to_string(), message: chain(error) }
    }

    /// An input that cannot be read as the step's input.
    pub(super) fn input(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let message = format!("the input is wrong at {}: {}", error.path(), error.inner());
        Self { name: ErrorName::InvalidInput.to_string(), message }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Diagnostic { error_type: failure.name, error_message: failure.message }
    }
}
