//! Values of a sink.
//!
//! Fields of a nested type become maps and lists, whose numbers keep all their digits. [`RawValue`] gives the text of each
//! number, because a parser that reads numbers as floats would change them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::rules::SinkRules;
use crate::spec::FieldType;

/// A value of a sink. It borrows the text of its record, because most values are texts and numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// An exact decimal, in plain or scientific notation.
    Number(Cow<'a, str>),
    /// A whole number, for a sink that has a type of its own for it.
    Integer(Cow<'a, str>),
    /// A date, or a date with time, in its canonical text, for a sink that has a type of its own for it.
    Date(Cow<'a, str>),
    /// A truth value.
    Bool(bool),
    /// No value, inside a map or a list. A field without a value has no attribute.
    Null,
    /// An ordered list of values.
    List(Vec<Attribute<'a>>),
    /// A map of values by name.
    Map(BTreeMap<String, Attribute<'a>>),
}

/// Why the sink cannot hold a text as a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    /// It is not JSON.
    #[error("is not JSON")]
    Json,
    /// It is nested too deeply.
    #[error("is nested too deeply")]
    Depth,
    /// The sink cannot hold one of its numbers or names, for this reason.
    #[error("{0}")]
    Refused(String),
}

impl<'a> Attribute<'a> {
    /// The attribute of a canonical, non-empty text.
    ///
    /// # Errors
    /// If the text is not canonical for its type, or the sink cannot hold it.
    #[inline]
    pub fn of<R: SinkRules + ?Sized>(rules: &R, field_type: FieldType, text: &'a str) -> Result<Self, InvalidValue> {
        Ok(match field_type {
            FieldType::Integer if rules.has_many_types() => Self::Integer(text.into()),
            FieldType::Date | FieldType::Datetime if rules.has_many_types() => Self::Date(text.into()),
            FieldType::Integer | FieldType::Number => Self::Number(text.into()),
            FieldType::Boolean => Self::Bool(text == "true"),
            _ if is_nested(field_type) => Attribute::nested(rules, field_type, text, rules.limits().levels)?,
            _ => Self::Text(text.into()),
        })
    }

    /// The same value, which borrows nothing.
    #[must_use]
    pub fn into_owned(self) -> Attribute<'static> {
        match self {
            Self::Text(text) => Attribute::Text(text.into_owned().into()),
            Self::Number(number) => Attribute::Number(number.into_owned().into()),
            Self::Integer(number) => Attribute::Integer(number.into_owned().into()),
            Self::Date(date) => Attribute::Date(date.into_owned().into()),
            Self::Bool(value) => Attribute::Bool(value),
            Self::Null => Attribute::Null,
            Self::List(elements) => Attribute::List(elements.into_iter().map(Attribute::into_owned).collect()),
            Self::Map(members) => {
                Attribute::Map(members.into_iter().map(|(name, value)| (name, value.into_owned())).collect())
            }
        }
    }
}

impl Attribute<'static> {
    /// The map or list of the canonical text of a nested type, with at most this many levels.
    ///
    /// # Errors
    /// If the text is not canonical for its type, or the sink cannot hold it.
    pub fn nested<R: SinkRules + ?Sized>(
        rules: &R,
        field_type: FieldType,
        text: &str,
        levels: usize,
    ) -> Result<Self, InvalidValue> {
        match field_type {
            // The canonical text of a point is `lon,lat`.
            FieldType::Geopoint => Self::json(rules, &format!("[{text}]"), levels),
            _ => Self::json(rules, text, levels),
        }
    }

    /// Reads JSON of at most this many levels. If several members have the same name, the last one counts.
    ///
    /// # Errors
    /// If it is not JSON, or the sink cannot hold it.
    pub fn json<R: SinkRules + ?Sized>(rules: &R, text: &str, levels: usize) -> Result<Self, InvalidValue> {
        if levels == 0 {
            return Err(InvalidValue::Depth);
        }
        let text = read::<&RawValue>(text)?.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let members: BTreeMap<String, &RawValue> = read(text)?;
                let member = |(name, value): (String, &RawValue)| match rules.refuse_member(&name) {
                    None => Ok((name, Self::json(rules, value.get(), levels - 1)?)),
                    Some(why) => Err(InvalidValue::Refused(why)),
                };
                Self::Map(members.into_iter().map(member).collect::<Result<_, _>>()?)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = read(text)?;
                let element = |value: &RawValue| Self::json(rules, value.get(), levels - 1);
                Self::List(elements.into_iter().map(element).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::Text(read::<String>(text)?.into()),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ => match rules.refuse_number(text) {
                None if rules.has_many_types() && text.parse::<i64>().is_ok() => Self::Integer(text.to_owned().into()),
                None => Self::Number(text.to_owned().into()),
                Some(why) => return Err(InvalidValue::Refused(why)),
            },
        })
    }
}

/// Whether the values of a type are maps and lists.
#[must_use]
pub fn is_nested(field_type: FieldType) -> bool {
    matches!(
        field_type,
        FieldType::Object | FieldType::Array | FieldType::List | FieldType::Geojson | FieldType::Geopoint
    )
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Result<T, InvalidValue> {
    serde_json::from_str(text).map_err(|_| InvalidValue::Json)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::DynamoDb;
    use super::*;

    /// The number of levels that a table can hold.
    const LEVELS: usize = 32;

    #[test]
    fn numbers_stay_as_they_are_written() {
        let price = "0.10000000000000000000000000000000000001";
        let value =
            Attribute::json(&DynamoDb, &format!(" {{\"a\": [1, {price}, -1e20, null, true], \"b\": \"x\\n\"}} "), 32)
                .unwrap();
        let number = |text: &'static str| Attribute::Number(text.into());
        let list = vec![number("1"), number(price), number("-1e20"), Attribute::Null, Attribute::Bool(true)];
        let expected = [("a".to_owned(), Attribute::List(list)), ("b".to_owned(), Attribute::Text("x\n".into()))];
        assert_eq!(value, Attribute::Map(expected.into()));
    }

    /// The sink accepts every canonical text that the schema writes.
    #[test]
    fn the_canonical_text_of_every_type_is_an_attribute() {
        use crate::schema::Value;
        for (field_type, text, expected) in [
            (FieldType::String, "a", "Text(\"a\")"),
            (FieldType::Integer, "+07", "Number(\"7\")"),
            (FieldType::Number, "1.50", "Number(\"1.5\")"),
            (FieldType::Boolean, "0", "Bool(false)"),
            (FieldType::Object, "{\"b\": 1, \"a\": []}", "Map({\"a\": List([]), \"b\": Number(\"1\")})"),
            (FieldType::Array, "[1.0, \"x\"]", "List([Number(\"1\"), Text(\"x\")])"),
            (FieldType::List, "a,b", "List([Text(\"a\"), Text(\"b\")])"),
            (FieldType::Geopoint, "13.40, -52.5", "List([Number(\"13.4\"), Number(\"-52.5\")])"),
            (FieldType::Duration, "P14M", "Text(\"P1Y2M\")"),
            (FieldType::Year, "2026", "Text(\"2026\")"),
        ] {
            let canonical = Value::read(field_type, text).unwrap().canonical().into_owned();
            assert_eq!(
                format!("{:?}", Attribute::of(&DynamoDb, field_type, &canonical).unwrap()),
                expected,
                "{canonical}"
            );
        }
        let point = Value::read(FieldType::Geojson, "{\"type\": \"Point\", \"coordinates\": [1, 2]}").unwrap();
        assert!(matches!(Attribute::of(&DynamoDb, FieldType::Geojson, &point.canonical()), Ok(Attribute::Map(_))));
    }

    #[test]
    fn table_of_invalid_values() {
        let digits = "9".repeat(39);
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let number = |number: &str| DynamoDb.refuse_number(number).map(InvalidValue::Refused);
        for (text, expected) in [
            ("", Some(InvalidValue::Json)),
            ("{", Some(InvalidValue::Json)),
            ("[1] 2", Some(InvalidValue::Json)),
            ("{\"a\": 1, \"a\": 2}", None),
            ("\"\\ud800\"", Some(InvalidValue::Json)),
            ("[NaN]", Some(InvalidValue::Json)),
            (&format!("[{digits}]"), number(&digits)),
            ("[1e126]", number("1e126")),
            ("[1e999999999999]", number("1e999999999999")),
            (&nested(32), None),
            (&nested(33), Some(InvalidValue::Depth)),
            (&nested(100_000), Some(InvalidValue::Depth)),
        ] {
            assert_eq!(Attribute::json(&DynamoDb, text, LEVELS).err(), expected, "{}", text.get(..40).unwrap_or(text));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:0-9eE.tfn\\\\ u-]{0,24}") {
            let _ = Attribute::json(&DynamoDb, &text, LEVELS);
        }
    }
}
