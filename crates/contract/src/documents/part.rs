//! A CSV object of a run, as its writer describes it.

use serde::{Deserialize, Serialize};
use sluice_engine::checksum::Checksum;

/// A CSV object of the run, which another step reads or which becomes part of an output.
///
/// It is small enough for the state of an execution. The checksum is a text, because a 64-bit number would
/// lose precision there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its key; empty if there was nothing to write.
    pub key: String,
    /// Length of its header line in bytes. Merging copies what follows.
    pub header_bytes: u64,
    /// Its length in bytes, including the header.
    pub bytes: u64,
    /// The number of its records.
    pub records: u64,
    /// Its CRC64NVME in the notation of S3; empty if S3 joined the object from parts.
    pub crc64nvme: String,
}

impl Part {
    /// Whether there was nothing to write.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// How an object differs from what was written: what was found, and what was expected.
    #[must_use]
    pub fn differs(&self, found: Checksum) -> Option<String> {
        let (bytes, crc) = (found.bytes(), found.to_base64());
        if bytes != self.bytes {
            return Some(format!("it has {bytes} bytes, but {} were written", self.bytes));
        }
        (crc != self.crc64nvme).then(|| format!("its CRC64NVME is {crc}, but the written one was {}", self.crc64nvme))
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
