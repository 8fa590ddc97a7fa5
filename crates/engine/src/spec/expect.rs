//! `expect`: how often a file comes.

use serde::{Deserialize, Serialize};

use super::Scalar;

/// How often a file comes. The operators are told when none came for longer than that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ExpectSpec {
    /// The longest time between two files, in whole hours, days or weeks: `26h`, `1d`, `2w`. From an hour to a year (`366d`).
    /// Without it, nothing is expected.
    pub every: Option<Scalar>,
}
