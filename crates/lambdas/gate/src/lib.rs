//! `gate`: the point between checking and importing.
//!
//! Compares the outcomes of all chunks with the manifest, the feed's limits and control totals, and the count of the footer. Says
//! no if a record broke a rule that stops the file. Finds records that share values that must be unique, and decides which of
//! several records with the same key wins. Nothing was written to the sink before, and nothing will be if the gate says no. For a
//! dry run it always says no; its document has what it would have said.
//!
//! If it is called again and the decision exists, it answers from that. Otherwise it decides anew, with the same result, because
//! the decision is a function of the outcomes, which are written once. It writes the losers of each chunk again under the same
//! keys. It writes the decision after everything that the decision depends on.

mod duplicates;
mod items;
mod limits;
mod loser_writer;
mod losers;
mod marks;
mod references;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::chunk::name_some;
use sluice_contract::documents::{CheckOutcome, GateDocument, KeyHashes, Manifest, Part, Usage, Version};
use sluice_contract::steps::{GateInput, GateOutput};
use sluice_contract::{Chunk, ChunkNo, ErrorName, Phase, RunId, keys};
use sluice_engine::display::thousands;
use sluice_engine::feed::FooterPlan;
use sluice_engine::footer::Footer;
use sluice_engine::validate::Totals;
use sluice_engine::{Causes, Code, Findings, FirstRejects, Omitted, Problem, Severity, Stage};
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::documents::{find_json, read_json, settle_json};
use sluice_platform::ledger::{Ledger, RunStage};
use sluice_platform::meter::Meter;
use sluice_platform::objects::Objects;
use sluice_platform::references::References;
use sluice_platform::run::{LoadError, Run, Runs};
use sluice_platform::sorted::Room;
use sluice_platform::{Fault, StepError, World};

use crate::duplicates::{LoserCounts, Source};
use crate::losers::BUFFER;
use crate::references::Own;

/// Outcomes that are read at the same time: enough to hide the latency of each.
const IN_FLIGHT: usize = 32;

/// What `gate` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// Loads runs.
    pub runs: Runs,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// The tables of feeds with references to themselves.
    pub references: Arc<dyn References>,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// The time.
    pub clock: Clock,
    /// Memory for the windows of all blocks in a merge, including those read ahead, in bytes.
    pub windows: u64,
}

/// Memory for windows in a function: 128 MiB.
const WINDOWS: u64 = 128 * 1024 * 1024;

impl Deps {
    /// Takes what `gate` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized)) -> Self {
        Self {
            objects: world.objects(),
            runs: world.runs(),
            ledger: world.ledger(),
            references: world.references(),
            meter: world.meter(),
            clock: world.clock(),
            windows: WINDOWS,
        }
    }
}

/// Why the gate could not decide.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// Chunks have no outcome, because their executions failed.
    #[error("{} of {total} chunks were not checked to the end: {}", .missing.len(), name_some(.missing))]
    Incomplete {
        /// The chunks.
        missing: Vec<ChunkNo>,
        /// How many there are.
        total: usize,
    },
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Load(error) => error.name(),
            Self::Incomplete { .. } => ErrorName::Incomplete,
        }
    }
}

/// Decides about a run.
///
/// # Errors
/// `Incomplete` if chunks were not checked, and failures of the world. A file that does not pass is no error.
pub async fn run(deps: &Deps, input: GateInput) -> Result<GateOutput, Error> {
    let reading = deps.meter.start();
    let objects = &*deps.objects;
    let key = keys::gate(&input.run_id);
    let decided = if input.attempt > 1 { find_json::<GateDocument>(objects, &key).await? } else { None };
    let loaded = deps.runs.load(&input.run_id).await?;
    let gate = match decided {
        Some(gate) => gate,
        None => settle_json(objects, &key, decide(deps, &loaded, &input.run_id).await?).await?,
    };
    deps.ledger.advance(&input.run_id, RunStage::Gated, &rfc3339((deps.clock)()), &reading.noted()).await?;
    Ok(GateOutput { go: gate.go, sink: loaded.plan.import.sink })
}

async fn decide(deps: &Deps, run: &Run, run_id: &RunId) -> Result<GateDocument, Error> {
    let objects = &*deps.objects;
    let manifest: Manifest = read_json(objects, &keys::manifest(run_id)).await?;
    let mut gate = GateDocument {
        version: Version,
        run_id: run_id.clone(),
        go: false,
        dry_run: run.document.dry_run,
        reasons: manifest.problems.clone(),
        contradictions: manifest.contradictions(),
        read: 0,
        valid: 0,
        rejected: 0,
        omitted: Omitted::default(),
        by_code: BTreeMap::new(),
        causes: Causes::default(),
        rejected_here: 0,
        by_code_here: BTreeMap::new(),
        warnings: Findings::default(),
        aborted: Findings::default(),
        totals: Vec::new(),
        losers: 0,
        notes: Vec::new(),
        usage: Usage::default(),
    };
    let mut totals = Totals::of_nothing(&run.plan);
    let mut hashes: Vec<KeyHashes> = Vec::with_capacity(2 * manifest.chunks.len());
    let (mut valid_items, mut valid) = (0, Vec::new());
    let mut parts = Vec::new();
    for (chunk, outcome) in manifest.chunks.iter().zip(outcomes(objects, run_id, &manifest.chunks).await?) {
        gate.contradictions.extend(outcome.contradictions(chunk));
        gate.read += outcome.read;
        gate.valid += outcome.valid;
        valid_items += outcome.valid_items();
        if run.plan.group.is_some() {
            valid.push(outcome.valid_parts().map(Part::clone));
        }
        gate.rejected += outcome.rejected;
        gate.omitted.extend(&outcome.omitted);
        for (code, records) in outcome.by_code {
            *gate.by_code.entry(code).or_insert(0) += records;
        }
        gate.causes.extend(&outcome.causes);
        gate.warnings.extend(&outcome.warnings);
        gate.aborted.extend(&outcome.aborted);
        if let Err(why) = totals.add_texts(&outcome.totals) {
            gate.contradictions.push(format!("chunk {}: {why}", chunk.chunk));
        }
        gate.usage += outcome.usage;
        hashes.extend([outcome.settled.keys, outcome.keys]);
        if !run.plan.own_references.is_empty() {
            parts.push([outcome.settled.references, outcome.references]);
        }
    }
    if gate.contradictions.is_empty() {
        let room = Room { windows: deps.windows, buffer: BUFFER };
        let (plan, chunks, hashes) = (&run.plan, &manifest.chunks[..], &hashes[..]);
        let own = Own { references: &*deps.references, parts: &parts };
        let own = (!plan.own_references.is_empty()).then_some(own);
        let source = Source { objects, run: run_id, plan, chunks, hashes, room };
        let mut losers = Box::pin(duplicates::find(&source, own)).await?;
        if losers.keys != valid_items && !run.plan.import.key.is_empty() {
            let (keys, things) = (losers.keys, if plan.group.is_some() { "items" } else { "records" });
            let contradiction = format!("the file: {valid_items} {things} are valid, but {keys} have left a key");
            gate.contradictions.push(contradiction);
        }
        if plan.group.is_some() && losers.duplicates + losers.rejected > 0 {
            let counts = items::in_records(objects, run_id, chunks, &valid, plan).await?;
            losers = LoserCounts { keys: losers.keys, orphans: losers.orphans, ..counts };
        }
        (gate.losers, gate.rejected_here) = (losers.duplicates, losers.rejected);
        gate.notes.extend((losers.orphans > 0).then(|| orphans(losers.orphans)));
        gate.by_code_here = losers.by_code.into_iter().map(|(code, records)| (code.to_string(), records)).collect();
    }
    gate.totals = totals.to_texts();
    // An unusable file, or one that was imported before, has no chunks. Limits and totals would only add wrong reasons.
    if manifest.problems.is_empty() && !manifest.skip {
        let footer = run.plan.source.footer.as_ref().zip(manifest.footer.as_deref());
        let (records, omitted) = (gate.records(), gate.omitted.records());
        let count = |(plan, cells): (&FooterPlan, _)| Footer::check_count(plan, cells, records, omitted);
        gate.reasons.extend(footer.and_then(count));
        gate.reasons.extend(limits::aborted(&gate.aborted));
        gate.reasons.extend(limits::beyond(&run.plan.limits, &gate));
        gate.reasons.extend(totals.check(&run.plan, manifest.footer.as_deref()));
    }
    gate.go = gate.reasons.is_empty() && gate.contradictions.is_empty() && !gate.dry_run && !manifest.skip;
    Ok(gate)
}

/// The note about records whose parents the gate took out.
fn orphans(count: u64) -> Problem {
    let (records, refer) = if count == 1 { ("record", "refers") } else { ("records", "refer") };
    let message = format!(
        "{} {records} {refer} to records of this file that were rejected after they had passed their check, and {} kept",
        thousands(count),
        if count == 1 { "is" } else { "are" },
    );
    Problem::new(Stage::Gate, Code::ParentRejected, message).severity(Severity::Warn)
}

/// The outcomes of all chunks, in their order.
async fn outcomes(objects: &dyn Objects, run: &RunId, chunks: &[Chunk]) -> Result<Vec<CheckOutcome>, Error> {
    let read = |chunk: Chunk| async move {
        let key = keys::outcome(run, Phase::Check, chunk.chunk);
        let outcome = find_json::<CheckOutcome>(objects, &key).await?;
        // The gate does not list rejects, and a file has thousands of chunks: drop the samples to save memory.
        let outcome = outcome.map(|outcome| CheckOutcome { first_rejects: FirstRejects::default(), ..outcome });
        Ok::<_, Fault>((chunk.chunk, outcome))
    };
    let found: Vec<_> = stream::iter(chunks.iter().copied()).map(read).buffered(IN_FLIGHT).try_collect().await?;
    let missing: Vec<ChunkNo> =
        found.iter().filter(|(_, outcome)| outcome.is_none()).map(|(chunk, _)| *chunk).collect();
    if missing.is_empty() {
        Ok(found.into_iter().filter_map(|(_, outcome)| outcome).collect())
    } else {
        Err(Error::Incomplete { missing, total: chunks.len() })
    }
}
