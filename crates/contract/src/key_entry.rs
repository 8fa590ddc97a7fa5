//! The hashes of values that must be unique among a chunk's valid records. The step that finds a record valid
//! (`restructure` or `validate`) writes them, one for each set of unique fields and one for the sink's key; `gate`
//! merges them.
//!
//! An object holds entries in blocks of [`BLOCK_ENTRIES`], the last one shorter; each block is sorted. All
//! sets share the blocks, so neither the memory of a step nor the number of objects grows with the number
//! of sets. The sink's key sorts last, so the gate knows which records the sets reject before it decides
//! about duplicates.
//!
//! Among the entries of the sink's key are also those of records that refer to a key of the same file, and a second one for a record
//! that deletes the item of its key. They sort behind the keys with the same hash. So the gate knows all records of a key before it comes
//! to those that refer to it.

/// A valid record with the hash of a value that must be unique. Ordered by set, then hash, then record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyEntry {
    /// The index of the set of unique fields in the plan, or [`KeyEntry::KEY`].
    pub set: u16,
    /// Hash of the values.
    pub hash: u128,
    /// Number of the record in its file. Of an entry that is not a key, also what it is: see [`KeyEntry::role`].
    pub record: u64,
}

/// What an entry of the sink's key says of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The record has this key.
    Key,
    /// The record, whose key this is, deletes the item.
    Deletion,
    /// The record refers to this key. The index of the reference among those of the feed to itself.
    Reference(u16),
}

/// Set in the record of an entry that is not a key.
const NO_KEY: u64 = 1 << 63;
/// The number of bits of a record's number, in an entry that is not a key. No file has so many records.
const RECORD_BITS: u32 = 48;

/// The number of entries in a block: 131,072 × 26 bytes = 3.25 MiB, and 4.75 MiB in the memory of the step (32
/// bytes each, and their order), whatever the length of the chunk.
pub const BLOCK_ENTRIES: usize = 128 * 1024;

impl KeyEntry {
    /// The sink's key, which is not a set of unique fields.
    pub const KEY: u16 = u16::MAX;

    /// Length of an entry in bytes: set (2), hash (16) and record number (8).
    pub const BYTES: usize = 26;

    /// The entry that says that a record deletes the item of its key.
    #[must_use]
    pub fn deletion(hash: u128, record: u64) -> Self {
        Self { set: Self::KEY, hash, record: NO_KEY | record }
    }

    /// The entry that says that a record refers to a key. `index` is at most 32,766.
    #[must_use]
    pub fn reference(index: u16, hash: u128, record: u64) -> Self {
        Self { set: Self::KEY, hash, record: NO_KEY | (u64::from(index) + 1) << RECORD_BITS | record }
    }

    /// What an entry of the sink's key says, and the number of its record.
    #[must_use]
    pub fn role(self) -> (Role, u64) {
        if self.record & NO_KEY == 0 {
            return (Role::Key, self.record);
        }
        let record = self.record & ((1 << RECORD_BITS) - 1);
        match u16::try_from((self.record & !NO_KEY) >> RECORD_BITS).unwrap_or_default().checked_sub(1) {
            Some(index) => (Role::Reference(index), record),
            None => (Role::Deletion, record),
        }
    }

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
    fn what_is_no_key_sorts_behind_the_keys_of_its_hash() {
        let key = |hash, record| KeyEntry { set: KeyEntry::KEY, hash, record };
        let entries = [
            key(7, 1),
            key(7, 1 << 47),
            KeyEntry::deletion(7, 1),
            KeyEntry::reference(0, 7, 1),
            KeyEntry::reference(0, 7, (1 << 48) - 1),
            KeyEntry::reference(99, 7, 1),
            key(8, 1),
        ];
        assert!(entries.is_sorted());
        assert!(entries.map(KeyEntry::to_bytes).is_sorted());
        let roles = entries.map(KeyEntry::role);
        assert_eq!(roles[1], (Role::Key, 1 << 47));
        assert_eq!(roles[2..5], [(Role::Deletion, 1), (Role::Reference(0), 1), (Role::Reference(0), (1 << 48) - 1)]);
        assert_eq!(roles[5], (Role::Reference(99), 1));
    }

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
