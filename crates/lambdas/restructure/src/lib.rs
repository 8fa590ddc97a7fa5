//! `restructure`: turns the records of a chunk into target records, and settles those in which nothing is wrong.
//!
//! A record is *settled* if it was restructured without a problem and the judge finds nothing in it either: it becomes a final valid
//! row, with the hash of its key. Every other record becomes a row of `restructured/<chunk>.csv`. `_problems` has its problems (see
//! [`sluice_engine::problem::cell`]). If the judge rejected it, these are all, and the fields are empty, because nobody needs them. If
//! not, they are those so far, to which `validate` adds others. For an omitted record (see [`sluice_engine::restructure::omit`] and the feed's `source.omit`),
//! `_problems` has its name, and the fields are empty. `_offset` says where the record is in the source.
//!
//! If it is called again and the chunk has its outcome of checking, it answers at once and reads nothing. Otherwise it writes the
//! same bytes again, because they are a function of the run and the source. Settled records have keys of this call, because the
//! outcome of the chunk names them. If it is killed, it leaves no object, or one that nothing names.

mod grouped;

use std::sync::Arc;

use sluice_contract::documents::{CheckOutcome, Part, Requests, Usage, ValidRecords};
use sluice_contract::steps::{ChunkInput, RestructureOutput};
use sluice_contract::{Chunk, ErrorName, Phase, keys};
use sluice_engine::feed::FeedPlan;
use sluice_engine::problem::cell;
use sluice_engine::record::{Position, Rows};
use sluice_engine::restructure::{FieldTexts, Restructured, Restructurer};
use sluice_engine::row::Row;
use sluice_engine::validate::Judge;
use sluice_engine::{Problem, Stage};
use sluice_platform::documents::find_json;
use sluice_platform::failures::{self, Place};
use sluice_platform::meter::{Meter, Reading};
use sluice_platform::objects::Objects;
use sluice_platform::row_writer::RowWriter;
use sluice_platform::run::{Bound, LoadError, Runs};
use sluice_platform::valid_writer::ValidWriter;
use sluice_platform::{Call, Fault, StepError, World};

/// The columns before the fields.
pub const COLUMNS: [&str; 4] = ["_record", "_line", "_offset", "_problems"];
/// The columns that follow them if the feed has groups: the numbers of the other records of an item, and in which records its problems are.
pub const OF_ITEMS: [&str; 2] = ["_rows", "_found"];

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
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::WrongRecords { .. } => ErrorName::Corrupt,
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
    let Bound { binding, omit, mut row_reader } = run.bind(objects, input.header).await?;
    let text = row_reader.as_ref().map_or_else(|| run.text(), |reader| Ok(reader.text()))?;
    let mut records = run.records(objects, &chunk).await?;
    let fields = run.plan.fields.len();
    let of_items = run.plan.group.is_some().then_some(OF_ITEMS).into_iter().flatten();
    let header = COLUMNS.into_iter().chain(of_items).chain(run.plan.fields.iter().map(|field| field.name.as_str()));
    let mut left = RowWriter::new(objects, keys::restructured(run_id, chunk.chunk), header);
    let settled = [keys::settled, keys::settled_hashes, keys::settled_references];
    let mut settled = ValidWriter::new(objects, &run.plan, settled.map(|key| key(run_id, chunk.chunk, call.id())));
    let mut judge = settles(&run.plan).then(|| Judge::new(&run.plan, &run.context));
    if let Some(group) = &run.plan.group {
        let bound = Bound { binding, omit, row_reader };
        let writers = grouped::Writers { left, settled, judge };
        // Boxed, because few feeds need this future.
        let (found, writers) = Box::pin(grouped::restructure(&run, group, bound, text, records, writers)).await?;
        return complete(found, chunk, writers.left, writers.settled, reading).await;
    }
    let mut restructurer = Restructurer::new(&run.plan, &binding, text, &run.context);
    let (mut found, mut cell) = (0, String::new());
    // The loop awaits only when it needs more input or has to write: an await for each record costs time.
    while records.advance_at_hand()? || records.advance().await? {
        found += 1;
        let record = records.record();
        let position = record.position;
        cell.clear();
        let fate = if let Some(name) = omit.name(&record) {
            cell.push_str(name);
            Fate::Decided
        } else {
            // Where the file does not hold records as they are, they are made first.
            let restructured = match row_reader.as_mut().map(|row_reader| row_reader.read(&record)) {
                Some(Row { problem: Some(problem), .. }) => {
                    cell::write(&[problem], true, &mut cell);
                    None
                }
                Some(Row { record: Ok(record), .. }) => Some(restructurer.restructure(&record)),
                _ => Some(restructurer.restructure(&record)),
            };
            restructured
                .map_or(Fate::Decided, |made| decide(judge.as_mut(), made, position.record, &mut settled, &mut cell))
        };
        match fate {
            Fate::Settled => {}
            Fate::Decided => left.row(|row| {
                begin(row, position, &cell);
                (0..fields).for_each(|_| row.cell(b""));
            }),
            Fate::Left(texts) => left.row(|row| {
                begin(row, position, &cell);
                texts.write(row);
            }),
        }
        if left.is_full() {
            left.flush().await?;
        }
        if settled.is_full() {
            settled.flush().await?;
        }
    }
    complete(found, chunk, left, settled, reading).await
}

/// Completes both objects, if the chunk held the records that the manifest says.
async fn complete(
    found: u64,
    chunk: Chunk,
    left: RowWriter<'_>,
    settled: ValidWriter<'_>,
    reading: Reading,
) -> Result<RestructureOutput, Error> {
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

/// What becomes of a record.
enum Fate<'a> {
    /// It is settled.
    Settled,
    /// `_problems` says everything about it.
    Decided,
    /// `validate` judges its fields.
    Left(FieldTexts<'a>),
}

/// Judges a record, if the feed settles records. Adds it to the settled ones if nothing is wrong with it, or else writes its problems
/// into the cell.
#[inline]
fn decide<'a>(
    judge: Option<&mut Judge<'_>>,
    Restructured { omitted, texts, problems }: Restructured<'a>,
    record: u64,
    settled: &mut ValidWriter<'_>,
    cell: &mut String,
) -> Fate<'a> {
    if let Some(name) = omitted {
        cell.push_str(name);
        return Fate::Decided;
    }
    // An error without a field concerns the record as a whole, which then has no fields to judge.
    let has_fields = problems.iter().all(|problem| problem.field.is_some() || problem.is_warning());
    let is_decided = match judge {
        _ if !has_fields => true,
        None => false,
        Some(judge) => {
            let so_far = problems.len();
            let judged = judge.judge(&texts, problems);
            if problems.is_empty() {
                settled.add(record, &judged);
                return Fate::Settled;
            }
            let is_rejected = !problems.iter().all(Problem::is_warning);
            // `validate` judges a record with warnings again and counts them.
            match (is_rejected, judged.deletes()) {
                (true, _) => {}
                (false, false) => problems.truncate(so_far),
                // Of the earlier problems, those of its other fields are gone.
                (false, true) => problems.retain(|problem| problem.stage != Stage::Validate),
            }
            is_rejected
        }
    };
    cell::write(problems, is_decided, cell);
    if is_decided { Fate::Decided } else { Fate::Left(texts) }
}

/// Writes the position of a record, and the content of `_problems`.
fn begin(row: &mut Rows, Position { record, line, offset }: Position, problems: &str) {
    for number in [record, line, offset] {
        row.number(number);
    }
    row.cell(problems);
}
