//! JSON values of cells, with exact numbers and one canonical form.
//!
//! `serde_json` keeps numbers as floats; its feature for exact numbers would be enabled for every crate that
//! links it. So cells are parsed into a tree of our own, with decimals as numbers.

mod parse;

use std::collections::BTreeMap;
use std::fmt;

use crate::decimal::Decimal;

/// A JSON value. Equal values have equal texts: keys are sorted, numbers are in plain notation, and there is
/// no white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exact.
    Number(Decimal),
    /// A text.
    Text(String),
    /// A list.
    Array(Vec<Json>),
    /// A map.
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Parses a JSON text. `None` if it is invalid, repeats a key in an object, contains a number too long
    /// for a [`Decimal`], or is nested more than 128 levels deep.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        parse::parse(text)
    }

    /// The object, if it is one.
    #[must_use]
    pub fn as_object(&self) -> Option<&BTreeMap<String, Json>> {
        if let Self::Object(map) = self { Some(map) } else { None }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Json]> {
        if let Self::Array(list) = self { Some(list) } else { None }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_number(&self) -> Option<&Decimal> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    /// The value for libraries without decimals: a number that is neither a 64-bit integer nor a float
    /// becomes the nearest float.
    #[must_use]
    pub fn to_serde(&self) -> serde_json::Value {
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => number.to_string().parse().map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::String(text.clone()),
            Self::Array(list) => Value::Array(list.iter().map(Self::to_serde).collect()),
            Self::Object(map) => {
                Value::Object(map.iter().map(|(key, value)| (key.clone(), value.to_serde())).collect())
            }
        }
    }
}

impl fmt::Display for Json {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => quote(f, text),
            Self::Array(list) => {
                f.write_str("[")?;
                for (at, item) in list.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(map) => {
                f.write_str("{")?;
                for (at, (key, value)) in map.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    quote(f, key)?;
                    write!(f, ":{value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, canonical) in [
            ("null", Some("null")),
            (" { \"b\" : 1.50, \"a\": [ true ,null ] } ", Some(r#"{"a":[true,null],"b":1.5}"#)),
            (r#""\u00e9\n\/""#, Some("\"é\\n/\"")),
            ("\"é\"", Some("\"é\"")),
            ("0.1000000000000000000000001", Some("0.1000000000000000000000001")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("-0.0", Some("0")),
            ("1E2", Some("100")),
            ("[]", Some("[]")),
            ("{}", Some("{}")),
            ("01", None),
            (".5", None),
            ("5.", None),
            ("+1", None),
            ("-", None),
            ("1e", None),
            ("1e999", None),
            ("NaN", None),
            ("[1,]", None),
            ("[1 2]", None),
            ("{\"a\":1,}", None),
            ("{\"a\":1,\"a\":2}", None),
            ("{a:1}", None),
            ("'a'", None),
            ("\"a", None),
            ("\"\\ud800\"", None),
            ("\"a\nb\"", None),
            ("nul", None),
            ("1 1", None),
            ("", None),
        ] {
            let read = Json::read(text).map(|json| json.to_string());
            assert_eq!(read.as_deref(), canonical, "{text}");
        }
    }

    #[test]
    fn what_is_nested_too_deeply_is_refused() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Json::read(&nested(128)).is_some());
        assert!(Json::read(&nested(129)).is_none());
        assert!(Json::read(&"[".repeat(1_000_000)).is_none());
    }
}
