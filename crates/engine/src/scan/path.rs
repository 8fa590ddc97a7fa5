//! What a stretch of bytes does to the automaton, seen from one of its states.

use serde::{Deserialize, Serialize};

use crate::record::State;

/// The two sizes that decide about cuts and about errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Target size of a chunk in bytes, at least 1.
    pub chunk: u64,
    /// Longest record in bytes, with the line break that ends it.
    pub record: u64,
}

impl Sizes {
    /// Whether a record begins a chunk, by where it begins and where the one before it did: whether a
    /// multiple of the target size lies between.
    pub(super) fn cuts(self, before: u64, offset: u64) -> bool {
        before / self.chunk != offset / self.chunk
    }

    /// From where on a record would begin a chunk, if none began after this one.
    pub(super) fn next_cut(self, before: u64) -> u64 {
        (before / self.chunk + 1).saturating_mul(self.chunk)
    }
}

/// Where a record begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// Offset in the file.
    pub(super) offset: u64,
    /// Records that begin before it in the stretch.
    pub(super) records: u64,
    /// Lines that end before it in the stretch.
    pub(super) lines: u64,
}

/// What lies before a stretch, for its marks.
#[derive(Clone, Copy, Default)]
pub(super) struct Before {
    /// Lines that end there.
    pub(super) lines: u64,
    /// Whether it ends with a CR and the stretch begins with the LF of it: then one line was counted twice.
    pub(super) splits_crlf: bool,
}

impl Before {
    /// How many lines end in front of something, of which so many were counted in its stretch.
    pub(super) fn lines(self, counted: u64) -> u64 {
        self.lines + counted - u64::from(self.splits_crlf && counted > 0)
    }
}

/// What a stretch of bytes does, if the automaton is in a certain state in front of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Path {
    /// The state behind it.
    pub(super) exit: State,
    /// Records that begin in it.
    pub(super) records: u64,
    /// Where the record ends in which it begins, with its line break.
    pub(super) head_end: Option<u64>,
    /// The first record that begins in it.
    pub(super) first: Option<Mark>,
    /// The second.
    pub(super) second: Option<Mark>,
    /// The last.
    pub(super) last: Option<Mark>,
    /// Those that begin a chunk. Whether the first of the stretch does depends on the record before, so
    /// it is not among them.
    pub(super) cuts: Vec<Mark>,
    /// The first that begins in it and is too long, as far as can be seen in it.
    pub(super) too_long: Option<Mark>,
}

impl Path {
    /// Of no bytes.
    pub(super) fn new(state: State) -> Self {
        Self {
            exit: state,
            records: 0,
            head_end: None,
            first: None,
            second: None,
            last: None,
            cuts: Vec::new(),
            too_long: None,
        }
    }

    /// The way from a state through both stretches, where `next` goes on from the state in which this one
    /// ends, and up to `end`.
    pub(super) fn extend(&mut self, entry: State, next: &Self, end: u64, before: Before, sizes: Sizes) {
        let records = self.records;
        let moved = |mark: Mark| Mark { records: records + mark.records, lines: before.lines(mark.lines), ..mark };
        let head_is_open = entry.is_in_record() && self.head_end.is_none();
        if let Some(last) = self.last.filter(|_| self.exit.is_in_record()) {
            // The record that spans both.
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
        self.records += next.records;
        self.exit = next.exit;
    }
}
