//! Parses texts as values: the compiled type and format of a field.

use std::borrow::Cow;

use super::types::boolean::Words;
use super::types::duration::Duration;
use super::types::strptime::Pattern;
use super::types::{calendar, clock, geojson, geopoint, list, loose, number, string, topojson};
use super::{Json, Value};
use crate::decimal::Decimal;
use crate::spec::FieldType;

/// Parses texts as values of one type and format.
#[derive(Clone, Debug)]
pub(super) enum Reader {
    /// Any text; also the type `any`.
    Text,
    Email,
    Uri,
    Binary,
    Uuid,
    Integer(number::Style),
    Number(number::Style),
    Boolean(Words),
    Date(Temporal),
    Time(Temporal),
    Datetime(Temporal),
    Year,
    Yearmonth,
    Duration,
    Geopoint(geopoint::Style),
    Object,
    Array,
    Geojson,
    Topojson,
    List(list::Style),
}

/// The notation of dates and times.
#[derive(Clone, Debug)]
pub(super) enum Temporal {
    /// ISO 8601.
    Default,
    /// Any unambiguous notation.
    Any,
    /// In the format of a pattern.
    Pattern(Pattern),
}

impl Reader {
    /// The reader for the default format of a type.
    pub(super) fn of(field_type: FieldType) -> Self {
        match field_type {
            FieldType::String | FieldType::Any => Self::Text,
            FieldType::Integer => Self::Integer(number::Style::default()),
            FieldType::Number => Self::Number(number::Style::default()),
            FieldType::Boolean => Self::Boolean(Words::default()),
            FieldType::Object => Self::Object,
            FieldType::Array => Self::Array,
            FieldType::List => Self::List(list::Style::new(",", FieldType::String)),
            FieldType::Datetime => Self::Datetime(Temporal::Default),
            FieldType::Date => Self::Date(Temporal::Default),
            FieldType::Time => Self::Time(Temporal::Default),
            FieldType::Year => Self::Year,
            FieldType::Yearmonth => Self::Yearmonth,
            FieldType::Duration => Self::Duration,
            FieldType::Geopoint => Self::Geopoint(geopoint::Style::Plain),
            FieldType::Geojson => Self::Geojson,
        }
    }

    pub(super) fn read<'a>(&self, text: &'a str) -> Option<Value<'a>> {
        let plain = |good: bool| good.then_some(Value::Text(Cow::Borrowed(text)));
        let json = |good: &dyn Fn(&Json) -> bool| Json::read(text).filter(|json| good(json)).map(Value::Json);
        match self {
            Self::Text => plain(true),
            Self::Email => plain(string::is_email(text)),
            Self::Uri => plain(string::is_uri(text)),
            Self::Binary => plain(string::is_base64(text)),
            Self::Uuid => plain(string::is_uuid(text)),
            Self::Integer(style) => style.integer(text).map(Value::Number),
            Self::Number(style) => style.number(text).map(Value::Number),
            Self::Boolean(words) => words.read(text).map(Value::Bool),
            Self::Date(format) => match format {
                Temporal::Default => calendar::date(text),
                Temporal::Any => loose::date(text),
                Temporal::Pattern(pattern) => pattern.date(text),
            }
            .map(Value::Date),
            Self::Time(format) => match format {
                Temporal::Default => clock::time(text),
                Temporal::Any => loose::time(text),
                Temporal::Pattern(pattern) => pattern.time(text),
            }
            .map(|(at, utc)| Value::Time { at, utc }),
            Self::Datetime(format) => match format {
                Temporal::Default => clock::datetime(text),
                Temporal::Any => loose::datetime(text),
                Temporal::Pattern(pattern) => pattern.datetime(text),
            }
            .map(|(at, utc)| Value::Datetime { at, utc }),
            Self::Year => calendar::year(text).map(Value::Year),
            Self::Yearmonth => calendar::yearmonth(text).map(|(year, month)| Value::Yearmonth { year, month }),
            Self::Duration => Duration::read(text).map(Value::Duration),
            Self::Geopoint(style) => geopoint::read(*style, text).map(|(lon, lat)| Value::Geopoint { lon, lat }),
            Self::Object => json(&|json| json.as_object().is_some()),
            Self::Array => json(&|json| json.as_array().is_some()),
            Self::Geojson => json(&geojson::is_geojson),
            Self::Topojson => json(&topojson::is_topojson),
            Self::List(style) => style.read(text).map(Value::List),
        }
    }

    /// Whether a valid text is certainly its own canonical text.
    pub(super) fn surely_canonical(&self, text: &str) -> bool {
        match self {
            // A date in the default format has ten characters and only one notation.
            Self::Text | Self::Email | Self::Uri | Self::Binary | Self::Uuid | Self::Date(Temporal::Default) => true,
            Self::Integer(style) | Self::Number(style) => style.is_plain() && Decimal::is_canonical(text),
            _ => false,
        }
    }

    /// Reads a canonical text, whatever the format.
    pub(super) fn read_canonical(&self, text: &str) -> Option<Value<'static>> {
        match self {
            Self::Integer(_) => number::Style::default().integer(text).map(Value::Number),
            Self::Number(_) => text.parse().ok().map(Value::Number),
            Self::Boolean(_) => Words::canonical().read(text).map(Value::Bool),
            Self::Date(_) => calendar::date(text).map(Value::Date),
            Self::Time(_) => clock::time(text).map(|(at, utc)| Value::Time { at, utc }),
            Self::Datetime(_) => clock::datetime(text).map(|(at, utc)| Value::Datetime { at, utc }),
            Self::Geopoint(_) => Self::Geopoint(geopoint::Style::Plain).read(text).map(Value::into_owned),
            Self::List(style) => style.read_canonical(text).map(Value::List),
            other => other.read(text).map(Value::into_owned),
        }
    }
}
