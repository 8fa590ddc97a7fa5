//! `sweep/inbox.json`: where the sweep of the inbox continues.

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
