//! A group of a summary with its numbers so far, as it is sorted and merged.

use std::cmp::Ordering;

use super::measure::Measure;
use super::ordered;

/// A group with its numbers so far. Groups are ordered by their texts alone, in byte order.
#[derive(Clone, Debug)]
pub struct Group {
    /// The texts of its columns, encoded in their order.
    pub key: Box<[u8]>,
    /// Its numbers.
    pub numbers: Vec<Measure>,
}

impl Group {
    /// The texts of its columns.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let (mut rest, mut texts) = (&self.key[..], Vec::new());
        while let Some((text, after)) = ordered::split_text(rest) {
            texts.push(ordered::text_of(text));
            rest = after;
        }
        texts
    }

    /// Appends its bytes.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        super::push_length(self.key.len(), bytes);
        bytes.extend_from_slice(&self.key);
        bytes.push(u8::try_from(self.numbers.len()).unwrap_or(u8::MAX));
        self.numbers.iter().for_each(|number| number.encode(bytes));
    }

    /// Reads a group at the start of these bytes, and returns it with its length; `None` if there is none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let length = super::take_length(&mut rest)?;
        let (key, mut rest) = rest.split_at_checked(length)?;
        let count = *rest.split_off_first()?;
        let numbers = (0..count).map(|_| Measure::decode(&mut rest)).collect::<Option<Vec<_>>>()?;
        Some((Self { key: key.into(), numbers }, bytes.len() - rest.len()))
    }

    /// How much memory it takes beside itself, in bytes.
    #[must_use]
    pub fn bytes_elsewhere(&self) -> usize {
        self.key.len() + self.numbers.len() * size_of::<Measure>()
    }
}

impl PartialEq for Group {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Group {}

impl PartialOrd for Group {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Group {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}
