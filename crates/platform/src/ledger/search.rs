//! Looking for runs across the ledger.

use async_trait::async_trait;
use sluice_contract::RunId;

use crate::Fault;

/// Finds runs by what they are, not by their names. What was written a moment ago may not be found yet.
#[async_trait]
pub trait RunSearch: Send + Sync {
    /// Runs that are open ([`RunEntry::is_open`](super::RunEntry::is_open)), mostly because they have not ended, and that
    /// have not come to another stage since this time (RFC 3339, UTC), those that stand still for the longest first: a
    /// page of them, from where the page before has ended.
    ///
    /// # Errors
    /// Where the table cannot be read.
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault>;

    /// The latest runs whose source held this, the latest first: at most 20 of those that were entered by this time
    /// (RFC 3339, UTC).
    ///
    /// # Errors
    /// Where the table cannot be read.
    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault>;

    /// Says what the source of a run holds, and which earlier one held the same. Nothing is said of it to those who look
    /// for the same content where `content` is `None`.
    ///
    /// # Errors
    /// `Missing` where the run is unknown.
    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault>;
}

/// A page of open runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenRuns {
    /// The runs.
    pub runs: Vec<RunId>,
    /// Where the next page begins; `None` where this is the last.
    pub next: Option<String>,
}

/// How many runs with the same content are looked at.
pub(super) const SAME: usize = 20;
