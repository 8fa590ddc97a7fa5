//! One chunk, row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use sluice_contract::documents::{CheckOutcome, Usage, Version};
use sluice_contract::steps::ValidateInput;
use sluice_contract::{KeyEntry, keys};
use sluice_engine::feed::FeedPlan;
use sluice_engine::feed::spec::Severity;
use sluice_engine::record::{Record, Rows, Text};
use sluice_engine::validate::{Judge, Texts};
use sluice_engine::{Findings, Problem, RunContext, import};
use sluice_platform::objects::{ContentType, Objects};
use sluice_platform::records::Records;
use sluice_platform::rejects::Rejects;
use sluice_platform::run::Runs;

use crate::Error;
use crate::key_blocks::KeyBlocks;
use crate::rejects::RejectWriter;

/// Rows are handed on in pieces of this size: a few thousand rows, a small part of an upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// What `validate` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// The index of rejects.
    pub rejects: Arc<dyn Rejects>,
    /// How many days an entry of the index is kept.
    pub rejects_days: u32,
    /// Memory of the function in MB, for the cost estimate.
    pub memory_mb: u64,
}

/// Validates a chunk, writes everything but the outcome, and answers that.
pub(crate) async fn validate(deps: &Deps, input: &ValidateInput) -> Result<CheckOutcome, Error> {
    let started = Instant::now();
    let (objects, chunk) = (&*deps.objects, input.chunk);
    let run = deps.runs.load(&input.run_id).await?;

    let key = keys::restructured(&input.run_id, chunk.chunk);
    let mut records = Records::canonical(objects, &key).await?;
    records.advance().await?;
    let mut valid = objects.create(&keys::valid(&input.run_id, chunk.chunk), ContentType::Csv).await?;
    let hashes = KeyBlocks::create(objects, &input.run_id, chunk.chunk).await?;
    let mut rejects = RejectWriter::create(deps, &run, input).await?;
    let mut check = Check::new(&run.plan, &run.context, hashes);
    let mut by_code = BTreeMap::new();
    let mut aborted = Findings::default();

    // Nothing is waited for while there are records in memory and room for what is written.
    while records.advance_at_hand()? || records.advance().await? {
        let found = check.row(records.record());
        let found = found.map_err(|why| Error::Row { key: key.clone(), row: check.read, why })?;
        if let Some(Origin { record, line, offset }) = found {
            let problems = std::mem::take(&mut check.problems);
            let rejecting = problems.iter().filter(|problem| !problem.is_warning());
            for code in rejecting.map(|problem| problem.code).collect::<BTreeSet<_>>() {
                *by_code.entry(code.as_str().to_owned()).or_insert(0) += 1;
            }
            let stops = |problem: &&Problem| problem.severity == Severity::Abort;
            aborted.add(record, line, problems.iter().filter(stops));
            rejects.add(record, line, offset, problems).await?;
        }
        if check.hashes.is_full() {
            check.hashes.flush().await?;
        }
        if check.rows.as_bytes().len() >= FLUSH_BYTES {
            valid.write(check.rows.as_bytes()).await?;
            check.rows.clear();
        }
    }
    let Check { judge, rows, hashes, read, accepted, warnings, .. } = check;
    valid.write(rows.as_bytes()).await?;
    valid.finish().await?;
    hashes.finish().await?;
    let rejects = rejects.finish().await?;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(CheckOutcome {
        version: Version,
        run_id: input.run_id.clone(),
        chunk: chunk.chunk,
        first_record: chunk.first_record,
        read,
        valid: accepted,
        rejected: rejects.records,
        by_code,
        warnings,
        aborted,
        totals: judge.totals().to_texts(),
        rejects,
        usage: Usage {
            invocations: 2,
            mb_ms: input.restructured.mb_ms + took.saturating_mul(deps.memory_mb),
            writes: 0,
        },
    })
}

/// Checks rows one after the other, and keeps what is to be written of the valid ones.
struct Check<'p> {
    plan: &'p FeedPlan,
    judge: Judge<'p>,
    /// The valid rows, which go out in pieces.
    rows: Rows,
    hashes: KeyBlocks,
    /// What is wrong with the row that was checked last.
    problems: Vec<Problem>,
    read: u64,
    accepted: u64,
    warnings: Findings,
}

impl<'p> Check<'p> {
    fn new(plan: &'p FeedPlan, context: &'p RunContext, hashes: KeyBlocks) -> Self {
        let mut rows = Rows::default();
        rows.row(["_record"].into_iter().chain(plan.fields.iter().map(|field| field.name.as_str())));
        Self {
            plan,
            judge: Judge::new(plan, context),
            rows,
            hashes,
            problems: Vec::new(),
            read: 0,
            accepted: 0,
            warnings: Findings::default(),
        }
    }

    /// Checks a row. One that is to be rejected is told, and what is wrong with it left in `problems`.
    fn row(&mut self, record: Record<'_>) -> Result<Option<Origin>, String> {
        let Self { plan, judge, rows, hashes, problems, .. } = self;
        self.read += 1;
        let row = Row::read(record, plan.fields.len(), problems)?;
        // A problem without a field concerns the record as a whole: there are no fields to judge.
        let whole = problems.iter().all(|problem| problem.field.is_some());
        let judged = whole.then(|| judge.judge(&row, problems));
        let Some(judged) = judged.filter(|_| problems.iter().all(Problem::is_warning)) else {
            return Ok(Some(row.origin));
        };
        let record = row.origin.record;
        self.accepted += 1;
        if !problems.is_empty() {
            self.warnings.add(record, row.origin.line, problems.iter());
        }
        for (set, unique) in (0..).zip(&plan.unique) {
            if let Some(hash) = unique.hash_by(|field| judged.text(field)) {
                hashes.add(KeyEntry { set, hash, record });
            }
        }
        let hash = import::key_hash_by(plan, |field| judged.text(field));
        hashes.add(KeyEntry { set: KeyEntry::KEY, hash, record });
        rows.number(record);
        for text in judged.texts() {
            rows.cell(text);
        }
        rows.end();
        Ok(None)
    }
}

/// Where the record of a row lies in its file.
#[derive(Clone, Copy)]
struct Origin {
    record: u64,
    line: u64,
    offset: u64,
}

/// A row of the restructured object.
struct Row<'a> {
    origin: Origin,
    cells: Text<'a>,
}

/// The cells before those of the fields.
const OWN: usize = 4;

impl<'a> Row<'a> {
    /// Reads a row with so many fields, and what is wrong with it so far.
    fn read(record: Record<'a>, fields: usize, problems: &mut Vec<Problem>) -> Result<Self, String> {
        if record.len() != OWN + fields {
            return Err(format!("it has {} cells, and not {}", record.len(), OWN + fields));
        }
        let cells = record.text().ok_or("it is not UTF-8")?;
        // What stands in the cell is not told: in a broken row it may be anybody's data.
        let whole = |cell: usize| {
            let text = cells.get(cell).unwrap_or_default();
            text.parse::<u64>().map_err(|error| format!("a number of ours: {error}"))
        };
        problems.clear();
        let told = cells.get(3).unwrap_or_default();
        if !told.is_empty() {
            *problems = serde_json::from_str(told).map_err(|_| "_problems is not readable")?;
        }
        Ok(Self { origin: Origin { record: whole(0)?, line: whole(1)?, offset: whole(2)? }, cells })
    }
}

impl Texts for Row<'_> {
    #[inline]
    fn text(&self, field: usize) -> &str {
        self.cells.get(OWN + field).unwrap_or_default()
    }
}
