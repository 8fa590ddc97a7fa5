//! Reads records from bytes that come in pieces of any size.
//!
//! The automaton is `csv-core`'s, the one inside the `csv` crate, so a record here is a record
//! there: this file adds positions, a limit on length, and the two things that matter when a file
//! is cut. First, a piece from the middle of a file must not lose a byte order mark that happens to
//! stand at its start, so the automaton is primed with an empty line, after which it looks for
//! none, and the one at the start of a file is skipped here. Second, `csv-core` ends a
//! record at the end of the input even inside quotes; we end the input with a line break of our
//! own, and if that does not end the record, its quote was never closed.
//!
//! If you change where a record begins or ends here, `scan` cuts elsewhere: both are held against
//! the `csv` crate by the property tests of `scan`.

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::dialect::Dialect;

/// Longest record in bytes. One that is longer is most likely an unclosed quote.
pub const MAX_RECORD: usize = 1024 * 1024;

/// A place in a file, right before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// Number of the line it is on, from 1.
    pub line: u64,
    /// Number of the record that follows, from 0 for the header.
    pub record: u64,
}

impl Position {
    /// The start of a file with a header: the first data record will be number 1.
    pub const START: Self = Self { offset: 0, line: 1, record: 0 };
}

/// What makes a file unreadable from some record on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file ends inside a quoted cell.
    #[error("the file ends inside a quoted cell of the record that begins on line {} (record {}, byte {}): a closing quote is missing", .0.line, .0.record, .0.offset)]
    UnclosedQuote(Position),
    /// A record exceeds the limit.
    #[error("the record that begins on line {} (record {}, byte {}) is longer than {MAX_RECORD} bytes; most likely a closing quote is missing", .0.line, .0.record, .0.offset)]
    TooLong(Position),
}

/// A record and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it begins.
    pub position: Position,
    /// Its bytes as they came, without the line break that ends it.
    pub raw: &'a [u8],
    cells: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none, which no record is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell by its index, unquoted.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.cells.get(start..end)
    }

    /// The cells, unquoted.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        let record = *self;
        (0..record.len()).filter_map(move |index| record.get(index))
    }
}

/// Reads records from bytes that come in pieces. Memory is bounded by the longest record.
pub struct Reader {
    core: csv_core::Reader,
    /// Bytes that were pushed and not yet given out; the current record starts at `start`.
    input: Vec<u8>,
    start: usize,
    /// How far the automaton has read.
    read: usize,
    ended: bool,
    cells: Vec<u8>,
    cells_len: usize,
    ends: Vec<usize>,
    ends_len: usize,
    position: Position,
    after_cr: bool,
    current: Current,
}

/// The record that was read last.
#[derive(Clone, Copy)]
struct Current {
    position: Position,
    start: usize,
    end: usize,
    cells: usize,
    ends: usize,
}

impl Reader {
    /// A reader of the bytes that begin at a position.
    #[must_use]
    pub fn new(dialect: Dialect, position: Position) -> Self {
        let mut core = ReaderBuilder::new().delimiter(dialect.delimiter).quote(dialect.quote).build();
        let _ = core.read_record(b"\n", &mut [0; 1], &mut [0; 1]);
        Self {
            core,
            input: Vec::new(),
            start: 0,
            read: 0,
            ended: false,
            cells: vec![0; 1024],
            cells_len: 0,
            ends: vec![0; 64],
            ends_len: 0,
            position,
            after_cr: false,
            current: Current { position, start: 0, end: 0, cells: 0, ends: 0 },
        }
    }

    /// Adds the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.input.drain(..self.start);
        self.read -= self.start;
        self.start = 0;
        self.input.extend_from_slice(bytes);
    }

    /// Says that there are no more bytes.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next record; `None` where more bytes are needed, or after the last.
    ///
    /// # Errors
    /// Where the rest cannot be read. The reader is of no use then.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        Ok(self.advance()?.then(|| self.record()))
    }

    /// Goes to the next record; `false` where more bytes are needed, or after the last.
    ///
    /// # Errors
    /// Where the rest cannot be read. The reader is of no use then.
    pub fn advance(&mut self) -> Result<bool, ReadError> {
        if self.start == self.read && !self.skip_to_record() {
            return Ok(false);
        }
        loop {
            // To csv-core an empty input is the end of all input.
            if self.read == self.input.len() {
                return if self.ended { self.take_last() } else { Ok(false) };
            }
            let (result, read, cells, ends) = self.core.read_record(
                &self.input[self.read..],
                &mut self.cells[self.cells_len..],
                &mut self.ends[self.ends_len..],
            );
            self.read += read;
            self.cells_len += cells;
            self.ends_len += ends;
            if self.read - self.start > MAX_RECORD {
                return Err(ReadError::TooLong(self.position));
            }
            match result {
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.take();
                    return Ok(true);
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
    }

    /// Skips line breaks before a record. `false` where there is no byte of a record yet.
    fn skip_to_record(&mut self) -> bool {
        let bom: &[u8] = b"\xef\xbb\xbf";
        if self.position.offset == 0 {
            let seen = &self.input[self.start..];
            if !self.ended && seen.len() < bom.len() && bom.starts_with(seen) {
                return false;
            }
            if seen.starts_with(bom) {
                self.start += bom.len();
                self.position.offset += bom.len() as u64;
            }
        }
        while let Some(byte @ (b'\n' | b'\r')) = self.input.get(self.start) {
            let byte = *byte;
            self.start += 1;
            self.position.offset += 1;
            self.count_line(byte);
        }
        self.read = self.start;
        self.start < self.input.len()
    }

    fn count_line(&mut self, byte: u8) {
        if byte == b'\r' || (byte == b'\n' && !self.after_cr) {
            self.position.line += 1;
        }
        self.after_cr = byte == b'\r';
    }

    /// The record that [`Reader::advance`] went to; good until bytes are pushed.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let Current { position, start, end, cells, ends } = self.current;
        Record { position, raw: &self.input[start..end], cells: &self.cells[..cells], ends: &self.ends[..ends] }
    }

    /// Makes the record that ends at `read` the current one, and moves on.
    fn take(&mut self) {
        let position = self.position;
        let (start, end) = (self.start, self.read);
        for index in start..end {
            self.count_line(self.input[index]);
        }
        let raw_end = if matches!(self.input[start..end].last(), Some(b'\n' | b'\r')) { end - 1 } else { end };
        self.position.offset += (end - start) as u64;
        self.position.record += 1;
        self.start = end;
        self.current = Current { position, start, end: raw_end, cells: self.cells_len, ends: self.ends_len };
        (self.cells_len, self.ends_len) = (0, 0);
    }

    /// Makes the last record of the input, which no line break ends, the current one.
    fn take_last(&mut self) -> Result<bool, ReadError> {
        loop {
            let (result, _, cells, ends) =
                self.core.read_record(b"\n", &mut self.cells[self.cells_len..], &mut self.ends[self.ends_len..]);
            self.cells_len += cells;
            self.ends_len += ends;
            match result {
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.take();
                    return Ok(true);
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {
                    return Err(ReadError::UnclosedQuote(self.position));
                }
            }
        }
    }

    /// Where the next record begins, or the end of what was given out so far.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as (line, offset, cells), read with pieces of the given size.
    fn read(text: &str, piece: usize) -> Result<Vec<(u64, u64, Vec<String>)>, ReadError> {
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
        let mut records = Vec::new();
        let mut pieces = text.as_bytes().chunks(piece);
        loop {
            while let Some(record) = reader.next_record()? {
                let cells = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
                records.push((record.position.line, record.position.offset, cells));
            }
            match pieces.next() {
                Some(piece) => reader.push(piece),
                None if reader.ended => return Ok(records),
                None => reader.end(),
            }
        }
    }

    macro_rules! parses_to {
        ($name:ident, $text:expr, [$(($line:expr, $offset:expr, [$($cell:expr),*])),*]) => {
            #[test]
            fn $name() {
                let expected: Vec<(u64, u64, Vec<String>)> = vec![$(($line, $offset, vec![$($cell.to_owned()),*])),*];
                for piece in 1..=$text.len().max(1) {
                    assert_eq!(read($text, piece).unwrap(), expected, "in pieces of {piece}");
                }
            }
        };
    }

    parses_to!(nothing, "", []);
    parses_to!(only_line_breaks, "\r\n\n\r", []);
    parses_to!(one_cell, "a", [(1, 0, ["a"])]);
    parses_to!(lf, "a,b\nc,d\n", [(1, 0, ["a", "b"]), (2, 4, ["c", "d"])]);
    parses_to!(crlf, "a,b\r\nc,d\r\n", [(1, 0, ["a", "b"]), (2, 5, ["c", "d"])]);
    parses_to!(cr, "a\rb", [(1, 0, ["a"]), (2, 2, ["b"])]);
    parses_to!(blank_lines, "a\n\n\r\nb", [(1, 0, ["a"]), (4, 5, ["b"])]);
    parses_to!(bom, "\u{feff}a\nb", [(1, 3, ["a"]), (2, 5, ["b"])]);
    parses_to!(no_last_newline, "a\nb,", [(1, 0, ["a"]), (2, 2, ["b", ""])]);
    parses_to!(quoted_newline, "\"x\r\ny\",1\nz,2", [(1, 0, ["x\r\ny", "1"]), (3, 9, ["z", "2"])]);
    parses_to!(doubled_quote, "\"a\"\"b\"\nc", [(1, 0, ["a\"b"]), (2, 7, ["c"])]);
    parses_to!(bare_quote, "a\"b\nc", [(1, 0, ["a\"b"]), (2, 4, ["c"])]);
    parses_to!(text_after_quote, "\"a\"b,c\nd", [(1, 0, ["ab", "c"]), (2, 7, ["d"])]);
    parses_to!(empty_quoted, "\"\"\na", [(1, 0, [""]), (2, 3, ["a"])]);
    parses_to!(cr_cr_lf, "a\r\r\nb", [(1, 0, ["a"]), (3, 4, ["b"])]);

    #[test]
    fn an_unclosed_quote_names_the_record_where_it_began() {
        for piece in 1..10 {
            let error = read("a\nb,\"c\nd\n", piece).unwrap_err();
            assert_eq!(error, ReadError::UnclosedQuote(Position { offset: 2, line: 2, record: 1 }));
        }
    }

    #[test]
    fn a_record_beyond_the_limit_is_told_where_it_begins() {
        let text = format!("a\n\"{}", "x".repeat(MAX_RECORD + 1));
        let error = read(&text, 65536).unwrap_err();
        assert_eq!(error, ReadError::TooLong(Position { offset: 2, line: 2, record: 1 }));
    }

    #[test]
    fn a_byte_order_mark_in_the_middle_is_data() {
        let mut reader = Reader::new(Dialect::CANONICAL, Position { offset: 10, line: 2, record: 1 });
        reader.push("\u{feff}a".as_bytes());
        reader.end();
        assert_eq!(reader.next_record().unwrap().unwrap().get(0), Some("\u{feff}a".as_bytes()));
    }
}
