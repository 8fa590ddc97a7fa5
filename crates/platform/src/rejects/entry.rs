//! A reject in the index, and its changes.

use serde::{Deserialize, Serialize};
use sluice_contract::RunId;
use sluice_engine::Problem;

/// A reject in the index: its place, its problems and its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectEntry {
    /// Number of the record in its file, from 1.
    pub record: u64,
    /// Number of the line on which it begins, from 1.
    pub line: u64,
    /// Offset of its first byte in the source.
    pub offset: u64,
    /// Its problems.
    pub problems: Vec<Problem>,
    /// When the entry may be deleted (seconds since the epoch; DynamoDB's TTL).
    pub expires: i64,
    /// Its state.
    pub state: RejectState,
    /// The run that has read its record again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<RunId>,
    /// How often it has been retried so far.
    pub attempts: u32,
    /// When it is due to be retried; only for an open reject that may succeed unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

/// The state of a reject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RejectState {
    /// Its record was not read again yet.
    #[default]
    Open,
    /// Another run has read its record again.
    Closed,
    /// It was retried often enough, in vain.
    Exhausted,
}

impl RejectState {
    /// The state as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Exhausted => "exhausted",
        }
    }
}

/// When a reject is due to be retried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// The feed that imports it.
    pub feed: String,
    /// Seconds since the epoch.
    pub at: i64,
}

/// A reject that is due to be retried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueReject {
    /// The feed that imports it.
    pub feed: String,
    /// The run that rejected it.
    pub run: RunId,
    /// Number of the record in that run's file.
    pub record: u64,
    /// How often it has been retried so far.
    pub attempts: u32,
    /// When it became due: seconds since the epoch.
    pub at: i64,
}

impl RejectEntry {
    /// A new reject that is not retried.
    #[must_use]
    pub fn open(record: u64, line: u64, offset: u64, problems: Vec<Problem>, expires: i64) -> Self {
        Self {
            record,
            line,
            offset,
            problems,
            expires,
            state: RejectState::Open,
            closed_by: None,
            attempts: 0,
            retry: None,
        }
    }

    /// Sets how often it was retried.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets when it is due to be retried (seconds since the epoch).
    #[must_use]
    pub fn retry(mut self, feed: &str, at: i64) -> Self {
        self.retry = Some(Retry { feed: feed.to_owned(), at });
        self
    }

    /// Closes it, unless it is already closed.
    pub(super) fn close(&mut self, by: &RunId) {
        if self.state != RejectState::Closed {
            self.state = RejectState::Closed;
            self.closed_by = Some(by.clone());
            self.retry = None;
        }
    }

    /// Records an attempt, if it waits to be retried; returns whether this is its latest attempt.
    pub(super) fn postpone(&mut self, attempt: u32, until: i64) -> bool {
        let Some(retry) = self.retry.as_mut().filter(|_| self.attempts <= attempt) else { return false };
        if self.attempts == attempt {
            return retry.at == until;
        }
        self.attempts = attempt;
        retry.at = until;
        true
    }

    /// Marks it as exhausted, if it is open; returns whether it is exhausted.
    pub(super) fn exhaust(&mut self) -> bool {
        if self.state == RejectState::Open {
            self.state = RejectState::Exhausted;
            self.retry = None;
        }
        self.state == RejectState::Exhausted
    }

    /// The reject as a due one, if it is due at this time and, if a feed is given, of this feed.
    pub(super) fn due(&self, run: &RunId, feed: Option<&str>, now: i64) -> Option<DueReject> {
        let retry =
            self.retry.as_ref().filter(|retry| retry.at <= now && feed.is_none_or(|feed| feed == retry.feed))?;
        let (feed, at) = (retry.feed.clone(), retry.at);
        Some(DueReject { feed, run: run.clone(), record: self.record, attempts: self.attempts, at })
    }
}
