//! The steps, as the state machines call them: all that this suite knows of how a step is called.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use serde_json::json;
use sluice_contract::documents::{Manifest, ScanDocument};
use sluice_contract::steps::{
    ChunkInput, ExecutionFailure, PinInput, ReportInput, RestructureOutput, RunInput, SplitOutput, ValidateInput,
};
use sluice_contract::{Chunk, Phase, RunId, ScanRange, Verdict, keys};
use sluice_platform::inbox::UploadVersion;
use sluice_platform::rejects::{Block, Rejects};
use sluice_platform::runtime::Deadline;
use sluice_platform::world::FaultyWorld;
use sluice_platform::{Call, StepError, chain};
use sluice_sweep::Tick;

use crate::world::{INBOX, World};

/// How long a function may work.
const LAMBDA_LIMIT: Duration = Duration::from_mins(15);

/// Why a step failed, as a state machine sees it.
#[derive(Clone, Debug)]
pub struct Failed {
    pub name: String,
    pub cause: String,
}

impl<E: StepError> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { name: error.name().to_string(), cause: chain(&error) }
    }
}

/// What a step answers.
pub type Answer<T> = LocalBoxFuture<'static, Result<T, Failed>>;

/// The functions, each with what it knows of the world: one environment of each, in which nothing has run yet.
pub struct Steps {
    intake: sluice_intake::Deps,
    pin: sluice_pin::Deps,
    split: sluice_split::Deps,
    restructure: sluice_restructure::Deps,
    validate: sluice_validate::Deps,
    gate: sluice_gate::Deps,
    import: sluice_import::Deps,
    merge: sluice_merge::Deps,
    report: sluice_report::Deps,
    sweep: sluice_sweep::Deps,
}

impl Steps {
    pub fn new(world: &World) -> Arc<Self> {
        let intake = sluice_intake::Config { max_file_bytes: 1024 * 1024 };
        let &World { chunk_bytes, one_pass_bytes, .. } = world;
        let pin = sluice_pin::Config { chunk_bytes, max_record_bytes: 64 * 1024 };
        let split = sluice_split::Config { one_pass_bytes, read_bytes: 300 };
        let import = sluice_import::Config { in_flight: 8, margin: Duration::from_millis(1) };
        let world = &FaultyWorld::new(&world.memory, &world.faults);
        Arc::new(Self {
            intake: sluice_intake::Deps::new(world, intake),
            sweep: sluice_sweep::Deps::new(world, sluice_sweep::Config { intake, settled_minutes: 0 }),
            pin: sluice_pin::Deps::new(world, pin),
            split: sluice_split::Deps::new(world, split),
            restructure: sluice_restructure::Deps::new(world),
            validate: sluice_validate::Deps::new(world),
            gate: sluice_gate::Deps::new(world),
            import: sluice_import::Deps::new(world, import),
            merge: sluice_merge::Deps::new(world),
            report: sluice_report::Deps::new(world),
        })
    }
}

/// The event of an upload. Answers the run, where the upload is one.
pub fn intake(steps: Arc<Steps>, upload: &UploadVersion) -> Answer<Option<RunId>> {
    let event = json!({"detail": {
        "bucket": {"name": INBOX},
        "object": {
            "key": upload.key, "size": upload.bytes, "etag": upload.etag, "version-id": upload.version_id,
            "sequencer": "0055",
        },
    }});
    Box::pin(async move {
        let event = serde_json::from_value(event).unwrap();
        Ok(sluice_intake::run(&steps.intake, event).await?.run_id)
    })
}

/// The run of an upload.
pub fn run_of(upload: &UploadVersion) -> RunId {
    sluice_intake::run_of(INBOX, &upload.key, &upload.version_id)
}

/// A tick of the schedule. Answers what was done.
pub fn sweep(steps: Arc<Steps>) -> Answer<sluice_sweep::Answer> {
    Box::pin(async move { Ok(sluice_sweep::run(&steps.sweep, Tick {}, Deadline::none()).await?) })
}

pub fn pin(steps: Arc<Steps>, run: &RunId, execution: &str) -> Answer<()> {
    let input = PinInput { run_id: run.clone(), execution: execution.to_owned() };
    Box::pin(async move { Ok(sluice_pin::run(&steps.pin, input).await.map(drop)?) })
}

pub fn plan(steps: Arc<Steps>, run: &RunId) -> Answer<SplitOutput> {
    let run = run.clone();
    Box::pin(async move { Ok(sluice_split::plan(&steps.split, &run).await?) })
}

pub fn scan(steps: Arc<Steps>, run: &RunId, range: ScanRange) -> Answer<()> {
    let run = run.clone();
    Box::pin(async move { Ok(sluice_split::scan(&steps.split, &run, range).await.map(drop)?) })
}

pub fn fold(steps: Arc<Steps>, run: &RunId) -> Answer<SplitOutput> {
    let run = run.clone();
    Box::pin(async move { Ok(sluice_split::fold(&steps.split, &run).await?) })
}

pub fn restructure(steps: Arc<Steps>, run: &RunId, split: &SplitOutput, chunk: Chunk) -> Answer<RestructureOutput> {
    let input = chunk_input(run, split, Phase::Check, chunk);
    Box::pin(async move { Ok(sluice_restructure::run(&steps.restructure, input, &Call::local()).await?) })
}

pub fn validate(
    steps: Arc<Steps>,
    run: &RunId,
    split: &SplitOutput,
    chunk: Chunk,
    restructured: &RestructureOutput,
) -> Answer<()> {
    let (run_id, header, restructured) = (run.clone(), split.header, restructured.clone());
    let input = ValidateInput { run_id, attempt: 1, phase: Phase::Check, header, chunk, restructured };
    Box::pin(async move { Ok(sluice_validate::run(&steps.validate, input, &Call::local()).await.map(drop)?) })
}

/// Answers whether to import.
pub fn gate(steps: Arc<Steps>, run: &RunId) -> Answer<bool> {
    let input = RunInput { run_id: run.clone() };
    Box::pin(async move { Ok(sluice_gate::run(&steps.gate, input).await?.go) })
}

/// Answers whether the chunk is done.
pub fn import(steps: Arc<Steps>, run: &RunId, split: &SplitOutput, chunk: Chunk, no_time: bool) -> Answer<bool> {
    let input = chunk_input(run, split, Phase::Import, chunk);
    let deadline = Deadline::after(if no_time { Duration::ZERO } else { LAMBDA_LIMIT });
    let call = Call::local().until(deadline);
    Box::pin(async move { Ok(sluice_import::run(&steps.import, input, &call).await?.done) })
}

pub fn merge(steps: Arc<Steps>, run: &RunId) -> Answer<Verdict> {
    let input = RunInput { run_id: run.clone() };
    Box::pin(async move { Ok(sluice_merge::run(&steps.merge, input).await?.verdict) })
}

pub fn report(steps: Arc<Steps>, execution: &str) -> Answer<Verdict> {
    tell(steps, ReportInput { run_id: execution.to_owned(), failure: None })
}

/// The report of an execution that failed.
pub fn report_failure(steps: Arc<Steps>, execution: &str) -> Answer<Verdict> {
    let execution_arn = steps.report.executions.arn(execution);
    let failure = Some(ExecutionFailure { status: "FAILED".into(), execution_arn });
    tell(steps, ReportInput { run_id: execution.to_owned(), failure })
}

fn tell(steps: Arc<Steps>, input: ReportInput) -> Answer<Verdict> {
    Box::pin(async move { Ok(sluice_report::run(&steps.report, input).await?.verdict) })
}

/// The codes of the rejects in the index, by record.
pub async fn index(world: &World, run: &RunId) -> Vec<(u64, u64, BTreeSet<String>)> {
    let mut all = Vec::new();
    let records = document::<Manifest>(world, &keys::manifest(run)).records;
    for block in Block::all(records) {
        for entry in world.rejects.list(run, block).await.unwrap() {
            let codes = entry.problems.iter().map(|problem| problem.code.to_string()).collect();
            all.push((entry.record, entry.line, codes));
        }
    }
    all.sort();
    all
}

/// The chunks, as the Maps read them.
pub fn chunks(world: &World, run: &RunId) -> Vec<Chunk> {
    document::<Manifest>(world, &keys::manifest(run)).chunks
}

/// The ranges, as the Map reads them.
pub fn ranges(world: &World, run: &RunId) -> Vec<ScanRange> {
    document::<ScanDocument>(world, &keys::scan(run)).ranges
}

pub fn document<T: serde::de::DeserializeOwned>(world: &World, key: &str) -> T {
    let bytes = world.objects.bytes(key).unwrap_or_else(|| panic!("{key} is not there"));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{key}: {error}"))
}

fn chunk_input(run: &RunId, split: &SplitOutput, phase: Phase, chunk: Chunk) -> ChunkInput {
    ChunkInput { run_id: run.clone(), attempt: 1, phase, header: split.header, chunk }
}
