//! A record of a visitor, as far as credit depends on it.

use super::measure::Measure;
use super::ordered;
use crate::decimal::Decimal;

/// A record of a visitor. Visits are ordered by visitor, then by time, then by their place in the file, so the touch of a record comes
/// before what is credited to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit {
    /// A hash of what tells visitors apart.
    pub visitor: u128,
    /// Time, number of the record, role, and what belongs to the role: bytes in the order of visits.
    rest: Box<[u8]>,
}

/// The role of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing but a sign that the visitor was there.
    Hit,
    /// A touch, with the texts of its columns, encoded one after the other.
    Touch(Box<[u8]>),
    /// A record that counts, with the texts of its columns and its numbers.
    Counts(Box<[u8]>, Vec<Measure>),
}

const HIT: u8 = 0;
const TOUCH: u8 = 1;
const COUNTS: u8 = 2;

impl Visit {
    /// The visit of a record: its time, and its number in the file.
    #[must_use]
    pub fn new(visitor: u128, time: &Decimal, record: u64, role: &Role) -> Self {
        let mut rest = Vec::with_capacity(40);
        ordered::push_number(Some(time), &mut rest);
        rest.extend(record.to_be_bytes());
        match role {
            Role::Hit => rest.push(HIT),
            Role::Touch(texts) => {
                rest.push(TOUCH);
                rest.extend_from_slice(texts);
            }
            Role::Counts(texts, numbers) => {
                rest.push(COUNTS);
                super::push_length(texts.len(), &mut rest);
                rest.extend_from_slice(texts);
                rest.push(u8::try_from(numbers.len()).unwrap_or(u8::MAX));
                for number in numbers {
                    number.encode(&mut rest);
                }
            }
        }
        Self { visitor, rest: rest.into() }
    }

    /// Its time; `None` if the bytes are not those of a visit.
    #[must_use]
    pub fn time(&self) -> Option<Decimal> {
        ordered::take_number(&mut &self.rest[..])?
    }

    /// Its role; `None` if the bytes are not those of a visit.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        let mut rest = &self.rest[..];
        ordered::skip_number(&mut rest)?;
        let mut rest = rest.get(size_of::<u64>()..)?;
        match *rest.split_off_first()? {
            HIT => Some(Role::Hit),
            TOUCH => Some(Role::Touch(rest.into())),
            COUNTS => {
                let length = super::take_length(&mut rest)?;
                let (texts, mut rest) = rest.split_at_checked(length)?;
                let count = *rest.split_off_first()?;
                let numbers = (0..count).map(|_| Measure::decode(&mut rest)).collect::<Option<Vec<_>>>()?;
                Some(Role::Counts(texts.into(), numbers))
            }
            _ => None,
        }
    }

    /// Appends its bytes.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.visitor.to_be_bytes());
        super::push_length(self.rest.len(), bytes);
        bytes.extend_from_slice(&self.rest);
    }

    /// Reads a visit at the start of these bytes, and returns it with its length; `None` if there is none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        let (visitor, mut rest) = bytes.split_first_chunk()?;
        let length = super::take_length(&mut rest)?;
        let (own, rest) = rest.split_at_checked(length)?;
        Some((Self { visitor: u128::from_be_bytes(*visitor), rest: own.into() }, bytes.len() - rest.len()))
    }

    /// How much memory it takes beside itself, in bytes.
    #[must_use]
    pub fn bytes_elsewhere(&self) -> usize {
        self.rest.len()
    }
}
