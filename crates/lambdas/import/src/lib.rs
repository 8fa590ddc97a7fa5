//! `import`: writes the winners of a chunk to the sink, as its batches allow.
//!
//! It works against a deadline: before its time is up, it writes its progress and answers that it is not done; the next call
//! continues there. If it is killed, the next call begins at the last progress. The item stores which run wrote it, so the next
//! call counts the same.
//!
//! It reads records into batches as large as the sink takes ([`Sink::batch`](sluice_platform::sink::Sink::batch)), and has
//! several batches in flight.
//!
//! If it is called again and the chunk has its outcome of importing, it answers at once. Otherwise it continues from the last
//! progress, or from the start. What it writes has keys with the id of its call, and outcome and progress name these keys. Two
//! concurrent calls write the same items and count the same; the outcome of the first to end counts.
//!
//! How the sink can fail, and what import does then:
//! - throttled: it has fewer writes in flight, and repeats each after a pause until the time is up. An invocation that made
//!   progress ends with it; only one that could not write a single record fails.
//! - the condition fails: the existing item decides, and that is an answer (`imported`, `unchanged`, `stale`, `left`, `deleted`).
//! - the item is too large, or the target refuses it: import rejects that record and writes its neighbours.
//! - an answer is lost: it sends the write again, which meets the item that it wrote itself.
//! - anything else: it saves its progress, and the invocation fails.

mod aimd;
mod batch;
mod chunk;
mod losers;
mod overtaken;
mod pace;
mod summaries;
mod valid_rows;
mod work;

pub use chunk::{Config, Deps};
pub use losers::{Fate, Losers};
pub use pace::METRICS;
pub use valid_rows::ValidRows;

use sluice_contract::documents::ImportOutcome;
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{ErrorName, Phase, keys};
use sluice_platform::documents::find_json;
use sluice_platform::failures::{self, Place};
use sluice_platform::run::LoadError;
use sluice_platform::{Call, Fault, StepError};

/// Why a chunk could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A row of a valid object is not one that a step writes.
    #[error("{key} does not hold valid records: {why}")]
    Row {
        /// The object.
        key: String,
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

/// Imports a chunk, or as much of it as there is time for.
///
/// # Errors
/// If the sink or something else outside fails. A record that the sink refuses is no error.
pub async fn run(deps: &Deps, input: ChunkInput, call: &Call) -> Result<ImportOutput, Error> {
    let ChunkInput { run_id, attempt, phase, chunk, .. } = &input;
    let (run_id, chunk) = (run_id.clone(), chunk.chunk);
    let place = Place { step: "import", run_id, attempt: *attempt, phase: *phase, chunk };
    failures::noted(&*deps.objects, place, call, import(deps, &input, call)).await
}

async fn import(deps: &Deps, input: &ChunkInput, call: &Call) -> Result<ImportOutput, Error> {
    let key = keys::outcome(&input.run_id, Phase::Import, input.chunk.chunk);
    if find_json::<ImportOutcome>(&*deps.objects, &key).await?.is_some() {
        return Ok(ImportOutput { done: true, next_record: None });
    }
    // Boxed, because the future holds many writes in flight and is large.
    Box::pin(chunk::import(deps, input, call)).await
}
