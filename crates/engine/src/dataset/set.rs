//! The sets of a dataset: which files belong together, and which set is later.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use regex::Regex;
use serde::{Deserialize, Serialize};

use super::spec::SetOrder;

/// Maximum length of a set's key in characters. It leaves room in the keys of objects and in the names of files.
const MAX_LEN: usize = 64;

/// The digits to which a whole number is padded, so that numbers sort as texts.
const DIGITS: usize = 20;

/// The key of a set: 1 to 64 of `A-Z`, `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter or a digit.
///
/// It is a part of the keys of objects and of the names of joined files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SetKey(String);

/// A text that is not the key of a set.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is not the key of a set: expected 1 to {MAX_LEN} of A-Z, a-z, 0-9, -, _ and ., beginning with a letter or a digit"
)]
pub struct InvalidSetKey(String);

impl SetKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The place of the set among others, as a text that sorts. `arrival` is when its first file was uploaded: RFC 3339, UTC.
    ///
    /// A date and an arrival begin alike, so sets of both kinds, and uploads by others, can be compared.
    #[must_use]
    pub fn place(&self, order: Option<SetOrder>, arrival: &str) -> String {
        match (order, self.date()) {
            (Some(SetOrder::Arrival), _) | (None, None) => arrival.to_owned(),
            (_, Some(date)) => date.to_string(),
            (Some(SetOrder::Key), None)
                if self.0.len() <= DIGITS && self.0.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                format!("{:0>DIGITS$}", self.0)
            }
            (Some(SetOrder::Key), None) => self.0.clone(),
        }
    }

    /// The date that the key is: `20230828`, `2023-08-28`, `2023_08_28` or `2023.08.28`.
    fn date(&self) -> Option<Date> {
        let digits: String = self.0.chars().filter(|c| !matches!(c, '-' | '_' | '.')).collect();
        let is_date = match self.0.as_bytes() {
            [_, _, _, _, a, _, _, b, _, _] => a == b && !a.is_ascii_alphanumeric(),
            bytes => bytes.len() == 8,
        };
        if !is_date || digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (year, month, day) = (digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?);
        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    }
}

impl FromStr for SetKey {
    type Err = InvalidSetKey;

    fn from_str(text: &str) -> Result<Self, InvalidSetKey> {
        let valid = (1..=MAX_LEN).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidSetKey(text.to_owned())) }
    }
}

impl TryFrom<String> for SetKey {
    type Error = InvalidSetKey;

    fn try_from(text: String) -> Result<Self, InvalidSetKey> {
        text.parse()
    }
}

impl From<SetKey> for String {
    fn from(key: SetKey) -> Self {
        key.0
    }
}

impl fmt::Display for SetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the set of a file is found, and which set is later.
#[derive(Clone, Debug)]
pub struct SetPlan {
    /// Finds the key in the name of a file, in its only group.
    pub(super) pattern: Regex,
    /// What makes a set later.
    pub order: Option<SetOrder>,
}

impl SetPlan {
    /// The set of a file; `None` if its name has none.
    ///
    /// # Errors
    /// If the name has a key that no set can have.
    pub fn of_file(&self, name: &str) -> Result<Option<SetKey>, InvalidSetKey> {
        let found = self.pattern.captures(name).and_then(|captures| captures.get(1));
        found.map(|key| key.as_str().parse()).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_places() {
        const ARRIVAL: &str = "2026-11-21T02:33:00Z";
        let (key, arrival) = (Some(SetOrder::Key), Some(SetOrder::Arrival));
        for (set, order, expected) in [
            ("20230828", None, "2023-08-28"),
            ("2023-08-28", None, "2023-08-28"),
            ("2023_08_28", key, "2023-08-28"),
            ("2023.08.28", None, "2023-08-28"),
            ("2023-08_28", None, ARRIVAL),
            ("20231328", None, ARRIVAL),
            ("20231328", key, "00000000000020231328"),
            ("9", key, "00000000000000000009"),
            ("10", key, "00000000000000000010"),
            ("north", key, "north"),
            ("north", None, ARRIVAL),
            ("20230828", arrival, ARRIVAL),
        ] {
            assert_eq!(set.parse::<SetKey>().unwrap().place(order, ARRIVAL), expected, "{set} {order:?}");
        }
    }

    #[test]
    fn a_key_is_safe_in_keys_of_objects() {
        for good in ["20230828", "a", "A.b_c-d", &"x".repeat(64)] {
            assert_eq!(good.parse::<SetKey>().unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "-a", "a/b", "a b", "ä", &"x".repeat(65)] {
            assert!(bad.parse::<SetKey>().is_err(), "{bad}");
        }
    }
}
