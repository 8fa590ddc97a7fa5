//! Cuts a file into chunks: byte ranges that hold whole records.
//!
//! A pure function of bytes, dialect, layout and sizes (R3). The automaton that later reads each chunk
//! ([`crate::record`]) says where records begin, and only there is cut; so a quoted line break is never
//! cut, and the records of the chunks are the records of the file.
//!
//! # What it does
//!
//! A range of the file is scanned without knowing in which state it begins, by a [`RangeScan`]: for each state,
//! where it leads and what is found on the way. Such a [`Summary`] is a function, and functions compose; so
//! the ranges of a file are scanned at once and anywhere, and the summary of the whole file is the same,
//! however it was cut. Applied to the state in which files begin, it is an [`Outline`], and with the cells of header and
//! trailer a [`FilePlan`].
//!
//! # Where chunks begin
//!
//! The first record of the data begins a chunk. Any other does where a multiple of the target size lies between the
//! byte at which the record before it begins (exclusive) and its own (inclusive). So a chunk is shorter than the
//! target size and the longest record together, and whether a record begins one depends on nothing
//! but it and the one before: were it on the length of the chunk so far, a range could not tell where its
//! chunks begin.
//!
//! # If you change it
//!
//! What a record is, says the automaton. What is faster than its single steps, is in `block`; what is
//! remembered of a way through a range, in `path`. The property tests here hold every chunking against the `csv` crate,
//! and what that does not know against a model; and the composition of any ranges against the whole.

mod block;
mod outline;
mod path;
mod preamble;
mod range;
mod scanner;
mod summary;
mod track;
mod trailer;
mod unreadable;

use crate::ByteRange;
use crate::record::QuoteFault;

pub use outline::{Outline, ScanError};
pub use path::Sizes;
pub use preamble::{Origin, Preamble};
pub use range::RangeScan;
pub use scanner::Scanner;
pub use summary::Summary;
pub use trailer::{Trailer, TrailerPlan};
pub use unreadable::unreadable;

/// What stands in a file beside its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Lines before anything else, whatever is in them.
    pub skip_lines: u64,
    /// Whether the first record is the header.
    pub header: bool,
    /// Whether the last record is a trailer.
    pub trailer: bool,
}

impl Default for Layout {
    /// A header, then data.
    fn default() -> Self {
        Self { skip_lines: 0, header: true, trailer: false }
    }
}

/// What a file consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePlan {
    /// The cells of the header; `None` where the file has none.
    pub labels: Option<Vec<Vec<u8>>>,
    /// What is wrong with the quotes of the header.
    pub header_quotes: Option<QuoteFault>,
    /// Where the header lies, up to where the data begins; empty where the file has none.
    pub header: ByteRange,
    /// Records, neither header nor trailer counted.
    pub records: u64,
    /// The chunks: they tile the bytes from the end of the header to the trailer, or to the end of
    /// the file.
    pub chunks: Vec<ChunkSpan>,
    /// The last record, where the layout has a trailer and the file a record besides its header.
    pub trailer: Option<Trailer>,
}

impl FilePlan {
    /// Whether the file has no record at all, not even a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_none() && self.records == 0 && self.trailer.is_none()
    }
}

/// A chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkSpan {
    /// Where it lies.
    pub range: ByteRange,
    /// Number of its first record, from 1.
    pub first_record: u64,
    /// Number of the line on which that begins, from 1.
    pub first_line: u64,
    /// How many records it holds; at least one.
    pub records: u64,
}

#[cfg(test)]
mod tests;
