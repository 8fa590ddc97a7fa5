//! The numbers of records, as a text.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Numbers of records in ascending order. Its text has ranges and single numbers: `6-8 10`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordNumbers(Vec<RangeInclusive<u64>>);

/// A text that is not of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a list of record numbers in ascending order")]
pub struct InvalidNumbers;

impl RecordNumbers {
    /// Adds a number above all others; another one is ignored.
    pub fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some(last) if *last.end() >= number => {}
            Some(last) if *last.end() + 1 == number => *last = *last.start()..=number,
            _ => self.0.push(number..=number),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|range| range.end() - range.start() + 1).fold(0, u64::saturating_add)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().cloned().flatten()
    }

    /// The last number.
    #[must_use]
    pub fn last(&self) -> Option<u64> {
        self.0.last().map(|range| *range.end())
    }
}

impl fmt::Display for RecordNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, range) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { " " })?;
            if range.start() == range.end() {
                write!(f, "{}", range.start())?;
            } else {
                write!(f, "{}-{}", range.start(), range.end())?;
            }
        }
        Ok(())
    }
}

impl FromStr for RecordNumbers {
    type Err = InvalidNumbers;

    fn from_str(text: &str) -> Result<Self, InvalidNumbers> {
        let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
        for part in text.split(' ').filter(|part| !part.is_empty()) {
            let (start, end) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| text.parse::<u64>().map_err(|_| InvalidNumbers);
            let (start, end) = (number(start)?, number(end)?);
            let is_behind = ranges.last().is_none_or(|last| *last.end() < start);
            // The count of the records must fit.
            if start > end || end == u64::MAX || !is_behind {
                return Err(InvalidNumbers);
            }
            ranges.push(start..=end);
        }
        Ok(Self(ranges))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_list_of_numbers_is_refused() {
        for text in ["x", "1-", "-1", "3-2", "5 5", "5-9 7", "9 3", "1-18446744073709551615"] {
            assert_eq!(text.parse::<RecordNumbers>(), Err(InvalidNumbers), "{text:?}");
        }
        assert_eq!("".parse(), Ok(RecordNumbers::default()));
        assert_eq!("6-8 10".parse::<RecordNumbers>().unwrap().iter().collect::<Vec<_>>(), [6, 7, 8, 10]);
    }

    proptest! {
        #[test]
        fn numbers_come_back_from_their_text(set in prop::collection::btree_set(1_u64..200, 0..40)) {
            let mut numbers = RecordNumbers::default();
            for number in &set {
                numbers.push(*number);
            }
            prop_assert_eq!(numbers.len(), set.len() as u64);
            prop_assert_eq!(numbers.last(), set.last().copied());
            prop_assert_eq!(numbers.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(numbers.to_string().parse::<RecordNumbers>().unwrap(), numbers);
        }
    }
}
