//! Lists in a text.

use serde_json::Value;

/// The elements of a list as a JSON array of texts.
pub(super) fn json(separator: &str, text: &str) -> String {
    text.split(separator).map(str::trim).collect::<Value>().to_string()
}
