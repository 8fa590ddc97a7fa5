//! Cuts a file into chunks: byte ranges that hold whole records.
//!
//! A pure function of bytes, dialect and target size (R3). It runs the same automaton over the
//! whole file that later reads each chunk ([`crate::record`]), and cuts only where that automaton
//! says that a record begins; so a quoted line break is never cut, and the records of the chunks
//! are the records of the file. The property test below holds every chunking against the `csv` crate.

use crate::ByteRange;
use crate::dialect::Dialect;
use crate::record::{Position, ReadError, Reader};

/// What a file consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlan {
    /// The cells of the header; `None` where the file has no record at all.
    pub labels: Option<Vec<Vec<u8>>>,
    /// Where the header lies; the chunks follow it.
    pub header: ByteRange,
    /// Records, the header not counted.
    pub records: u64,
    /// The chunks: they tile the bytes from the end of the header to the end of the file.
    pub chunks: Vec<ChunkSpan>,
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
    reader: Reader,
    target: u64,
    pushed: u64,
    labels: Option<Vec<Vec<u8>>>,
    header_end: Option<u64>,
    records: u64,
    open: Option<ChunkSpan>,
    chunks: Vec<ChunkSpan>,
}

impl Splitter {
    /// A splitter of a whole file into chunks of about `target` bytes: a chunk ends with the first
    /// record at whose end it has reached the target.
    #[must_use]
    pub fn new(dialect: Dialect, target: u64) -> Self {
        Self {
            reader: Reader::new(dialect, Position::START),
            target: target.max(1),
            pushed: 0,
            labels: None,
            header_end: None,
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
        let end = self.pushed;
        if let Some(open) = self.open.take() {
            self.close(open, end);
        }
        let header = ByteRange { start: 0, end: self.header_end.unwrap_or(end) };
        Ok(FilePlan { labels: self.labels, header, records: self.records, chunks: self.chunks })
    }

    fn read(&mut self) -> Result<(), ReadError> {
        while let Some(record) = self.reader.next_record()? {
            let Position { offset, line, record: number } = record.position;
            if self.labels.is_none() {
                self.labels = Some(record.iter().map(<[u8]>::to_vec).collect());
                continue;
            }
            self.header_end.get_or_insert(offset);
            self.records += 1;
            match &mut self.open {
                Some(open) if offset - open.range.start < self.target => open.records += 1,
                open => {
                    let next = ChunkSpan {
                        range: ByteRange { start: offset, end: offset },
                        first_record: number,
                        first_line: line,
                        records: 1,
                    };
                    if let Some(full) = open.replace(next) {
                        self.close(full, offset);
                    }
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, mut chunk: ChunkSpan, end: u64) {
        chunk.range.end = end;
        self.chunks.push(chunk);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Rows = Vec<Vec<Vec<u8>>>;

    fn one_pass(bytes: &[u8], dialect: Dialect) -> Rows {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        reader.byte_records().map(|row| row.unwrap().iter().map(<[u8]>::to_vec).collect()).collect()
    }

    fn split(bytes: &[u8], dialect: Dialect, target: u64, piece: usize) -> Result<(Rows, FilePlan), ReadError> {
        let mut splitter = Splitter::new(dialect, target);
        for piece in bytes.chunks(piece) {
            splitter.push(piece)?;
        }
        let plan = splitter.finish()?;
        Ok((plan.labels.clone().into_iter().collect(), plan))
    }

    /// The records of a chunk, read on their own, with their lines.
    fn read_chunk(bytes: &[u8], dialect: Dialect, chunk: &ChunkSpan) -> (Rows, Vec<u64>) {
        let position = Position { offset: chunk.range.start, line: chunk.first_line, record: chunk.first_record };
        let mut reader = Reader::new(dialect, position);
        let [start, end] = [chunk.range.start, chunk.range.end].map(|at| usize::try_from(at).unwrap());
        reader.push(&bytes[start..end]);
        reader.end();
        let (mut rows, mut lines) = (Vec::new(), Vec::new());
        while let Some(record) = reader.next_record().unwrap() {
            assert_eq!(record.position.record, chunk.first_record + rows.len() as u64);
            rows.push(record.iter().map(<[u8]>::to_vec).collect());
            lines.push(record.position.line);
        }
        (rows, lines)
    }

    fn holds(bytes: &[u8], dialect: Dialect, target: u64, piece: usize) {
        let expected = one_pass(bytes, dialect);
        let (mut rows, plan) = match split(bytes, dialect, target, piece) {
            Ok(split) => split,
            // The csv crate takes an unclosed quote for closed at the end; we tell it.
            Err(ReadError::UnclosedQuote(at)) => {
                assert_eq!(at.record, expected.len() as u64 - 1, "it is the last record that is not closed");
                return;
            }
            Err(error) => panic!("{error}"),
        };
        let mut end = plan.header.end;
        let whole = plan.chunks.first().map(|first| {
            let all = ChunkSpan { range: ByteRange { start: first.range.start, end: bytes.len() as u64 }, ..*first };
            read_chunk(bytes, dialect, &all).1
        });
        let mut lines = Vec::new();
        for chunk in &plan.chunks {
            assert_eq!(chunk.range.start, end, "chunks tile the file");
            assert_eq!(chunk.first_record, rows.len() as u64);
            end = chunk.range.end;
            let (read, read_lines) = read_chunk(bytes, dialect, chunk);
            assert_eq!(read.len() as u64, chunk.records);
            rows.extend(read);
            lines.extend(read_lines);
        }
        assert_eq!(end, bytes.len() as u64);
        assert_eq!(rows, expected);
        assert_eq!(plan.records, (expected.len() as u64).saturating_sub(1));
        assert_eq!(lines, whole.unwrap_or_default(), "lines do not depend on the cuts");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// R3, and decision 2: whatever the bytes, the dialect, the target and the pieces, the records of the
        /// chunks are the records that the `csv` crate reads in one pass.
        #[test]
        fn every_chunking_gives_the_records_of_the_csv_crate(
            bytes in proptest::collection::vec(
                prop_oneof![
                    4 => Just(b'"'), 4 => Just(b','), 3 => Just(b'\n'), 3 => Just(b'\r'), 1 => Just(b';'),
                    1 => Just(b'\''), 4 => Just(b'a'), 1 => Just(0xEF), 1 => Just(0xBB), 1 => Just(0xBF), 1 => any::<u8>(),
                ], 0..200),
            bom in any::<bool>(),
            target in 1u64..64,
            piece in 1usize..64,
            dialect in prop_oneof![
                Just(Dialect::CANONICAL),
                Just(Dialect { delimiter: b';', quote: b'\'' }),
                Just(Dialect { delimiter: b'\t', quote: b'"' }),
            ],
        ) {
            let bytes = if bom { [b"\xef\xbb\xbf", &bytes[..]].concat() } else { bytes };
            holds(&bytes, dialect, target, piece);
        }
    }

    /// To csv-core an empty input is the end: pieces that ended where a record went on made it end there.
    #[test]
    fn regression_a_piece_that_ends_within_quotes_does_not_end_the_record() {
        for piece in 1..6 {
            holds(b";\n\"\"\"", Dialect { delimiter: b'\t', quote: b'"' }, 1, piece);
            holds(b"h\n\"a\"\"b\nc\",d\ne", Dialect::CANONICAL, 1, piece);
        }
    }

    #[test]
    fn a_file_without_records_has_no_chunks() {
        for text in ["", "\n\n", "a,b", "a,b\r\n"] {
            holds(text.as_bytes(), Dialect::CANONICAL, 1, 1);
            assert!(split(text.as_bytes(), Dialect::CANONICAL, 1, 1).unwrap().1.chunks.is_empty());
        }
    }

    #[test]
    fn chunks_reach_the_target_and_end_with_a_record() {
        let text = b"h\n\"1\n1\"\n2\n3\n";
        let (_, plan) = split(text, Dialect::CANONICAL, 3, 4).unwrap();
        let cuts: Vec<_> = plan.chunks.iter().map(|c| (c.range.start, c.range.end, c.first_line, c.records)).collect();
        assert_eq!(cuts, [(2, 8, 2, 1), (8, 12, 4, 2)]);
    }
}
