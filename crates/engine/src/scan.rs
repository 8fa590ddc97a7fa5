//! Cuts a file into chunks: byte ranges that hold whole records.
//!
//! A pure function of bytes, dialect, layout and sizes (R3). It uses the automaton that later reads each
//! chunk ([`crate::record`]) to find where records begin, and cuts only there. So a quoted line break is
//! never cut, and the records of the chunks are the records of the file.
//!
//! # What it does
//!
//! A [`RangeScan`] scans a range of the file without knowing the state in which it begins: for each possible
//! state, it records where that state leads and what it finds on the way. Such a [`Summary`] is a function,
//! and functions compose. So ranges can be scanned concurrently and anywhere, and the summary of the whole
//! file does not depend on the cuts. Applied to the state in which files begin, it yields an [`Outline`],
//! which becomes a [`FilePlan`] with the cells of the header and of the last records.
//!
//! # Where chunks begin
//!
//! The first record of the data begins a chunk. Any other record begins a chunk if a multiple of the target
//! size lies between the first byte of the previous record (exclusive) and its own first byte (inclusive). So
//! a chunk is shorter than the target size plus the longest record, and whether a record begins a chunk
//! depends only on it and its predecessor. If it depended on the length of the chunk so far, a range could
//! not tell where its chunks begin.
//!
//! # If you change it
//!
//! The automaton defines records. `block` is the fast path over its single steps; `path` holds what is
//! remembered of a range. The property tests here compare every chunking with the `csv` crate (or with a
//! model for features that the crate lacks), and the composition of any ranges with the whole.

mod block;
mod outline;
mod path;
mod preamble;
mod range;
mod scanner;
mod summary;
mod tail;
mod track;
mod unreadable;

use crate::ByteRange;
use crate::record::{Position, QuoteFault};

pub use outline::{Outline, ScanError};
pub use path::Sizes;
pub use preamble::{Origin, Preamble};
pub use range::RangeScan;
pub use scanner::Scanner;
pub use summary::Summary;
pub use tail::TailRecord;
pub use unreadable::unreadable;

/// The parts of a file besides its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The number of lines to skip at the start.
    pub skip_lines: u64,
    /// Whether the first record is the header.
    pub header: bool,
    /// Where the data begins, if that is known: then what precedes it is neither skipped by lines nor a header.
    pub data: Option<Origin>,
    /// The offset from which on records are kept with their cells, because the last ones may be a footer; `None`
    /// if there is no need.
    pub tail: Option<u64>,
}

impl Default for Layout {
    /// A header, then data.
    fn default() -> Self {
        Self { skip_lines: 0, header: true, data: None, tail: None }
    }
}

impl Layout {
    /// The layout of a file whose data is known to begin at an origin.
    #[must_use]
    pub fn from_data(self, origin: Origin) -> Self {
        Self { header: false, data: Some(origin), ..self }
    }
}

/// What a file consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePlan {
    /// The cells of the header; `None` if the file has none.
    pub labels: Option<Vec<Vec<u8>>>,
    /// A fault in the quotes of the header.
    pub header_quotes: Option<QuoteFault>,
    /// The range of the header, up to the first data byte; empty if the file has none.
    pub header: ByteRange,
    /// The number of records of the chunks.
    pub records: u64,
    /// The chunks. They tile the bytes from the end of the header to the end of the file, or to where
    /// [`FilePlan::end_before`] ends them.
    pub chunks: Vec<ChunkSpan>,
    /// The records from [`Layout::tail`] on, without the header.
    pub tail: Vec<TailRecord>,
}

impl FilePlan {
    /// Cuts the data into chunks anew: the first stays where it begins, and each other begins with one of these records, in order.
    pub fn cut_at(&mut self, begins: &[Position]) {
        let (Some(first), Some(last)) = (self.chunks.first().copied(), self.chunks.last().copied()) else { return };
        let end = (last.range.end, last.first_record + last.records);
        let start = Position { offset: first.range.start, line: first.first_line, record: first.first_record };
        let starts = [start].into_iter().chain(begins.iter().copied());
        let ends = begins.iter().map(|next| (next.offset, next.record)).chain([end]);
        let chunk = |(start, (offset, record)): (Position, (u64, u64))| ChunkSpan {
            range: ByteRange { start: start.offset, end: offset },
            first_record: start.record,
            first_line: start.line,
            records: record.saturating_sub(start.record),
        };
        self.chunks = starts.zip(ends).map(chunk).collect();
    }

    /// Whether the file has no record at all, not even a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_none() && self.records == 0
    }
}

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkSpan {
    /// Its byte range.
    pub range: ByteRange,
    /// Number of its first record, from 1.
    pub first_record: u64,
    /// Number of the line on which that record begins, from 1.
    pub first_line: u64,
    /// The number of its records; at least 1.
    pub records: u64,
}

#[cfg(test)]
mod tests;
