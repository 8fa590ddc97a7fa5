//! What is sorted and merged here: entries of a fixed length, whose bytes compare as they do.

use sluice_contract::{KeyEntry, Loser};

/// An entry of a sorted object.
pub(crate) trait Entry: Copy + Ord + Send + Sync {
    /// Its length in bytes.
    const BYTES: usize;

    /// The entry at the start of these bytes; `None` where they are too few.
    fn decode(bytes: &[u8]) -> Option<Self>;

    /// Appends its bytes.
    fn encode(self, bytes: &mut Vec<u8>);
}

impl Entry for KeyEntry {
    const BYTES: usize = Self::BYTES;

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(Self::from_bytes)
    }

    fn encode(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_bytes());
    }
}

impl Entry for Loser {
    const BYTES: usize = Self::BYTES;

    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk().map(Self::from_bytes)
    }

    fn encode(self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_bytes());
    }
}
