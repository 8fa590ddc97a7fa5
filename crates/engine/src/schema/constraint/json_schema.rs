//! The constraint `jsonSchema`.

use std::fmt;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};

use crate::schema::Json;

/// Maximum number of problems reported for one value.
const MAX_PROBLEMS: usize = 5;

/// Maximum length in bytes of a message that quotes the value, which may be the whole cell.
const LONGEST: usize = 200;

/// A compiled JSON Schema. It has no access to anything outside itself: an external reference is an error
/// when it is compiled.
///
/// Numbers are compared as floats unless both are integers, as the standard's own tests expect.
#[derive(Clone)]
pub(in crate::schema) struct JsonSchema(Arc<Validator>);

impl JsonSchema {
    /// Compiles a schema.
    pub(in crate::schema) fn compile(schema: &serde_json::Value) -> Result<Self, String> {
        // This regex engine takes linear time on any text.
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        options.build(schema).map(|validator| Self(Arc::new(validator))).map_err(|error| error.to_string())
    }

    /// The problems of a value, each with its place in it.
    pub(super) fn refuses(&self, json: &Json) -> Vec<String> {
        let value = json.to_serde();
        let mut wrong = self.0.iter_errors(&value);
        let mut reported: Vec<_> = wrong
            .by_ref()
            .take(MAX_PROBLEMS)
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
            reported.push(format!("and {more} more"));
        }
        reported
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonSchema")
    }
}
