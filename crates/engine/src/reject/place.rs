//! The column `_group` of `rejects.csv`.

use std::fmt;
use std::str::FromStr;

/// The place of a rejected record among those that were rejected together: `2 of 4 from 17` is the second of four, of which record
/// 17 is the first. No spreadsheet takes this for a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its place, from 1.
    pub at: u64,
    /// The number of the records.
    pub of: u64,
    /// The number of the first of them in its file.
    pub first: u64,
}

impl Place {
    /// A record that was rejected alone.
    pub const ALONE: Self = Self { at: 1, of: 1, first: 0 };
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, of, first } = self;
        write!(f, "{at} of {of} from {first}")
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [at, "of", of, "from", first] = words[..] else { return Err(()) };
        let number = |text: &str| text.parse::<u64>().map_err(drop);
        let place = Self { at: number(at)?, of: number(of)?, first: number(first)? };
        if (1..=place.of).contains(&place.at) { Ok(place) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_and_nothing_else_is_one() {
        let place = Place { at: 2, of: 4, first: 17 };
        assert_eq!(place.to_string(), "2 of 4 from 17");
        assert_eq!(" 2  of 4 from 17 ".parse(), Ok(place));
        for text in ["", "2", "0 of 4 from 17", "5 of 4 from 17", "2 of 4", "2 of 4 from x", "2 in 4 from 17"] {
            assert_eq!(text.parse::<Place>(), Err(()), "{text:?}");
        }
    }
}
