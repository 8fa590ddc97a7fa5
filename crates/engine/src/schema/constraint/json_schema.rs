//! The constraint `jsonSchema`.

use std::fmt;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};

use crate::schema::Json;

/// How many of the things that are wrong with one value are told.
const TOLD: usize = 5;

/// Longest message, in bytes, that shows the value; it may be the whole cell.
const LONGEST: usize = 200;

/// A JSON Schema, compiled. It reaches nothing outside itself: a reference elsewhere is an error when
/// it is compiled.
///
/// Numbers are compared as floats, unless both are whole: the standard's own tests do so.
#[derive(Clone)]
pub(in crate::schema) struct JsonSchema(Arc<Validator>);

impl JsonSchema {
    /// Compiles a schema; answers what is wrong with it.
    pub(in crate::schema) fn compile(schema: &serde_json::Value) -> Result<Self, String> {
        // The regular expressions of this engine take linear time, whatever the text.
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        options.build(schema).map(|validator| Self(Arc::new(validator))).map_err(|error| error.to_string())
    }

    /// What is wrong with a value, each with its place in it.
    pub(super) fn refuses(&self, json: &Json) -> Vec<String> {
        let value = json.to_serde();
        let mut wrong = self.0.iter_errors(&value);
        let mut told: Vec<_> = wrong
            .by_ref()
            .take(TOLD)
            .map(|error| {
                let message = error.to_string();
                let message = if message.len() > LONGEST { error.masked().to_string() } else { message };
                match error.instance_path().as_str() {
                    "" => message,
                    path => format!("{message} (at {path})"),
                }
            })
            .collect();
        let more = wrong.count();
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        told
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonSchema")
    }
}
