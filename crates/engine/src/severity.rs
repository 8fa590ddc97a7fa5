//! The severity of a broken rule.

use serde::{Deserialize, Serialize};

/// What happens to a record that breaks a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is imported; the report says how many there were.
    Warn,
    /// It is rejected.
    #[default]
    Reject,
    /// It is rejected, and the whole file with it: nothing is written.
    Abort,
}

impl Severity {
    /// Whether it is the default, which documents omit.
    #[must_use]
    pub fn is_reject(&self) -> bool {
        *self == Self::Reject
    }
}
