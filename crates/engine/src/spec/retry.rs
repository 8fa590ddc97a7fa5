//! `retry`: how often retryable rejects are retried.

use serde::{Deserialize, Serialize};

/// How often retryable rejects are retried. They may succeed later without a change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "json-schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RetrySpec {
    /// The maximum number of retries. The first follows after an hour, each further one after twice the wait,
    /// up to a day. Default 5, maximum 30, 0 for never.
    pub attempts: Option<u32>,
}
