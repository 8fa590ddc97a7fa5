//! The hash of a record's content, which a sink keeps with each item.

use std::fmt;
use std::str::FromStr;

use twox_hash::XxHash3_128;

/// The digits of a hash.
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A hash of the content of a record: of its fields that have a value, by name. Its text has 32 hexadecimal digits.
///
/// # Examples
/// ```
/// use sluice_engine::sink::ContentHash;
///
/// let hash = ContentHash::from(255);
/// assert_eq!(hash.to_string(), "000000000000000000000000000000ff");
/// assert_eq!(hash.to_string().parse(), Ok(hash));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; 16]);

/// A text is not the hash of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 32 hexadecimal digits in lower case")]
pub struct InvalidHash;

impl ContentHash {
    /// The hash of an item that was deleted, which no record has.
    #[must_use]
    pub fn of_deletion() -> Self {
        hash(&[&NO_NAME[..], b"deleted"].concat())
    }

    /// The digits of its text.
    #[must_use]
    pub fn digits(self) -> [u8; 32] {
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        digits
    }
}

impl From<u128> for ContentHash {
    fn from(number: u128) -> Self {
        Self(number.to_be_bytes())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(str::from_utf8(&self.digits()).unwrap_or_default())
    }
}

impl FromStr for ContentHash {
    type Err = InvalidHash;

    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let is_digit = |byte: u8| DIGITS.contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return Err(InvalidHash);
        }
        u128::from_str_radix(text, 16).map(Self::from).map_err(|_| InvalidHash)
    }
}

/// Begins the input of a hash that no record alone has: a name of this length does not exist.
const NO_NAME: [u8; LENGTH] = [u8::MAX; LENGTH];

/// Begins the input of the hash of a record whose empty fields leave an item as it is. An item with such a hash may have fields that
/// the record does not say, so the hash differs from that of a record that says everything.
pub(super) fn push_keeps(input: &mut Vec<u8>) {
    input.extend_from_slice(&NO_NAME);
    input.extend_from_slice(b"keep");
}

/// The part of a hash's input that is the same for each record: the length of a field's name and the name, and room for the
/// length of its value.
#[derive(Debug)]
pub(super) struct Hashed {
    bytes: Box<[u8]>,
    /// The same bytes with zeros behind them, if they are so few: a copy of a known length takes a few instructions.
    padded: Option<[u8; SHORT]>,
}

/// Most bytes of a short part: those of a name of 16 bytes.
const SHORT: usize = 16 + 2 * LENGTH;

/// The size of a length, in bytes. The length before each text distinguishes ("ab", "c") from ("a", "bc").
const LENGTH: usize = 8;

impl Hashed {
    /// The part of a field with this name.
    pub(super) fn new(name: &str) -> Self {
        let bytes = [&(name.len() as u64).to_le_bytes(), name.as_bytes(), &[0; LENGTH]].concat();
        let mut padded = [0; SHORT];
        let padded = padded.get_mut(..bytes.len()).map(|place| place.copy_from_slice(&bytes)).map(|()| padded);
        Self { bytes: bytes.into(), padded }
    }

    /// Appends the field with a value, which is not empty.
    #[inline]
    pub(super) fn push(&self, value: &str, input: &mut Vec<u8>) {
        match &self.padded {
            Some(padded) => {
                let end = input.len() + self.bytes.len();
                input.extend_from_slice(padded);
                input.truncate(end);
            }
            None => input.extend_from_slice(&self.bytes),
        }
        if let Some(length) = input.last_chunk_mut() {
            *length = (value.len() as u64).to_le_bytes();
        }
        input.extend_from_slice(value.as_bytes());
    }
}

/// The hash of its whole input.
pub(super) fn hash(input: &[u8]) -> ContentHash {
    XxHash3_128::oneshot(input).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_of_a_hash_has_each_name_and_value_with_its_length() {
        for (name, value) in (0..40).flat_map(|name| [(name, 0), (name, 1), (name, 300)]) {
            let (name, value) = ("n".repeat(name), "v".repeat(value));
            let mut input = b"before".to_vec();
            Hashed::new(&name).push(&value, &mut input);
            let lengths = [&name, &value].map(|text| (text.len() as u64).to_le_bytes());
            let expected = [b"before", &lengths[0][..], name.as_bytes(), &lengths[1], value.as_bytes()].concat();
            assert_eq!(input, expected);
        }
    }

    #[test]
    fn a_hash_is_read_only_as_it_is_written() {
        let hash = ContentHash::from(0x00ff_00ff_00ff_00ff_00ff_00ff_00ff_00fa);
        assert_eq!(hash.to_string(), "00ff00ff00ff00ff00ff00ff00ff00fa");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for text in ["", "ff", "00FF00ff00ff00ff00ff00ff00ff00ff", "+0ff00ff00ff00ff00ff00ff00ff00ff", "a hash"] {
            assert_eq!(text.parse::<ContentHash>(), Err(InvalidHash), "{text}");
        }
    }
}
