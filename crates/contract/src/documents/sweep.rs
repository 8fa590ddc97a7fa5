//! `sweep/inbox.json`: where the sweep of the inbox goes on.

use serde::{Deserialize, Serialize};

use crate::documents::Version;

/// Where a sweep ran out of time, which looks at every upload in the inbox. At the top where it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepDocument {
    /// Version of this format.
    pub version: Version,
    /// The key of the last version that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// That version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}
