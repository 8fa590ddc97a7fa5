//! The pieces from which an object is concatenated.

use bytes::Bytes;
use sluice_contract::ByteRange;

/// A piece of a concatenated object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// A range of an object of the same bucket.
    Range {
        /// Its key.
        key: String,
        /// The range; it may be empty.
        range: ByteRange,
    },
}

impl Piece {
    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range { range, .. } => range.len(),
        }
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
