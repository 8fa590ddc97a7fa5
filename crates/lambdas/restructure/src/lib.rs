//! `restructure`: turns the records of a chunk into target records.
//!
//! Every record of the chunk becomes a row of `restructured/<chunk>.csv`, also one that is broken:
//! `_problems` says what is wrong with it so far, so that `validate` can add what else is, and a
//! person is told everything at once. `_offset` says where the record lies in the source.

use std::sync::Arc;
use std::time::Instant;

use sluice_contract::documents::CheckOutcome;
use sluice_contract::steps::{ChunkInput, RestructureOutput};
use sluice_contract::{ErrorName, Phase, keys};
use sluice_engine::record::Rows;
use sluice_engine::restructure::Restructurer;
use sluice_platform::documents::find_json;
use sluice_platform::objects::{ContentType, Objects};
use sluice_platform::run::{LoadError, Runs};
use sluice_platform::{Fault, StepError};

/// The columns before the fields.
pub const COLUMNS: [&str; 4] = ["_record", "_line", "_offset", "_problems"];

/// Rows are handed on in pieces of this size: a few thousand rows, a small part of an upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// What `restructure` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// Memory of the function in MB, for the cost estimate.
    pub memory_mb: u64,
}

/// Why a chunk could not be restructured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The chunk does not hold the records that the manifest says.
    #[error("chunk {chunk} of the source has {found} records, but the manifest says {expected}")]
    WrongRecords {
        /// The chunk.
        chunk: u32,
        /// What the manifest says.
        expected: u64,
        /// What was found.
        found: u64,
    },
    /// Problems could not be written as JSON.
    #[error("the problems of a record could not be written")]
    Json(#[from] serde_json::Error),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::WrongRecords { .. } | Self::Json(_) => ErrorName::Corrupt,
        }
    }
}

/// Restructures a chunk.
///
/// # Errors
/// Where something outside fails; a broken record is no error.
pub async fn run(deps: &Deps, input: ChunkInput) -> Result<RestructureOutput, Error> {
    let started = Instant::now();
    let chunk = input.chunk;
    let outcome = keys::outcome(&input.run_id, Phase::Check, chunk.chunk);
    if find_json::<CheckOutcome>(&*deps.objects, &outcome).await?.is_some() {
        return Ok(RestructureOutput { records: chunk.records, bytes: 0, mb_ms: 0 });
    }
    let run = deps.runs.load(&input.run_id).await?;
    let binding = run.binding(&*deps.objects, input.header).await?;
    let text = run.text()?;
    let mut records = run.records(&*deps.objects, &chunk).await?;
    let key = keys::restructured(&input.run_id, chunk.chunk);
    let mut object = deps.objects.create(&key, ContentType::Csv).await?;
    let mut rows = Rows::default();
    rows.row(COLUMNS.into_iter().chain(run.plan.fields.iter().map(|field| field.name.as_str())));
    let mut restructurer = Restructurer::new(&run.plan, &binding, text, &run.context);
    let mut found = 0;
    while records.advance().await? {
        found += 1;
        let record = records.record();
        let made = restructurer.restructure(&record);
        let position = record.position;
        for number in [position.record, position.line, position.offset] {
            rows.number(number);
        }
        if made.problems.is_empty() {
            rows.cell(b"");
        } else {
            rows.cell(&serde_json::to_vec(made.problems)?);
        }
        made.texts.write(&mut rows);
        rows.end();
        if rows.as_bytes().len() >= FLUSH_BYTES {
            object.write(rows.as_bytes()).await?;
            rows.clear();
        }
    }
    if found != chunk.records {
        return Err(Error::WrongRecords { chunk: chunk.chunk.0, expected: chunk.records, found });
    }
    object.write(rows.as_bytes()).await?;
    let bytes = object.finish().await?;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(RestructureOutput { records: found, bytes, mb_ms: took.saturating_mul(deps.memory_mb) })
}
