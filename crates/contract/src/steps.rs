//! What goes into each step of the workflow and what comes out of it.
//!
//! These are small: ids, ranges, counts. Rows never travel in the state of an execution.

use serde::{Deserialize, Serialize};

use crate::documents::Part;
use crate::{ByteRange, Chunk, Phase, RunId, ScanRange, Tally, Verdict};

/// The input of the main orchestrator, and of its steps `gate` and `merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunInput {
    /// The run.
    pub run_id: RunId,
}

/// The input of `pin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinInput {
    /// The run.
    pub run_id: RunId,
    /// The name of the execution that calls: it takes the run, so that no other works on it at the same time.
    pub execution: String,
}

/// What `pin` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinOutput {
    /// Key of what the records are read from: the archive copy, or the text that was made from it.
    pub source: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Which attempt at the run holds it now, from 1.
    pub attempt: u32,
}

/// The input of `split`, which has three roles: `{"plan": {"run_id": …}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SplitInput {
    /// Cuts the source; one that is too large for that is divided into ranges, each to be scanned.
    Plan {
        /// The run.
        run_id: RunId,
    },
    /// Scans a range.
    Scan {
        /// The run.
        run_id: RunId,
        /// The range, an item of `scan.json`.
        range: ScanRange,
    },
    /// Cuts the source by the scans of its ranges.
    Fold {
        /// The run.
        run_id: RunId,
    },
}

/// What `split` answers where it planned or folded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitOutput {
    /// Where the manifest lies, for the Maps' readers.
    pub manifest: ObjectRef,
    /// Where the header lies in the source, for the steps that bind columns to it.
    pub header: ByteRange,
    /// How many chunks there are; 0 where the file has no records or its header is unusable.
    pub chunks: u64,
    /// How many records there are.
    pub records: u64,
    /// Where the ranges lie that are to be scanned, for the Map's reader.
    pub scan: ObjectRef,
    /// How many these are; 0 where the manifest is written. Until then there are no chunks.
    pub ranges: u64,
}

/// What `split` answers where it scanned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanOutput {
    /// Lines that end in the range.
    pub lines: u64,
}

/// An object as a Distributed Map's reader needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// The input of the chunk processor, and of its steps `restructure` and `import`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChunkInput {
    /// The run.
    pub run_id: RunId,
    /// Which attempt at the run this is, from 1: what a step leaves where it fails belongs to it.
    pub attempt: u32,
    /// What is to be done.
    pub phase: Phase,
    /// Where the header lies in the source.
    pub header: ByteRange,
    /// The chunk, an item of the manifest.
    pub chunk: Chunk,
}

/// What `restructure` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestructureOutput {
    /// The restructured records: all of the chunk's. Nothing, where the chunk was checked to the end before: then
    /// `validate` answers from the outcome.
    pub rows: Part,
    /// Duration times memory, in milliseconds times MB, for the cost estimate.
    pub mb_ms: u64,
}

/// The input of `validate`: the chunk, and what `restructure` made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidateInput {
    /// The run.
    pub run_id: RunId,
    /// Which attempt at the run this is, from 1.
    pub attempt: u32,
    /// Always `check`.
    pub phase: Phase,
    /// Where the header lies in the source.
    pub header: ByteRange,
    /// The chunk.
    pub chunk: Chunk,
    /// What `restructure` answered.
    pub restructured: RestructureOutput,
}

/// What `validate` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidateOutput {
    /// Records read.
    pub read: u64,
    /// Records that may be imported.
    pub valid: u64,
    /// Records that may not.
    pub rejected: u64,
    /// Records that hold nothing to import.
    pub omitted: u64,
}

/// What `gate` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateOutput {
    /// Whether to import.
    pub go: bool,
}

/// What `import` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutput {
    /// `false` where the time ran out: call again.
    pub done: bool,
    /// Number of the next record to import, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_record: Option<u64>,
}

/// What `merge` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeOutput {
    /// How the run ended, by the numbers.
    pub verdict: Verdict,
}

/// The input of `report`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportInput {
    /// The name of the execution: the run id, or `<run id>-<attempt>`.
    pub execution: String,
    /// Set where the execution did not get as far as reporting itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<ExecutionFailure>,
}

/// How an execution ended that could not report itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionFailure {
    /// `FAILED`, `TIMED_OUT` or `ABORTED`.
    pub status: String,
    /// The execution, to be asked for error and cause.
    pub execution_arn: String,
}

/// What `report` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOutput {
    /// How the run ended.
    pub verdict: Verdict,
    /// Whether the mail was accepted for delivery; where not, the ledger has the reason.
    pub mailed: bool,
    /// The numbers, where this call told them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

/// The input of `retry`, which has three roles: `{"collect": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RetryInput {
    /// Finds the rejects that are due, as lots of one run each.
    Collect {
        /// When the execution began: RFC 3339. What is due is due then, so that asking again answers the same.
        at: String,
        /// The input of the execution.
        options: RetryOptions,
    },
    /// Puts a lot into the inbox, to be imported again.
    Offer(RetryLot),
    /// Gives a lot up, and tells people.
    Exhaust(RetryLot),
}

/// The input of the machine that retries rejects: `{}` of the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryOptions {
    /// Whether to take what is not due yet as well.
    #[serde(default)]
    pub now: bool,
    /// The feed whose rejects are meant; all where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
}

/// Rejects of one run that were found to be due: a `RetryDocument` names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryLot {
    /// The run that rejected them.
    pub run_id: RunId,
    /// When they were found, in seconds since the epoch.
    pub at: i64,
}

/// What `retry` answers where it collected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryCollected {
    /// What is to be done with each lot: the inputs of the calls that follow.
    pub lots: Vec<RetryInput>,
    /// Rejects that are due and left alone, because the run that rejected them has not ended well yet, or because there
    /// are too many for one execution.
    pub left: u64,
}

/// What `retry` answers where it dealt with a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryDone {
    /// The run that rejected them.
    pub run_id: RunId,
    /// Rejects that are offered again.
    pub offered: u64,
    /// Where they were put, where they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// Rejects that are given up.
    pub exhausted: u64,
}
