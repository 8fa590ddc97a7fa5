//! The context of a run.

use jiff::Timestamp;

/// The context of a run: its clock, which stays the same however often a step is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunContext {
    /// The run's only clock.
    pub as_of: Timestamp,
}

/// A text that is not a timestamp.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an RFC 3339 timestamp")]
pub struct InvalidTime {
    text: String,
}

impl RunContext {
    /// Parses the time of a run in RFC 3339 format.
    ///
    /// # Errors
    /// If the text is not a timestamp.
    pub fn at(as_of: &str) -> Result<Self, InvalidTime> {
        as_of.parse().map(|as_of| Self { as_of }).map_err(|_| InvalidTime { text: as_of.to_owned() })
    }
}
