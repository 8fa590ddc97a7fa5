//! Chunks: the unit of work and of retry.

use std::fmt;

use serde::{Deserialize, Serialize};
pub use sluice_engine::ByteRange;

/// The number of a chunk in its run, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChunkNo(pub u32);

impl fmt::Display for ChunkNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Lists chunks in a message: the first 20, and the number of further ones.
#[must_use]
pub fn name_some(chunks: &[ChunkNo]) -> String {
    const SHOWN: usize = 20;
    let shown = chunks.iter().take(SHOWN).map(|chunk| format!("chunk {chunk}")).collect::<Vec<_>>().join(", ");
    match chunks.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

/// A byte range of the source that contains whole records. It is an item of the manifest, which a Distributed
/// Map passes to its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chunk {
    /// Its number, from 1.
    pub chunk: ChunkNo,
    /// Offset of the first byte.
    pub start: u64,
    /// Offset after the last byte.
    pub end: u64,
    /// Number of its first record in the file, from 1.
    pub first_record: u64,
    /// Number of the line in the file on which its first record begins, from 1.
    pub first_line: u64,
    /// The number of its records.
    pub records: u64,
}

impl Chunk {
    /// Its range in the source.
    #[must_use]
    pub fn range(&self) -> ByteRange {
        ByteRange { start: self.start, end: self.end }
    }
}

/// A byte range of a large source that is scanned separately, regardless of where records begin. It is an
/// item of `scan.json`, which a Distributed Map passes to its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanRange {
    /// Its number, from 1.
    pub number: u32,
    /// Offset of the first byte.
    pub start: u64,
    /// Offset after the last byte.
    pub end: u64,
}

impl ScanRange {
    /// Its range in the source.
    #[must_use]
    pub fn range(&self) -> ByteRange {
        ByteRange { start: self.start, end: self.end }
    }
}

/// The phase of work on a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Restructure and validate. May be repeated, and writes only in the run's folder.
    Check,
    /// Write to the sink, only after the gate has passed.
    Import,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Check => "check",
            Self::Import => "import",
        })
    }
}
