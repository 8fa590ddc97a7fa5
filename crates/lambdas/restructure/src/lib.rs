//! `restructure`: turns the records of a chunk into target records, and settles those in which nothing is wrong.
//!
//! A record is *settled* if it was restructured without a problem and the judge finds nothing in it either: it becomes a final valid
//! row, with the hash of its key. Every other record becomes a row of `restructured/<chunk>.csv`, including a broken one: `_problems`
//! has its problems so far, so that `validate` can add others and people see all of them at once. For an omitted record (see
//! [`sluice_engine::restructure::omit`]), `_problems` has its name, and the fields are empty. `_offset` says where the record is in
//! the source.
//!
//! If it is called again and the chunk has its outcome of checking, it answers at once and reads nothing. Otherwise it writes the
//! same bytes again, because they are a function of the run and the source. Settled records have keys of this call, because the
//! outcome of the chunk names them. If it is killed, it leaves no object, or one that nothing names.

use std::sync::Arc;

use sluice_contract::documents::{CheckOutcome, Part, Requests, Usage, ValidRecords};
use sluice_contract::steps::{ChunkInput, RestructureOutput};
use sluice_contract::{ErrorName, Phase, keys};
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::{Position, Rows};
use sluice_engine::repair::RepairRow;
use sluice_engine::restructure::{Restructured, Restructurer};
use sluice_engine::validate::Judge;
use sluice_platform::documents::find_json;
use sluice_platform::failures::{self, Place};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::row_writer::RowWriter;
use sluice_platform::run::{Bound, LoadError, Runs};
use sluice_platform::valid_writer::ValidWriter;
use sluice_platform::{Call, Fault, StepError, World};

/// The columns before the fields.
pub const COLUMNS: [&str; 4] = ["_record", "_line", "_offset", "_problems"];

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
    // Boxed, because the future holds a reader and two writers and is large.
    failures::noted(&*deps.objects, place, call, Box::pin(restructure(deps, &input, call))).await
}

async fn restructure(deps: &Deps, input: &ChunkInput, call: &Call) -> Result<RestructureOutput, Error> {
    let reading = deps.meter.start();
    let (objects, run_id, chunk) = (&*deps.objects, &input.run_id, input.chunk);
    let outcome = keys::outcome(run_id, Phase::Check, chunk.chunk);
    // The first attempt has nothing to continue. If Step Functions calls again after a lost answer, the same records are
    // written again.
    if input.attempt > 1 && find_json::<CheckOutcome>(objects, &outcome).await?.is_some() {
        let (rows, settled) = (Part::default(), ValidRecords::default());
        return Ok(RestructureOutput { rows, settled, usage: Usage::default() });
    }
    let run = deps.runs.load(run_id).await?;
    let Bound { binding, omit, mut repair_reader } = run.bind(objects, input.header).await?;
    let text = if repair_reader.is_some() { SourceText::REPAIRED } else { run.text()? };
    let mut records = run.records(objects, &chunk).await?;
    let fields = run.plan.fields.len();
    let header = COLUMNS.into_iter().chain(run.plan.fields.iter().map(|field| field.name.as_str()));
    let mut left = RowWriter::new(objects, keys::restructured(run_id, chunk.chunk), header);
    let [rows, hashes] = [keys::settled, keys::settled_hashes].map(|key| key(run_id, chunk.chunk, call.id()));
    let mut settled = ValidWriter::new(objects, &run.plan, rows, hashes);
    let mut restructurer = Restructurer::new(&run.plan, &binding, text, &run.context);
    let mut judge = settles(&run.plan).then(|| Judge::new(&run.plan, &run.context));
    let mut found = 0;
    // The loop awaits only when it needs more input or has to write: an await for each record costs time.
    while records.advance_at_hand()? || records.advance().await? {
        found += 1;
        let record = records.record();
        let position = record.position;
        if let Some(name) = omit.name(&record) {
            left.row(|row| fieldless(row, position, name.as_bytes(), fields));
        } else {
            // A row of a repair becomes a record of the source first.
            let restructured = match repair_reader.as_mut().map(|repair_reader| repair_reader.read(&record)) {
                Some(RepairRow { problem: Some(problem), .. }) => {
                    let problems = serde_json::to_vec(&[problem])?;
                    left.row(|row| fieldless(row, position, &problems, fields));
                    None
                }
                Some(RepairRow { record: Ok(record), .. }) => Some(restructurer.restructure(&record)),
                _ => Some(restructurer.restructure(&record)),
            };
            if let Some(made) = restructured {
                let is_settled = match &mut judge {
                    Some(judge) if made.problems.is_empty() => settle(judge, &made, position.record, &mut settled),
                    _ => false,
                };
                if !is_settled {
                    write(&mut left, position, &made)?;
                }
            }
        }
        if left.is_full() {
            left.flush().await?;
        }
        if settled.is_full() {
            settled.flush().await?;
        }
    }
    if found != chunk.records {
        return Err(Error::WrongRecords { chunk: chunk.chunk.0, expected: chunk.records, found });
    }
    let (rows, settled) = (left.finish().await?, settled.finish().await?);
    Ok(RestructureOutput { rows, settled, usage: reading.usage_with(Requests::default()) })
}

/// Whether the records of a feed can be settled. Not if the feed has references, which `validate` looks up, or control totals, for
/// which `validate` needs all records.
fn settles(plan: &FeedPlan) -> bool {
    plan.references.is_empty() && plan.limits.totals.is_empty()
}

/// Adds a record to the settled ones, if nothing is wrong with it.
#[inline]
fn settle(judge: &mut Judge<'_>, made: &Restructured<'_>, record: u64, settled: &mut ValidWriter<'_>) -> bool {
    // `validate` judges a record with problems again and reports them.
    let mut problems = Vec::new();
    let judged = judge.judge(&made.texts, &mut problems);
    let is_good = problems.is_empty();
    if is_good {
        settled.add(record, &judged);
    }
    is_good
}

/// Writes the position of a record.
#[inline]
fn place(row: &mut Rows, Position { record, line, offset }: Position) {
    for number in [record, line, offset] {
        row.number(number);
    }
}

/// Writes a target record: its position, its problems, and its fields.
fn write(left: &mut RowWriter<'_>, position: Position, made: &Restructured<'_>) -> Result<(), serde_json::Error> {
    let problems = if made.problems.is_empty() { Vec::new() } else { serde_json::to_vec(made.problems)? };
    left.row(|row| {
        place(row, position);
        row.cell(&problems);
        made.texts.write(row);
    });
    Ok(())
}

/// Writes a record with `fields` empty fields. `problems` is the content of `_problems`.
fn fieldless(row: &mut Rows, position: Position, problems: &[u8], fields: usize) {
    place(row, position);
    row.cell(problems);
    (0..fields).for_each(|_| row.cell(b""));
}
