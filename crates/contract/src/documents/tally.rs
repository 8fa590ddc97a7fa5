//! `tally.json`: the numbers of a run, which must add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_engine::report::Would;
use sluice_engine::{Causes, Findings, FirstRejects, Omitted, Problem, Tally, Verdict};

use crate::RunId;
use crate::documents::{Part, Usage, Version};

/// `runs/<run>/tally.json`: the numbers of a run and its verdict. `merge` writes it, `report` reads it.
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
    /// How many items the imported and unchanged records are; `None` if each is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<u64>,
    /// The omitted records by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// What an import would have done, if this was a dry run and nothing spoke against importing.
    pub would: Option<Would>,
    /// Records by code.
    pub by_code: BTreeMap<String, u64>,
    /// Records rejected while checking, by code and field.
    #[serde(default, skip_serializing_if = "Causes::is_empty")]
    pub causes: Causes,
    /// Valid records that broke a rule of severity `warn`.
    #[serde(default, skip_serializing_if = "Findings::is_empty")]
    pub warnings: Findings,
    /// Contradictions between numbers, each with its place.
    pub contradictions: Vec<String>,
    /// Why the gate rejected the file; empty if it passed.
    pub reasons: Vec<Problem>,
    /// Observations about the file that did not stop it.
    pub notes: Vec<Problem>,
    /// The number of chunks.
    pub chunks: u64,
    /// The merged `imported.csv`.
    pub imported: Part,
    /// The merged `overtaken.csv`, if there is one.
    #[serde(default, skip_serializing_if = "Part::is_nothing")]
    pub overtaken: Part,
    /// The merged `rejects.csv`.
    pub rejects: Part,
    /// The first rejected records, as a report lists them.
    #[serde(default, skip_serializing_if = "FirstRejects::is_empty")]
    pub first_rejects: FirstRejects,
    /// The resources that checking and importing used.
    pub usage: Usage,
}
