//! What `retry` answers: in each role, the output of that role.

use serde::{Serialize, Serializer};
use sluice_contract::steps::{RetryCollected, RetryDone};

/// What `retry` answers. It is written as what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What was found.
    Collected(RetryCollected),
    /// What became of a lot.
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
