//! `schema`: a Frictionless Table Schema, version 2.
//!
//! A schema pasted from elsewhere may have keys of its own, so unknown keys are notes here, and errors
//! everywhere else in a feed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OneOrMany;

/// A Table Schema, or the name of a file beside the feed with one in JSON or YAML.
#[derive(Clone, Debug, PartialEq)]
pub enum SchemaRef {
    /// The schema itself.
    Inline(Box<SchemaSpec>),
    /// The name of a file.
    File(String),
}

/// A Table Schema.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SchemaSpec {
    /// The fields, in the order of the output.
    pub fields: Vec<FieldSpec>,
    /// How the columns of a file may differ from the fields. Only used if the feed itself has no settings for
    /// labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields_match: Option<FieldsMatch>,
    /// Texts that mean "no value". Default: an empty text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_values: Option<Vec<MissingValue>>,
    /// The fields whose combined values must be unique within a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_key: Option<OneOrMany>,
    /// Further such sets of fields. A record without a value in one of them is not compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_keys: Option<Vec<Vec<String>>>,
    /// References to other tables. They are read but not checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign_keys: Option<Value>,
}

/// How the columns of a file may differ from the fields of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldsMatch {
    /// The same columns in the same order.
    Exact,
    /// The same columns.
    Equal,
    /// All fields, and perhaps other columns.
    Subset,
    /// Some fields, and no other columns.
    Superset,
    /// At least one of the fields.
    Partial,
}

/// A field of the schema.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct FieldSpec {
    /// The name. A name with dots is a field of a nested record: `price.amount`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// The notation of the values, within the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// A title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The meaning of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// An example, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// Conditions on the values.
    pub constraints: ConstraintsSpec,
    /// Texts that mean "no value", instead of the schema's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_values: Option<Vec<MissingValue>>,
    /// Boolean: the words for true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub true_values: Option<Vec<String>>,
    /// Boolean: the words for false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub false_values: Option<Vec<String>>,
    /// Number: the decimal mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_char: Option<String>,
    /// Integer and number: the mark between groups of digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_char: Option<String>,
    /// Integer and number: `false` if other text, such as a currency sign, may surround the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bare_number: Option<bool>,
    /// List: the delimiter between elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// List: the type of its elements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_type: Option<FieldType>,
    /// String and integer: the only values allowed, as texts, numbers or `{value, label}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<Value>,
    /// Whether the categories are ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories_ordered: Option<bool>,
    /// Whether values must never be shown in a mail, a message, a listing of rejects or a log. An addition to
    /// Table Schema.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// A text. Formats: `email`, `uri`, `binary` (Base64), `uuid`.
    #[default]
    String,
    /// A whole number of any length.
    Integer,
    /// An exact decimal number.
    Number,
    /// `true`, `True`, `TRUE`, `1`, `false`, `False`, `FALSE`, `0`, or other words.
    Boolean,
    /// A JSON object.
    Object,
    /// A JSON array.
    Array,
    /// Values separated by a delimiter.
    List,
    /// `YYYY-MM-DDThh:mm:ss`, with or without a fraction and an offset from UTC; or a pattern.
    Datetime,
    /// `YYYY-MM-DD`, or a pattern.
    Date,
    /// `hh:mm:ss`, or a pattern.
    Time,
    /// `YYYY`.
    Year,
    /// `YYYY-MM`.
    Yearmonth,
    /// An ISO 8601 duration: `P1Y2M3DT4H5M6S`.
    Duration,
    /// `lon,lat`. Formats: `array`, `object`.
    Geopoint,
    /// A `GeoJSON` object. Format: `topojson`.
    Geojson,
    /// Anything.
    Any,
}

impl FieldType {
    /// The name of the type in Table Schema.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Object => "object",
            Self::Array => "array",
            Self::List => "list",
            Self::Datetime => "datetime",
            Self::Date => "date",
            Self::Time => "time",
            Self::Year => "year",
            Self::Yearmonth => "yearmonth",
            Self::Duration => "duration",
            Self::Geopoint => "geopoint",
            Self::Geojson => "geojson",
            Self::Any => "any",
        }
    }
}

/// Conditions on the values of a field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ConstraintsSpec {
    /// Whether a value is required.
    pub required: bool,
    /// Whether values must be unique within a file.
    pub unique: bool,
    /// A regular expression that the whole text must match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The only values allowed.
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Value>>,
    /// The smallest value allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Value>,
    /// The largest value allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Value>,
    /// A value must be larger than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_minimum: Option<Value>,
    /// A value must be smaller than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_maximum: Option<Value>,
    /// The shortest value allowed: characters of a text, elements of an array or a list, keys of an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// The longest value allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// A JSON Schema that an object or an array must satisfy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<Value>,
}

/// A text that means "no value", with an optional explanation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MissingValue {
    /// The text.
    pub value: String,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl<'de> Deserialize<'de> for MissingValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let error = || serde::de::Error::custom("expected a text, or {value, label}");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match Value::deserialize(deserializer)? {
            Value::String(value) => Ok(Self { value, label: None }),
            Value::Object(map) => {
                let value = map.get("value").and_then(text).ok_or_else(error)?;
                Ok(Self { value, label: map.get("label").and_then(text) })
            }
            _ => Err(error()),
        }
    }
}

impl<'de> Deserialize<'de> for FieldsMatch {
    /// Version 2 of Table Schema writes this as a list of one; a plain text is accepted too.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let word = match &value {
            Value::Array(list) if list.len() == 1 => list[0].as_str(),
            other => other.as_str(),
        };
        match word {
            Some("exact") => Ok(Self::Exact),
            Some("equal") => Ok(Self::Equal),
            Some("subset") => Ok(Self::Subset),
            Some("superset") => Ok(Self::Superset),
            Some("partial") => Ok(Self::Partial),
            _ => Err(serde::de::Error::custom("expected one of exact, equal, subset, superset, partial")),
        }
    }
}

impl<'de> Deserialize<'de> for SchemaRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = SchemaRef;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a Table Schema, or the name of a file that holds one")
            }

            fn visit_str<E>(self, name: &str) -> Result<SchemaRef, E> {
                Ok(SchemaRef::File(name.to_owned()))
            }

            // The map is passed on without building a tree first, which keeps the paths of its problems.
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<SchemaRef, A::Error> {
                let schema = SchemaSpec::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(SchemaRef::Inline(Box::new(schema)))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for SchemaRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Inline(schema) => schema.serialize(serializer),
            Self::File(name) => serializer.serialize_str(name),
        }
    }
}

#[cfg(feature = "json-schema")]
mod json_schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{FieldsMatch, MissingValue, SchemaRef, SchemaSpec};

    impl JsonSchema for SchemaRef {
        fn schema_name() -> Cow<'static, str> {
            "SchemaRef".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let inline = generator.subschema_for::<SchemaSpec>();
            json_schema!({"anyOf": [inline, {"type": "string", "description": "The name of a file beside the feed."}]})
        }
    }

    impl JsonSchema for MissingValue {
        fn schema_name() -> Cow<'static, str> {
            "MissingValue".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "type": ["string", "object"],
                "properties": {"value": {"type": "string"}, "label": {"type": "string"}},
                "required": ["value"],
            })
        }
    }

    impl JsonSchema for FieldsMatch {
        fn schema_name() -> Cow<'static, str> {
            "FieldsMatch".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let words = ["exact", "equal", "subset", "superset", "partial"];
            json_schema!({"anyOf": [
                {"enum": words},
                {"type": "array", "items": {"enum": words}, "minItems": 1, "maxItems": 1},
            ]})
        }
    }
}
