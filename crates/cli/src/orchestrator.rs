//! The main orchestrator on this machine: the same steps in the same order, chunks in parallel on
//! all cores.
//!
//! `statemachine/main-orchestrator.asl.json` and `statemachine/chunk-processor.asl.json` are the
//! originals; whoever changes them changes this. What is not here: retries. A file system that
//! fails is not asked again.

use std::fmt;
use std::sync::Arc;

use futures::{StreamExt, stream};
use sluice_contract::documents::{Manifest, ScanDocument};
use sluice_contract::steps::{ChunkInput, PinInput, ReportInput, RunInput, ValidateInput};
use sluice_contract::{ByteRange, Chunk, ErrorName, Phase, RunId, keys};
use sluice_platform::documents::read_json;
use sluice_platform::objects::Objects;
use sluice_platform::{Call, StepError, chain};

use crate::screen::Screen;

/// The steps, each with what it knows of the world.
pub struct Steps {
    /// The data bucket, in which the manifest lies.
    pub objects: Arc<dyn Objects>,
    /// Moves the upload into the archive.
    pub pin: sluice_pin::Deps,
    /// Finds the chunks.
    pub split: sluice_split::Deps,
    /// Turns records into target records.
    pub restructure: sluice_restructure::Deps,
    /// Judges them.
    pub validate: sluice_validate::Deps,
    /// Decides about the file.
    pub gate: sluice_gate::Deps,
    /// Writes to the sink.
    pub import: sluice_import::Deps,
    /// Adds up, and writes the outputs.
    pub merge: sluice_merge::Deps,
    /// Tells.
    pub report: sluice_report::Deps,
}

/// Why an execution failed: as a state machine would see it.
#[derive(Debug)]
pub struct Failed {
    /// The name of the error.
    pub error: ErrorName,
    /// What it said, with its causes.
    pub cause: String,
}

impl<E: StepError> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.name(), cause: chain(&error) }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.error, self.cause)
    }
}

/// Runs an execution to its end.
pub async fn execute(steps: &Arc<Steps>, run_id: &RunId, width: usize, screen: &dyn Screen) -> Result<(), Failed> {
    let input = || RunInput { run_id: run_id.clone() };
    let Checked { chunks, header, go } = check(steps, run_id, width, screen).await?;
    if go {
        Map { steps, run_id, header, phase: Phase::Import, width }.run(&chunks, screen).await;
    }
    sluice_merge::run(&steps.merge, input()).await?;
    sluice_report::run(&steps.report, ReportInput { run_id: run_id.to_string(), failure: None }).await?;
    Ok(())
}

/// What an execution knows of a file at the gate.
pub struct Checked {
    chunks: Vec<Chunk>,
    header: ByteRange,
    /// Whether the gate lets it pass.
    go: bool,
}

/// Runs an execution up to the gate: everything that comes before the first write to a sink.
pub async fn check(steps: &Arc<Steps>, run_id: &RunId, width: usize, screen: &dyn Screen) -> Result<Checked, Failed> {
    let input = || RunInput { run_id: run_id.clone() };
    // The only execution that there is here: its first attempt.
    let pin = PinInput { run_id: run_id.clone(), execution: run_id.execution(1) };
    sluice_pin::run(&steps.pin, pin).await?;
    let mut split = sluice_split::plan(&steps.split, run_id).await?;
    if split.ranges > 0 {
        scan(steps, run_id, width).await?;
        split = sluice_split::fold(&steps.split, run_id).await?;
    }
    let chunks = match split.chunks {
        0 => vec![],
        _ => read_json::<Manifest>(&*steps.objects, &keys::manifest(run_id)).await?.chunks,
    };
    Map { steps, run_id, header: split.header, phase: Phase::Check, width }.run(&chunks, screen).await;
    let gate = sluice_gate::run(&steps.gate, input()).await?;
    Ok(Checked { chunks, header: split.header, go: gate.go })
}

/// The Map over the ranges of a large source. One that failed leaves no summary, and folding names it.
async fn scan(steps: &Arc<Steps>, run_id: &RunId, width: usize) -> Result<(), Failed> {
    let ranges = read_json::<ScanDocument>(&*steps.objects, &keys::scan(run_id)).await?.ranges;
    let scans = ranges.into_iter().map(|range| sluice_split::scan(&steps.split, run_id, range));
    stream::iter(scans).buffer_unordered(width).for_each(async |_| {}).await;
    Ok(())
}

/// One of the two Maps over chunks: the chunk processor for every chunk.
struct Map<'a> {
    steps: &'a Arc<Steps>,
    run_id: &'a RunId,
    header: ByteRange,
    phase: Phase,
    /// How many chunks at once.
    width: usize,
}

impl Map<'_> {
    /// Every chunk is tried. One that failed leaves no outcome, and the next step names it.
    async fn run(&self, chunks: &[Chunk], screen: &dyn Screen) {
        let name = match self.phase {
            Phase::Check => "Check chunks",
            Phase::Import => "Import chunks",
        };
        let work = |chunk: &Chunk| {
            let (steps, chunk) = (Arc::clone(self.steps), *chunk);
            let run_id = self.run_id.clone();
            let input = ChunkInput { run_id, attempt: 1, phase: self.phase, header: self.header, chunk };
            // A task each: work on a chunk is mostly computing, and a future alone would share one core.
            let task = tokio::spawn(async move { process(&steps, input).await });
            async move { (chunk.chunk, task.await) }
        };
        let mut working = stream::iter(chunks).map(work).buffer_unordered(self.width);
        let mut done = 0;
        screen.bar(name, done, chunks.len() as u64);
        while let Some((chunk, result)) = working.next().await {
            done += 1;
            screen.bar(name, done, chunks.len() as u64);
            match result {
                Ok(Ok(())) => {}
                Ok(Err(failed)) => screen.line(&format!("  chunk {chunk} failed: {failed}")),
                Err(panicked) => screen.line(&format!("  chunk {chunk} failed: {panicked}")),
            }
        }
        screen.clear();
    }
}

/// The chunk processor.
async fn process(steps: &Steps, input: ChunkInput) -> Result<(), Failed> {
    match input.phase {
        Phase::Check => {
            let restructured = sluice_restructure::run(&steps.restructure, input.clone(), &Call::local()).await?;
            let ChunkInput { run_id, attempt, phase, header, chunk } = input;
            sluice_validate::run(
                &steps.validate,
                ValidateInput { run_id, attempt, phase, header, chunk, restructured },
                &Call::local(),
            )
            .await?;
        }
        Phase::Import => while !sluice_import::run(&steps.import, input.clone(), &Call::local()).await?.done {},
    }
    Ok(())
}
