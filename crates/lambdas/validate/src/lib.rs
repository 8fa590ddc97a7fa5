//! `validate`: judges the target records of a chunk.
//!
//! Writes the valid records, the hashes of their keys, the rejects as they came with everything
//! that is wrong with them, enters the rejects in the index, and last, once, the outcome.

mod chunk;
mod key_blocks;
mod rejects;

pub use chunk::Deps;

use sluice_contract::ErrorName;
use sluice_contract::documents::CheckOutcome;
use sluice_contract::steps::{ValidateInput, ValidateOutput};
use sluice_contract::{Phase, keys};
use sluice_platform::documents::{find_json, put_json_once};
use sluice_platform::run::LoadError;
use sluice_platform::{Fault, StepError};

/// Why a chunk could not be validated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A row of the restructured object is not one that `restructure` writes.
    #[error("row {row} of {key} is not what restructure writes: {why}")]
    Row {
        /// The object.
        key: String,
        /// The row, from 1, the header not counted.
        row: u64,
        /// What is wrong with it.
        why: String,
    },
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::Row { .. } => ErrorName::Corrupt,
        }
    }
}

/// Validates a chunk.
///
/// # Errors
/// Where something outside fails; an invalid record is no error.
pub async fn run(deps: &Deps, input: ValidateInput) -> Result<ValidateOutput, Error> {
    let key = keys::outcome(&input.run_id, Phase::Check, input.chunk.chunk);
    let outcome = match find_json::<CheckOutcome>(&*deps.objects, &key).await? {
        Some(outcome) => outcome,
        None => {
            let outcome = chunk::validate(deps, &input).await?;
            put_json_once(&*deps.objects, &key, &outcome).await?;
            outcome
        }
    };
    Ok(ValidateOutput { read: outcome.read, valid: outcome.valid, rejected: outcome.rejected })
}
