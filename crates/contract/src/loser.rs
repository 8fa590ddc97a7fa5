//! The valid records of a chunk that the gate takes out. `gate` writes them, `import` reads them.
//!
//! Format version 3: an object of entries of [`Loser::BYTES`] bytes, with big-endian numbers, sorted by
//! record and then by reason: the record (8), the reason (2), the other record (8). Reason 65,535 means a
//! duplicate, 65,534 a record that shares its key in a feed that rejects all such records; from 32,768 on, it is a
//! reference to the feed itself, by its index in the plan, and any other is the index of a set of unique fields in the plan. A record that breaks several sets has an entry for each,
//! and none as a duplicate.
//!
//! A [`seal`] follows the entries. A chunk without such records has an object with only a seal, so that a
//! lost, truncated or swapped object cannot be mistaken for one without entries.

use sluice_engine::checksum::Checksum;

/// The first number of a reference. A feed has fewer unique sets, and few references to itself.
const MISSING: u16 = 1 << 15;

/// Length of a [`seal`] in bytes.
pub const SEAL_BYTES: usize = 16;

/// The seal of an object with this key: the number of entries (8), and the CRC64NVME of the key and the
/// entries (8).
#[must_use]
pub fn seal(key: &str, entries: Checksum) -> [u8; SEAL_BYTES] {
    let mut bytes = [0; SEAL_BYTES];
    bytes[..8].copy_from_slice(&(entries.bytes() / Loser::BYTES as u64).to_be_bytes());
    bytes[8..].copy_from_slice(&Checksum::of(key.as_bytes()).then(entries).crc().to_be_bytes());
    bytes
}

/// The entries of an object with this key.
///
/// # Errors
/// Why the object is not what was written.
pub fn unseal<'a>(key: &str, object: &'a [u8]) -> Result<&'a [[u8; Loser::BYTES]], String> {
    let bytes = object.len();
    let Some((entries, found)) = object.split_last_chunk::<SEAL_BYTES>() else {
        return Err(format!("{bytes} bytes, but a seal alone has {SEAL_BYTES}"));
    };
    match entries.as_chunks() {
        (whole, []) if seal(key, Checksum::of(entries)) == *found => Ok(whole),
        (_, []) => Err(format!("{bytes} bytes that differ from those that were sealed")),
        _ => Err(format!("{bytes} bytes, which are not whole entries with a seal")),
    }
}

/// A valid record that the gate takes out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loser {
    /// Number of the record in its file.
    pub record: u64,
    /// The reason.
    pub reason: Reason,
    /// The record that caused it.
    pub other: u64,
}

/// Why the gate takes a valid record out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// An earlier record has the same values in this set of unique fields, so this one is rejected.
    Unique(u16),
    /// What it refers to, by this reference of the feed to itself, is neither in the file nor in the table, so it is rejected.
    Missing(u16),
    /// It shares its key, and the feed rejects all such records.
    SharedKey,
    /// Another record with the same key wins: it is a duplicate.
    Duplicate,
}

impl Reason {
    /// Whether the record is rejected; otherwise it is a duplicate.
    #[must_use]
    pub fn rejects(self) -> bool {
        self != Self::Duplicate
    }

    fn number(self) -> u16 {
        match self {
            Self::Unique(set) => set,
            Self::Missing(reference) => MISSING + reference,
            Self::SharedKey => u16::MAX - 1,
            Self::Duplicate => u16::MAX,
        }
    }
}

impl Loser {
    /// Length of an entry in bytes.
    pub const BYTES: usize = 18;

    /// The entry as bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.record.to_be_bytes());
        bytes[8..10].copy_from_slice(&self.reason.number().to_be_bytes());
        bytes[10..].copy_from_slice(&self.other.to_be_bytes());
        bytes
    }

    /// The entry of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let number = |bytes: &[u8]| {
            let mut number = [0; 8];
            number.copy_from_slice(bytes);
            u64::from_be_bytes(number)
        };
        let reason = match u16::from_be_bytes([bytes[8], bytes[9]]) {
            u16::MAX => Reason::Duplicate,
            shared if shared == u16::MAX - 1 => Reason::SharedKey,
            missing if missing >= MISSING => Reason::Missing(missing - MISSING),
            set => Reason::Unique(set),
        };
        Self { record: number(&bytes[..8]), reason, other: number(&bytes[10..]) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_object_is_detected() {
        let sealed = |key: &str, losers: &[Loser]| {
            let mut bytes: Vec<u8> = losers.iter().flat_map(|loser| loser.to_bytes()).collect();
            let seal = seal(key, Checksum::of(&bytes));
            bytes.extend_from_slice(&seal);
            bytes
        };
        let losers: Vec<Loser> = (1..4).map(|record| Loser { record, reason: Reason::Duplicate, other: 0 }).collect();
        let bytes = sealed("a", &losers);
        assert_eq!(unseal("a", &bytes).unwrap(), losers.iter().map(|loser| loser.to_bytes()).collect::<Vec<_>>());
        assert!(unseal("a", &sealed("a", &[])).unwrap().is_empty());
        let mut replaced = bytes.clone();
        replaced[7] = 9;
        for (damage, key, object) in [
            ("of another chunk", "b", &bytes[..]),
            ("empty", "a", &[]),
            ("cut between two entries", "a", &bytes[..2 * Loser::BYTES]),
            ("cut in an entry", "a", &bytes[..Loser::BYTES + 7]),
            ("its seal cut off", "a", &bytes[..3 * Loser::BYTES]),
            ("an entry lost at its start", "a", &bytes[Loser::BYTES..]),
            ("replaced", "a", &replaced[..]),
        ] {
            assert!(unseal(key, object).is_err(), "{damage}");
        }
    }

    #[test]
    fn comes_back_as_it_was_and_sorts_as_its_bytes_do() {
        let loser = |record, reason| Loser { record, reason, other: u64::MAX - record };
        let losers = [
            loser(1, Reason::Unique(0)),
            loser(1, Reason::Unique(256)),
            loser(1, Reason::Missing(0)),
            loser(1, Reason::Missing(99)),
            loser(1, Reason::SharedKey),
            loser(1, Reason::Duplicate),
            loser(256, Reason::Unique(0)),
        ];
        assert!(losers.is_sorted());
        assert!(losers.map(Loser::to_bytes).is_sorted());
        assert_eq!(losers.map(|loser| Loser::from_bytes(&loser.to_bytes())), losers);
    }
}
