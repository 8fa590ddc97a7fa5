//! The main orchestrator and the chunk processor, state by state.

use serde::de::DeserializeOwned;
use sluice_contract::documents::{Manifest, ScanDocument};
use sluice_contract::steps::{
    ChunkInput, CollectionInput, ExecutionFailure, GateInput, PinInput, PinOutput, ReportInput, ReportOutput, RunInput,
    SplitInput, SplitOutput, ValidateInput,
};
use sluice_contract::{ByteRange, Chunk, ErrorName, Phase, RunId, Verdict};
use sluice_platform::documents::read_json;
use sluice_platform::executions::Executions;
use sluice_platform::sink::SinkKind;

use crate::{Caller, Failed, Site, tasks};

/// One execution of the main orchestrator.
pub struct Execution<'a, C> {
    /// Calls the steps.
    pub caller: &'a C,
    /// The run.
    pub run: &'a RunId,
    /// The name of the execution: the run id, or `<run id>-<attempt>`.
    pub name: &'a str,
}

/// What an execution knows about a file after the gate.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its chunks.
    pub chunks: Chunks,
    /// Whether the gate lets the file pass.
    pub go: bool,
}

/// The chunks of a file, and what goes with each.
#[derive(Clone, Debug)]
pub struct Chunks {
    /// The number of this attempt at the run, from 1.
    pub attempt: u32,
    /// The range of the header in the source.
    pub header: ByteRange,
    /// The items of the manifest.
    pub chunks: Vec<Chunk>,
    /// The sink of the feed, from the gate on.
    pub sink: Option<SinkKind>,
}

/// How an execution ended, if it reported its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The verdict of `merge`, which follows from the numbers.
    pub merged: Verdict,
    /// The verdict that was reported.
    pub reported: Verdict,
}

impl<C: Caller> Execution<'_, C> {
    /// Runs the execution to its end.
    ///
    /// # Errors
    /// If a step fails, or if the tally does not add up.
    pub async fn run(&self) -> Result<Ended, Failed> {
        let checked = self.check().await?;
        if checked.go {
            self.process_chunks(Phase::Import, &checked.chunks).await?;
        }
        let ended = self.finish().await?;
        if ended.reported == Verdict::Inconsistent {
            let cause = "The tally of this run does not add up. It has been reported.".to_owned();
            return Err(Failed { error: ErrorName::Inconsistent.to_string(), cause });
        }
        Ok(ended)
    }

    /// Runs the execution up to and including the gate: everything before the first write to a sink.
    ///
    /// # Errors
    /// If a step fails.
    pub async fn check(&self) -> Result<Checked, Failed> {
        let chunks = self.cut().await?;
        self.process_chunks(Phase::Check, &chunks).await?;
        let input = GateInput { run_id: self.run.clone(), attempt: chunks.attempt };
        let gate = self.caller.call(Site::of("Gate"), input, tasks::gate).await?;
        Ok(Checked { chunks: Chunks { sink: Some(gate.sink), ..chunks }, go: gate.go })
    }

    /// Pins the run and cuts its source into chunks.
    async fn cut(&self) -> Result<Chunks, Failed> {
        let attempt = self.pin().await?.attempt;
        let split = self.split(attempt).await?;
        let chunks = match (split.chunks, split.only_chunk) {
            (0, _) => Vec::new(),
            (_, Some(only)) => vec![only],
            (_, None) => self.read::<Manifest>(&split.manifest.key).await?.chunks,
        };
        Ok(Chunks { attempt, header: split.header, chunks, sink: None })
    }

    /// Claims the run for this execution, and moves its upload into the archive.
    ///
    /// # Errors
    /// If the step fails.
    pub async fn pin(&self) -> Result<PinOutput, Failed> {
        let input = PinInput { run_id: self.run.clone(), execution: self.name.to_owned() };
        self.caller.call(Site::of("Pin"), input, tasks::pin).await
    }

    /// Cuts the source into chunks: in one pass, or range by range if it is large.
    ///
    /// # Errors
    /// If a step fails.
    pub async fn split(&self, attempt: u32) -> Result<SplitOutput, Failed> {
        let plan = SplitInput::Plan { run_id: self.run.clone(), attempt };
        let split = self.caller.call(Site::of("Split"), plan, tasks::split).await?;
        if split.ranges == 0 {
            return Ok(split);
        }
        self.map_ranges(&split.scan.key).await?;
        let fold = SplitInput::Fold { run_id: self.run.clone() };
        self.caller.call(Site::of("Fold"), fold, tasks::split).await
    }

    async fn map_ranges(&self, key: &str) -> Result<(), Failed> {
        let ranges = self.read::<ScanDocument>(key).await?.ranges.into_iter().map(|range| {
            let input = SplitInput::Scan { run_id: self.run.clone(), range };
            let site = Site::item("Scan range", range.number);
            (range.number, async move { self.caller.call(site, input, tasks::scan).await.map(drop) })
        });
        self.caller.map("Scan ranges", ranges.collect()).await;
        Ok(())
    }

    /// Works on every chunk of a file. A file of one chunk goes the straight way: the main orchestrator calls the steps
    /// itself. With more chunks, a Map starts the chunk processor for each.
    ///
    /// # Errors
    /// Where a step fails on the only chunk. A chunk that fails in a Map leaves no outcome, and the next step names it.
    pub async fn process_chunks(&self, phase: Phase, chunks: &Chunks) -> Result<(), Failed> {
        let &Chunks { attempt, header, ref chunks, sink } = chunks;
        let input = |chunk: &Chunk| ChunkInput { run_id: self.run.clone(), attempt, phase, header, chunk: *chunk };
        if let [only] = &chunks[..] {
            return process(self.caller, input(only), sink).await;
        }
        if !chunks.is_empty() {
            let state = match phase {
                Phase::Check => "Check chunks",
                Phase::Import => "Import chunks",
            };
            let items = chunks.iter().map(|chunk| (chunk.chunk.0, process(self.caller, input(chunk), sink)));
            self.caller.map(state, items.collect()).await;
        }
        Ok(())
    }

    /// Merges, makes the summaries, and reports.
    ///
    /// # Errors
    /// If a step fails.
    pub async fn finish(&self) -> Result<Ended, Failed> {
        let merge = self.caller.call(Site::of("Merge"), self.input(), tasks::merge).await?;
        if merge.summaries > 0 {
            self.caller.call(Site::of("Summarise"), self.input(), tasks::summarise).await?;
        }
        let input = ReportInput { execution: self.name.to_owned(), failure: None };
        let report = self.caller.call(Site::of("Report"), input, tasks::report).await?;
        Ok(Ended { merged: merge.verdict, reported: report.verdict })
    }

    /// Reports that this execution failed. In a stack, an EventBridge rule on failed executions calls `report`.
    ///
    /// # Errors
    /// If `report` fails.
    pub async fn report_failure(&self, executions: &dyn Executions) -> Result<ReportOutput, Failed> {
        let failure = ExecutionFailure { status: "FAILED".to_owned(), execution_arn: executions.arn(self.name) };
        let input = ReportInput { execution: self.name.to_owned(), failure: Some(failure) };
        self.caller.call(Site::of("failure"), input, tasks::report).await
    }

    fn input(&self) -> RunInput {
        RunInput { run_id: self.run.clone() }
    }

    /// Reads the items of a Map.
    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<T, Failed> {
        Ok(read_json(&*self.caller.objects(), key).await?)
    }
}

/// Processes one chunk in one phase, as the chunk processor does, or the main orchestrator on the straight way. To import, it is
/// called with the sink.
///
/// # Errors
/// If a step fails.
pub async fn process<C: Caller>(caller: &C, input: ChunkInput, sink: Option<SinkKind>) -> Result<(), Failed> {
    let number = input.chunk.chunk.0;
    // An import whose time ran out continues from the progress that it saved.
    match (input.phase, sink) {
        (Phase::Check, _) => {
            let site = Site::item("Restructure", number);
            let restructured = caller.call(site, input.clone(), tasks::restructure).await?;
            let ChunkInput { run_id, attempt, phase, header, chunk } = input;
            let input = ValidateInput { run_id, attempt, phase, header, chunk, restructured };
            caller.call(Site::item("Validate", number), input, tasks::validate).await?;
        }
        (Phase::Import, Some(SinkKind::Collection)) => {
            let site = Site::item("Import into a collection", number);
            let input = CollectionInput::Import(input);
            while !caller.call(site, input.clone(), tasks::import_into_collection).await?.done {}
        }
        (Phase::Import, _) => {
            while !caller.call(Site::item("Import", number), input.clone(), tasks::import).await?.done {}
        }
    }
    Ok(())
}
