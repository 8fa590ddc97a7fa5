//! `outcomes/<phase>/<chunk>.json`: the outcome of a chunk in a phase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;
use sluice_engine::{Causes, Findings, FirstRejects, Omitted};

use crate::documents::{Part, Version};
use crate::{ChunkNo, RunId};

/// The outcome of checking a chunk. Written once, as the last step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckOutcome {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The chunk.
    pub chunk: ChunkNo,
    /// Number of its first record.
    pub first_record: u64,
    /// Records read.
    pub read: u64,
    /// The number of records that may be imported.
    pub valid: u64,
    /// How many items the valid records are; `None` if each is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
    /// Records that may not.
    pub rejected: u64,
    /// Records with nothing to import, by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// Records by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// Rejected records by code and field.
    #[serde(default, skip_serializing_if = "Causes::is_empty")]
    pub causes: Causes,
    /// Valid records that broke a rule of severity `warn`.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Rejected records that broke a rule of severity `abort`.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub aborted: Findings,
    /// The sums of the feed's control totals, in its order, over all records with a number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<String>,
    /// The valid records that `restructure` settled, and the hashes of their unique values.
    #[serde(default, skip_serializing_if = "ValidRecords::is_empty")]
    pub settled: ValidRecords,
    /// The valid records that `validate` judged.
    pub accepted: Part,
    /// The hashes of their unique values.
    pub keys: KeyHashes,
    /// What they refer to in the same file.
    #[serde(default, skip_serializing_if = "Part::is_nothing")]
    pub references: Part,
    /// The rejected records.
    pub rejects: Part,
    /// The first rejected records, as a report lists them.
    #[serde(default, skip_serializing_if = "FirstRejects::is_empty")]
    pub first_rejects: FirstRejects,
    /// The resources used, for the cost estimate.
    pub usage: Usage,
}

impl CheckOutcome {
    /// The two objects of valid records: the settled ones, and those that `validate` judged. Each has its records in the order of
    /// the file, and none is in both.
    #[must_use]
    pub fn valid_parts(&self) -> [&Part; 2] {
        [&self.settled.rows, &self.accepted]
    }

    /// The number of items that the valid records are.
    #[must_use]
    pub fn valid_items(&self) -> u64 {
        self.items.unwrap_or(self.valid)
    }
}

/// Valid records of a chunk, as one step wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidRecords {
    /// The records: a row for each, or for each item of several.
    pub rows: Part,
    /// How many records the rows are; `None` if each is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// The hashes of their unique values.
    pub keys: KeyHashes,
    /// What they refer to in the same file; nothing unless the feed has references to itself.
    #[serde(default, skip_serializing_if = "Part::is_nothing")]
    pub references: Part,
}

impl ValidRecords {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The number of records.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records.unwrap_or(self.rows.records)
    }
}

/// The hashes of unique values among a chunk's valid records: see [`KeyEntry`](crate::KeyEntry).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyHashes {
    /// Key of the object; empty if there was nothing to write.
    pub key: String,
    /// Its blocks in order, each with its length and checksum. Readers fetch them by range and compare each
    /// with its checksum.
    pub blocks: Vec<Checksum>,
}

/// The outcome of importing a chunk. Written once, as the last step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportOutcome {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The chunk.
    pub chunk: ChunkNo,
    /// The valid records by what became of them.
    pub counts: ImportCounts,
    /// Records by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// The records that this run wrote to the sink, a part per invocation.
    pub imported: Vec<Part>,
    /// The winners that the sink does not hold, because they are stale or left: a part per invocation that has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overtaken: Vec<Part>,
    /// The records that the gate rejected or the sink refused, a part per invocation.
    pub rejects: Vec<Part>,
    /// The first rejected records, as a report lists them.
    #[serde(default, skip_serializing_if = "FirstRejects::is_empty")]
    pub first_rejects: FirstRejects,
    /// What the records add to the summaries of the feed, an object per invocation and summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub summaries: Vec<SummaryEntries>,
    /// The resources used, for the cost estimate.
    pub usage: Usage,
}

/// What records of a chunk add to a summary: sorted blocks of visits or groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryEntries {
    /// The number of the summary in the feed, from 1.
    pub summary: usize,
    /// Key of the object.
    pub key: String,
    /// Its blocks in order, each with its length and checksum.
    pub blocks: Vec<Checksum>,
}

/// The outcomes of a chunk's valid records. Each number is counted where it occurs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportCounts {
    /// Valid records read.
    pub read: u64,
    /// Records written to the sink.
    pub imported: u64,
    /// Records that the sink already held with the same content.
    pub unchanged: u64,
    /// Records that lost to another record of the file with the same key.
    pub duplicate: u64,
    /// Records whose key a later run has already written.
    pub stale: u64,
    /// Records whose key the feed's mode leaves alone.
    #[serde(default)]
    pub left: u64,
    /// Records that deleted the item of their key.
    #[serde(default)]
    pub deleted: u64,
    /// Records that the gate rejected because of another record of the file, or that the sink refused.
    pub rejected: u64,
    /// How many of these the gate rejected.
    pub rejected_by_gate: u64,
    /// How many items the imported and the unchanged records are; `None` if each is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
}

impl ImportCounts {
    /// The number of items that the imported and the unchanged records are.
    #[must_use]
    pub fn held_items(&self) -> u64 {
        self.items.unwrap_or_else(|| self.imported.saturating_add(self.unchanged))
    }
}

/// `progress/<chunk>.json`: how far the importer got before its time ran out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Version of this format.
    pub version: Version,
    /// The checksum of the finished bytes of the valid records that `validate` judged, including their header, up to the
    /// first unfinished record. Combined with the checksum of the rest, it must give that of the whole object.
    pub done: Checksum,
    /// The same of the settled records.
    #[serde(default)]
    pub settled_done: Checksum,
    /// The number of the first record that may be unfinished. No earlier record is processed again.
    pub next_record: u64,
    /// The outcome so far, in its final form.
    pub outcome: ImportOutcome,
}

/// The resources used by a piece of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Invocations of functions.
    pub invocations: u64,
    /// Duration times memory, in milliseconds times MB.
    pub mb_ms: u64,
    /// Conditional writes sent to the sink.
    pub writes: u64,
    /// Other requests.
    #[serde(default, skip_serializing_if = "Requests::is_none")]
    pub requests: Requests,
}

/// Requests that AWS bills, beside the writes to the sink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// Requests to S3 that write or list.
    pub s3_writes: u64,
    /// Requests to S3 that read.
    pub s3_reads: u64,
    /// Items written to the tables of the stack.
    pub table_writes: u64,
    /// Items read from tables.
    pub table_reads: u64,
    /// Recipients of mails.
    pub mails: u64,
    /// Events on the bus.
    pub events: u64,
    /// State transitions of Step Functions.
    pub transitions: u64,
}

impl Requests {
    /// Whether there were none.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The requests that were made since an earlier count.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            s3_writes: self.s3_writes.saturating_sub(before.s3_writes),
            s3_reads: self.s3_reads.saturating_sub(before.s3_reads),
            table_writes: self.table_writes.saturating_sub(before.table_writes),
            table_reads: self.table_reads.saturating_sub(before.table_reads),
            mails: self.mails.saturating_sub(before.mails),
            events: self.events.saturating_sub(before.events),
            transitions: self.transitions.saturating_sub(before.transitions),
        }
    }
}

impl std::ops::AddAssign for Requests {
    fn add_assign(&mut self, other: Self) {
        self.s3_writes += other.s3_writes;
        self.s3_reads += other.s3_reads;
        self.table_writes += other.table_writes;
        self.table_reads += other.table_reads;
        self.mails += other.mails;
        self.events += other.events;
        self.transitions += other.transitions;
    }
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.invocations += other.invocations;
        self.mb_ms += other.mb_ms;
        self.writes += other.writes;
        self.requests += other.requests;
    }
}
