//! `gate.json`: go or no go, and why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::{Causes, Findings, Omitted, Problem};

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
    /// Whether the run is a dry one: then it is no go, also where nothing speaks against importing.
    pub dry_run: bool,
    /// What speaks against importing; empty where nothing does.
    pub reasons: Vec<Problem>,
    /// Where the outcomes of checking contradict the manifest; then it is no go, and INCONSISTENT.
    pub contradictions: Vec<String>,
    /// Records read, by all chunks.
    pub read: u64,
    /// Of these, valid.
    pub valid: u64,
    /// Of these, rejected.
    pub rejected: u64,
    /// Of these, omitted, by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// Records by code.
    pub by_code: BTreeMap<String, u64>,
    /// Records that were rejected when they were checked, by code and field.
    #[serde(default, skip_serializing_if = "Causes::is_empty")]
    pub causes: Causes,
    /// Valid records that the gate rejects for what another record of the file holds.
    pub rejected_here: u64,
    /// These by code; a record with several codes counts under each.
    pub by_code_here: BTreeMap<String, u64>,
    /// Valid records that broke a rule which only warns.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Rejected records that broke a rule which stops the file.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub aborted: Findings,
    /// The sums of the feed's control totals, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<String>,
    /// Valid records that lose their key to another record of the file.
    pub losers: u64,
    /// What checking took.
    pub usage: Usage,
}

impl GateDocument {
    /// The records that are not omitted: what limits and the count of a trailer are about.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.read.saturating_sub(self.omitted.records())
    }

    /// All records that are rejected, when they were checked and here: what limits are about.
    #[must_use]
    pub fn rejected_in_all(&self) -> u64 {
        self.rejected + self.rejected_here
    }
}
