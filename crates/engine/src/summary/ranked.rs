//! The order of the rows in the file.

use super::group::Group;
use super::ordered::{invert, push_number};
use super::plan::{ColumnOf, SummaryPlan};

/// A group in its place in the file: first by the columns that the summary is sorted by, then by all its texts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ranked {
    /// Bytes in the order of the rows.
    rank: Box<[u8]>,
    /// The group.
    pub group: Group,
}

impl SummaryPlan {
    /// A group with all its numbers, in its place in the file.
    #[must_use]
    pub fn ranked(&self, group: Group) -> Ranked {
        let mut rank = Vec::new();
        for (column, descends) in &self.sort {
            let start = rank.len();
            match self.place(*column) {
                Some(Place::Text(at)) => {
                    rank.extend_from_slice(nth_text(&group.key, at).unwrap_or_default());
                }
                Some(Place::Number(at)) => {
                    let value = group.numbers.get(at).and_then(super::Measure::value);
                    push_number(value.as_ref(), &mut rank);
                }
                None => {}
            }
            if *descends && let Some(own) = rank.get_mut(start..) {
                invert(own);
            }
        }
        Ranked { rank: rank.into(), group }
    }

    /// Where a group has the content of a column.
    pub(super) fn place(&self, column: usize) -> Option<Place> {
        let is_text = |column: &&super::Column| matches!(column.of, ColumnOf::Group { .. });
        let before = self.columns.get(..column)?.iter().filter(is_text).count();
        match self.columns.get(column)?.of {
            ColumnOf::Group { .. } => Some(Place::Text(before)),
            ColumnOf::Number { .. } => Some(Place::Number(column - before)),
        }
    }
}

/// Where a group has the content of a column: the index of a text or of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Text(usize),
    Number(usize),
}

/// The bytes of the text with this index.
fn nth_text(mut key: &[u8], at: usize) -> Option<&[u8]> {
    for _ in 0..at {
        key = super::ordered::split_text(key)?.1;
    }
    super::ordered::split_text(key).map(|(text, _)| text)
}

impl Ranked {
    /// Appends its bytes.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        super::push_length(self.rank.len(), bytes);
        bytes.extend_from_slice(&self.rank);
        self.group.encode(bytes);
    }

    /// Reads one at the start of these bytes, and returns it with its length; `None` if there is none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut rest = bytes;
        let length = super::take_length(&mut rest)?;
        let (rank, rest) = rest.split_at_checked(length)?;
        let (group, length) = Group::decode(rest)?;
        Some((Self { rank: rank.into(), group }, bytes.len() - rest.len() + length))
    }

    /// How much memory it takes beside itself, in bytes.
    #[must_use]
    pub fn bytes_elsewhere(&self) -> usize {
        self.rank.len() + self.group.bytes_elsewhere()
    }
}
