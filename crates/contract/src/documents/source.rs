//! `source.json`: what the records of a run are read from.

use serde::{Deserialize, Serialize};
use sluice_engine::Problem;
use sluice_engine::encoding::SourceText;

use crate::RunId;
use crate::documents::Version;

/// What the records of a run are read from: the archive copy, or a text that was made from it. Written
/// once, by `pin`, when that is complete. A function of `run.json` and the archive copy alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Its key in the data bucket. Every byte range of the run is one of this object.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How its bytes become text.
    pub text: SourceText,
    /// What makes the file as a whole unusable; then `key` is the archive copy, and nothing is read from it.
    pub problems: Vec<Problem>,
    /// What was noticed about the file and does not stop it.
    pub notes: Vec<Problem>,
}
