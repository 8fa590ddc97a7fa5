//! The output of `split`, one form for each role.

use serde::{Serialize, Serializer};
use sluice_contract::steps::{ScanOutput, SplitOutput};

/// The output of `split`. It serializes as the output that it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The output of `plan` and `fold`.
    Split(SplitOutput),
    /// The output of `scan`.
    Scan(ScanOutput),
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Split(output) => output.serialize(serializer),
            Self::Scan(output) => output.serialize(serializer),
        }
    }
}
