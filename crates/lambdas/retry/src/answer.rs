//! The output of `retry`, one form for each role.

use serde::{Serialize, Serializer};
use sluice_contract::steps::{RetryCollected, RetryDone};

/// The output of `retry`. It serializes as the output that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The output of `collect`.
    Collected(RetryCollected),
    /// The output of `offer` and `exhaust`.
    Done(RetryDone),
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Collected(output) => output.serialize(serializer),
            Self::Done(output) => output.serialize(serializer),
        }
    }
}
