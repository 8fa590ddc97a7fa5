//! `split`: cuts the source into chunks that hold whole records, and looks at its header.
//!
//! A file that `pin` could not read, or whose header or structure is unusable, gets a manifest without chunks that says why; the
//! gate then says no. That is data, not a failure.

use std::sync::Arc;

use futures::TryStreamExt;
use sluice_contract::documents::{Manifest, Version};
use sluice_contract::steps::{ObjectRef, RunInput, SplitOutput};
use sluice_contract::{Chunk, ChunkNo, ErrorName, keys};
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedPlan;
use sluice_engine::header::{self, HeaderCheck};
use sluice_engine::mask::mask_header;
use sluice_engine::record::ReadError;
use sluice_engine::scan::{FilePlan, Splitter};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::documents::put_json;
use sluice_platform::ledger::{Ledger, RunStage};
use sluice_platform::objects::Objects;
use sluice_platform::run::{LoadError, Run, Runs};
use sluice_platform::{Fault, StepError};

/// What `split` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Its name, for the Maps' readers.
    pub data_bucket: String,
    /// Loads runs.
    pub runs: Runs,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The time.
    pub clock: Clock,
}

/// Why a source could not be split.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// There are more chunks than can be numbered.
    #[error("the file has more than {} chunks; deploy with a larger ChunkBytes", u32::MAX)]
    TooManyChunks,
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::TooManyChunks => ErrorName::Misconfigured,
        }
    }
}

/// Splits the source of a run, and writes its manifest.
///
/// # Errors
/// Where something outside fails; a file that cannot be read is no error.
pub async fn run(deps: &Deps, input: RunInput) -> Result<SplitOutput, Error> {
    let run = deps.runs.load(&input.run_id).await?;
    let source = run.source()?;
    let mut problems = source.problems.clone();
    let mut notes = source.notes.clone();
    let mut plan = FilePlan::default();
    if problems.is_empty() {
        match scan(deps, &run, &source.key).await? {
            Ok(found) => {
                let check = look(&run.plan, source.text, &found);
                problems.extend(check.problems);
                notes.extend(check.notes);
                plan = found;
            }
            Err(error) => problems.push(Problem::new(Stage::Split, Code::SourceError, error.to_string())),
        }
    }
    mask_header(&run.plan.masks, &mut problems, &mut notes);
    let chunks = if problems.is_empty() { number(&plan)? } else { Vec::new() };
    let manifest = Manifest {
        version: Version,
        run_id: input.run_id.clone(),
        header: plan.header,
        trailer: plan
            .trailer
            .map(|trailer| trailer.cells.iter().map(|cell| source.text.show(cell).into_owned()).collect()),
        records: chunks.iter().map(|chunk| chunk.records).sum(),
        problems,
        notes,
        chunks,
    };
    let key = keys::manifest(&input.run_id);
    put_json(&*deps.objects, &key, &manifest).await?;
    deps.ledger.advance(&input.run_id, RunStage::Split, &rfc3339((deps.clock)())).await?;
    Ok(SplitOutput {
        manifest: ObjectRef { bucket: deps.data_bucket.clone(), key },
        header: manifest.header,
        chunks: manifest.chunks.len() as u64,
        records: manifest.records,
    })
}

/// Reads the whole source once, as a stream.
async fn scan(deps: &Deps, run: &Run, source: &str) -> Result<Result<FilePlan, ReadError>, Fault> {
    let mut body = deps.objects.read(source, None).await?;
    let mut splitter = Splitter::new(run.plan.dialect, run.plan.source.layout(), run.document.chunk_bytes);
    while let Some(piece) = body.try_next().await? {
        if let Err(error) = splitter.push(&piece) {
            return Ok(Err(error));
        }
    }
    Ok(splitter.finish())
}

/// Holds what stands at both ends of a file against its feed.
fn look(feed: &FeedPlan, text: SourceText, file: &FilePlan) -> HeaderCheck {
    let mut check = match (&feed.source.columns, &file.labels) {
        _ if file.is_empty() => {
            let expected = if feed.source.columns.is_some() { "records" } else { "a header and records" };
            let message = format!("the file is empty; expected {expected}");
            let problem = Problem::new(Stage::Split, Code::SourceError, message);
            return HeaderCheck { binding: None, problems: vec![problem], notes: Vec::new() };
        }
        (Some(columns), _) => header::check(feed, columns),
        (None, labels) => {
            let labels = labels.iter().flatten().map(|label| text.show(label).into_owned());
            header::check(feed, &labels.collect::<Vec<_>>())
        }
    };
    if let Some(trailer) = &feed.source.trailer {
        check.problems.extend(trailer.check(text, file.trailer.as_ref(), file.records));
    }
    check
}

fn number(plan: &FilePlan) -> Result<Vec<Chunk>, Error> {
    let number = |(index, span): (usize, &sluice_engine::scan::ChunkSpan)| {
        let number = u32::try_from(index + 1).map_err(|_| Error::TooManyChunks)?;
        Ok(Chunk {
            chunk: ChunkNo(number),
            start: span.range.start,
            end: span.range.end,
            first_record: span.first_record,
            first_line: span.first_line,
            records: span.records,
        })
    };
    plan.chunks.iter().enumerate().map(number).collect()
}
