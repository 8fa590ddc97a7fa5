//! `gate.json`: the decision of the gate, and the reasons.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::{Causes, Findings, Omitted, Problem};

use crate::RunId;
use crate::documents::{Usage, Version};

/// The decision between checking and importing. `gate` writes it once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Whether to import.
    pub go: bool,
    /// Whether this is a dry run, which is never imported even if nothing speaks against it.
    pub dry_run: bool,
    /// The reasons against importing; empty if there are none.
    pub reasons: Vec<Problem>,
    /// Contradictions between check outcomes and manifest. With any of them, nothing is imported and the run
    /// is INCONSISTENT.
    pub contradictions: Vec<String>,
    /// The number of records read in all chunks.
    pub read: u64,
    /// Of these, valid.
    pub valid: u64,
    /// Of these, rejected.
    pub rejected: u64,
    /// The omitted records by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// Records by code.
    pub by_code: BTreeMap<String, u64>,
    /// Records rejected while checking, by code and field.
    #[serde(default, skip_serializing_if = "Causes::is_empty")]
    pub causes: Causes,
    /// The number of valid records that the gate rejects because of another record of the file.
    pub rejected_here: u64,
    /// These by code; a record with several codes counts under each.
    pub by_code_here: BTreeMap<String, u64>,
    /// Valid records that broke a rule of severity `warn`.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Rejected records that broke a rule of severity `abort`.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub aborted: Findings,
    /// The sums of the feed's control totals, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<String>,
    /// The number of valid records that lose to another record with the same key.
    pub losers: u64,
    /// Observations of the gate that do not stop the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Problem>,
    /// The resources that checking used.
    pub usage: Usage,
}

impl GateDocument {
    /// The number of records that are not omitted, to which limits and a footer's count apply.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.read.saturating_sub(self.omitted.records())
    }

    /// The number of all rejected records, while checking and here, to which limits apply.
    #[must_use]
    pub fn rejected_in_all(&self) -> u64 {
        self.rejected + self.rejected_here
    }
}

/// `runs/<run>/gate/answers-<window>.json`: what the target table answered when the gate asked it for what records refer to. The first answer
/// counts, so that the gate decides the same if it is called again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateAnswers {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Whether the table has each key of the window, in their order.
    pub exists: Vec<bool>,
}
