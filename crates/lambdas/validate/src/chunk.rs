//! One chunk, row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use sluice_contract::documents::{CheckOutcome, Usage, Version};
use sluice_contract::steps::ValidateInput;
use sluice_contract::{KeyEntry, keys};
use sluice_engine::feed::spec::Severity;
use sluice_engine::record::{Record, Rows};
use sluice_engine::validate::{Totals, validate as judge};
use sluice_engine::{Findings, Problem, import};
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
    let fields = run.plan.fields.iter().map(|field| field.name.as_str());

    let key = keys::restructured(&input.run_id, chunk.chunk);
    let mut records = Records::canonical(objects, &key).await?;
    records.advance().await?;
    let mut valid = objects.create(&keys::valid(&input.run_id, chunk.chunk), ContentType::Csv).await?;
    let mut hashes = KeyBlocks::create(objects, &input.run_id, chunk.chunk).await?;
    let mut rejects = RejectWriter::create(deps, &run, input).await?;
    let mut rows = Rows::default();
    rows.row(["_record"].into_iter().chain(fields));
    let (mut read, mut accepted) = (0, 0);
    let mut by_code = BTreeMap::new();
    let (mut warnings, mut aborted) = (Findings::default(), Findings::default());
    let mut totals = Totals::of_nothing(&run.plan);

    while records.advance().await? {
        read += 1;
        let record = records.record();
        let row = Row::read(&record).map_err(|why| Error::Row { key: key.clone(), row: read, why })?;
        let mut problems = row.problems;
        let mut texts = Vec::new();
        // A problem without a field concerns the record as a whole: there are no fields to judge.
        if problems.iter().all(|problem| problem.field.is_some()) {
            let broken: Vec<String> = problems.iter().filter_map(|problem| problem.field.clone()).collect();
            let broken: Vec<&str> = broken.iter().map(String::as_str).collect();
            let judged = judge(&run.plan, &run.context, &row.texts, &broken, &mut problems);
            totals.add(&judged.totals);
            texts = judged.texts;
        }
        if problems.iter().all(Problem::is_warning) {
            accepted += 1;
            warnings.add(row.record, row.line, problems.iter());
            for (set, unique) in (0..).zip(&run.plan.unique) {
                if let Some(hash) = unique.hash(&texts) {
                    hashes.add(KeyEntry { set, hash, record: row.record }).await?;
                }
            }
            let hash = import::key_hash(&run.plan, &texts);
            hashes.add(KeyEntry { set: KeyEntry::KEY, hash, record: row.record }).await?;
            rows.row([row.record.to_string()].iter().chain(&texts));
            if rows.as_bytes().len() >= FLUSH_BYTES {
                valid.write(rows.as_bytes()).await?;
                rows.clear();
            }
        } else {
            let rejecting = problems.iter().filter(|problem| !problem.is_warning());
            for code in rejecting.map(|problem| problem.code).collect::<BTreeSet<_>>() {
                *by_code.entry(code.as_str().to_owned()).or_insert(0) += 1;
            }
            let stops = |problem: &&Problem| problem.severity == Severity::Abort;
            aborted.add(row.record, row.line, problems.iter().filter(stops));
            rejects.add(row.record, row.line, row.offset, problems).await?;
        }
    }
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
        totals: totals.to_texts(),
        rejects,
        usage: Usage {
            invocations: 2,
            mb_ms: input.restructured.mb_ms + took.saturating_mul(deps.memory_mb),
            writes: 0,
        },
    })
}

/// A row of the restructured object.
struct Row<'a> {
    record: u64,
    line: u64,
    offset: u64,
    problems: Vec<Problem>,
    texts: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn read(record: &Record<'a>) -> Result<Self, String> {
        let cells: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
        let cells = cells.map_err(|error| error.to_string())?;
        let [number, line, offset, problems, texts @ ..] = &cells[..] else {
            return Err(format!("it has {} cells", cells.len()));
        };
        // What stands in the cell is not told: in a broken row it may be anybody's data.
        let whole = |text: &str| text.parse::<u64>().map_err(|error| format!("a number of ours: {error}"));
        let problems = if problems.is_empty() {
            Vec::new()
        } else {
            serde_json::from_str(problems).map_err(|_| "_problems is not readable")?
        };
        Ok(Self { record: whole(number)?, line: whole(line)?, offset: whole(offset)?, problems, texts: texts.to_vec() })
    }
}
