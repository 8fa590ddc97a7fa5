//! `summaries.json`: what the summaries of a run say.

use serde::{Deserialize, Serialize};
use sluice_engine::report::SummaryTable;

use crate::RunId;
use crate::documents::{Usage, Version};

/// `runs/<run>/summaries.json`: what the summaries of a run say. `summarise` writes it last, `report` reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummariesDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The summaries, in the order of the feed.
    pub summaries: Vec<SummaryTable>,
    /// The resources used, for the cost estimate.
    pub usage: Usage,
}
