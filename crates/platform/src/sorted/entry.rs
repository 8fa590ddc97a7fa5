//! The entries that are sorted and merged.

use sluice_contract::{KeyEntry, Loser};
use sluice_engine::summary::{Group, MAX_ENTRY, Ranked, Visit};

/// An entry of a sorted block. Blocks are sorted by the order of the entries, not by that of their bytes.
pub trait Entry: Ord + Send + Sync + Sized {
    /// The length of an entry.
    const LENGTH: Length;

    /// Reads the entry at the start of these bytes, and returns it with its length; `None` if the bytes end before the
    /// entry does, or are not an entry.
    fn decode(bytes: &[u8]) -> Option<(Self, usize)>;

    /// Appends the bytes of the entry.
    fn encode(&self, bytes: &mut Vec<u8>);

    /// How much memory the entry takes, in bytes. An entry with data elsewhere adds that.
    fn bytes_in_memory(&self) -> usize {
        size_of::<Self>()
    }
}

/// The length of entries in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// All entries have this length.
    Fixed(usize),
    /// Entries have different lengths, up to this one. The bytes of an entry show where it ends.
    AtMost(usize),
}

impl Length {
    /// The maximum length of an entry, in bytes.
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

macro_rules! entries_of_summaries {
    ($($of:ident)*) => {$(
        impl Entry for $of {
            const LENGTH: Length = Length::AtMost(MAX_ENTRY);

            fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
                Self::decode(bytes)
            }

            fn encode(&self, bytes: &mut Vec<u8>) {
                self.encode(bytes);
            }

            fn bytes_in_memory(&self) -> usize {
                size_of::<Self>() + self.bytes_elsewhere()
            }
        }
    )*};
}

entries_of_summaries!(Group Ranked Visit);
