//! Cuts a file into chunks: byte ranges that hold whole records.
//!
//! A pure function of bytes, dialect, layout and target size (R3). It runs the same automaton over the
//! whole file that later reads each chunk ([`crate::record`]), and cuts only where that automaton
//! says that a record begins; so a quoted line break is never cut, and the records of the chunks
//! are the records of the file. The property tests here hold every chunking against the `csv`
//! crate, and what that does not know against a model.

mod trailer;

use crate::ByteRange;
use crate::dialect::Dialect;
use crate::record::{Position, ReadError, Reader};

pub use trailer::{Trailer, TrailerPlan};

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

/// Cuts a file whose bytes come in pieces.
pub struct Splitter {
    layout: Layout,
    reader: Reader,
    target: u64,
    pushed: u64,
    /// The cells of the header, and where it begins.
    header: Option<(u64, Vec<Vec<u8>>)>,
    /// Where the first record after the header begins.
    data: Option<u64>,
    /// With a trailer, the last record that was read: as long as none follows, it may be the trailer.
    last: Option<Position>,
    /// Its cells one after another, and where each ends: not a vector of each, as they change with
    /// every record.
    last_cells: Vec<u8>,
    last_ends: Vec<usize>,
    records: u64,
    open: Option<ChunkSpan>,
    chunks: Vec<ChunkSpan>,
}

impl Splitter {
    /// A splitter of a whole file into chunks of about `target` bytes: a chunk ends with the first
    /// record at whose end it has reached the target.
    #[must_use]
    pub fn new(dialect: Dialect, layout: Layout, target: u64) -> Self {
        let start = if layout.header { Position::START } else { Position::START_OF_DATA };
        Self {
            layout,
            reader: Reader::new(dialect, start).skip_lines(layout.skip_lines),
            target: target.max(1),
            pushed: 0,
            header: None,
            data: None,
            last: None,
            last_cells: Vec::new(),
            last_ends: Vec::new(),
            records: 0,
            open: None,
            chunks: Vec::new(),
        }
    }

    /// Adds the next bytes.
    ///
    /// # Errors
    /// Where the file cannot be read on.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.pushed += bytes.len() as u64;
        self.reader.push(bytes);
        self.read()
    }

    /// Says that there are no more bytes, and answers the plan.
    ///
    /// # Errors
    /// Where the file ends inside a quoted cell.
    pub fn finish(mut self) -> Result<FilePlan, ReadError> {
        self.reader.end();
        self.read()?;
        let end = self.last.map_or(self.pushed, |trailer| trailer.offset);
        if let Some(open) = self.open.take() {
            self.close(open, end);
        }
        let data = self.data.unwrap_or(end);
        let (start, labels) = self.header.map_or((data, None), |(start, labels)| (start, Some(labels)));
        let starts = std::iter::once(&0).chain(&self.last_ends);
        let cells = starts.zip(&self.last_ends).map(|(start, end)| self.last_cells[*start..*end].to_vec());
        let trailer = self.last.map(|position| Trailer { position, cells: cells.collect() });
        let header = ByteRange { start, end: data };
        Ok(FilePlan { labels, header, records: self.records, chunks: self.chunks, trailer })
    }

    fn read(&mut self) -> Result<(), ReadError> {
        while let Some(record) = self.reader.next_record()? {
            let position = record.position;
            if self.layout.header && self.header.is_none() {
                self.header = Some((position.offset, record.iter().map(<[u8]>::to_vec).collect()));
                continue;
            }
            self.data.get_or_insert(position.offset);
            if !self.layout.trailer {
                self.add(position);
                continue;
            }
            self.last_cells.clear();
            self.last_ends.clear();
            for cell in record.iter() {
                self.last_cells.extend_from_slice(cell);
                self.last_ends.push(self.last_cells.len());
            }
            if let Some(before) = self.last.replace(position) {
                self.add(before);
            }
        }
        Ok(())
    }

    /// Adds a record to the open chunk, or to a new one where that is full.
    fn add(&mut self, position: Position) {
        let Position { offset, line, record } = position;
        self.records += 1;
        match &mut self.open {
            Some(open) if offset - open.range.start < self.target => open.records += 1,
            open => {
                let next = ChunkSpan {
                    range: ByteRange { start: offset, end: offset },
                    first_record: record,
                    first_line: line,
                    records: 1,
                };
                if let Some(full) = open.replace(next) {
                    self.close(full, offset);
                }
            }
        }
    }

    fn close(&mut self, mut chunk: ChunkSpan, end: u64) {
        chunk.range.end = end;
        self.chunks.push(chunk);
    }
}

#[cfg(test)]
mod tests;
