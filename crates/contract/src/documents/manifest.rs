//! `manifest.json`: the list of a run's chunks.

use serde::{Deserialize, Serialize};
use sluice_engine::Problem;

use crate::documents::Version;
use crate::{ByteRange, Chunk, RunId};

/// The list of a run's chunks, which the Maps read, and what was found at the head of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Where the header lies in the source; empty where the feed names the columns.
    pub header: ByteRange,
    /// The cells of the trailer, where the feed has one: they may say what the gate has to check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trailer: Option<Vec<String>>,
    /// Records in the file, neither header nor trailer counted.
    pub records: u64,
    /// What makes the file as a whole unusable; then there are no chunks.
    pub problems: Vec<Problem>,
    /// What was noticed about the file and does not stop it.
    pub notes: Vec<Problem>,
    /// An earlier run whose source held exactly the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_content_as: Option<RunId>,
    /// Whether that is enough for the feed: then nothing is checked or imported, and there are no chunks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// The chunks, in the order of the file. Together they hold every record once.
    pub chunks: Vec<Chunk>,
}
