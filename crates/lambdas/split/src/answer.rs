//! What `split` answers: in each role, the output of that role.

use serde::{Serialize, Serializer};
use sluice_contract::steps::{ScanOutput, SplitOutput};

/// What `split` answers. It is written as what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Planned or folded.
    Split(SplitOutput),
    /// Scanned.
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
