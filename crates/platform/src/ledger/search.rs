//! Searches the ledger for runs.

use async_trait::async_trait;
use sluice_contract::RunId;

use super::RunEntry;
use crate::Fault;

/// Finds runs by their properties instead of their ids. It changes nothing. A write of a moment ago may not be found
/// yet.
#[async_trait]
pub trait RunSearch: Send + Sync {
    /// A page of the open runs ([`RunEntry::is_open`](super::RunEntry::is_open)) that reached their stage before
    /// `before` (RFC 3339, UTC). Those that stand still for the longest time come first. `from` is the `next` of the
    /// previous page.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault>;

    /// The runs whose source has this content and that were entered at or before `until` (RFC 3339, UTC): at most 20,
    /// the latest first.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault>;

    /// A page of the runs of one feed, or of all feeds, that were entered at or after a time. They have no order. `from` is the
    /// `next` of the previous page. Without a feed, it reads the whole ledger: only commands of people do that.
    ///
    /// # Errors
    /// If the table cannot be read.
    async fn runs(&self, filter: RunFilter<'_>, from: Option<&str>) -> Result<RunPage, Fault>;
}

/// The runs to search for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunFilter<'a> {
    /// Those of this feed; `None` for all.
    pub feed: Option<&'a str>,
    /// Those that were entered at or after this time (RFC 3339, UTC); `None` for all.
    pub since: Option<&'a str>,
}

/// A page of runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunPage {
    /// The runs.
    pub runs: Vec<RunEntry>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<String>,
}

impl RunPage {
    /// A page of the runs among these entries that match the filter, for ledgers without an index. `from` is the `next` of the
    /// previous page.
    pub(super) fn of<'a>(
        entries: impl Iterator<Item = &'a RunEntry>,
        filter: RunFilter<'_>,
        from: Option<&str>,
        page: usize,
    ) -> Self {
        let found = entries.filter(|entry| {
            filter.feed.is_none_or(|feed| entry.feed == feed)
                && filter.since.is_none_or(|since| entry.started_at.as_str() >= since)
                && from.is_none_or(|from| entry.run_id.as_str() > from)
        });
        let mut found: Vec<&RunEntry> = found.collect();
        found.sort_by(|a, b| a.run_id.cmp(&b.run_id));
        let next = (found.len() > page).then(|| found[page - 1].run_id.to_string());
        Self { runs: found.into_iter().take(page).cloned().collect(), next }
    }
}

/// A page of open runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenRuns {
    /// The runs.
    pub runs: Vec<RunId>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<String>,
}

/// The maximum number of runs with the same content that a search returns.
pub(super) const SAME: usize = 20;

impl OpenRuns {
    /// A page of the open runs among these entries, for ledgers without an index. `from` is the `next` of the previous
    /// page.
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

/// The answer of [`RunSearch::same_content`] for these entries, for ledgers without an index.
pub(super) fn same_content<'a>(entries: impl Iterator<Item = &'a RunEntry>, content: &str, until: &str) -> Vec<RunId> {
    let same = entries.filter(|entry| entry.content.as_deref() == Some(content));
    let mut same: Vec<_> = same.filter(|entry| entry.started_at.as_str() <= until).collect();
    same.sort_by(|a, b| b.started_at.cmp(&a.started_at));
    same.into_iter().take(SAME).map(|entry| entry.run_id.clone()).collect()
}
