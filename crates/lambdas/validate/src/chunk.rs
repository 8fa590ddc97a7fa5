//! One chunk, row by row.

use std::sync::Arc;

use sluice_contract::documents::{CheckOutcome, Requests, Version};
use sluice_contract::steps::ValidateInput;
use sluice_contract::{KeyEntry, Phase, keys};
use sluice_engine::Severity;
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::{Position, Record, Rows};
use sluice_engine::validate::Judge;
use sluice_engine::{Causes, Findings, Omitted, Place, Problem, RunContext};
use sluice_platform::key_blocks::KeyBlocks;
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::part::PartWriter;
use sluice_platform::records::Records;
use sluice_platform::references::References;
use sluice_platform::reject_log::{Logged, RejectLog, RejectStore};
use sluice_platform::rejects::Rejects;
use sluice_platform::run::Runs;
use sluice_platform::{Call, World};

use crate::Error;
use crate::lookups::Lookups;
use crate::row::{Origin, Row};

/// Valid rows are written in pieces of this size, in bytes: a few thousand rows, a small part of a multipart upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// What `validate` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// Looks up the keys that records refer to.
    pub references: Arc<dyn References>,
    /// The index of rejects.
    pub rejects: Arc<dyn Rejects>,
    /// How many days an entry of the index is kept.
    pub rejects_days: u32,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
}

impl Deps {
    /// Takes what `validate` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self {
            objects: world.objects(),
            runs: world.runs(),
            references: world.references(),
            rejects: world.rejects(),
            rejects_days: world.rejects_days(),
            meter: world.meter(),
        }
    }
}

/// Validates a chunk, writes everything but the outcome, and returns the outcome.
pub(crate) async fn validate(deps: &Deps, input: &ValidateInput, call: &Call) -> Result<CheckOutcome, Error> {
    let reading = deps.meter.start();
    let (objects, chunk) = (&*deps.objects, input.chunk);
    let run = deps.runs.load(&input.run_id).await?;

    let key = &input.restructured.rows.key;
    let mut records = Records::written(objects, &input.restructured.rows).await?;
    records.advance().await?;
    let mut valid = PartWriter::create(objects, keys::valid(&input.run_id, chunk.chunk, call.id())).await?;
    let hashes = KeyBlocks::create(objects, keys::key_hashes(&input.run_id, chunk.chunk, call.id())).await?;
    let store = RejectStore { objects, index: &*deps.rejects, days: deps.rejects_days };
    // Opened at the first reject: most small files have none, and it takes two requests.
    let mut rejects: Option<RejectLog<'_>> = None;
    let mut lookups = Box::pin(Lookups::open(objects, &*deps.references, &run.plan, key)).await?;
    let mut validation = ChunkValidation::new(&run.plan, &run.context, hashes, chunk.first_record);
    let header_bytes = validation.rows.as_bytes().len() as u64;
    let mut causes = Causes::default();
    let mut aborted = Findings::default();

    // The loop awaits only when it needs more input or has to write: an await for each record costs time.
    while records.advance_at_hand()? || records.advance().await? {
        if let Some(lookups) = &mut lookups
            && !lookups.advance_at_hand()
        {
            Box::pin(lookups.advance()).await?;
        }
        let rejected = validation.row(records.record(), lookups.as_deref());
        let rejected = rejected.map_err(|why| Error::Row { key: key.clone(), row: validation.read, why })?;
        if let Some(Origin { record, line, offset }) = rejected {
            let problems = std::mem::take(&mut validation.problems);
            causes.add(record, line, problems.iter().filter(|problem| !problem.is_warning()));
            let stops = |problem: &&Problem| problem.severity == Severity::Abort;
            aborted.add(record, line, problems.iter().filter(stops));
            let rejects = match &mut rejects {
                Some(rejects) => rejects,
                none => none.insert(RejectLog::open(store, &run, Phase::Check, input.header, chunk, call).await?),
            };
            rejects.add_at(Position { offset, line, record }, problems).await?;
        }
        if validation.hashes.is_full() {
            validation.hashes.flush().await?;
        }
        if validation.rows.as_bytes().len() >= FLUSH_BYTES {
            valid.write(validation.rows.as_bytes()).await?;
            validation.rows.clear();
        }
    }
    let ChunkValidation { judge, rows, hashes, read, accepted, omitted, warnings, .. } = validation;
    valid.write(rows.as_bytes()).await?;
    let valid = valid.finish(header_bytes, accepted).await?;
    let keys = hashes.finish().await?;
    let logged = match rejects {
        Some(rejects) => rejects.finish().await?,
        None => Logged::default(),
    };
    let Logged { part: rejects, by_code, first: first_rejects } = logged;
    // The outcome is still to be written.
    let mut usage = reading.usage_with(Requests { s3_writes: 1, ..Requests::default() });
    usage += input.restructured.usage;
    Ok(CheckOutcome {
        version: Version,
        run_id: input.run_id.clone(),
        chunk: chunk.chunk,
        first_record: chunk.first_record,
        read,
        valid: accepted,
        rejected: rejects.records,
        omitted,
        by_code,
        causes,
        warnings,
        aborted,
        totals: judge.totals().to_texts(),
        accepted: valid,
        keys,
        rejects,
        first_rejects,
        usage,
    })
}

/// The validation of one chunk, row by row: the counts so far, and the valid rows that are not written yet.
struct ChunkValidation<'p> {
    plan: &'p FeedPlan,
    judge: Judge<'p>,
    /// The valid rows since the last write, as CSV.
    rows: Rows,
    hashes: KeyBlocks,
    /// The problems of the last row.
    problems: Vec<Problem>,
    /// The number of the chunk's first record.
    first: u64,
    read: u64,
    accepted: u64,
    omitted: Omitted,
    warnings: Findings,
}

impl<'p> ChunkValidation<'p> {
    fn new(plan: &'p FeedPlan, context: &'p RunContext, hashes: KeyBlocks, first: u64) -> Self {
        let mut rows = Rows::default();
        rows.row(["_record"].into_iter().chain(plan.fields.iter().map(|field| field.name.as_str())));
        Self {
            plan,
            judge: Judge::new(plan, context),
            rows,
            hashes,
            problems: Vec::new(),
            first,
            read: 0,
            accepted: 0,
            omitted: Omitted::default(),
            warnings: Findings::default(),
        }
    }

    /// Validates a row. If the record is rejected, returns its origin and leaves its problems in `problems`.
    ///
    /// # Errors
    /// If the row is not what restructure writes: why.
    fn row(&mut self, record: Record<'_>, lookups: Option<&Lookups<'_>>) -> Result<Option<Origin>, String> {
        let Self { plan, judge, rows, hashes, problems, .. } = self;
        self.read += 1;
        let row = Row::read(record, plan.fields.len(), problems)?;
        let expected = self.first + self.read - 1;
        if row.origin.record != expected {
            return Err(format!("it is record {}, and not {expected}", row.origin.record));
        }
        if let Some(name) = row.omitted {
            self.omitted.add(name, Place { record: expected, line: row.origin.line });
            return Ok(None);
        }
        // An error without a field concerns the record as a whole, which then has no fields to judge.
        let whole = problems.iter().all(|problem| problem.field.is_some() || problem.is_warning());
        let judged = whole.then(|| judge.judge(&row, problems));
        if let (Some(judged), Some(lookups)) = (&judged, lookups) {
            lookups.check(|field| judged.text(field), problems)?;
        }
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
        let hash = plan.key_hash(|field| judged.text(field));
        hashes.add(KeyEntry { set: KeyEntry::KEY, hash, record });
        rows.number(record);
        for text in judged.texts() {
            rows.cell(text);
        }
        rows.end();
        Ok(None)
    }
}
