//! Values of a feed that can be written in more than one way.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text, number or truth value, kept as text so that no number becomes a float.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Scalar(pub String);

/// One text, or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OneOrMany(pub Vec<String>);

impl Scalar {
    /// A value as it is written; `None` for lists, maps and null.
    #[must_use]
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self(text.clone())),
            Value::Number(number) => Some(Self(number.to_string())),
            Value::Bool(truth) => Some(Self(truth.to_string())),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(&Value::deserialize(deserializer)?)
            .ok_or_else(|| serde::de::Error::custom("expected a text, a number or a truth value"))
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let error = || serde::de::Error::custom("expected a text, or a list of texts");
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Self(vec![name])),
            Value::Array(names) if !names.is_empty() => names
                .into_iter()
                .map(|name| name.as_str().map(str::to_owned).ok_or_else(error))
                .collect::<Result<_, _>>()
                .map(Self),
            _ => Err(error()),
        }
    }
}

#[cfg(feature = "json-schema")]
mod json_schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{OneOrMany, Scalar};

    impl JsonSchema for Scalar {
        fn schema_name() -> Cow<'static, str> {
            "Scalar".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": ["string", "number", "boolean"]})
        }
    }

    impl JsonSchema for OneOrMany {
        fn schema_name() -> Cow<'static, str> {
            "OneOrMany".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1})
        }
    }
}
