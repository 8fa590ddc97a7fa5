//! `restructure`: turns the records of a chunk into target records.
//!
//! Every record of the chunk becomes a row of `restructured/<chunk>.csv`, including a broken one: `_problems` has its problems so far,
//! so that `validate` can add others and people see all of them at once. For an omitted record (see
//! [`sluice_engine::restructure::omit`]), `_problems` has its name, and the fields are empty. `_offset` says where the record is in
//! the source.
//!
//! If it is called again and the chunk has its outcome of checking, it answers at once and reads nothing. Otherwise it writes the
//! same bytes under the same key again, because they are a function of the run and the source. If it is killed, it leaves no
//! object, because an object is visible only when it is complete.

use std::sync::Arc;

use sluice_contract::documents::{CheckOutcome, Part, Requests, Usage};
use sluice_contract::steps::{ChunkInput, RestructureOutput};
use sluice_contract::{ErrorName, Phase, keys};
use sluice_engine::Problem;
use sluice_engine::encoding::SourceText;
use sluice_engine::record::Rows;
use sluice_engine::repair::RepairRow;
use sluice_engine::restructure::{Restructured, Restructurer};
use sluice_platform::documents::find_json;
use sluice_platform::failures::{self, Place};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::part::PartWriter;
use sluice_platform::run::{Bound, LoadError, Runs};
use sluice_platform::{Call, Fault, StepError, World};

/// The columns before the fields.
pub const COLUMNS: [&str; 4] = ["_record", "_line", "_offset", "_problems"];

/// Rows are written in pieces of this size, in bytes: a few thousand rows, a small part of a multipart upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// What `restructure` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
}

impl Deps {
    /// Takes what `restructure` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self { objects: world.objects(), runs: world.runs(), meter: world.meter() }
    }
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
        /// Records by the manifest.
        expected: u64,
        /// Records that were read.
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
/// If something outside fails. A broken record is no error.
pub async fn run(deps: &Deps, input: ChunkInput, call: &Call) -> Result<RestructureOutput, Error> {
    let ChunkInput { run_id, attempt, phase, chunk, .. } = &input;
    let (run_id, chunk) = (run_id.clone(), chunk.chunk);
    let place = Place { step: "restructure", run_id, attempt: *attempt, phase: *phase, chunk };
    failures::noted(&*deps.objects, place, call, restructure(deps, &input)).await
}

async fn restructure(deps: &Deps, input: &ChunkInput) -> Result<RestructureOutput, Error> {
    let reading = deps.meter.start();
    let chunk = input.chunk;
    let outcome = keys::outcome(&input.run_id, Phase::Check, chunk.chunk);
    // The first attempt has nothing to continue. If Step Functions calls again after a lost answer, the same rows are
    // written again.
    if input.attempt > 1 && find_json::<CheckOutcome>(&*deps.objects, &outcome).await?.is_some() {
        return Ok(RestructureOutput { rows: Part::default(), usage: Usage::default() });
    }
    let run = deps.runs.load(&input.run_id).await?;
    let Bound { binding, omit, mut repair_reader } = run.bind(&*deps.objects, input.header).await?;
    let text = if repair_reader.is_some() { SourceText::REPAIRED } else { run.text()? };
    let mut records = run.records(&*deps.objects, &chunk).await?;
    let key = keys::restructured(&input.run_id, chunk.chunk);
    let mut object = PartWriter::create(&*deps.objects, key).await?;
    let mut rows = Rows::default();
    rows.row(COLUMNS.into_iter().chain(run.plan.fields.iter().map(|field| field.name.as_str())));
    let header_bytes = rows.as_bytes().len() as u64;
    let mut restructurer = Restructurer::new(&run.plan, &binding, text, &run.context);
    let mut found = 0;
    while records.advance().await? {
        found += 1;
        let record = records.record();
        let position = record.position;
        for number in [position.record, position.line, position.offset] {
            rows.number(number);
        }
        if let Some(name) = omit.name(&record) {
            fieldless(&mut rows, name.as_bytes(), run.plan.fields.len());
        } else {
            // A row of a repair becomes a record of the source first.
            match repair_reader.as_mut().map(|repair_reader| repair_reader.read(&record)) {
                Some(RepairRow { problem: Some(problem), .. }) => broken(&mut rows, &problem, run.plan.fields.len())?,
                Some(RepairRow { record: Ok(record), .. }) => write(&mut rows, &restructurer.restructure(&record))?,
                _ => write(&mut rows, &restructurer.restructure(&record))?,
            }
        }
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
    let rows = object.finish(header_bytes, found).await?;
    Ok(RestructureOutput { rows, usage: reading.usage_with(Requests::default()) })
}

/// Writes the problems of a target record, and then its fields.
#[inline]
fn write(rows: &mut Rows, made: &Restructured<'_>) -> Result<(), serde_json::Error> {
    if made.problems.is_empty() {
        rows.cell(b"");
    } else {
        rows.cell(&serde_json::to_vec(made.problems)?);
    }
    made.texts.write(rows);
    Ok(())
}

/// Writes a record with a problem that concerns it as a whole.
fn broken(rows: &mut Rows, problem: &Problem, fields: usize) -> Result<(), serde_json::Error> {
    fieldless(rows, &serde_json::to_vec(&[problem])?, fields);
    Ok(())
}

/// Writes a record with `fields` empty fields. `problems` is the content of `_problems`.
fn fieldless(rows: &mut Rows, problems: &[u8], fields: usize) {
    rows.cell(problems);
    (0..fields).for_each(|_| rows.cell(b""));
}
