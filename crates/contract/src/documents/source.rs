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
    /// Its CRC64NVME, as S3 writes it: confirmed by the bucket, or computed while it was made. `None` where the bucket
    /// knows none, and it was not made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc64nvme: Option<String>,
    /// How its bytes become text.
    pub text: SourceText,
    /// What makes the file as a whole unusable; then `key` is the archive copy, and nothing is read from it.
    pub problems: Vec<Problem>,
    /// What was noticed about the file and does not stop it.
    pub notes: Vec<Problem>,
}
