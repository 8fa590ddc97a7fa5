//! `outcomes/<phase>/<chunk>.json`: what became of a chunk in a phase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;
use sluice_engine::{Causes, Findings, FirstRejects, Omitted};

use crate::documents::{Part, Version};
use crate::{ChunkNo, RunId};

/// What became of a chunk when it was checked. Written once, last.
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
    /// Records that may be imported.
    pub valid: u64,
    /// Records that may not.
    pub rejected: u64,
    /// Records that hold nothing to import, by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// Records by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// Rejected records by code and field.
    #[serde(default, skip_serializing_if = "Causes::is_empty")]
    pub causes: Causes,
    /// Valid records that broke a rule which only warns.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Rejected records that broke a rule which stops the file.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub aborted: Findings,
    /// The sums of the feed's control totals, in its order, over all records that have a number there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<String>,
    /// The valid records.
    pub accepted: Part,
    /// The hashes of what they must not share.
    pub keys: KeyHashes,
    /// The rejected records.
    pub rejects: Part,
    /// The first rejected records, as a report lists them.
    #[serde(default, skip_serializing_if = "FirstRejects::is_empty")]
    pub first_rejects: FirstRejects,
    /// What it took, for the cost estimate.
    pub usage: Usage,
}

/// The hashes of what the valid records of a chunk must not share: see [`KeyEntry`](crate::KeyEntry).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyHashes {
    /// Key of the object.
    pub key: String,
    /// Its blocks, one after the other, each with its length and its checksum: they are read by ranges, and each is held
    /// against what is said here.
    pub blocks: Vec<Checksum>,
}

/// What became of a chunk when it was imported. Written once, last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportOutcome {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The chunk.
    pub chunk: ChunkNo,
    /// What was counted.
    pub counts: ImportCounts,
    /// Records by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// The records that the sink holds by this run's hand, a part per invocation.
    pub imported: Vec<Part>,
    /// The records that the gate rejected or the sink refused, a part per invocation.
    pub rejects: Vec<Part>,
    /// The first rejected records, as a report lists them.
    #[serde(default, skip_serializing_if = "FirstRejects::is_empty")]
    pub first_rejects: FirstRejects,
    /// What it took, for the cost estimate.
    pub usage: Usage,
}

/// What became of the valid records of a chunk, each counted where it happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportCounts {
    /// Valid records read.
    pub read: u64,
    /// Written to the sink.
    pub imported: u64,
    /// The sink already held them, exactly.
    pub unchanged: u64,
    /// Lost their key to another record of the file.
    pub duplicate: u64,
    /// Their key was already written by a run of a later order.
    pub stale: u64,
    /// The gate rejected them for what another record of the file holds, or the sink refused them for what they are.
    pub rejected: u64,
    /// Of these, rejected by the gate.
    pub rejected_by_gate: u64,
}

/// `progress/<chunk>.json`: how far the importer got before its time was up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Version of this format.
    pub version: Version,
    /// The bytes of the valid object that are done with, the header among them: as many as come before the first record that
    /// is not. Their checksum makes, with that of the rest, the one of the whole object.
    pub done: Checksum,
    /// The number of the first record that may not be done: no record before it is to come again.
    pub next_record: u64,
    /// What is done so far, in the shape in which it will end.
    pub outcome: ImportOutcome,
}

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Invocations of functions.
    pub invocations: u64,
    /// Duration times memory, in milliseconds times MB.
    pub mb_ms: u64,
    /// Conditional writes sent to the sink.
    pub writes: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.invocations += other.invocations;
        self.mb_ms += other.mb_ms;
        self.writes += other.writes;
    }
}
