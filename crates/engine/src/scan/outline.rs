//! Derives the plan of a file from its summary.

use super::path::Mark;
use super::{ChunkSpan, FilePlan, Origin, Scanner, Summary, TailRecord};
use crate::ByteRange;
use crate::record::{Position, QuoteCheck, QuoteFault, ReadError, Reader};

/// Why a file has no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The summaries do not cover this file.
    #[error("the scan knows the bytes {} to {} of the file, in order; expected {} to {}", .known.start, .known.end, .expected.start, .expected.end)]
    Gap {
        /// The range of the summary; empty if it was composed of ranges that are not adjacent.
        known: ByteRange,
        /// From the first possible record to the end of the file.
        expected: ByteRange,
    },
    /// The bytes have changed since the scan.
    #[error("no record begins on line {} (record {}, byte {}), where the scan found one", .0.line, .0.record, .0.offset)]
    Changed(Position),
}

/// A plan without the cells of the header and the last records. A scan keeps no bytes, so these are read again.
#[derive(Clone, Debug)]
pub struct Outline {
    plan: FilePlan,
    header: Option<Window>,
    tail: Option<Window>,
}

/// A record to read, and a range of bytes that begins with it.
#[derive(Clone, Copy, Debug)]
struct Window {
    position: Position,
    range: ByteRange,
}

impl Outline {
    pub(super) fn new(scanner: &Scanner, origin: Origin, whole: &Summary, length: u64) -> Result<Self, ScanError> {
        let Scanner { layout, sizes, .. } = scanner;
        let expected = ByteRange { start: origin.offset.min(length), end: length };
        let path = whole.paths.get(&crate::record::State::Between).filter(|_| whole.range == expected);
        let Some(path) = path else {
            return Err(ScanError::Gap { known: whole.range, expected });
        };
        // The header is not a data record; the first of those has number 1.
        let first_number = u64::from(!layout.header);
        let position = |mark: Mark| Position {
            offset: mark.offset,
            line: origin.line + mark.lines,
            record: first_number + mark.records,
        };
        if let Some(mark) = path.too_long {
            return Err(ReadError::TooLong(position(mark), sizes.record).into());
        }
        if let Some(last) = path.last.filter(|_| path.exit.is_in_quotes()) {
            return Err(ReadError::UnclosedQuote(position(last)).into());
        }
        let window = |mark: Mark, end: u64| Window {
            position: position(mark),
            range: ByteRange { start: mark.offset, end: end.min(mark.offset.saturating_add(sizes.record)) },
        };
        let first = if layout.header { path.second } else { path.first };
        // The header is not among the last records, however short the file is.
        let tail = path.tail.zip(first).map(|(tail, first)| if tail.offset < first.offset { first } else { tail });
        let data = first.map_or(length, |first| first.offset);
        let header = path.first.filter(|_| layout.header);

        let cuts = path.cuts.iter().copied().filter(|cut| cut.offset > data);
        let starts: Vec<Mark> = first.into_iter().chain(cuts).collect();
        let ends = starts.iter().skip(1).map(|next| (next.offset, next.records)).chain([(length, path.records)]);
        let chunks = starts.iter().zip(ends).map(|(start, (end, records))| ChunkSpan {
            range: ByteRange { start: start.offset, end },
            first_record: position(*start).record,
            first_line: position(*start).line,
            records: records - start.records,
        });
        let plan = FilePlan {
            labels: None,
            header_quotes: None,
            header: ByteRange { start: header.map_or(data, |header| header.offset), end: data },
            records: path.records - u64::from(header.is_some()),
            chunks: chunks.collect(),
            tail: Vec::new(),
        };
        Ok(Self {
            plan,
            header: header.map(|header| window(header, data)),
            tail: tail
                .map(|tail| Window { position: position(tail), range: ByteRange { start: tail.offset, end: length } }),
        })
    }

    /// The bytes of the header, if the file has one.
    #[must_use]
    pub fn header(&self) -> Option<ByteRange> {
        self.header.map(|window| window.range)
    }

    /// The bytes of the records from [`Layout::tail`](super::Layout::tail) on, if there are any.
    #[must_use]
    pub fn tail(&self) -> Option<ByteRange> {
        self.tail.map(|window| window.range)
    }

    /// Completes the plan with the bytes of the header and the last records, which are empty if there are none.
    ///
    /// # Errors
    /// If these bytes are not those of the scanned file.
    pub fn plan(self, scanner: &Scanner, header: &[u8], tail: &[u8]) -> Result<FilePlan, ScanError> {
        let (labels, header_quotes) = self.header.map(|window| window.read(scanner, header)).transpose()?.unzip();
        let tail = self.tail.map(|window| TailRecord::read(scanner, window.position, tail)).transpose()?;
        let (header_quotes, tail) = (header_quotes.flatten(), tail.unwrap_or_default());
        Ok(FilePlan { labels, header_quotes, tail, ..self.plan })
    }
}

impl Window {
    /// The cells, and the fault of their quotes.
    fn read(self, scanner: &Scanner, bytes: &[u8]) -> Result<(Vec<Vec<u8>>, Option<QuoteFault>), ScanError> {
        let mut reader = Reader::new(scanner.dialect, self.position);
        reader.push(bytes);
        reader.end();
        let record = reader.next_record()?.filter(|record| record.position == self.position);
        let record = record.ok_or(ScanError::Changed(self.position))?;
        let cells = record.iter().map(<[u8]>::to_vec).collect();
        Ok((cells, QuoteCheck::new(scanner.dialect).fault(&record)))
    }
}
