//! `manifest.json`: the list of a run's chunks.

use serde::{Deserialize, Serialize};
use sluice_engine::Problem;

use crate::documents::Version;
use crate::{ByteRange, Chunk, RunId};

/// The list of a run's chunks, which the Maps read, and observations about the head of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The range of the header in the source; empty if the feed names the columns.
    pub header: ByteRange,
    /// The cells of the footer's first record, if the feed has one. The gate may have to check them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub footer: Option<Vec<String>>,
    /// The number of records, without header and footer.
    pub records: u64,
    /// Problems that make the whole file unusable. With any of them there are no chunks.
    pub problems: Vec<Problem>,
    /// Observations that do not stop the file.
    pub notes: Vec<Problem>,
    /// An earlier run whose source has exactly the same content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_content_as: Option<RunId>,
    /// Whether the feed skips repeated content. Then nothing is checked or imported, and there are no chunks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// The chunks, in the order of the file. Together they contain every record once.
    pub chunks: Vec<Chunk>,
}
