//! Looking for runs across the ledger.

use async_trait::async_trait;
use sluice_contract::RunId;

use super::RunEntry;
use crate::Fault;

/// Finds runs by what they are, not by their names, and changes nothing. What was written a moment ago may not be found
/// yet.
#[async_trait]
pub trait RunSearch: Send + Sync {
    /// Runs that are open ([`RunEntry::is_open`](super::RunEntry::is_open)), mostly because they have not ended, and
    /// that have not come to another stage since this time (RFC 3339, UTC), those that stand still for the longest
    /// first: a page of them, from where the page before has ended.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault>;

    /// The latest runs whose source held this, the latest first: at most 20 of those that were entered by this time
    /// (RFC 3339, UTC).
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault>;
}

/// A page of open runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenRuns {
    /// The runs.
    pub runs: Vec<RunId>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<String>,
}

/// How many runs with the same content are looked at.
pub(super) const SAME: usize = 20;

impl OpenRuns {
    /// A page of the open runs among these entries, for ledgers that have no index of them. `from` is the `next` of the
    /// page before.
    pub(super) fn of<'a>(
        entries: impl Iterator<Item = &'a RunEntry>,
        before: &str,
        from: Option<&str>,
        page: usize,
    ) -> Self {
        let open = entries.filter(|entry| entry.is_open() && entry.stage_at.as_str() < before);
        let mut open: Vec<_> =
            open.map(|entry| (format!("{} {}", entry.stage_at, entry.run_id), entry.run_id.clone())).collect();
        open.retain(|(place, _)| from.is_none_or(|from| place.as_str() > from));
        open.sort();
        let next = (open.len() > page).then(|| open[page - 1].0.clone());
        Self { runs: open.into_iter().take(page).map(|(_, run)| run).collect(), next }
    }
}

/// The latest of these entries whose source held this, as [`RunSearch::same_content`] answers them.
pub(super) fn same_content<'a>(entries: impl Iterator<Item = &'a RunEntry>, content: &str, until: &str) -> Vec<RunId> {
    let same = entries.filter(|entry| entry.content.as_deref() == Some(content));
    let mut same: Vec<_> = same.filter(|entry| entry.started_at.as_str() <= until).collect();
    same.sort_by(|a, b| b.started_at.cmp(&a.started_at));
    same.into_iter().take(SAME).map(|entry| entry.run_id.clone()).collect()
}
