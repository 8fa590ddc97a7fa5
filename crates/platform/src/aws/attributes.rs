//! JSON as attributes of DynamoDB. An object of the document becomes a map of the item, so people can read it in the
//! console.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::Fault;

/// The attributes of an item.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A document as an item.
pub(crate) fn to_item(what: &str, document: &impl Serialize) -> Result<Attributes, Fault> {
    match serde_json::to_value(document) {
        Ok(Value::Object(fields)) => Ok(fields.into_iter().map(|(name, value)| (name, to_attribute(value))).collect()),
        Ok(_) => Err(corrupt(what, "it is not an object")),
        Err(error) => Err(corrupt(what, error)),
    }
}

/// A value of a document as an attribute.
pub(crate) fn to_value(what: &str, part: &impl Serialize) -> Result<AttributeValue, Fault> {
    serde_json::to_value(part).map(to_attribute).map_err(|error| corrupt(what, error))
}

/// An item as a document.
pub(crate) fn from_item<T: DeserializeOwned>(what: &str, item: Attributes) -> Result<T, Fault> {
    let fields: Map<String, Value> = item.into_iter().map(|(name, value)| (name, from_attribute(value))).collect();
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| corrupt(what, error))
}

fn to_attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::Number(value) => AttributeValue::N(value.to_string()),
        Value::String(value) => AttributeValue::S(value),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(to_attribute).collect()),
        Value::Object(fields) => {
            AttributeValue::M(fields.into_iter().map(|(name, value)| (name, to_attribute(value))).collect())
        }
    }
}

/// Sets and binary values become null, because Sluice never writes them.
fn from_attribute(value: AttributeValue) -> Value {
    match value {
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::N(value) => value.parse::<Number>().map_or(Value::String(value), Value::Number),
        AttributeValue::S(value) => Value::String(value),
        AttributeValue::L(values) => Value::Array(values.into_iter().map(from_attribute).collect()),
        AttributeValue::M(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, from_attribute(value))).collect())
        }
        _ => Value::Null,
    }
}

fn corrupt(what: &str, found: impl Display) -> Fault {
    Fault::Corrupt { what: what.to_owned(), found: found.to_string() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was() {
        let document = json!({
            "text": "a", "number": u64::MAX, "yes": true, "nothing": null,
            "list": [1, "b"], "map": { "deeper": { "still": -1 } },
        });
        let item = to_item("the document", &document).unwrap();
        assert_eq!(item["number"], AttributeValue::N(u64::MAX.to_string()));
        assert_eq!(from_item::<Value>("the document", item).unwrap(), document);
    }
}
