//! `tally.json`: the numbers of a run, which must add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::report::Would;
use sluice_engine::{Causes, Findings, FirstRejects, Omitted, Problem, Tally, Verdict};

use crate::RunId;
use crate::documents::{Part, Usage, Version};

/// `runs/<run>/tally.json`: the end of a run by its numbers. Written by `merge`, read by `report`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TallyDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// How it ended.
    pub verdict: Verdict,
    /// The numbers.
    pub tally: Tally,
    /// The omitted records by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// What an import would have done, where the run was a dry one and nothing spoke against it.
    pub would: Option<Would>,
    /// Records by code.
    pub by_code: BTreeMap<String, u64>,
    /// Records that were rejected when they were checked, by code and field.
    #[serde(default, skip_serializing_if = "Causes::is_empty")]
    pub causes: Causes,
    /// Valid records that broke a rule which only warns.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Where numbers do not add up: which, and where.
    pub contradictions: Vec<String>,
    /// Why the gate said no; empty where it said go.
    pub reasons: Vec<Problem>,
    /// What was noticed about the file and did not stop it.
    pub notes: Vec<Problem>,
    /// How many chunks there were.
    pub chunks: u64,
    /// The merged `imported.csv`.
    pub imported: Part,
    /// The merged `rejects.csv`.
    pub rejects: Part,
    /// The first rejected records, as a report lists them.
    #[serde(default, skip_serializing_if = "FirstRejects::is_empty")]
    pub first_rejects: FirstRejects,
    /// What checking and importing took.
    pub usage: Usage,
}
