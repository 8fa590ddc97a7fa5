//! In which records of an item its problems are.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::InvalidNumbers;
use crate::{Place, Problem};

/// The record of each of an item's problems, in their order; problems beyond them are of the first record. Its text has the number and the
/// line of each: `8:9 10:11`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found(Vec<Place>);

impl Found {
    /// Adds the record of the next problem.
    pub fn push(&mut self, place: Place) {
        self.0.push(place);
    }

    /// Adds the records of further problems.
    pub(super) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The problems of each record that has some, in the order of the records. `first` is the first record of the item.
    pub fn by_record<P: Borrow<Problem>>(
        &self,
        first: Place,
        problems: impl IntoIterator<Item = P>,
    ) -> impl Iterator<Item = (Place, Vec<P>)> {
        let mut found: BTreeMap<u64, (Place, Vec<P>)> = BTreeMap::new();
        for (at, problem) in problems.into_iter().enumerate() {
            let place = self.0.get(at).copied().unwrap_or(first);
            found.entry(place.record).or_insert_with(|| (place, Vec::new())).1.push(problem);
        }
        found.into_values()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Place { record, line }) in self.0.iter().enumerate() {
            write!(f, "{}{record}:{line}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Found {
    type Err = InvalidNumbers;

    fn from_str(text: &str) -> Result<Self, InvalidNumbers> {
        let place = |part: &str| {
            let (record, line) = part.split_once(':')?;
            Some(Place { record: record.parse().ok()?, line: line.parse().ok()? })
        };
        let parts = text.split(' ').filter(|part| !part.is_empty());
        parts.map(|part| place(part).ok_or(InvalidNumbers)).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Stage};

    #[test]
    fn problems_go_to_their_records() {
        let place = |record| Place { record, line: record + 1 };
        let mut found = Found::default();
        [8, 10, 8].map(place).into_iter().for_each(|place| found.push(place));
        assert_eq!(found.to_string(), "8:9 10:11 8:9");
        assert_eq!(found.to_string().parse(), Ok(found.clone()));
        assert_eq!("".parse(), Ok(Found::default()));
        assert!("8".parse::<Found>().is_err() && "x:1".parse::<Found>().is_err());
        let problems = ["a", "b", "c", "d"].map(|text| Problem::new(Stage::Validate, Code::Range, text));
        let of: Vec<_> = found
            .by_record(place(7), &problems)
            .map(|(place, problems)| {
                (place, problems.iter().map(|problem| problem.message.clone()).collect::<String>())
            })
            .collect();
        assert_eq!(of, [(place(7), "d".into()), (place(8), "ac".into()), (place(10), "b".into())]);
    }
}
