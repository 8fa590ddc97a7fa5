//! The key hashes of a chunk, which `validate` writes and `gate` merges.
//!
//! An object of entries in blocks of [`BLOCK_ENTRIES`], the last one shorter; each block is sorted.

/// A valid record by its key. Ordered by hash, then by record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyEntry {
    /// Hash of its key.
    pub hash: u128,
    /// Number of the record in its file.
    pub record: u64,
}

/// Entries of a block: 131,072 × 24 bytes = 3 MiB of memory, whatever the length of the chunk.
pub const BLOCK_ENTRIES: usize = 128 * 1024;

impl KeyEntry {
    /// Length of an entry in bytes: hash (16) and record number (8).
    pub const BYTES: usize = 24;

    /// The entry as it is written: big-endian, so that bytes compare as entries do.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..16].copy_from_slice(&self.hash.to_be_bytes());
        bytes[16..].copy_from_slice(&self.record.to_be_bytes());
        bytes
    }

    /// The entry that was written so.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
        let record = bytes[16..].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        Self { hash: number(&bytes[..16]), record }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_compare_as_entries_do() {
        let entries = [
            KeyEntry { hash: 1, record: u64::MAX },
            KeyEntry { hash: 256, record: 1 },
            KeyEntry { hash: 256, record: 256 },
            KeyEntry { hash: u128::MAX, record: 0 },
        ];
        assert!(entries.is_sorted());
        assert!(entries.map(KeyEntry::to_bytes).is_sorted());
        assert_eq!(entries.map(|entry| KeyEntry::from_bytes(&entry.to_bytes())), entries);
    }
}
