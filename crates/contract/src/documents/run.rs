//! `run.json`: the pinned input of a run.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sluice_engine::feed::{FeedFiles, FeedName};
use sluice_engine::repair::SavedFormat;

use crate::documents::{Origin, Version};
use crate::{Order, RunId};

/// The pinned input of a run, its order, its feed, and its only clock. `pin` writes it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The name of the feed.
    pub feed: FeedName,
    /// The text of the feed when the run began. Later changes do not affect the run.
    pub feed_yaml: String,
    /// The files beside the feed, also as they were when the run began.
    #[serde(default, skip_serializing_if = "FeedFiles::is_empty")]
    pub feed_files: FeedFiles,
    /// The upload.
    pub upload: Upload,
    /// The origin of the run.
    #[serde(default, skip_serializing_if = "Origin::is_upload")]
    pub origin: Origin,
    /// Key of the archive copy in the data bucket, which is the file as it came.
    /// [`SourceDocument`](super::SourceDocument) says what chunks are read from.
    pub archive: String,
    /// The order of the run, which decides between runs.
    pub order: Order,
    /// The run's only clock: RFC 3339, UTC.
    pub as_of: String,
    /// Target size of a chunk in bytes.
    pub chunk_bytes: u64,
    /// Maximum length of a record in bytes, including its line break.
    pub max_record_bytes: u64,
    /// Whether this is a dry run, which writes nothing whatever the gate decides.
    pub dry_run: bool,
    /// What the file repairs, if it contains repaired rejects. A rerun of a repair has it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repairs: Option<Repairs>,
}

/// What a repair file repairs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repairs {
    /// The run that rejected them.
    pub run: RunId,
    /// The columns of the producer's original file, even after several repairs. The cells of `_raw` are in
    /// these columns. `None` if that file is no longer known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// How the file was saved.
    #[serde(default, skip_serializing_if = "SavedFormat::is_canonical")]
    pub saved: SavedFormat,
}

/// The allowed values of [`RunDocument::max_record_bytes`]: 1 KiB to 64 MiB. Memory holds a record as it
/// came, its target record, and the row that is written, in buffers that double: 64 MiB take about 64 x (2 +
/// 1 + 2) = 320 MiB of a function's 1769, and twice that if every field is mapped twice.
pub const MAX_RECORD_BYTES: RangeInclusive<u64> = 1024..=64 * 1024 * 1024;

/// One version of an object in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The inbox bucket.
    pub bucket: String,
    /// The key: `inbox/<feed>/<file>`, or `inbox/<feed>/dry-run/<file>`.
    pub key: String,
    /// The version.
    pub version_id: String,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was uploaded: RFC 3339, UTC, whole seconds.
    pub last_modified: String,
    /// The event's sequencer; empty if there was no event.
    pub sequencer: String,
}
