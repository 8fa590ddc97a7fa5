//! One chunk, row by row.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use sluice_contract::documents::{CheckOutcome, KeyHashes, Part, Requests, ValidRecords, Version};
use sluice_contract::steps::ValidateInput;
use sluice_contract::{Chunk, Phase, keys};
use sluice_engine::Severity;
use sluice_engine::feed::FeedPlan;
use sluice_engine::group::ItemRecords;
use sluice_engine::record::{Position, Record};
use sluice_engine::validate::Judge;
use sluice_engine::{Causes, Findings, FirstRejects, Omitted, Place, Problem, RunContext};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::records::Records;
use sluice_platform::references::References;
use sluice_platform::reject_log::{Logged, RejectLog, RejectStore};
use sluice_platform::rejects::Rejects;
use sluice_platform::run::Runs;
use sluice_platform::valid_writer::ValidWriter;
use sluice_platform::{Call, World};

use crate::Error;
use crate::lookups::Lookups;
use crate::row::{Fate, Origin, Row};

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
    let (chunk, left) = (input.chunk, input.restructured.rows.records);
    let settled = input.restructured.settled.clone();
    // Each record of the chunk is settled or left. Rows of several records are counted when they are read.
    if left == 0 || settled.records.is_none() {
        is_whole(&chunk, &settled, left)?;
    }
    let mut outcome = CheckOutcome {
        version: Version,
        run_id: input.run_id.clone(),
        chunk: chunk.chunk,
        first_record: chunk.first_record,
        read: chunk.records,
        valid: settled.records(),
        items: settled.records.map(|_| settled.rows.records),
        rejected: 0,
        omitted: Omitted::default(),
        by_code: BTreeMap::new(),
        causes: Causes::default(),
        warnings: Findings::default(),
        aborted: Findings::default(),
        totals: Vec::new(),
        settled,
        accepted: Part::default(),
        keys: KeyHashes::default(),
        references: Part::default(),
        rejects: Part::default(),
        first_rejects: FirstRejects::default(),
        usage: input.restructured.usage,
    };
    if left > 0 {
        // Boxed, because the future holds several readers and writers and is large.
        Box::pin(validate_left(deps, input, call, &mut outcome)).await?;
    }
    // The outcome is still to be written.
    outcome.usage += reading.usage_with(Requests { s3_writes: 1, ..Requests::default() });
    Ok(outcome)
}

/// Validates the records of a chunk that are not settled.
async fn validate_left(
    deps: &Deps,
    input: &ValidateInput,
    call: &Call,
    outcome: &mut CheckOutcome,
) -> Result<(), Error> {
    let (objects, chunk) = (&*deps.objects, input.chunk);
    let run = deps.runs.load(&input.run_id).await?;
    let key = &input.restructured.rows.key;
    let mut records = Records::written(objects, &input.restructured.rows).await?;
    records.advance().await?;
    let valid = [keys::valid, keys::key_hashes, keys::references];
    let valid = ValidWriter::new(objects, &run.plan, valid.map(|key| key(&input.run_id, chunk.chunk, call.id())));
    let store = RejectStore { objects, index: &*deps.rejects, days: deps.rejects_days };
    // Opened at the first reject: most small files have none, and it takes two requests.
    let mut rejects: Option<RejectLog<'_>> = None;
    let mut lookups = Box::pin(Lookups::open(objects, &*deps.references, &run.plan, key)).await?;
    let mut validation = ChunkValidation::new(&run.plan, &run.context, valid, &chunk);

    // The loop awaits only when it needs more input or has to write: an await for each record costs time.
    while records.advance_at_hand()? || records.advance().await? {
        if let Some(lookups) = &mut lookups
            && !lookups.advance_at_hand()
        {
            Box::pin(lookups.advance()).await?;
        }
        let rejected = validation.row(records.record(), lookups.as_deref());
        let rejected = rejected.map_err(|why| Error::Row { key: key.clone(), row: validation.read, why })?;
        if let Some((Origin { record, line, offset }, item)) = rejected {
            let problems = std::mem::take(&mut validation.problems);
            for (Place { record, line }, problems) in item.found.by_record(Place { record, line }, &problems) {
                let problems = || problems.iter().copied();
                outcome.causes.add(record, line, problems().filter(|problem| !problem.is_warning()));
                outcome.aborted.add(record, line, problems().filter(|problem| problem.severity == Severity::Abort));
            }
            let rejects = match &mut rejects {
                Some(rejects) => rejects,
                none => none.insert(RejectLog::open(store, &run, Phase::Check, input.header, chunk, call).await?),
            };
            rejects.add_at(Position { offset, line, record }, &item, problems).await?;
        }
        if validation.valid.is_full() {
            validation.valid.flush().await?;
        }
    }
    let ChunkValidation { judge, valid, read, records, accepted, omitted, warnings, .. } = validation;
    if read != input.restructured.rows.records {
        let (expected, settled) = (chunk.records, outcome.settled.records());
        return Err(Error::WrongRecords { chunk: chunk.chunk.0, expected, settled, left: read });
    }
    is_whole(&chunk, &outcome.settled, records)?;
    let ValidRecords { rows, keys, references, .. } = valid.finish().await?;
    outcome.items = outcome.items.map(|items| items + rows.records);
    (outcome.accepted, outcome.keys, outcome.references) = (rows, keys, references);
    let logged = match rejects {
        Some(rejects) => rejects.finish().await?,
        None => Logged::default(),
    };
    let Logged { part: rejects, by_code, first } = logged;
    outcome.valid += accepted;
    outcome.rejected = rejects.records;
    (outcome.by_code, outcome.first_rejects, outcome.rejects) = (by_code, first, rejects);
    (outcome.omitted, outcome.warnings) = (omitted, warnings);
    outcome.totals = judge.totals().to_texts();
    Ok(())
}

/// Compares the records that are settled or left with those of the chunk.
fn is_whole(chunk: &Chunk, settled: &ValidRecords, left: u64) -> Result<(), Error> {
    if settled.records().checked_add(left) == Some(chunk.records) {
        return Ok(());
    }
    let Chunk { chunk, records: expected, .. } = *chunk;
    Err(Error::WrongRecords { chunk: chunk.0, expected, settled: settled.records(), left })
}

/// The validation of one chunk, row by row: the counts so far, and the valid records.
struct ChunkValidation<'p> {
    plan: &'p FeedPlan,
    judge: Judge<'p>,
    valid: ValidWriter<'p>,
    /// The problems of the last row.
    problems: Vec<Problem>,
    /// The numbers that the records of the next rows may have.
    numbers: Range<u64>,
    read: u64,
    /// The records of the rows so far.
    records: u64,
    accepted: u64,
    omitted: Omitted,
    warnings: Findings,
}

impl<'p> ChunkValidation<'p> {
    fn new(plan: &'p FeedPlan, context: &'p RunContext, valid: ValidWriter<'p>, chunk: &Chunk) -> Self {
        Self {
            plan,
            judge: Judge::new(plan, context),
            valid,
            problems: Vec::new(),
            numbers: chunk.first_record..chunk.first_record.saturating_add(chunk.records),
            read: 0,
            records: 0,
            accepted: 0,
            omitted: Omitted::default(),
            warnings: Findings::default(),
        }
    }

    /// Validates a row. If the record is rejected, returns its origin with the records of its item, and leaves its problems in `problems`.
    ///
    /// # Errors
    /// If the row is not what restructure writes: why.
    fn row(
        &mut self,
        record: Record<'_>,
        lookups: Option<&Lookups<'_>>,
    ) -> Result<Option<(Origin, ItemRecords)>, String> {
        let Self { plan, judge, valid, problems, .. } = self;
        self.read += 1;
        let mut row = Row::read(record, plan, problems)?;
        let Origin { record, line, .. } = row.origin;
        let records = 1 + row.records.others.len();
        self.records += records;
        if !self.numbers.contains(&record) {
            let Range { start, end } = self.numbers;
            return Err(format!("it is record {record}, and not one of {start} to {}", end.saturating_sub(1)));
        }
        self.numbers.start = record + 1;
        match row.fate {
            Fate::Omitted(name) => {
                self.omitted.add(name, Place { record, line });
                return Ok(None);
            }
            Fate::Rejected => return Ok(Some((row.origin, row.records))),
            Fate::Left => {}
        }
        let judged = judge.judge(&row, problems);
        if let Some(lookups) = lookups.filter(|_| !judged.deletes()) {
            lookups.check(|field| judged.text(field), problems)?;
        }
        if !problems.iter().all(Problem::is_warning) {
            drop(judged);
            return Ok(Some((row.origin, std::mem::take(&mut row.records))));
        }
        self.accepted += records;
        if !problems.is_empty() {
            for (Place { record, line }, problems) in row.records.found.by_record(Place { record, line }, &*problems) {
                self.warnings.add(record, line, problems.into_iter());
            }
        }
        if plan.group.is_some() {
            valid.add_item(record, &row.records.others, &judged);
        } else {
            valid.add(record, &judged);
        }
        Ok(None)
    }
}
