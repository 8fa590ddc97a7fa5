//! The effect of a stretch of bytes on the automaton, seen from one state.

use serde::{Deserialize, Serialize};

use crate::record::State;

/// The sizes that determine cuts and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Target size of a chunk in bytes, at least 1.
    pub chunk: u64,
    /// Maximum length of a record in bytes, including its line break.
    pub record: u64,
}

impl Sizes {
    /// Whether a record at `offset` begins a chunk, given where the previous record begins: a multiple of the
    /// target size must lie between.
    pub(super) fn cuts(self, before: u64, offset: u64) -> bool {
        before / self.chunk != offset / self.chunk
    }

    /// The offset from which on the next record begins a chunk, if the record at `before` is the last one
    /// seen.
    pub(super) fn next_cut(self, before: u64) -> u64 {
        (before / self.chunk + 1).saturating_mul(self.chunk)
    }
}

/// The start of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// Offset in the file.
    pub(super) offset: u64,
    /// The number of records that begin before it in the stretch.
    pub(super) records: u64,
    /// The number of lines that end before it in the stretch.
    pub(super) lines: u64,
}

/// What precedes a stretch, needed to number its marks.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// The number of lines that end there.
    pub(super) lines: u64,
    /// Whether it ends with a CR and the stretch begins with its LF, so that one line was counted twice.
    pub(super) splits_crlf: bool,
}

impl Before {
    /// The number of lines that end before a place, given the number counted within its stretch.
    pub(super) fn lines(self, counted: u64) -> u64 {
        self.lines + counted - u64::from(self.splits_crlf && counted > 0)
    }
}

/// The effect of a stretch of bytes on the automaton in a certain state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Path {
    /// The state after the stretch.
    pub(super) exit: State,
    /// The number of records that begin in it.
    pub(super) records: u64,
    /// The end of the record in which the stretch begins, including its line break.
    pub(super) head_end: Option<u64>,
    /// The first record that begins in it.
    pub(super) first: Option<Mark>,
    /// The second.
    pub(super) second: Option<Mark>,
    /// The last.
    pub(super) last: Option<Mark>,
    /// The first from [`Layout::tail`](super::Layout::tail) on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tail: Option<Mark>,
    /// The records that begin a chunk. The first record is not among them, because that depends on the record
    /// before the stretch.
    pub(super) cuts: Vec<Mark>,
    /// The first record that begins in it and is visibly too long.
    pub(super) too_long: Option<Mark>,
}

impl Path {
    /// The path of an empty stretch.
    pub(super) fn new(state: State) -> Self {
        Self {
            exit: state,
            records: 0,
            head_end: None,
            first: None,
            second: None,
            last: None,
            tail: None,
            cuts: Vec::new(),
            too_long: None,
        }
    }

    /// Appends the path of the next stretch, which starts in the state where this one ends and goes up to
    /// `end`.
    pub(super) fn extend(&mut self, entry: State, next: &Self, end: u64, before: Before, sizes: Sizes) {
        let records = self.records;
        let moved = |mark: Mark| Mark { records: records + mark.records, lines: before.lines(mark.lines), ..mark };
        let head_is_open = entry.is_in_record() && self.head_end.is_none();
        if let Some(last) = self.last.filter(|_| self.exit.is_in_record()) {
            // The record that spans both stretches.
            let length = next.head_end.unwrap_or(end).saturating_sub(last.offset);
            if length > sizes.record {
                self.too_long.get_or_insert(last);
            }
        }
        if head_is_open {
            self.head_end = next.head_end;
        }
        if self.too_long.is_none() {
            self.too_long = next.too_long.map(moved);
        }
        if let (Some(last), Some(first)) = (self.last, next.first)
            && sizes.cuts(last.offset, first.offset)
        {
            self.cuts.push(moved(first));
        }
        self.cuts.extend(next.cuts.iter().copied().map(moved));
        if self.first.is_none() {
            (self.first, self.second) = (next.first.map(moved), next.second.map(moved));
        } else if self.second.is_none() {
            self.second = next.first.map(moved);
        }
        self.last = next.last.map(moved).or(self.last);
        self.tail = self.tail.or(next.tail.map(moved));
        self.records += next.records;
        self.exit = next.exit;
    }
}
