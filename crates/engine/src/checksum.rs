//! The checksum of a source: CRC64NVME, which S3 keeps for every object.
//!
//! The checksums of two adjacent stretches combine to that of both. So ranges of a file can be summed in any
//! order and on any number of cores, and the result equals what S3 reports for the object.

use std::fmt;

use crc_fast::CrcAlgorithm::Crc64Nvme as ALGORITHM;
use crc_fast::{Digest, checksum, checksum_combine};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Computes a checksum over bytes as they come.
#[derive(Clone, Copy, Debug)]
pub struct Crc64Nvme {
    digest: Digest,
    bytes: u64,
}

impl Crc64Nvme {
    /// The checksum of no bytes.
    #[must_use]
    pub fn new() -> Self {
        Self { digest: Digest::new(ALGORITHM), bytes: 0 }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
    }

    /// The checksum of the bytes so far.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        Checksum { crc: self.digest.finalize(), bytes: self.bytes }
    }
}

impl Default for Crc64Nvme {
    fn default() -> Self {
        Self::new()
    }
}

/// The CRC64NVME of a stretch of bytes, and its length.
///
/// # Examples
/// ```
/// use sluice_engine::checksum::Checksum;
/// assert_eq!(Checksum::of(b"1234").then(Checksum::of(b"56789")), Checksum::of(b"123456789"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checksum {
    /// A text in JSON, because a number of 64 bits would lose precision in the state of an execution.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    crc: u64,
    bytes: u64,
}

impl Checksum {
    /// The checksum of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { crc: checksum(ALGORITHM, bytes), bytes: bytes.len() as u64 }
    }

    /// The checksum of these bytes followed by those of another.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        match (self.bytes, next.bytes) {
            (_, 0) => self,
            (0, _) => next,
            (bytes, more) => Self { crc: checksum_combine(ALGORITHM, self.crc, next.crc, more), bytes: bytes + more },
        }
    }

    /// The number of bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        self.bytes
    }

    /// The checksum alone, as a number.
    #[must_use]
    pub fn crc(self) -> u64 {
        self.crc
    }

    /// In the notation of S3: the eight bytes in big-endian order, in Base64.
    #[must_use]
    pub fn to_base64(self) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        // Eleven digits of 6 bits hold the 64 bits and two zeros; the twelfth digit is padding.
        let bits = u128::from(self.crc) << 2;
        let digits = (0..11).rev().map(|place| char::from(DIGITS[(bits >> (6 * place) & 63) as usize]));
        digits.chain(['=']).collect()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn as_text<S: Serializer>(crc: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(crc)
}

/// Reads the text, or the number that earlier releases wrote.
fn from_text<'d, D: Deserializer<'d>>(deserializer: D) -> Result<u64, D::Error> {
    struct Crc;

    impl Visitor<'_> for Crc {
        type Value = u64;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a number of 64 bits as a text")
        }

        fn visit_u64<E: Error>(self, crc: u64) -> Result<u64, E> {
            Ok(crc)
        }

        fn visit_str<E: Error>(self, crc: &str) -> Result<u64, E> {
            crc.parse().map_err(|_| E::invalid_value(Unexpected::Str(crc), &self))
        }
    }

    deserializer.deserialize_any(Crc)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_checksums() {
        // The check value of the catalogue of CRCs (CRC-64/NVME), and values that S3 returned.
        assert_eq!(Checksum::of(b"123456789").crc, 0xae8b_1486_0a79_9888);
        for (bytes, expected) in
            [(&b""[..], "AAAAAAAAAAA="), (b"123456789", "rosUhgp5mIg="), (b"id,price\n1,2\n", "cbT9w4/Xfvs=")]
        {
            assert_eq!(Checksum::of(bytes).to_base64(), expected);
        }
    }

    #[test]
    fn a_checksum_in_a_document_is_a_text_and_was_a_number() {
        let sum = Checksum::of(b"123456789");
        let text = r#"{"crc":"12577168950296156296","bytes":9}"#;
        assert_eq!(serde_json::to_string(&sum).unwrap(), text);
        for document in [text, r#"{"crc":12577168950296156296,"bytes":9}"#] {
            assert_eq!(serde_json::from_str::<Checksum>(document).unwrap(), sum);
        }
        for wrong in [r#"{"crc":"-1","bytes":9}"#, r#"{"crc":"x","bytes":9}"#, r#"{"crc":1.5,"bytes":9}"#] {
            assert!(serde_json::from_str::<Checksum>(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
            #[test]
            fn ranges_make_the_whole_in_whatever_way_they_are_put_together(
                ranges in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8),
                split in 0..8_usize,
            ) {
                let whole = ranges.concat();
                let mut stream = Crc64Nvme::new();
                for range in &ranges {
    stream.update(range);
    }
                prop_assert_eq!(stream.checksum(), Checksum::of(&whole));
                let sum = |ranges: &[Vec<u8>]| {
                    ranges.iter().fold(Checksum::default(), |sum, range| sum.then(Checksum::of(range)))
                };
                let (left, right) = ranges.split_at(split.min(ranges.len()));
                prop_assert_eq!(sum(left).then(sum(right)), Checksum::of(&whole));
            }
        }
}
