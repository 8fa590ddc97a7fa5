//! `summarise`: makes the summaries of a run, and delivers them.
//!
//! Import has written what each chunk adds, as sorted blocks. This step merges the blocks as streams: visits into groups, by the credit of
//! each touch, and groups into totals. It sorts the totals as the feed says, writes the file beside the outputs of the run, and delivers
//! it to the outbound bucket, where it replaces no file of a later run.
//!
//! If it is called again and the document of the summaries exists, it answers from that. Otherwise it makes them anew: every object that it
//! writes is a function of the outcomes of the chunks, and a repeated delivery changes nothing.

mod groups;
mod table;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::documents::{ImportOutcome, Manifest, Requests, SummariesDocument, SummaryEntries, Version};
use sluice_contract::steps::{RunInput, SummariseOutput};
use sluice_contract::{Chunk, ErrorName, Phase, RunId, keys};
use sluice_platform::documents::{find_json, read_json, settle_json};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::outbound::Outbound;
use sluice_platform::run::{LoadError, Runs};
use sluice_platform::sorted::Room;
use sluice_platform::{Fault, StepError, World};

/// Outcomes that are read at the same time: enough to hide the latency of each.
const IN_FLIGHT: usize = 32;

/// What the step may hold in memory: 64 MiB of groups, the same of sorted groups, and 128 MiB of windows.
const ROOM: Room = Room { buffer: 64 * 1024 * 1024, windows: 128 * 1024 * 1024 };

/// What `summarise` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// The outbound bucket.
    pub outbound: Arc<dyn Outbound>,
    /// Loads runs.
    pub runs: Runs,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// What it may hold in memory.
    pub room: Room,
}

impl Deps {
    /// Takes what `summarise` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self {
            objects: world.objects(),
            outbound: world.outbound(),
            runs: world.runs(),
            meter: world.meter(),
            room: ROOM,
        }
    }
}

/// Why summaries could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A row could not be written.
    #[error("a row of a summary could not be written")]
    Row(#[from] std::io::Error),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::Row(_) => ErrorName::Corrupt,
        }
    }
}

/// Makes the summaries of a run that ended IMPORTED.
///
/// # Errors
/// If something outside fails. A file of a later run that is there already is no error.
pub async fn run(deps: &Deps, input: RunInput) -> Result<SummariseOutput, Error> {
    let reading = deps.meter.start();
    let objects = &*deps.objects;
    let key = keys::summaries(&input.run_id);
    if let Some(document) = find_json::<SummariesDocument>(objects, &key).await? {
        return Ok(answer(&document));
    }
    let run = deps.runs.load(&input.run_id).await?;
    let manifest: Manifest = read_json(objects, &keys::manifest(&input.run_id)).await?;
    let mut entries = entries(objects, &input.run_id, &manifest.chunks, run.plan.summaries.len()).await?;
    let mut summaries = Vec::with_capacity(run.plan.summaries.len());
    for (number, plan) in (1..).zip(&run.plan.summaries) {
        let own = entries.get_mut(number - 1).map(std::mem::take).unwrap_or_default();
        summaries.push(Box::pin(table::make(deps, &run, number, plan, own)).await?);
    }
    // The document is still to be written. The state of this call is in no other estimate.
    let usage = reading.usage_with(Requests { s3_writes: 1, transitions: 1, ..Requests::default() });
    let document = SummariesDocument { version: Version, run_id: input.run_id, summaries, usage };
    Ok(answer(&settle_json(objects, &key, document).await?))
}

fn answer(document: &SummariesDocument) -> SummariseOutput {
    let summaries = &document.summaries;
    let is_delivered = |delivered: &sluice_engine::report::DeliveredTo| !delivered.overtaken;
    let delivered = summaries.iter().filter(|summary| summary.delivered.as_ref().is_some_and(is_delivered)).count();
    SummariseOutput { written: summaries.len() as u64, delivered: delivered as u64 }
}

/// What the chunks add to each of so many summaries.
async fn entries(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    summaries: usize,
) -> Result<Vec<Vec<SummaryEntries>>, Fault> {
    let read = |chunk: Chunk| async move {
        let outcome: ImportOutcome = read_json(objects, &keys::outcome(run, Phase::Import, chunk.chunk)).await?;
        Ok::<_, Fault>(outcome.summaries)
    };
    let mut found = vec![Vec::new(); summaries];
    let mut read = stream::iter(chunks.iter().copied()).map(read).buffered(IN_FLIGHT);
    while let Some(of_chunk) = read.try_next().await? {
        for entries in of_chunk {
            if let Some(own) = entries.summary.checked_sub(1).and_then(|index| found.get_mut(index)) {
                own.push(entries);
            }
        }
    }
    Ok(found)
}
