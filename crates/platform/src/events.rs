//! Events for other programs: a run has ended.

mod bus;
mod memory;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::{RunId, Tally, Verdict};
use sluice_engine::Omitted;

pub use bus::BusEvents;
pub use memory::MemoryEvents;

use crate::Fault;

/// The `source` of Sluice's events on the bus.
pub const SOURCE: &str = "sluice";
/// The `detail-type` of the event that a run has ended.
pub const RUN_ENDED: &str = "Sluice Run Ended";

/// An event bus.
#[async_trait]
pub trait Events: Send + Sync {
    /// Publishes that a run has ended. An event may be published more than once; repeats are identical.
    ///
    /// # Errors
    /// If the bus did not accept it.
    async fn publish(&self, event: &RunEnded) -> Result<(), Fault>;
}

/// The detail of the event that a run has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Version of this format.
    pub version: u32,
    /// The run.
    pub run_id: RunId,
    /// The folder of the upload. It is the feed's name if the feed exists.
    pub feed: String,
    /// The key of the upload.
    pub upload: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Whether this is a dry run, which writes nothing, whatever the verdict.
    pub dry_run: bool,
    /// Whether a mail about the run was accepted for delivery to at least one recipient.
    pub mailed: bool,
    /// Whether the mail was not sent to one of its recipients or more. The ledger says to whom and why.
    #[serde(default)]
    pub unsent: bool,
    /// The numbers of the run, if it was merged.
    pub tally: Option<Tally>,
    /// The omitted records by name.
    #[serde(default, skip_serializing_if = "Omitted::is_empty")]
    pub omitted: Omitted,
    /// The prefix of its outputs in the data bucket, if there are any.
    pub output: Option<String>,
}
