//! `source.json`: a pinned run, and what its records are read from.

use serde::{Deserialize, Serialize};
use sluice_engine::Problem;
use sluice_engine::encoding::SourceText;

use crate::documents::{RunDocument, Version};

/// What the records of a run are read from: the archive copy, or a text made from it. `pin` writes it once
/// that is complete. It is a function of `run.json` and the archive copy alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceDocument {
    /// Version of this format.
    pub version: Version,
    /// The run, as in `run.json`: a step that works on a pinned run reads this document alone.
    pub run: RunDocument,
    /// Its key in the data bucket. Every byte range of the run refers to this object.
    pub key: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its CRC64NVME in the notation of S3: confirmed by the bucket, or computed while the text was made.
    /// `None` if the bucket has none and the object was not made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crc64nvme: Option<String>,
    /// How its bytes are decoded.
    pub text: SourceText,
    /// Problems that make the whole file unusable. Then `key` is the archive copy, and nothing is read from
    /// it.
    pub problems: Vec<Problem>,
    /// Observations that do not stop the file.
    pub notes: Vec<Problem>,
}
