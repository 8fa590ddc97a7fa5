//! `gate.json`: go or no go, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::Problem;

use crate::RunId;
use crate::documents::{Usage, Version};

/// The decision between checking and importing. Written once, by `gate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Whether to import.
    pub go: bool,
    /// Why not; empty where it is a go.
    pub reasons: Vec<Problem>,
    /// Where the outcomes of checking contradict the manifest; then it is no go, and INCONSISTENT.
    pub contradictions: Vec<String>,
    /// Records read, by all chunks.
    pub read: u64,
    /// Of these, valid.
    pub valid: u64,
    /// Of these, rejected.
    pub rejected: u64,
    /// Records by code.
    pub by_code: BTreeMap<String, u64>,
    /// Valid records that lose their key to another record of the file.
    pub losers: u64,
    /// What checking took.
    pub usage: Usage,
}
