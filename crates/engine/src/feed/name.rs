//! The name of a feed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Maximum length in characters. It leaves room for hash and attempt in the name of an execution (80).
const MAX_LEN: usize = 40;

/// What a valid name is.
pub(super) const EXPECTED: &str = "1 to 40 of a-z, 0-9 and -, beginning with a letter";

/// Whether a text is a name that is safe in keys, ids and counts.
pub(super) fn is_valid(text: &str) -> bool {
    (1..=MAX_LEN).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// The name of a feed: 1 to 40 of `a-z`, `0-9` and `-`, beginning with a letter.
///
/// It is a folder in both buckets and part of every run id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedName(String);

/// A text that is not the name of a feed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a feed name: expected {EXPECTED}")]
pub struct InvalidFeedName(String);

impl FeedName {
    /// The name used in run ids if the folder of an upload is not a feed name.
    #[must_use]
    pub fn unknown() -> Self {
        Self("unknown".to_owned())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FeedName {
    type Err = InvalidFeedName;

    fn from_str(text: &str) -> Result<Self, InvalidFeedName> {
        if is_valid(text) { Ok(Self(text.to_owned())) } else { Err(InvalidFeedName(text.to_owned())) }
    }
}

impl TryFrom<String> for FeedName {
    type Error = InvalidFeedName;

    fn try_from(text: String) -> Result<Self, InvalidFeedName> {
        text.parse()
    }
}

impl From<FeedName> for String {
    fn from(name: FeedName) -> Self {
        name.0
    }
}

impl fmt::Display for FeedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, good) in [
            ("products", true),
            ("hit-logs2", true),
            ("p", true),
            (&*"a".repeat(40), true),
            (&*"a".repeat(41), false),
            ("", false),
            ("2hits", false),
            ("Products", false),
            ("prod ucts", false),
            ("../x", false),
            ("prodücts", false),
        ] {
            assert_eq!(text.parse::<FeedName>().is_ok(), good, "{text}");
        }
    }
}
