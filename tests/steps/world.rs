//! A world in memory, and the way of a run through the steps in the order of the state machines.

use std::ops::{Deref, DerefMut};
use std::slice::from_ref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sluice_contract::documents::{CheckOutcome, Manifest, TallyDocument};
use sluice_contract::steps::{
    ChunkInput, ExecutionFailure, GateInput, GateOutput, PinInput, PinOutput, ReportInput, RestructureOutput, RunInput,
    SplitOutput, ValidateInput, ValidateOutput,
};
use sluice_contract::{Chunk, ChunkNo, Phase, RunId, Verdict, keys};
use sluice_engine::feed::FeedName;
use sluice_pipeline::{Caller, Config, Execution, Failed, Site, Steps, Task, process};
use sluice_platform::executions::Executions;
use sluice_platform::inbox::UploadVersion;
use sluice_platform::ledger::{Ledger, RunEntry};
use sluice_platform::objects::Objects;
use sluice_platform::sink::{BatchLimits, Item, MemorySink, Sink, Sinks, Stamp, Target, Written};
use sluice_platform::world::MemoryWorld;
use sluice_platform::{Call, Fault};

/// The inbox bucket of this world.
pub const INBOX: &str = MemoryWorld::INBOX;

/// The settings of `import`.
const IMPORT: sluice_import::Config = sluice_import::Config { in_flight: 8, margin: Duration::from_millis(1) };

/// A small feed whose records are `id,price`. Its recipient is an operator too, so the mail about a run is one message.
pub const FEED: &str = "
version: 1
name: prices
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price, type: number}
import: {table: prices, key: [id]}
report: {recipients: [ops@example.com]}
";

/// A world in memory, the settings of the steps, and the number of uploads so far.
pub struct World {
    memory: MemoryWorld,
    /// The largest upload.
    pub max_file_bytes: u64,
    pub chunk_bytes: u64,
    pub max_record_bytes: u64,
    /// Largest source that is scanned in one pass; larger ones are scanned in ranges.
    pub one_pass_bytes: u64,
    /// Bytes of a source that one request reads.
    pub read_bytes: u64,
    /// The settings of joins.
    pub join: sluice_dataset::Config,
    /// Which of the next writes to the sink fails, from 1; 0 for none.
    pub failing_write: Arc<AtomicU32>,
    uploads: AtomicU32,
}

impl Deref for World {
    type Target = MemoryWorld;

    fn deref(&self) -> &MemoryWorld {
        &self.memory
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut MemoryWorld {
        &mut self.memory
    }
}

impl World {
    /// A world with the feed `prices` and small chunks.
    pub fn new() -> Self {
        let failing_write = Arc::<AtomicU32>::default();
        let writes_left = Arc::clone(&failing_write);
        let front = move |sink: &MemorySink| -> Arc<dyn Sink> {
            Arc::new(FailingSink { sink: sink.clone(), writes_left: Arc::clone(&writes_left) })
        };
        let world = Self {
            memory: MemoryWorld { front: Arc::new(front), ..MemoryWorld::new(clock) },
            max_file_bytes: 1024 * 1024,
            chunk_bytes: 16,
            max_record_bytes: 1024 * 1024,
            one_pass_bytes: 512,
            read_bytes: 100,
            join: sluice_dataset::Config { max_record_bytes: 1024 * 1024, partition_bytes: 64, buffer: 100 },
            failing_write,
            uploads: AtomicU32::new(0),
        };
        world.feed("prices", FEED);
        world
    }

    /// Writes a feed into the data bucket.
    pub fn feed(&self, name: &str, yaml: &str) {
        let name: FeedName = name.parse().unwrap();
        self.objects.insert(&keys::feed(&name), yaml.as_bytes().to_vec());
    }

    /// Uploads a file, a second after the previous one.
    pub fn upload(&self, key: &str, bytes: impl Into<Vec<u8>>) -> UploadVersion {
        let second = self.uploads.fetch_add(1, Ordering::Relaxed);
        self.inbox.upload(key, &format!("2026-11-21T02:33:{second:02}Z"), bytes.into())
    }

    /// The steps with the current settings, in a fresh environment.
    pub fn steps(&self) -> Steps {
        self.steps_in(&self.memory)
    }
    /// The same with the stores of another world, such as stores that fail.
    pub fn steps_in(&self, world: &dyn sluice_platform::World) -> Steps {
        let &Self { max_file_bytes, chunk_bytes, max_record_bytes, one_pass_bytes, read_bytes, .. } = self;
        let config = Config {
            intake: sluice_intake::Config { max_file_bytes },
            pin: sluice_pin::Config { chunk_bytes, max_record_bytes },
            split: sluice_split::Config { one_pass_bytes, read_bytes },
            import: IMPORT,
            dataset: self.join,
            settled_minutes: 10,
        };
        Steps::new(world, config)
    }

    pub fn intake(&self) -> sluice_intake::Deps {
        self.steps().intake
    }

    pub fn sweep(&self) -> sluice_sweep::Deps {
        self.steps().sweep
    }

    pub fn pin(&self) -> sluice_pin::Deps {
        self.steps().pin
    }

    pub fn split(&self) -> sluice_split::Deps {
        self.steps().split
    }

    pub fn import(&self) -> sluice_import::Deps {
        self.steps().import
    }

    /// `import` with at most `in_flight` writes in flight.
    pub fn import_with(&self, in_flight: usize) -> sluice_import::Deps {
        sluice_import::Deps::new(&self.memory, sluice_import::Config { in_flight, ..IMPORT })
    }

    pub fn retry(&self) -> sluice_retry::Deps {
        self.steps().retry
    }

    /// Ends an execution with a status, and returns the input with which report is called then.
    pub fn failed(&self, name: &str, status: &str) -> ReportInput {
        self.executions.end(name, status);
        let failure = ExecutionFailure { status: status.to_owned(), execution_arn: self.executions.arn(name) };
        ReportInput { execution: name.to_owned(), failure: Some(failure) }
    }

    /// What begins a rerun.
    pub fn rerun<'a>(&'a self, sinks: &'a dyn Sinks) -> sluice_intake::rerun::Rerun<'a> {
        let (objects, ledger, executions) = (&self.objects, &self.ledger, &self.executions);
        sluice_intake::rerun::Rerun { objects, ledger, sinks, executions, clock: self.clock }
    }

    pub fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.objects.clone())
    }

    /// Delivers the event of an upload, with its version, or without it, as some S3 implementations do.
    pub async fn deliver(&self, upload: &UploadVersion, with_version: bool) -> sluice_intake::Answer {
        let mut event = json!({"detail": {
            "bucket": {"name": INBOX},
            "object": {"key": upload.key, "size": upload.bytes, "etag": upload.etag, "sequencer": "0055"},
        }});
        if with_version {
            event["detail"]["object"]["version-id"] = json!(upload.version_id);
        }
        sluice_intake::run(&self.intake(), serde_json::from_value(event).unwrap()).await.unwrap()
    }

    /// Uploads a file, delivers its event, and runs it to the end.
    pub async fn import_file(&self, key: &str, bytes: impl Into<Vec<u8>>) -> (RunId, Verdict) {
        let upload = self.upload(key, bytes);
        let run = self.deliver(&upload, true).await.run_id.unwrap();
        let verdict = self.run(&run).await;
        (run, verdict)
    }

    /// The main orchestrator.
    pub async fn run(&self, run: &RunId) -> Verdict {
        self.run_as(run, run.as_str()).await
    }

    /// The main orchestrator, as the execution of this name.
    pub async fn run_as(&self, run: &RunId, name: &str) -> Verdict {
        let execution = self.execution(run, name);
        let checked = execution.check().await.unwrap();
        if checked.go {
            execution.process_chunks(Phase::Import, &checked.chunks).await.unwrap();
        }
        let ended = execution.finish().await.unwrap();
        assert_eq!(ended.merged, ended.reported);
        ended.reported
    }

    fn execution<'a>(&'a self, run: &'a RunId, name: &'a str) -> Execution<'a, Self> {
        Execution { caller: self, run, name }
    }

    /// Pin and split. If the source is too large for one pass, split works in ranges.
    pub async fn until_split(&self, run: &RunId) -> SplitOutput {
        self.until_split_as(run, run.as_str()).await
    }

    /// The same, as the execution of this name.
    pub async fn until_split_as(&self, run: &RunId, name: &str) -> SplitOutput {
        let execution = self.execution(run, name);
        let attempt = execution.pin().await.unwrap().attempt;
        execution.split(attempt).await.unwrap()
    }

    /// Pin, called by the execution of this name.
    pub async fn try_pin(&self, run: &RunId, execution: &str) -> Result<PinOutput, sluice_pin::Error> {
        let input = PinInput { run_id: run.clone(), execution: execution.to_owned() };
        sluice_pin::run(&self.pin(), input).await
    }

    /// Pin, split, and check all chunks.
    pub async fn until_checked(&self, run: &RunId) -> SplitOutput {
        let split = self.until_split(run).await;
        for chunk in self.chunks(run) {
            self.check(run, &split, chunk).await;
        }
        split
    }

    /// The chunk processor in its phase check.
    pub async fn check(&self, run: &RunId, split: &SplitOutput, chunk: Chunk) {
        process(self, chunk_input(run, split, Phase::Check, chunk), None).await.unwrap();
    }

    pub async fn restructure(&self, run: &RunId, split: &SplitOutput, chunk: Chunk) -> RestructureOutput {
        let input = chunk_input(run, split, Phase::Check, chunk);
        sluice_restructure::run(&self.steps().restructure, input, &Call::local()).await.unwrap()
    }

    pub async fn validate(
        &self,
        run: &RunId,
        split: &SplitOutput,
        chunk: Chunk,
        restructured: RestructureOutput,
    ) -> Result<ValidateOutput, sluice_validate::Error> {
        let (run_id, header) = (run.clone(), split.header);
        let input = ValidateInput { run_id, attempt: 1, phase: Phase::Check, header, chunk, restructured };
        sluice_validate::run(&self.steps().validate, input, &Call::local()).await
    }

    pub async fn gate(&self, run: &RunId) -> bool {
        self.try_gate(run).await.unwrap().go
    }

    pub async fn try_gate(&self, run: &RunId) -> Result<GateOutput, sluice_gate::Error> {
        let input = GateInput { run_id: run.clone(), attempt: 1 };
        sluice_gate::run(&self.steps().gate, input).await
    }

    pub async fn import_chunks(&self, run: &RunId, split: &SplitOutput) {
        for chunk in self.chunks(run) {
            process(self, chunk_input(run, split, Phase::Import, chunk), None).await.unwrap();
        }
    }

    /// Merge and report.
    pub async fn finish(&self, run: &RunId) -> Verdict {
        let ended = self.execution(run, run.as_str()).finish().await.unwrap();
        assert_eq!(ended.merged, ended.reported);
        ended.reported
    }

    pub async fn merge(&self, run: &RunId) -> Result<Verdict, sluice_merge::Error> {
        sluice_merge::run(&self.steps().merge, input(run)).await.map(|output| output.verdict)
    }

    pub async fn run_report(&self, input: ReportInput) -> Verdict {
        sluice_report::run(&self.steps().report, input).await.unwrap().verdict
    }

    pub fn chunks(&self, run: &RunId) -> Vec<Chunk> {
        self.document::<Manifest>(&keys::manifest(run)).chunks
    }

    /// The outcome of a chunk in the phase check.
    pub fn checked(&self, run: &RunId, chunk: ChunkNo) -> CheckOutcome {
        self.document(&keys::outcome(run, Phase::Check, chunk))
    }

    pub fn tally(&self, run: &RunId) -> TallyDocument {
        self.document(&keys::tally(run))
    }

    pub fn document<T: serde::de::DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_slice(&self.objects.bytes(key).unwrap()).unwrap()
    }

    /// An output of a run, as text.
    pub fn output(&self, run: &RunId, file: &str) -> String {
        let (feed, _) = run.as_str().rsplit_once('-').unwrap();
        let key = keys::output(&feed.parse().unwrap(), run, file);
        String::from_utf8(self.objects.bytes(&key).unwrap().to_vec()).unwrap()
    }

    pub async fn entry(&self, run: &RunId) -> RunEntry {
        self.ledger.get(run).await.unwrap().unwrap()
    }
}

/// Calls each step once, in a fresh environment, chunk after chunk. Nothing may fail.
impl Caller for World {
    fn objects(&self) -> Arc<dyn Objects> {
        self.objects()
    }

    async fn call<I, O>(&self, _: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        task(Arc::new(self.steps()), input, Call::local()).await
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, _: &'static str, items: Vec<(u32, F)>) {
        for (_, item) in items {
            item.await.unwrap();
        }
    }
}

/// A sink whose connection breaks once, possibly in the middle of a batch.
struct FailingSink {
    sink: MemorySink,
    /// Counts down with each write; the one that comes to 0 fails.
    writes_left: Arc<AtomicU32>,
}

#[async_trait::async_trait]
impl Sink for FailingSink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.sink.check(target).await
    }

    fn batch(&self) -> BatchLimits {
        self.sink.batch()
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        for item in items {
            let left = |left: u32| left.checked_sub(1);
            let counted = self.writes_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
            if counted == Ok(1) {
                return Err(Fault::Transient { what: "write".into(), source: "the connection broke".into() });
            }
            self.sink.write(target, from_ref(item), stamp, written).await?;
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.sink.flush().await
    }
}

pub fn chunk_input(run: &RunId, split: &SplitOutput, phase: Phase, chunk: Chunk) -> ChunkInput {
    ChunkInput { run_id: run.clone(), attempt: 1, phase, header: split.header, chunk }
}

fn input(run: &RunId) -> RunInput {
    RunInput { run_id: run.clone() }
}

/// The time of all calls.
fn clock() -> jiff::Timestamp {
    jiff::Timestamp::constant(1_795_228_380, 0)
}

/// An hour later.
pub fn later() -> jiff::Timestamp {
    jiff::Timestamp::constant(1_795_228_380 + 3600, 0)
}
