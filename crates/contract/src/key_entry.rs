//! The hashes of values that must be unique among a chunk's valid records. The step that finds a record valid
//! (`restructure` or `validate`) writes them, one for each set of unique fields and one for the sink's key; `gate`
//! merges them.
//!
//! An object holds entries in blocks of [`BLOCK_ENTRIES`], the last one shorter; each block is sorted. All
//! sets share the blocks, so neither the memory of a step nor the number of objects grows with the number
//! of sets. The sink's key sorts last, so the gate knows which records the sets reject before it decides
//! about duplicates.

/// A valid record with the hash of a value that must be unique. Ordered by set, then hash, then record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyEntry {
    /// The index of the set of unique fields in the plan, or [`KeyEntry::KEY`].
    pub set: u16,
    /// Hash of the values.
    pub hash: u128,
    /// Number of the record in its file.
    pub record: u64,
}

/// The number of entries in a block: 131,072 × 26 bytes = 3.25 MiB, and 4.75 MiB in the memory of the step (32
/// bytes each, and their order), whatever the length of the chunk.
pub const BLOCK_ENTRIES: usize = 128 * 1024;

impl KeyEntry {
    /// The sink's key, which is not a set of unique fields.
    pub const KEY: u16 = u16::MAX;

    /// Length of an entry in bytes: set (2), hash (16) and record number (8).
    pub const BYTES: usize = 26;

    /// The entry as bytes. Big-endian, so that bytes sort as entries do.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..2].copy_from_slice(&self.set.to_be_bytes());
        bytes[2..18].copy_from_slice(&self.hash.to_be_bytes());
        bytes[18..].copy_from_slice(&self.record.to_be_bytes());
        bytes
    }

    /// The entry of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let (mut set, mut hash, mut record) = ([0; 2], [0; 16], [0; 8]);
        set.copy_from_slice(&bytes[..2]);
        hash.copy_from_slice(&bytes[2..18]);
        record.copy_from_slice(&bytes[18..]);
        let (set, hash) = (u16::from_be_bytes(set), u128::from_be_bytes(hash));
        let record = u64::from_be_bytes(record);
        Self { set, hash, record }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_compare_as_entries_do() {
        let entries = [
            KeyEntry { set: 0, hash: 2, record: u64::MAX },
            KeyEntry { set: 1, hash: 1, record: u64::MAX },
            KeyEntry { set: 1, hash: 256, record: 1 },
            KeyEntry { set: 256, hash: 256, record: 256 },
            KeyEntry { set: KeyEntry::KEY, hash: u128::MAX, record: 0 },
        ];
        assert!(entries.is_sorted());
        assert!(entries.map(KeyEntry::to_bytes).is_sorted());
        assert_eq!(entries.map(|entry| KeyEntry::from_bytes(&entry.to_bytes())), entries);
    }
}
