//! `scan.json` and `scans/<range>.json`: how a large source is scanned by many functions at once.

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;
use sluice_engine::scan::Summary;

use crate::documents::Version;
use crate::{RunId, ScanRange};

/// The ranges of a source that are scanned each on its own. Written once, so that whoever scans a range and
/// whoever adds them up mean the same ones, whatever has been deployed in the meantime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// Longest record in bytes.
    pub max_record_bytes: u64,
    /// The ranges, in the order of the file: from where its records may begin to its end.
    pub ranges: Vec<ScanRange>,
}

/// What was found in a range. A function of the source, its dialect and the two sizes: written twice, it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScannedDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The range.
    pub range: ScanRange,
    /// What was found.
    pub summary: Summary,
    /// The checksum of its bytes.
    pub checksum: Checksum,
}
