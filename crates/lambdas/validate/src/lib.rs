//! `validate`: checks the target records of a chunk that `restructure` has not settled.
//!
//! Writes the valid records, the hashes of their keys, and the rejects as they came with all their problems. Enters the rejects in
//! the index. Writes the outcome of all records of the chunk last and once. If all are settled, it reads nothing.
//!
//! If it is called again and the outcome exists, it answers from that. Otherwise it writes everything anew, under keys of this call;
//! nothing names what an earlier, killed call left. Two concurrent calls do not disturb each other: the outcome of the first to end
//! counts, and both answer from it.

mod chunk;
mod lookups;
mod row;

pub use chunk::Deps;

use sluice_contract::ErrorName;
use sluice_contract::documents::CheckOutcome;
use sluice_contract::steps::{ValidateInput, ValidateOutput};
use sluice_contract::{Phase, keys};
use sluice_platform::documents::{find_json, settle_json};
use sluice_platform::failures::{self, Place};
use sluice_platform::run::LoadError;
use sluice_platform::{Call, Fault, StepError};

/// Why a chunk could not be validated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The settled records and those that are left are not all records of the chunk.
    #[error("chunk {chunk} has {expected} records, but {settled} are settled and {left} are left to judge")]
    WrongRecords {
        /// The chunk.
        chunk: u32,
        /// Records by the manifest.
        expected: u64,
        /// Records that `restructure` settled.
        settled: u64,
        /// Other records that it restructured.
        left: u64,
    },
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
            Self::WrongRecords { .. } | Self::Row { .. } => ErrorName::Corrupt,
        }
    }
}

/// Validates a chunk.
///
/// # Errors
/// If something outside fails. An invalid record is no error.
pub async fn run(deps: &Deps, input: ValidateInput, call: &Call) -> Result<ValidateOutput, Error> {
    let ValidateInput { run_id, attempt, phase, chunk, .. } = &input;
    let (run_id, chunk) = (run_id.clone(), chunk.chunk);
    let place = Place { step: "validate", run_id, attempt: *attempt, phase: *phase, chunk };
    failures::noted(&*deps.objects, place, call, validate(deps, &input, call)).await
}

async fn validate(deps: &Deps, input: &ValidateInput, call: &Call) -> Result<ValidateOutput, Error> {
    let key = keys::outcome(&input.run_id, Phase::Check, input.chunk.chunk);
    // The first attempt has nothing to continue. If Step Functions calls again after a lost answer, the outcome that is
    // there stands.
    let done = if input.attempt > 1 { find_json::<CheckOutcome>(&*deps.objects, &key).await? } else { None };
    let outcome = match done {
        Some(outcome) => outcome,
        None => {
            let outcome = chunk::validate(deps, input, call).await?;
            settle_json(&*deps.objects, &key, outcome).await?
        }
    };
    let CheckOutcome { read, valid, rejected, omitted, .. } = outcome;
    Ok(ValidateOutput { read, valid, rejected, omitted: omitted.records() })
}
