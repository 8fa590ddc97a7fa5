//! A CSV object of a run, as whoever wrote it tells of it.

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;

/// A CSV object of the run, which another step reads or which becomes a part of an output: what it must be.
///
/// Small enough to travel in the state of an execution; the checksum is a text, because a number of 64 bits would not
/// survive there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its key; empty where there was nothing to write.
    pub key: String,
    /// Length of its header line: merging copies what comes after.
    pub header_bytes: u64,
    /// Its length, header included.
    pub bytes: u64,
    /// The records in it.
    pub records: u64,
    /// Its CRC64NVME, as S3 writes it; empty where the bucket has put the object together.
    pub crc64nvme: String,
}

impl Part {
    /// Where the bytes of an object are not those that were written: what was found, and what should have been.
    #[must_use]
    pub fn differs(&self, found: Checksum) -> Option<String> {
        let (bytes, crc) = (found.bytes(), found.to_base64());
        if bytes != self.bytes {
            return Some(format!("it has {bytes} bytes, but {} were written", self.bytes));
        }
        (crc != self.crc64nvme)
            .then(|| format!("its CRC64NVME is {crc}, but that of what was written is {}", self.crc64nvme))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_bytes_differ_by_length_or_by_checksum() {
        let of = Checksum::of(b"a,b\n1,2\n");
        let part = Part { key: "k".into(), header_bytes: 4, bytes: 8, records: 1, crc64nvme: of.to_base64() };
        assert_eq!(part.differs(of), None);
        assert_eq!(part.differs(Checksum::of(b"a,b\n")).unwrap(), "it has 4 bytes, but 8 were written");
        let other = part.differs(Checksum::of(b"a,b\n1,3\n")).unwrap();
        assert!(other.starts_with("its CRC64NVME is ") && other.ends_with(&of.to_base64()), "{other}");
    }
}
