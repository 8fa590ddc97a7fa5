//! What a run knows of the world.

use jiff::Timestamp;

/// What a run knows of the world: its time, which stays the same however often and whenever a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunContext {
    /// The run's only clock.
    pub as_of: Timestamp,
}

/// A text that is not a time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time as RFC 3339 writes it")]
pub struct InvalidTime {
    text: String,
}

impl RunContext {
    /// Reads the time of a run as RFC 3339 writes it.
    ///
    /// # Errors
    /// Where the text is not a time.
    pub fn at(as_of: &str) -> Result<Self, InvalidTime> {
        as_of.parse().map(|as_of| Self { as_of }).map_err(|_| InvalidTime { text: as_of.to_owned() })
    }
}
