//! Values: texts that were found to be of a type.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::decimal::Decimal;
use crate::feed::FieldType;

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A number, whole or not.
    Number(Decimal),
    /// A truth value.
    Bool(bool),
    /// A date.
    Date(Date),
    /// A date with time, and with an offset where `utc` is set; then it is kept in UTC.
    Datetime {
        /// The date with time.
        at: DateTime,
        /// Whether an offset from UTC was given.
        utc: bool,
    },
}

impl<'a> Value<'a> {
    /// Reads a text as a value of a type; `None` where it is none.
    #[must_use]
    pub fn read(field_type: FieldType, text: &'a str) -> Option<Self> {
        match field_type {
            FieldType::String => Some(Self::Text(Cow::Borrowed(text))),
            FieldType::Integer => {
                // `1.0` and `1e3` are whole numbers, but not integers as Table Schema writes them.
                let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
                let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
                whole.then(|| text.parse().ok()).flatten().map(Self::Number)
            }
            FieldType::Number => text.parse().ok().map(Self::Number),
            FieldType::Boolean => match text {
                "true" | "True" | "TRUE" | "1" => Some(Self::Bool(true)),
                "false" | "False" | "FALSE" | "0" => Some(Self::Bool(false)),
                _ => None,
            },
            FieldType::Date => date(text).map(Self::Date),
            FieldType::Datetime => datetime(text),
        }
    }

    /// The canonical text: equal values have equal texts.
    #[must_use]
    pub fn canonical(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Self::Date(date) => Cow::Owned(date.to_string()),
            Self::Datetime { at, utc } => Cow::Owned(format!("{at}{}", if *utc { "Z" } else { "" })),
        }
    }

    /// The same value, owning its text.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Number(number) => Value::Number(number),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Date(date) => Value::Date(date),
            Self::Datetime { at, utc } => Value::Datetime { at, utc },
        }
    }

    /// Compares values of one type. A date with time without offset is taken for UTC.
    #[must_use]
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Value::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Self::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Self::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Self::Datetime { at: a, .. }, Value::Datetime { at: b, .. }) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// Reads `YYYY-MM-DD` and nothing else: the parser of jiff takes more.
fn date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    shaped.then(|| text.parse().ok()).flatten()
}

/// Reads `YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm]`.
fn datetime(text: &str) -> Option<Value<'static>> {
    let (day, time) = text.split_once('T')?;
    date(day)?;
    let bytes = time.as_bytes();
    let shaped = bytes.len() >= 8
        && bytes[..8]
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 2 || at == 5 { *byte == b':' } else { byte.is_ascii_digit() });
    if !shaped {
        return None;
    }
    if time.contains(['Z', 'z', '+', '-']) {
        let at: Timestamp = text.parse().ok()?;
        return Some(Value::Datetime { at: at.to_zoned(TimeZone::UTC).datetime(), utc: true });
    }
    text.parse().ok().map(|at| Value::Datetime { at, utc: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        use FieldType::{Boolean, Date, Datetime, Integer, Number, String};
        for (field_type, text, canonical) in [
            (String, "", Some("")),
            (String, " ü ", Some(" ü ")),
            (Integer, "-12", Some("-12")),
            (Integer, "+0012", Some("12")),
            (Integer, "1.0", None),
            (Integer, "1e3", None),
            (Integer, "", None),
            (Integer, "-", None),
            (Number, "-12.50", Some("-12.5")),
            (Number, "12,50", None),
            (Boolean, "TRUE", Some("true")),
            (Boolean, "0", Some("false")),
            (Boolean, "yes", None),
            (Date, "2026-02-28", Some("2026-02-28")),
            (Date, "2026-02-29", None),
            (Date, "2026-2-28", None),
            (Date, "20260228", None),
            (Date, "28.02.2026", None),
            (Datetime, "2026-02-28T01:02:03", Some("2026-02-28T01:02:03")),
            (Datetime, "2026-02-28T01:02:03Z", Some("2026-02-28T01:02:03Z")),
            (Datetime, "2026-02-28T01:02:03.250+02:00", Some("2026-02-27T23:02:03.25Z")),
            (Datetime, "2026-02-28 01:02:03", None),
            (Datetime, "2026-02-28T1:02:03", None),
            (Datetime, "2026-02-28", None),
        ] {
            let read = Value::read(field_type, text).map(|value| value.canonical().into_owned());
            assert_eq!(read.as_deref(), canonical, "{field_type:?} {text}");
        }
    }

    #[test]
    fn canonical_text_is_read_as_the_same_value() {
        for (field_type, text) in [(FieldType::Number, "1E2"), (FieldType::Datetime, "2026-02-28T01:02:03+01:00")] {
            let value = Value::read(field_type, text).unwrap();
            let canonical = value.canonical().into_owned();
            assert_eq!(Value::read(field_type, &canonical).unwrap(), value);
        }
    }
}
