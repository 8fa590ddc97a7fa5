//! `merge`: adds up the outcomes, and merges the outputs in the order of the file.
//!
//! The tally is computed from the set of outcomes; each number was counted where it happened. If the numbers do not add up, per
//! chunk or in total, the run is INCONSISTENT and says where. The bucket puts the outputs together, whatever the verdict, so that
//! people can see what there is. Before that, merge checks each part of an output against the outcome that names it.
//!
//! In a repair, merge also closes the rejects that the repair has read again: see [`settle`].
//!
//! If it is called again, it does the same again: everything that it writes is a function of outcomes, which are written once.

mod interleave;
mod outputs;
mod settle;
mod tally;

use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::chunk::name_some;
use sluice_contract::documents::{CheckOutcome, GateDocument, ImportOutcome, Manifest, TallyDocument, Version};
use sluice_contract::steps::{MergeOutput, RunInput};
use sluice_contract::{Chunk, ChunkNo, ErrorName, Phase, RunId, Verdict, keys};
use sluice_engine::FirstRejects;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::documents::{find_json, put_json, read_json};
use sluice_platform::ledger::{Ledger, RunStage};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::rejects::Rejects;
use sluice_platform::run::{LoadError, Runs};
use sluice_platform::{Fault, StepError, World};

/// Outcomes that are read at the same time: enough to hide the latency of each.
const IN_FLIGHT: usize = 32;

/// What `merge` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The index of rejects.
    pub rejects: Arc<dyn Rejects>,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// The time.
    pub clock: Clock,
}

impl Deps {
    /// Takes what `merge` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self {
            objects: world.objects(),
            runs: world.runs(),
            ledger: world.ledger(),
            rejects: world.rejects(),
            meter: world.meter(),
            clock: world.clock(),
        }
    }
}

/// Why a run could not be merged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Chunks have no outcome, because their executions failed.
    #[error("{} of {total} chunks were not imported to the end: {}", .missing.len(), name_some(.missing))]
    Incomplete {
        /// The chunks.
        missing: Vec<ChunkNo>,
        /// How many there are.
        total: usize,
    },
    /// A row of a reject file is not one that Sluice writes.
    #[error("{0} holds a row that is not of a reject file")]
    RejectRow(String),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::Incomplete { .. } => ErrorName::Incomplete,
            Self::RejectRow(_) => ErrorName::Corrupt,
        }
    }
}

/// The outcomes of a chunk in both phases. There is no `import` if the gate said no.
pub(crate) struct ChunkOutcome {
    pub(crate) check: CheckOutcome,
    pub(crate) import: Option<ImportOutcome>,
}

/// Merges a run.
///
/// # Errors
/// `Incomplete` if chunks were not imported, and failures of the world. Numbers that do not add up are no error.
pub async fn run(deps: &Deps, input: RunInput) -> Result<MergeOutput, Error> {
    let reading = deps.meter.start();
    let objects = &*deps.objects;
    let run = deps.runs.load(&input.run_id).await?;
    let manifest: Manifest = read_json(objects, &keys::manifest(&input.run_id)).await?;
    let gate: GateDocument = read_json(objects, &keys::gate(&input.run_id)).await?;
    let (outcomes, first_rejects) = outcomes(objects, &input.run_id, &manifest.chunks, gate.go).await?;
    let sum = tally::add_up(&manifest, &gate, &outcomes);
    let imported = outputs::imported(objects, &run, &outcomes).await?;
    let overtaken = outputs::overtaken(objects, &run, &outcomes).await?;
    let rejects = outputs::rejects(objects, &run, &manifest, &outcomes).await?;
    let mut contradictions = sum.contradictions.clone();
    contradictions.extend(tally::outputs_contradict(&sum, &imported, &rejects));
    let verdict = match tally::verdict(&gate, &contradictions) {
        // A skipped file has no chunks: it was neither imported nor rejected.
        _ if manifest.skip && contradictions.is_empty() => Verdict::Skipped,
        verdict => verdict,
    };
    let mut notes = manifest.notes.clone();
    notes.extend(gate.notes.iter().cloned());
    if verdict == Verdict::Imported {
        notes.extend(settle::settle(objects, &*deps.rejects, &run, &manifest).await?);
    }
    let document = TallyDocument {
        version: Version,
        run_id: input.run_id.clone(),
        verdict,
        tally: sum.tally,
        items: sum.items,
        omitted: sum.omitted,
        would: tally::would(&gate, &contradictions),
        by_code: sum.by_code,
        causes: gate.causes,
        warnings: sum.warnings,
        contradictions,
        reasons: gate.reasons,
        notes,
        chunks: manifest.chunks.len() as u64,
        imported,
        overtaken,
        rejects,
        first_rejects,
        usage: sum.usage,
    };
    put_json(objects, &keys::tally(&input.run_id), &document).await?;
    deps.ledger.advance(&input.run_id, RunStage::Merged, &rfc3339((deps.clock)()), &reading.noted()).await?;
    let summaries = match document.verdict {
        // A repair has only some records of its file.
        Verdict::Imported if run.document.repairs.is_none() => run.plan.summaries.len() as u64,
        _ => 0,
    };
    Ok(MergeOutput { verdict: document.verdict, summaries })
}

/// Reads the outcomes of all chunks, in their order, and the first rejects of the file. The first rejects of each chunk are removed
/// from its outcome: together they would take too much memory.
async fn outcomes(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    imported: bool,
) -> Result<(Vec<ChunkOutcome>, FirstRejects), Error> {
    let read = |chunk: Chunk| async move {
        let check = read_json(objects, &keys::outcome(run, Phase::Check, chunk.chunk)).await?;
        let import =
            if imported { find_json(objects, &keys::outcome(run, Phase::Import, chunk.chunk)).await? } else { None };
        Ok::<_, Fault>((chunk.chunk, ChunkOutcome { check, import }))
    };
    let mut read = stream::iter(chunks.iter().copied()).map(read).buffered(IN_FLIGHT);
    let (mut found, mut first, mut missing) = (Vec::with_capacity(chunks.len()), FirstRejects::default(), Vec::new());
    while let Some((chunk, mut outcome)) = read.try_next().await? {
        if imported && outcome.import.is_none() {
            missing.push(chunk);
        }
        first.extend(std::mem::take(&mut outcome.check.first_rejects));
        first.extend(
            outcome.import.as_mut().map(|import| std::mem::take(&mut import.first_rejects)).unwrap_or_default(),
        );
        found.push(outcome);
    }
    if missing.is_empty() { Ok((found, first)) } else { Err(Error::Incomplete { missing, total: chunks.len() }) }
}
