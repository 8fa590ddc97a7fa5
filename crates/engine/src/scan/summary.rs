//! Summaries: the effect of a byte range on the automaton, for each state in which it may begin.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::path::{Before, Path, Sizes};
use crate::ByteRange;
use crate::record::State;

/// The effect of a byte range. For each state in which it may begin: the state in which it ends, the number
/// of records that begin in it, and the positions of the first, the last, and those that begin a chunk.
///
/// Summaries of adjacent ranges compose ([`Summary::then`]) in any grouping to the summary of the whole; the
/// summary of an empty range ([`Summary::empty`]) is neutral. The size grows with the number of chunks, not
/// with the number of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    pub(super) range: ByteRange,
    /// The number of lines that end in the range. An LF at its start counts, even if a CR precedes it.
    pub(super) lines: u64,
    pub(super) starts_with_lf: bool,
    pub(super) ends_with_cr: bool,
    pub(super) paths: BTreeMap<State, Path>,
}

impl Summary {
    /// The summary of an empty range at `offset`.
    #[must_use]
    pub fn empty(offset: u64) -> Self {
        Self::of_states(offset, &State::ALL)
    }

    /// The summary of an empty range at the origin of a file. Only one state is possible there, so only its
    /// consequences are kept.
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

    /// The range of this summary.
    #[must_use]
    pub fn range(&self) -> ByteRange {
        self.range
    }

    /// The number of lines that end in the range.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The summary of both ranges. If they are not adjacent, the result is unknown.
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
