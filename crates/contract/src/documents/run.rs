//! `run.json`: what is fixed about a run.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use sluice_engine::feed::{FeedFiles, FeedName};
use sluice_engine::repair::Saved;

use crate::documents::{Origin, Version};
use crate::{Order, RunId};

/// The pinned input of a run, its order, its feed, and its only clock. Written once, by `pin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDocument {
    /// Version of this format.
    pub version: Version,
    /// The run.
    pub run_id: RunId,
    /// The name of the feed.
    pub feed: FeedName,
    /// The feed's text as it was when the run began: later changes do not touch the run.
    pub feed_yaml: String,
    /// The files beside the feed that it names, likewise.
    #[serde(default, skip_serializing_if = "FeedFiles::is_empty")]
    pub feed_files: FeedFiles,
    /// The upload.
    pub upload: Upload,
    /// Where the run comes from.
    #[serde(default, skip_serializing_if = "Origin::is_upload")]
    pub origin: Origin,
    /// Key of the archive copy in the data bucket: the file as it came. What chunks are read from says
    /// [`SourceDocument`](super::SourceDocument).
    pub archive: String,
    /// Decides between runs.
    pub order: Order,
    /// The run's only clock: RFC 3339, UTC.
    pub as_of: String,
    /// Target size of a chunk in bytes.
    pub chunk_bytes: u64,
    /// The longest record of the source in bytes, its line break included.
    pub max_record_bytes: u64,
    /// Whether nothing is to be written, whatever the gate finds.
    pub dry_run: bool,
    /// What the file repairs, where it is one of repaired rejects; so is that of a rerun of a repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repairs: Option<Repairs>,
}

/// What a file of repaired rejects repairs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repairs {
    /// The run that rejected them.
    pub run: RunId,
    /// The columns of the producer's file from which the rejects came, however often they were repaired since: in these
    /// are the cells of `_raw`. `None` where that file is not known any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// How the file was saved.
    #[serde(default, skip_serializing_if = "Saved::is_canonical")]
    pub saved: Saved,
}

/// What [`RunDocument::max_record_bytes`] can be set to: 1 KiB to 64 MiB. A record lies in memory as it came, as the
/// target record that is made of it, and as the row that is written, in buffers that double: 64 MiB take some 64 x (2 + 1
/// + 2) = 320 MiB of a function that has 1769, and twice that where every field of it is mapped twice.
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
    /// When it was put there: RFC 3339, UTC, whole seconds.
    pub last_modified: String,
    /// The event's sequencer; empty where there was no event.
    pub sequencer: String,
}
