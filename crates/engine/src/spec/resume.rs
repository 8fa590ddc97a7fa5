//! `resume`: how often a run whose execution died is resumed by itself.

use serde::{Deserialize, Serialize};

/// How often a run whose execution died is resumed by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ResumeSpec {
    /// How many attempts a run has before somebody must look at it, 1 to 10: until then, a run whose execution died
    /// without reporting is resumed by itself.
    pub attempts: u32,
}

impl Default for ResumeSpec {
    fn default() -> Self {
        Self { attempts: 1 }
    }
}
