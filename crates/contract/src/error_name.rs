//! The error names of functions. Step Functions matches on them, so they are an interface.

use std::fmt;

/// The name of an error as a state machine sees it (`ErrorEquals`).
///
/// Divided by who can act. State machines retry the first two, and nobody retries the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorName {
    /// The network or an AWS service failed temporarily: try again.
    Transient,
    /// A service asks to slow down: try again later, with fewer requests.
    Throttled,
    /// The feed cannot be read or does not fit its use: its author must act.
    InvalidFeed,
    /// The step was called with an unknown input: its caller must act.
    InvalidInput,
    /// A bucket, table, permission or setting is missing or wrong: the operator must act.
    Misconfigured,
    /// Something that an earlier step should have written is missing, such as a chunk's outcome.
    Incomplete,
    /// A document or object of the run exists but differs from what was written.
    Corrupt,
    /// The tally of the run does not add up.
    Inconsistent,
    /// Another execution holds the run, or there is nothing to resume: this execution must stop.
    Fenced,
}

impl ErrorName {
    /// Every name, in the order of the enum.
    pub const ALL: [Self; 9] = [
        Self::Transient,
        Self::Throttled,
        Self::InvalidFeed,
        Self::InvalidInput,
        Self::Misconfigured,
        Self::Incomplete,
        Self::Corrupt,
        Self::Inconsistent,
        Self::Fenced,
    ];

    /// The name as used in a definition.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "Transient",
            Self::Throttled => "Throttled",
            Self::InvalidFeed => "InvalidFeed",
            Self::InvalidInput => "InvalidInput",
            Self::Misconfigured => "Misconfigured",
            Self::Incomplete => "Incomplete",
            Self::Corrupt => "Corrupt",
            Self::Inconsistent => "Inconsistent",
            Self::Fenced => "Fenced",
        }
    }

    /// Whether a state machine may try again.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::Transient | Self::Throttled)
    }
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
