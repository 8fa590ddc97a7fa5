//! The version of a document.

use serde::{Deserialize, Serialize};

/// The version of a document's format. Only `1` is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Version;

/// A version that this release does not read.
#[derive(Debug, thiserror::Error)]
#[error("version {0} is unknown; this release reads version 1")]
pub struct UnknownVersion(u32);

impl TryFrom<u32> for Version {
    type Error = UnknownVersion;

    fn try_from(number: u32) -> Result<Self, UnknownVersion> {
        if number == 1 { Ok(Self) } else { Err(UnknownVersion(number)) }
    }
}

impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        1
    }
}
