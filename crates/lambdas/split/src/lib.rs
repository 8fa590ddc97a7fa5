//! `split`: divides the source into chunks that hold whole records, and checks its header.
//!
//! It divides a source of ordinary size in one pass ([`plan`]). It splits a larger one into ranges; a call of its own scans each of
//! them, many at once ([`scan`]), and a last call combines the results ([`fold`]). Both ways give the same manifest: see
//! [`sluice_engine::scan`].
//!
//! A file that `pin` could not read, or whose header or structure is unusable, gets a manifest without chunks that says why; the
//! gate then says no. That is data, not a failure.

mod answer;
mod error;
mod groups;
mod look;
mod same;
mod source;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{Manifest, ScanDocument, ScannedDocument, Version};
use sluice_contract::steps::{ObjectRef, ScanOutput, SplitInput, SplitOutput};
use sluice_contract::{ByteRange, RunId, ScanRange, keys};
use sluice_engine::footer;
use sluice_engine::header::{HEAD_BYTES, Located};
use sluice_engine::mask::mask_header;
use sluice_engine::record::ReadError;
use sluice_engine::scan::{self, FilePlan, ScanError, Scanner, Sizes};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::documents::{find_json, put_json, put_json_once, read_all, read_json, settle_json};
use sluice_platform::ledger::{Ledger, RunSearch, RunStage};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::run::{Run, Runs};
use sluice_platform::{Fault, Settings, World};

pub use answer::Answer;
pub use error::Error;

use same::Same;
use source::{Planned, Scanned, Source, tiles};

/// Most ranges of a source: enough to scan it in seconds if the account has the concurrency, and few enough for a list on one page.
/// 100 GB are 400 ranges of 256 MB.
const RANGES: u64 = 400;

/// Ranges of a source that is just too large for one pass: each call then scans an eighth of it.
const FEWEST_RANGES: u64 = 8;

/// Summaries of ranges that are read at the same time.
const SUMMARIES_IN_FLIGHT: usize = 16;

/// What `split` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Its name, for the Maps that read from it.
    pub data_bucket: String,
    /// Loads runs.
    pub runs: Runs,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Searches the ledger for runs.
    pub search: Arc<dyn RunSearch>,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// The time.
    pub clock: Clock,
    /// The settings of `split`.
    pub config: Config,
}

/// The settings of `split`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Largest source that is scanned in one pass, in bytes.
    pub one_pass_bytes: u64,
    /// Bytes of a source that one request reads.
    pub read_bytes: u64,
}

impl Config {
    /// 8 MiB: long enough that the time to the first byte hardly counts.
    pub const READ_BYTES: u64 = 8 * 1024 * 1024;

    /// Reads the settings of `split`.
    pub fn from_env(settings: &mut Settings) -> Self {
        Self { one_pass_bytes: settings.number("ONE_PASS_BYTES"), read_bytes: Self::READ_BYTES }
    }
}

impl Deps {
    /// Takes what `split` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        Self {
            objects: world.objects(),
            data_bucket: world.data_bucket(),
            runs: world.runs(),
            ledger: world.ledger(),
            search: world.search(),
            meter: world.meter(),
            clock: world.clock(),
            config,
        }
    }
}

/// Does what the input asks for: [`plan`], [`scan`] or [`fold`].
///
/// # Errors
/// Those of [`plan`], [`scan`] and [`fold`].
pub async fn run(deps: &Deps, input: SplitInput) -> Result<Answer, Error> {
    let reading = deps.meter.start();
    let (run_id, split) = match input {
        SplitInput::Scan { run_id, range } => return scan(deps, &run_id, range).await.map(Answer::Scan),
        SplitInput::Plan { run_id, attempt } => (run_id.clone(), plan(deps, &run_id, attempt).await?),
        SplitInput::Fold { run_id } => (run_id.clone(), fold(deps, &run_id).await?),
    };
    // If there are ranges to scan, there is no manifest yet.
    if split.ranges == 0 {
        deps.ledger.advance(&run_id, RunStage::Split, &rfc3339((deps.clock)()), &reading.noted()).await?;
    }
    Ok(Answer::Split(split))
}

/// Splits the source of a run, and writes its manifest. If the source is too large for one pass, writes the ranges to scan instead,
/// and returns their number.
///
/// # Errors
/// If something outside fails. A file that cannot be read is no error.
pub async fn plan(deps: &Deps, run_id: &RunId, attempt: u32) -> Result<SplitOutput, Error> {
    if attempt > 1
        && let Some(manifest) = find_json(&*deps.objects, &keys::manifest(run_id)).await?
    {
        return Ok(deps.answer(run_id, 0, Some(&manifest)));
    }
    let run = deps.runs.load(run_id).await?;
    let found = run.source()?;
    if !found.problems.is_empty() {
        return conclude(deps, &run, Concluded::unusable(Vec::new())).await;
    }
    let source = deps.located(&run, run.document.max_record_bytes).await?;
    if source.bytes > deps.config.one_pass_bytes {
        let ranges = divide(deps, run_id, &source).await?;
        // A file that is all preamble has no ranges.
        if ranges > 0 {
            return Ok(deps.answer(run_id, ranges, None));
        }
    }
    let planned = source.plan().await?;
    judge(deps, &run, planned).await
}

/// Scans a range of the source of a run, and writes its summary. A second call returns the summary of the first.
///
/// # Errors
/// If something outside fails.
pub async fn scan(deps: &Deps, run_id: &RunId, range: ScanRange) -> Result<ScanOutput, Error> {
    let key = keys::scanned(run_id, range.number);
    let done: Option<ScannedDocument> = find_json(&*deps.objects, &key).await?;
    let summary = match done.filter(|done| done.range == range) {
        Some(done) => done.summary,
        None => {
            let run = deps.runs.load(run_id).await?;
            let document: ScanDocument = read_json(&*deps.objects, &keys::scan(run_id)).await?;
            let Scanned { summary, checksum } =
                deps.source(&run, document.max_record_bytes)?.scan(range.range()).await?;
            let document = ScannedDocument { version: Version, run_id: run_id.clone(), range, summary, checksum };
            put_json(&*deps.objects, &key, &document).await?;
            document.summary
        }
    };
    Ok(ScanOutput { lines: summary.lines() })
}

/// Combines the summaries of all ranges, splits the source of a run, and writes its manifest.
///
/// # Errors
/// `Incomplete` if ranges were not scanned, and failures of the world. A file that cannot be read is no error.
pub async fn fold(deps: &Deps, run_id: &RunId) -> Result<SplitOutput, Error> {
    if let Some(manifest) = find_json(&*deps.objects, &keys::manifest(run_id)).await? {
        return Ok(deps.answer(run_id, 0, Some(&manifest)));
    }
    let run = deps.runs.load(run_id).await?;
    let document: ScanDocument = read_json(&*deps.objects, &keys::scan(run_id)).await?;
    let source = deps.located(&run, document.max_record_bytes).await?;
    let (origin, before) = source.origin().await?;
    let scanned = stream::iter(document.ranges.iter().map(|range| async move {
        let key = keys::scanned(run_id, range.number);
        let found: Option<ScannedDocument> = find_json(&*deps.objects, &key).await?;
        Ok::<_, Fault>((range.number, found))
    }));
    let mut scanned = scanned.buffered(SUMMARIES_IN_FLIGHT);
    let mut whole = Scanned::before(origin, before);
    let mut missing = Vec::new();
    while let Some((number, found)) = scanned.try_next().await? {
        match found {
            Some(ScannedDocument { summary, checksum, .. }) => {
                whole = whole.then(&Scanned { summary, checksum }, &source.scanner);
            }
            None => missing.push(number),
        }
    }
    if !missing.is_empty() {
        return Err(Error::Incomplete { missing, total: document.ranges.len() });
    }
    let planned = source.finish(origin, whole).await?;
    judge(deps, &run, planned).await
}

/// Writes the ranges of a source to scan, and returns their number.
async fn divide(deps: &Deps, run_id: &RunId, source: &Source) -> Result<u64, Error> {
    let key = keys::scan(run_id);
    if let Some(document) = find_json::<ScanDocument>(&*deps.objects, &key).await? {
        return Ok(document.ranges.len() as u64);
    }
    let range = ByteRange { start: source.origin().await?.0.offset, end: source.bytes };
    let length = source.bytes.div_ceil(RANGES).max(deps.config.one_pass_bytes.div_ceil(FEWEST_RANGES));
    let ranges = (1..).zip(tiles(range, length)).map(|(number, range)| {
        let ByteRange { start, end } = range;
        ScanRange { number, start, end }
    });
    let document = ScanDocument {
        version: Version,
        run_id: run_id.clone(),
        max_record_bytes: source.scanner.sizes().record,
        ranges: ranges.collect(),
    };
    put_json_once(&*deps.objects, &key, &document).await?;
    let document: ScanDocument = read_json(&*deps.objects, &key).await?;
    Ok(document.ranges.len() as u64)
}

/// Compares the checksum of the bytes that were read with that of the source, and writes the manifest from the plan.
async fn judge(deps: &Deps, run: &Run, planned: Planned) -> Result<SplitOutput, Error> {
    run.confirm(planned.checksum)?;
    match planned.plan {
        Ok(plan) => {
            let same = same::look(deps, run, planned.checksum).await?;
            let concluded = Concluded { plan, head: planned.head, found: Vec::new(), same, located: planned.located };
            conclude(deps, run, concluded).await
        }
        Err(ScanError::Read(error)) => {
            let message = unreadable(deps, run, &error).await?;
            let problem = Problem::new(Stage::Split, Code::SourceError, message);
            conclude(deps, run, Concluded::unusable(vec![problem])).await
        }
        Err(error) => Err(Fault::Corrupt { what: run.source()?.key.clone(), found: error.to_string() }.into()),
    }
}

/// The message about a file in which a record cannot be read.
async fn unreadable(deps: &Deps, run: &Run, error: &ReadError) -> Result<String, Fault> {
    let (position, limit) = match *error {
        ReadError::TooLong(position, limit) => (position, limit),
        ReadError::UnclosedQuote(position) => (position, run.document.max_record_bytes),
    };
    let source = run.source()?;
    let range = ByteRange { start: position.offset, end: source.bytes.min(position.offset.saturating_add(limit)) };
    let record = read_all(&*deps.objects, &source.key, Some(range)).await?;
    Ok(scan::unreadable(run.plan.dialect, error, &record))
}

/// What the manifest is made of.
struct Concluded {
    plan: FilePlan,
    /// The start of the source, if it was read in one request.
    head: Option<Vec<u8>>,
    /// What makes the file unusable.
    found: Vec<Problem>,
    /// An earlier run with the same content.
    same: Option<Same>,
    /// The header, if it had to be located.
    located: Option<Located>,
}

impl Concluded {
    /// For a file that cannot be read to its end.
    fn unusable(found: Vec<Problem>) -> Self {
        Self { plan: FilePlan::default(), head: None, found, same: None, located: None }
    }
}

/// Writes the manifest. If another call wrote it first, that one stands.
async fn conclude(deps: &Deps, run: &Run, concluded: Concluded) -> Result<SplitOutput, Error> {
    let Concluded { mut plan, head, found, same, located } = concluded;
    let source = run.source()?;
    let run_id = &run.document.run_id;
    let mut problems = source.problems.clone();
    let mut notes = source.notes.clone();
    problems.extend(found);
    let mut cells = None;
    if problems.is_empty() {
        let range = ByteRange { start: 0, end: source.bytes.min(HEAD_BYTES) };
        let head = match head {
            Some(head) => head,
            None if range.is_empty() => Vec::new(),
            None => read_all(&*deps.objects, &source.key, Some(range)).await?,
        };
        let is_repair = run.repairs().is_some();
        let footer = footer::take(&run.plan, &mut plan, source.text, &run.context);
        let seen =
            look::Seen { file: &plan, located: located.as_ref(), footer: &footer, head: &head, bytes: source.bytes };
        let check = look::look(&run.plan, source.text, is_repair, &seen);
        problems.extend(check.problems);
        notes.extend(check.notes);
        cells = footer.ok().flatten().map(|footer| footer.cells);
        if problems.is_empty() {
            // Boxed, because few feeds need this future.
            Box::pin(groups::align(&*deps.objects, run, &mut plan)).await?;
        }
    }
    mask_header(&run.plan.masks, &mut problems, &mut notes);
    let skip = same.as_ref().is_some_and(|same| same.skip);
    if skip {
        problems.clear();
    }
    notes.extend(same.iter().map(|same| same.note.clone()));
    let chunks = if problems.is_empty() && !skip { look::number(&plan)? } else { Vec::new() };
    let manifest = Manifest {
        version: Version,
        run_id: run_id.clone(),
        header: plan.header,
        footer: cells,
        records: chunks.iter().map(|chunk| chunk.records).sum(),
        problems,
        notes,
        same_content_as: same.map(|same| same.run),
        skip,
        chunks,
    };
    let key = keys::manifest(run_id);
    let manifest = settle_json(&*deps.objects, &key, manifest).await?;
    Ok(deps.answer(run_id, 0, Some(&manifest)))
}

impl Deps {
    /// The source, and its header if the feed's files do not simply begin with it.
    async fn located(&self, run: &Run, max_record_bytes: u64) -> Result<Source, Fault> {
        let source = self.source(run, max_record_bytes)?;
        if run.plan.source.columns.is_some() || run.plan.source.header.is_first_record() {
            return Ok(source);
        }
        source.locate(&run.plan, run.text()?).await
    }

    fn source(&self, run: &Run, max_record_bytes: u64) -> Result<Source, Fault> {
        let source = run.source()?;
        let sizes = Sizes { chunk: run.document.chunk_bytes, record: max_record_bytes };
        Ok(Source {
            objects: Arc::clone(&self.objects),
            key: source.key.as_str().into(),
            bytes: source.bytes,
            scanner: Arc::new(Scanner::new(run.plan.dialect, run.plan.source.layout(source.bytes), sizes)),
            located: None,
            read_bytes: self.config.read_bytes,
        })
    }

    /// The output of `split`: the manifest, or the number of ranges to scan before there is one.
    fn answer(&self, run_id: &RunId, ranges: u64, manifest: Option<&Manifest>) -> SplitOutput {
        let object = |key| ObjectRef { bucket: self.data_bucket.clone(), key };
        let chunks = manifest.map_or(&[][..], |manifest| &manifest.chunks);
        SplitOutput {
            manifest: object(keys::manifest(run_id)),
            header: manifest.map_or_else(ByteRange::default, |manifest| manifest.header),
            chunks: chunks.len() as u64,
            only_chunk: if let [only] = chunks { Some(*only) } else { None },
            records: manifest.map_or(0, |manifest| manifest.records),
            scan: object(keys::scan(run_id)),
            ranges,
        }
    }
}
