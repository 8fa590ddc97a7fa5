//! Values: texts that were parsed as a type.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::civil::{Date, DateTime, Time};

use super::reader::Reader;
use super::{Duration, Json};
use crate::decimal::Decimal;
use crate::spec::FieldType;

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
    /// A date with time. With an offset it is kept in UTC and `utc` is set.
    Datetime {
        /// The date with time.
        at: DateTime,
        /// Whether the text had an offset from UTC.
        utc: bool,
    },
    /// A time of day. With an offset it is kept in UTC and `utc` is set.
    Time {
        /// The time.
        at: Time,
        /// Whether the text had an offset from UTC.
        utc: bool,
    },
    /// A year.
    Year(i16),
    /// A month of a year.
    Yearmonth {
        /// The year.
        year: i16,
        /// The month, from 1.
        month: i8,
    },
    /// A duration.
    Duration(Duration),
    /// A point on the earth, in degrees.
    Geopoint {
        /// The longitude.
        lon: Decimal,
        /// The latitude.
        lat: Decimal,
    },
    /// An object or an array of JSON.
    Json(Json),
    /// Values of one type.
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// Parses a text as a value of a type in its default format; `None` if it is invalid.
    #[must_use]
    pub fn read(field_type: FieldType, text: &'a str) -> Option<Self> {
        match field_type {
            // The most frequent types come first and build no reader.
            FieldType::String | FieldType::Any => Some(Self::Text(Cow::Borrowed(text))),
            other => Reader::of(other).read(text),
        }
    }

    /// The canonical text. Equal values have equal texts.
    ///
    /// Dates and times are ISO 8601, numbers and JSON have a single notation, a point is `lon,lat`, and a
    /// list is a JSON array with unquoted numbers and truth values.
    #[must_use]
    pub fn canonical(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Self::Date(date) => Cow::Owned(date.to_string()),
            Self::Datetime { at, utc } => Cow::Owned(format!("{at}{}", if *utc { "Z" } else { "" })),
            Self::Time { at, utc } => Cow::Owned(format!("{at}{}", if *utc { "Z" } else { "" })),
            Self::Year(year) => Cow::Owned(format!("{year:04}")),
            Self::Yearmonth { year, month } => Cow::Owned(format!("{year:04}-{month:02}")),
            Self::Duration(duration) => Cow::Owned(duration.to_string()),
            Self::Geopoint { lon, lat } => Cow::Owned(format!("{lon},{lat}")),
            Self::Json(json) => Cow::Owned(json.to_string()),
            Self::List(items) => Cow::Owned(Json::Array(items.iter().map(Self::to_json).collect()).to_string()),
        }
    }

    /// Reads a canonical text of a type. Fields have a method of the same name, because the items of their
    /// lists may have other types than string.
    #[must_use]
    pub fn read_canonical(field_type: FieldType, text: &str) -> Option<Value<'static>> {
        Reader::of(field_type).read_canonical(text)
    }

    /// The value as JSON: numbers, truth values, objects and lists as such, all others as strings.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Number(number) => Json::Number(number.clone()),
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Json(json) => json.clone(),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            other => Json::Text(other.canonical().into_owned()),
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
            Self::Time { at, utc } => Value::Time { at, utc },
            Self::Year(year) => Value::Year(year),
            Self::Yearmonth { year, month } => Value::Yearmonth { year, month },
            Self::Duration(duration) => Value::Duration(duration),
            Self::Geopoint { lon, lat } => Value::Geopoint { lon, lat },
            Self::Json(json) => Value::Json(json),
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// Compares values of one type. A time without offset counts as UTC. Points, JSON and lists are not
    /// ordered: they are equal or incomparable.
    #[must_use]
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(a), Value::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Self::Number(a), Value::Number(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Self::Date(a), Value::Date(b)) => Some(a.cmp(b)),
            (Self::Datetime { at: a, .. }, Value::Datetime { at: b, .. }) => Some(a.cmp(b)),
            (Self::Time { at: a, .. }, Value::Time { at: b, .. }) => Some(a.cmp(b)),
            (Self::Year(a), Value::Year(b)) => Some(a.cmp(b)),
            (Self::Yearmonth { year, month }, Value::Yearmonth { year: y, month: m }) => {
                Some((year, month).cmp(&(y, m)))
            }
            (Self::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
            (a, b) => (a == b).then_some(Ordering::Equal),
        }
    }

    /// The length, for values that have one: characters of a text, items of an array or a list, keys of an
    /// object.
    pub(super) fn length(&self) -> Option<(usize, &'static str)> {
        match self {
            Self::Text(text) => Some((text.chars().count(), "characters")),
            Self::List(items) => Some((items.len(), "items")),
            Self::Json(Json::Array(items)) => Some((items.len(), "items")),
            Self::Json(Json::Object(map)) => Some((map.len(), "keys")),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
