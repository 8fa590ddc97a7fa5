//! `retries/<time>-<role>.json`: the due rejects of a run, for the steps that handle them.

use serde::{Deserialize, Serialize};

use crate::RunId;
use crate::documents::Version;

/// Rejects of a run that are due at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryDocument {
    /// Version of this format.
    pub version: Version,
    /// The run that rejected them.
    pub run_id: RunId,
    /// The feed that imports them.
    pub feed: String,
    /// When they were found, in seconds since the epoch.
    pub at: i64,
    /// Whether to inform people when the rejects are exhausted.
    pub told: bool,
    /// The rejects, by the numbers of their records.
    pub rejects: Vec<DueRecord>,
}

/// A reject that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DueRecord {
    /// Number of the record in the run's file.
    pub record: u64,
    /// How often it has been retried so far.
    pub attempts: u32,
}
