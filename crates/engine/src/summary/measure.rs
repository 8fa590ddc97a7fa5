//! The numbers of a group: counts, sums and extremes. They can be added up in any order.

use super::ordered;
use crate::decimal::Decimal;

/// How a number is made of the records of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The sum of values.
    Sum,
    /// The number of records.
    Count,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
}

/// A number of a group so far; `None` if no record has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    kind: Kind,
    value: Option<Decimal>,
}

impl Measure {
    /// The number of one record with this value.
    #[must_use]
    pub fn of(kind: Kind, value: Option<Decimal>) -> Self {
        Self { kind, value }
    }

    /// Its value; a sum or a count of nothing is 0.
    #[must_use]
    pub fn value(&self) -> Option<Decimal> {
        match (&self.value, self.kind) {
            (None, Kind::Sum | Kind::Count) => Some(Decimal::whole(0)),
            (value, _) => value.clone(),
        }
    }

    /// Adds the same number of other records.
    pub fn add(&mut self, other: &Self) {
        let Some(more) = &other.value else { return };
        let Some(value) = &mut self.value else {
            self.value = Some(more.clone());
            return;
        };
        match self.kind {
            Kind::Sum | Kind::Count => *value += more,
            Kind::Min if more < value => *value = more.clone(),
            Kind::Max if more > value => *value = more.clone(),
            Kind::Min | Kind::Max => {}
        }
    }

    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.kind as u8);
        ordered::push_number(self.value.as_ref(), bytes);
    }

    pub(super) fn decode(bytes: &mut &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        *bytes = rest;
        let kind = [Kind::Sum, Kind::Count, Kind::Min, Kind::Max].into_iter().find(|known| *known as u8 == *kind)?;
        Some(Self { kind, value: ordered::take_number(bytes)? })
    }
}

/// Adds numbers to others of the same kinds.
pub fn add_all(numbers: &mut [Measure], others: &[Measure]) {
    numbers.iter_mut().zip(others).for_each(|(number, other)| number.add(other));
}
