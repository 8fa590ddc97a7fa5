//! `retry`: how often rejects that may succeed later are tried again.

use serde::{Deserialize, Serialize};

/// How often rejects that may succeed later, as they are, are tried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RetrySpec {
    /// At most so many times, the first of them an hour later, each after twice as long as the one before, up to a day.
    /// 5 where nothing is said, 0 for never, 30 at most.
    pub attempts: Option<u32>,
}
