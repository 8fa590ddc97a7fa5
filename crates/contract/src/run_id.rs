//! The identity of a run.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sluice_engine::feed::FeedName;

/// The number of hexadecimal digits of the hash in a run id: 96 bits, so that two of 10^9 runs collide with a
/// probability of about 10^-11.
const HASH_DIGITS: usize = 24;

/// The identity of a run: `<feed>-<24 hexadecimal digits>`.
///
/// The digits are a hash of feed, bucket, key and version, so every delivery of the same upload has the same
/// id. It is used as the name of the execution (at most 80 characters; a feed name has at most 40, which
/// leaves room for `-<attempt>`) and as a folder in the data bucket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

impl RunId {
    /// Derives the id of the run that imports one version of one object with one feed.
    #[must_use]
    pub fn derive(feed: &FeedName, bucket: &str, key: &str, version: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [feed.as_str(), bucket, key, version] {
            // The length before each part distinguishes ("ab", "c") from ("a", "bc").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut id = format!("{feed}-");
        for byte in digest.iter().take(HASH_DIGITS / 2) {
            id.push_str(&format!("{byte:02x}"));
        }
        Self(id)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its feed.
    #[must_use]
    pub fn feed(&self) -> &str {
        self.0.rsplit_once('-').map_or(&self.0, |(feed, _)| feed)
    }

    /// The name of the execution for this attempt, from 1: the run id, then `<run id>-<attempt>`.
    #[must_use]
    pub fn execution(&self, attempt: u32) -> String {
        if attempt <= 1 { self.0.clone() } else { format!("{self}-{attempt}") }
    }

    /// The attempt that an execution of this run is, by its name.
    #[must_use]
    pub fn attempt(&self, execution: &str) -> u32 {
        let number = execution.strip_prefix(self.as_str()).and_then(|rest| rest.strip_prefix('-'));
        number.and_then(|number| number.parse().ok()).unwrap_or(1)
    }

    /// The run of an execution, whose name is the run id or `<run id>-<attempt>`.
    ///
    /// # Errors
    /// If the name is neither.
    pub fn of_execution(name: &str) -> Result<Self, InvalidRunId> {
        name.parse().or_else(|error| match name.rsplit_once('-') {
            Some((id, attempt)) if attempt.parse::<u32>().is_ok() && attempt.len() < HASH_DIGITS => id.parse(),
            _ => Err(error),
        })
    }
}

/// A text that is not a run id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a run id, which is <feed>-<{HASH_DIGITS} hexadecimal digits>")]
pub struct InvalidRunId(String);

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        let valid = text.rsplit_once('-').is_some_and(|(feed, hash)| {
            feed.parse::<FeedName>().is_ok()
                && hash.len() == HASH_DIGITS
                && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        });
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidRunId(text.to_owned())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, InvalidRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed() -> FeedName {
        "products".parse().unwrap()
    }

    #[test]
    fn is_the_same_for_the_same_upload_and_fits_an_execution_name() {
        let id = RunId::derive(&feed(), "inbox", "inbox/products/a.csv", "v1");
        assert_eq!(id, RunId::derive(&feed(), "inbox", "inbox/products/a.csv", "v1"));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(id.as_str().len() + "-999".len() <= 80);
    }

    #[test]
    fn differs_in_every_part() {
        let id = RunId::derive(&feed(), "b", "k", "v");
        for other in [
            RunId::derive(&"orders".parse().unwrap(), "b", "k", "v"),
            RunId::derive(&feed(), "c", "k", "v"),
            RunId::derive(&feed(), "b", "kv", ""),
            RunId::derive(&feed(), "b", "k", "w"),
        ] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn table_of_texts() {
        let hash = "0123456789abcdef01234567";
        for (text, good) in [
            (format!("products-{hash}"), true),
            (format!("hit-logs-{hash}"), true),
            (format!("products-{hash}0"), false),
            (format!("products-{}", hash.to_uppercase()), false),
            (format!("Products-{hash}"), false),
            (format!("-{hash}"), false),
            (hash.to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(text.parse::<RunId>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn an_execution_name_may_carry_an_attempt() {
        let id: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        assert_eq!(RunId::of_execution(id.as_str()), Ok(id.clone()));
        assert_eq!(RunId::of_execution(&format!("{id}-2")), Ok(id.clone()));
        assert!(RunId::of_execution(&format!("{id}-x")).is_err());
    }

    #[test]
    fn an_attempt_and_its_execution_are_found_from_each_other() {
        let id: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        assert_eq!(id.execution(1), id.as_str());
        for attempt in [1, 2, 77, u32::MAX] {
            let name = id.execution(attempt);
            assert_eq!((RunId::of_execution(&name), id.attempt(&name)), (Ok(id.clone()), attempt));
            assert!(name.len() <= 80);
        }
    }
}
