//! What is sorted and merged.

use sluice_contract::{KeyEntry, Loser};

/// An entry of a sorted block. Its order is the order of the block; how it is written need not follow it.
pub trait Entry: Ord + Send + Sync + Sized {
    /// How long an entry is in bytes.
    const LENGTH: Length;

    /// Reads the entry at the start of these bytes, and returns it with its length; `None` if the bytes end before the
    /// entry does, or are not an entry.
    fn decode(bytes: &[u8]) -> Option<(Self, usize)>;

    /// Appends the bytes of the entry.
    fn encode(&self, bytes: &mut Vec<u8>);
}

/// The length of entries in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// All have this one.
    Fixed(usize),
    /// Each has its own, which says itself where it ends; none has more than this.
    AtMost(usize),
}

impl Length {
    /// The most that an entry has.
    pub(super) const fn longest(self) -> usize {
        match self {
            Self::Fixed(bytes) | Self::AtMost(bytes) => bytes,
        }
    }
}

impl Entry for KeyEntry {
    const LENGTH: Length = Length::Fixed(Self::BYTES);

    fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        bytes.first_chunk().map(|bytes| (Self::from_bytes(bytes), Self::BYTES))
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_bytes());
    }
}

impl Entry for Loser {
    const LENGTH: Length = Length::Fixed(Self::BYTES);

    fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        bytes.first_chunk().map(|bytes| (Self::from_bytes(bytes), Self::BYTES))
    }

    fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.to_bytes());
    }
}
