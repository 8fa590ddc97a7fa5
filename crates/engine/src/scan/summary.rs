//! Summaries: what a byte range does to the automaton, whatever state it begins in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::path::{Before, Path, Sizes};
use crate::ByteRange;
use crate::record::State;

/// What a byte range does: for each state in which it may begin, in which it ends, how many records begin in
/// it, and where the first, the last, and those that begin a chunk do.
///
/// Summaries of adjacent ranges compose ([`Summary::then`]), in whatever order that is done, to the summary
/// of both; that of an empty range ([`Summary::empty`]) changes nothing. Its size grows with the number of
/// chunks that begin in the range, not with that of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub(super) range: ByteRange,
    /// Lines that end in the range. An LF at its start counts as one, though a CR may precede it.
    pub(super) lines: u64,
    pub(super) starts_with_lf: bool,
    pub(super) ends_with_cr: bool,
    pub(super) paths: BTreeMap<State, Path>,
}

impl Summary {
    /// Of no bytes, before `offset`.
    #[must_use]
    pub fn empty(offset: u64) -> Self {
        Self::of_states(offset, &State::ALL)
    }

    /// Of no bytes, where the records of a file begin: only one state is possible there, and only what follows
    /// from it is kept.
    #[must_use]
    pub fn start(offset: u64) -> Self {
        Self::of_states(offset, &[State::Between])
    }

    fn of_states(offset: u64, states: &[State]) -> Self {
        Self {
            range: ByteRange { start: offset, end: offset },
            lines: 0,
            starts_with_lf: false,
            ends_with_cr: false,
            paths: states.iter().map(|state| (*state, Path::new(*state))).collect(),
        }
    }

    /// What it is a summary of.
    #[must_use]
    pub fn range(&self) -> ByteRange {
        self.range
    }

    /// Lines that end in the range.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The summary of both ranges. Of two that are not adjacent, nothing is known.
    #[must_use]
    pub fn then(mut self, next: &Self, sizes: Sizes) -> Self {
        let adjacent = self.range.end == next.range.start;
        let before = Before { lines: self.lines, splits_crlf: self.ends_with_cr && next.starts_with_lf };
        let end = next.range.end;
        self.paths.retain(|entry, path| {
            let on = next.paths.get(&path.exit).filter(|_| adjacent);
            on.inspect(|on| path.extend(*entry, on, end, before, sizes)).is_some()
        });
        self.lines = before.lines(next.lines);
        if self.range.is_empty() {
            self.starts_with_lf = next.starts_with_lf;
        }
        if !next.range.is_empty() {
            self.ends_with_cr = next.ends_with_cr;
        }
        self.range.end = end;
        self
    }
}
