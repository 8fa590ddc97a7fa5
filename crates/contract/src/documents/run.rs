//! `run.json`: what is fixed about a run.

use serde::{Deserialize, Serialize};
use sluice_engine::feed::FeedName;

use crate::documents::Version;
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
    /// The upload.
    pub upload: Upload,
    /// Key of the archive copy in the data bucket.
    pub source: String,
    /// Decides between runs.
    pub order: Order,
    /// The run's only clock: RFC 3339, UTC.
    pub as_of: String,
    /// Target size of a chunk in bytes.
    pub chunk_bytes: u64,
}

/// One version of an object in the inbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The inbox bucket.
    pub bucket: String,
    /// The key: `inbox/<feed>/<file>`.
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
