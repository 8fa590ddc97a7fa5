//! What a sweep leaves to the next one: `sweep/inbox.json`, where the sweep of the inbox continues, and `sweep/feeds.json`, since
//! when feeds have waited for a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::documents::Version;

/// Where a sweep over all uploads of the inbox ran out of time; empty to start at the top.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepDocument {
    /// Version of this format.
    pub version: Version,
    /// The key of the last version that was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// That version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// Since when the feeds that say how often a file comes have waited for one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaitsDocument {
    /// Version of this format.
    pub version: Version,
    /// The wait of each of these feeds, by the feed's name.
    #[serde(default)]
    pub feeds: BTreeMap<String, Wait>,
}

/// The wait of a feed for its next file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wait {
    /// When its last file came, or when a sweep first saw that the feed expects files: RFC 3339, UTC.
    pub since: String,
    /// The key of that file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whether the operators were told that the feed waits for too long.
    pub told: bool,
}
