//! The inputs and outputs of the workflow's steps.
//!
//! They are small: ids, ranges, counts. Rows never travel in the state of an execution.

mod dataset;

use serde::{Deserialize, Serialize};
use sluice_engine::connection::ConnectionName;
use sluice_engine::feed::FeedName;
use sluice_engine::sink::SinkKind;

pub use dataset::{DatasetInput, JoinLevel, JoinPlanned, JoinPublished, JoinStepDone, RunNoted};

use crate::documents::{Part, Usage, ValidRecords};
use crate::{ByteRange, Chunk, Phase, RunId, ScanRange, Tally, Verdict};

/// The input of the main orchestrator, and of its steps `merge` and `summarise`.
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
    /// The name of the calling execution. It claims the run, so that no other execution works on it at the
    /// same time.
    pub execution: String,
}

/// The output of `pin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinOutput {
    /// Key of the object from which records are read: the archive copy, or the text made from it.
    pub source: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The number of the attempt that now holds the run, from 1.
    pub attempt: u32,
}

/// The input of `split`, which has three roles: `{"plan": {"run_id": …, "attempt": …}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum SplitInput {
    /// Cuts the source into chunks. A source that is too large is divided into ranges to scan.
    Plan {
        /// The run.
        run_id: RunId,
        /// The number of this attempt at the run, from 1. Only a later one looks for the work of an earlier one.
        attempt: u32,
    },
    /// Scans a range.
    Scan {
        /// The run.
        run_id: RunId,
        /// The range, an item of `scan.json`.
        range: ScanRange,
    },
    /// Cuts the source with the scans of its ranges.
    Fold {
        /// The run.
        run_id: RunId,
    },
}

/// The output of `split` after planning or folding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitOutput {
    /// The manifest, for the Maps' readers.
    pub manifest: ObjectRef,
    /// The range of the header in the source, for the steps that bind columns.
    pub header: ByteRange,
    /// The number of chunks; 0 if the file has no records or an unusable header.
    pub chunks: u64,
    /// The chunk of a file that has exactly one: the main orchestrator passes it to the steps itself, without a Map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub only_chunk: Option<Chunk>,
    /// The number of records.
    pub records: u64,
    /// The list of ranges to scan, for the Map's reader.
    pub scan: ObjectRef,
    /// The number of ranges; 0 once the manifest is written. Until then there are no chunks.
    pub ranges: u64,
}

/// The output of `split` after scanning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanOutput {
    /// The number of lines that end in the range.
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
    /// The number of this attempt at the run, from 1. Failure documents belong to an attempt.
    pub attempt: u32,
    /// Whether to check or to import.
    pub phase: Phase,
    /// The range of the header in the source.
    pub header: ByteRange,
    /// The chunk, an item of the manifest.
    pub chunk: Chunk,
}

/// The output of `restructure`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestructureOutput {
    /// The restructured records of the chunk that are not settled. This and `settled` are empty if the chunk was already
    /// checked; then `validate` answers from the outcome.
    pub rows: Part,
    /// The records in which nothing is wrong, as final valid records. Their hashes have a checksum for each 131,072, so this is
    /// small too.
    #[serde(default)]
    pub settled: ValidRecords,
    /// The resources used, for the cost estimate.
    pub usage: Usage,
}

/// The input of `validate`: the chunk, and the output of `restructure`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidateInput {
    /// The run.
    pub run_id: RunId,
    /// The number of this attempt at the run, from 1.
    pub attempt: u32,
    /// Always `check`.
    pub phase: Phase,
    /// The range of the header in the source.
    pub header: ByteRange,
    /// The chunk.
    pub chunk: Chunk,
    /// The output of `restructure`.
    pub restructured: RestructureOutput,
}

/// The output of `validate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidateOutput {
    /// Records read.
    pub read: u64,
    /// The number of records that may be imported.
    pub valid: u64,
    /// Records that may not.
    pub rejected: u64,
    /// Records with nothing to import.
    pub omitted: u64,
}

/// The input of `gate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateInput {
    /// The run.
    pub run_id: RunId,
    /// The number of this attempt at the run, from 1. Only a later one looks for the work of an earlier one.
    pub attempt: u32,
}

/// The output of `gate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateOutput {
    /// Whether to import.
    pub go: bool,
    /// The sink of the feed, which decides about the function that imports.
    pub sink: SinkKind,
}

/// The output of `import`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportOutput {
    /// `false` if the time ran out: call again.
    pub done: bool,
    /// Number of the next record to import, if any is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_record: Option<u64>,
}

/// The input of `import-mongodb`, which has two roles: `{"import": {"run_id": …}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum CollectionInput {
    /// Imports a chunk, as `import` does.
    Import(ChunkInput),
    /// Finds what is wrong with a collection. Only this function reaches its server.
    Check {
        /// The feed that imports into it.
        feed: FeedName,
        /// The connection that the feed names.
        connection: ConnectionName,
        /// The collection, after its database and a dot.
        collection: String,
    },
}

/// The output of `import-mongodb` after checking a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionProblems {
    /// A sentence for each problem; empty if files can be imported.
    pub problems: Vec<String>,
}

/// The output of `merge`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeOutput {
    /// How the run ended, according to its numbers.
    pub verdict: Verdict,
    /// How many summaries are to be made; 0 unless the run ended IMPORTED.
    pub summaries: u64,
}

/// The output of `summarise`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummariseOutput {
    /// How many summaries were written.
    pub written: u64,
    /// How many of them were delivered, and not overtaken.
    pub delivered: u64,
}

/// The input of `report`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportInput {
    /// The name of the execution: the run id, or `<run id>-<attempt>`.
    pub execution: String,
    /// Set if the execution could not report itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<ExecutionFailure>,
}

/// How an execution ended that could not report itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionFailure {
    /// `FAILED`, `TIMED_OUT` or `ABORTED`. The sweep also reports an execution that recorded no result:
    /// `SUCCEEDED`, or `GONE` if AWS no longer knows it.
    pub status: String,
    /// The ARN of the execution, to query error and cause.
    pub execution_arn: String,
}

/// The output of `report`, which is also the output of an execution that succeeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOutput {
    /// How the run ended.
    pub verdict: Verdict,
    /// Whether the mail was accepted for delivery to at least one recipient. If not to all, the ledger has the reason.
    pub mailed: bool,
    /// The numbers, if this call reported them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
}

/// The input of `retry`, which has three roles: `{"collect": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum RetryInput {
    /// Finds the rejects that are due, in lots of one run each.
    Collect {
        /// When the execution began: RFC 3339. It fixes what is due, so a repeated call gives the same
        /// answer.
        at: String,
        /// The input of the execution.
        options: RetryOptions,
    },
    /// Puts a lot into the inbox, to be imported again.
    Offer(RetryLot),
    /// Marks the rejects of a lot as exhausted, and informs people.
    Exhaust(RetryLot),
}

/// The input of the machine that retries rejects; `{}` from the schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryOptions {
    /// Whether to include rejects that are not due yet.
    #[serde(default)]
    pub now: bool,
    /// The feed to retry; all feeds if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
}

/// Due rejects of one run, which a `RetryDocument` lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryLot {
    /// The run that rejected them.
    pub run_id: RunId,
    /// When they were found, in seconds since the epoch.
    pub at: i64,
}

/// The output of `retry` after collecting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryCollected {
    /// The next calls: one for each lot.
    pub lots: Vec<RetryInput>,
    /// Due rejects that were left alone, because their run has not ended well yet, or because there are too
    /// many for one execution.
    pub left: u64,
}

/// The output of `retry` after handling a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryDone {
    /// The run that rejected them.
    pub run_id: RunId,
    /// The number of rejects offered again.
    pub offered: u64,
    /// The key under which they were put, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<String>,
    /// The number of rejects marked as exhausted.
    pub exhausted: u64,
}
