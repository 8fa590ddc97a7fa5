//! Connections: services that a feed may name, but never describe.
//!
//! A feed that could hold an address would be a way into the network. So an operator registers the service under a name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Maximum length in characters.
const MAX_LEN: usize = 40;

/// The name of a connection: 1 to 40 of `a-z`, `0-9` and `-`, beginning with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectionName(String);

/// A text that is not the name of a connection.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not the name of a connection: expected 1 to {MAX_LEN} of a-z, 0-9 and -, beginning with a letter")]
pub struct InvalidConnectionName(String);

impl ConnectionName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectionName {
    type Err = InvalidConnectionName;

    fn from_str(text: &str) -> Result<Self, InvalidConnectionName> {
        let valid = (1..=MAX_LEN).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidConnectionName(text.to_owned())) }
    }
}

impl TryFrom<String> for ConnectionName {
    type Error = InvalidConnectionName;

    fn try_from(text: String) -> Result<Self, InvalidConnectionName> {
        text.parse()
    }
}

impl From<ConnectionName> for String {
    fn from(name: ConnectionName) -> Self {
        name.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_names() {
        for good in ["main", "m", "shop-2"] {
            assert_eq!(good.parse::<ConnectionName>().unwrap().to_string(), good);
        }
        for bad in ["", "Main", "2nd", "a_b", "a/b", "ä", &"a".repeat(41)] {
            assert!(bad.parse::<ConnectionName>().is_err(), "{bad}");
        }
    }
}
