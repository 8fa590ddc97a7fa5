//! `scan.json` and `scans/<range>.json`: the concurrent scan of a large source by many functions.

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;
use sluice_engine::scan::Summary;

use crate::documents::Version;
use crate::{RunId, ScanRange};

/// The ranges of a source that are scanned separately. Written once, so that all functions use the same
/// ranges, whatever is deployed in the meantime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Maximum length of a record in bytes.
    pub max_record_bytes: u64,
    /// The ranges, in the order of the file: from the first possible record to the end.
    pub ranges: Vec<ScanRange>,
}

/// The result of scanning a range. It is a function of the source, its dialect and the two sizes, so writing
/// it twice gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannedDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The range.
    pub range: ScanRange,
    /// The result.
    pub summary: Summary,
    /// The checksum of its bytes.
    pub checksum: Checksum,
}
