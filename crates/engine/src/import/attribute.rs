//! Values as a sink takes them.
//!
//! Fields of a JSON type are given to the sink as what they are: maps and lists, with numbers digit
//! by digit. The tree is walked over its text ([`RawValue`]), because a parser that makes a float
//! of a number would change it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::storable;
use crate::spec::FieldType;

/// Deepest nesting that DynamoDB takes, the value itself and everything around it counted.
pub const MAX_LEVELS: usize = 32;

/// What a list or a map takes beside what is in it, in bytes.
const CONTAINER: usize = 3;
/// What each element takes beside its name and its value, in bytes.
const ELEMENT: usize = 1;

/// A value as a sink takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A text.
    Text(String),
    /// An exact decimal, in plain or scientific notation.
    Number(String),
    /// A truth value.
    Bool(bool),
    /// Nothing, inside a map or a list: a field without a value is no attribute at all.
    Null,
    /// Values in an order.
    List(Vec<Attribute>),
    /// Values by name.
    Map(BTreeMap<String, Attribute>),
}

/// Why a text is no value that a sink could hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidValue {
    /// It is not JSON.
    #[error("is not JSON")]
    Json,
    /// It is nested too deeply.
    #[error("is nested too deeply: the table holds up to {MAX_LEVELS} levels")]
    Depth,
    /// A number in it has too many digits, or is too large or too small.
    #[error("{}", super::not_exact(.0))]
    Number(String),
}

impl Attribute {
    /// The attribute of a canonical text that is not empty.
    ///
    /// # Errors
    /// Where the text is not what a text of this type is.
    pub fn of(field_type: FieldType, text: &str) -> Result<Self, InvalidValue> {
        Ok(match field_type {
            FieldType::Integer | FieldType::Number => Self::Number(text.to_owned()),
            FieldType::Boolean => Self::Bool(text == "true"),
            _ if is_json(field_type) => Self::tree(field_type, text, MAX_LEVELS)?,
            _ => Self::Text(text.to_owned()),
        })
    }

    /// The map or list, of at most so many levels, of the canonical text of such a type.
    ///
    /// # Errors
    /// Where the text is not what a text of this type is, or nothing that a sink could hold.
    pub fn tree(field_type: FieldType, text: &str, levels: usize) -> Result<Self, InvalidValue> {
        match field_type {
            // Canonically a point is `lon,lat`, and nothing else.
            FieldType::Geopoint => Self::json(&format!("[{text}]"), levels),
            _ => Self::json(text, levels),
        }
    }

    /// Reads JSON of at most so many levels. Of two members of one name the last counts.
    ///
    /// # Errors
    /// Where it is no JSON, or nothing that a sink could hold.
    pub fn json(text: &str, levels: usize) -> Result<Self, InvalidValue> {
        if levels == 0 {
            return Err(InvalidValue::Depth);
        }
        let text = read::<&RawValue>(text)?.get();
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let members: BTreeMap<String, &RawValue> = read(text)?;
                let member = |(name, value): (String, &RawValue)| Ok((name, Self::json(value.get(), levels - 1)?));
                Self::Map(members.into_iter().map(member).collect::<Result<_, _>>()?)
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = read(text)?;
                let element = |value: &RawValue| Self::json(value.get(), levels - 1);
                Self::List(elements.into_iter().map(element).collect::<Result<_, _>>()?)
            }
            Some(b'"') => Self::Text(read(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') => Self::Null,
            _ if storable(text) => Self::Number(text.to_owned()),
            _ => return Err(InvalidValue::Number(text.to_owned())),
        })
    }

    /// What it takes in DynamoDB, in bytes, rounded up.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Number(text) => text.len(),
            Self::Bool(_) | Self::Null => 1,
            Self::List(elements) => CONTAINER + elements.iter().map(|element| ELEMENT + element.size()).sum::<usize>(),
            Self::Map(members) => {
                CONTAINER + members.iter().map(|(name, value)| ELEMENT + name.len() + value.size()).sum::<usize>()
            }
        }
    }
}

/// Whether values of a type are maps and lists in the sink.
#[must_use]
pub fn is_json(field_type: FieldType) -> bool {
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

    use super::*;

    #[test]
    fn numbers_stay_as_they_are_written() {
        let price = "0.10000000000000000000000000000000000001";
        let value =
            Attribute::json(&format!(" {{\"a\": [1, {price}, -1e20, null, true], \"b\": \"x\\n\"}} "), 32).unwrap();
        let number = |text: &str| Attribute::Number(text.to_owned());
        let list = vec![number("1"), number(price), number("-1e20"), Attribute::Null, Attribute::Bool(true)];
        let expected = [("a".to_owned(), Attribute::List(list)), ("b".to_owned(), Attribute::Text("x\n".to_owned()))];
        assert_eq!(value, Attribute::Map(expected.into()));
    }

    /// What the schema writes, the sink must take.
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
            assert_eq!(format!("{:?}", Attribute::of(field_type, &canonical).unwrap()), expected, "{canonical}");
        }
        let point = Value::read(FieldType::Geojson, "{\"type\": \"Point\", \"coordinates\": [1, 2]}").unwrap();
        assert!(matches!(Attribute::of(FieldType::Geojson, &point.canonical()), Ok(Attribute::Map(_))));
    }

    #[test]
    fn table_of_what_is_none() {
        let digits = "9".repeat(39);
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (text, expected) in [
            ("", Some(InvalidValue::Json)),
            ("{", Some(InvalidValue::Json)),
            ("[1] 2", Some(InvalidValue::Json)),
            ("{\"a\": 1, \"a\": 2}", None),
            ("\"\\ud800\"", Some(InvalidValue::Json)),
            ("[NaN]", Some(InvalidValue::Json)),
            (&format!("[{digits}]"), Some(InvalidValue::Number(digits.clone()))),
            ("[1e126]", Some(InvalidValue::Number("1e126".to_owned()))),
            ("[1e999999999999]", Some(InvalidValue::Number("1e999999999999".to_owned()))),
            (&nested(32), None),
            (&nested(33), Some(InvalidValue::Depth)),
            (&nested(100_000), Some(InvalidValue::Depth)),
        ] {
            assert_eq!(Attribute::json(text, MAX_LEVELS).err(), expected, "{}", text.get(..40).unwrap_or(text));
        }
    }

    #[test]
    fn sizes_are_those_of_the_developer_guide() {
        for (text, size) in
            [("{}", 3), ("{\"ab\":true}", 3 + 1 + 2 + 1), ("[\"abc\",[null]]", 3 + 1 + 3 + 1 + 3 + 1 + 1)]
        {
            assert_eq!(Attribute::json(text, MAX_LEVELS).unwrap().size(), size, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[\\[\\]{}\",:0-9eE.tfn\\\\ u-]{0,24}") {
            let _ = Attribute::json(&text, MAX_LEVELS);
        }
    }
}
