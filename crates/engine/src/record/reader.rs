//! Reads records from bytes that come in pieces of any size.
//!
//! What a byte means is the [`automaton`](super::automaton)'s; this file adds where cells lie,
//! positions, and a limit on length. Cells are not copied: one lies in the record's bytes as they
//! came, unless an escape or a quote stands within it. Only then its text is put together in a
//! buffer of its own. Buffers are kept from record to record.

use memchr::memchr2_iter;

use super::automaton::{Action, Automaton, State};
use super::span::Span;
use super::{Position, Record};
use crate::dialect::Dialect;

/// Longest record in bytes. One that is longer is most likely an unclosed quote.
pub const MAX_RECORD: usize = 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

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

/// Reads records from bytes that come in pieces. Memory is bounded by the longest record and the
/// longest piece.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own about the input or the record")]
pub struct Reader {
    automaton: Automaton,
    state: State,
    /// Bytes that were pushed and not yet given out; the current record starts at `start`.
    input: Vec<u8>,
    start: usize,
    /// How far the automaton has read.
    read: usize,
    ended: bool,
    /// Whether a byte order mark may follow.
    at_file_start: bool,
    /// Lines that are still to be skipped, whatever is in them.
    skip_lines: u64,
    /// The cells of the record, and the one that is being read.
    cells: Vec<Span>,
    text: Span,
    /// Texts of cells that do not lie in the input as they are.
    copied: Vec<u8>,
    /// Whether the record holds bytes that are in no cell: only then a line break can be in one.
    dropped: bool,
    /// Whether the cells are those of a record that was given out.
    given: bool,
    position: Position,
    current: Current,
}

/// The record that was read last.
#[derive(Clone, Copy)]
struct Current {
    position: Position,
    start: usize,
    end: usize,
}

impl Reader {
    /// A reader of the bytes that begin at a position.
    #[must_use]
    pub fn new(dialect: Dialect, position: Position) -> Self {
        Self {
            automaton: Automaton::new(dialect),
            state: State::Between,
            input: Vec::new(),
            start: 0,
            read: 0,
            ended: false,
            at_file_start: position.offset == 0,
            skip_lines: 0,
            cells: Vec::new(),
            text: Span::default(),
            copied: Vec::new(),
            dropped: false,
            given: false,
            position,
            current: Current { position, start: 0, end: 0 },
        }
    }

    /// Skips so many lines first, whatever is in them: quotes have no meaning there.
    #[must_use]
    pub fn skip_lines(mut self, lines: u64) -> Self {
        self.skip_lines = lines;
        self
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
        if self.at_file_start && !self.skip_bom() {
            return Ok(false);
        }
        if self.given {
            self.given = false;
            self.cells.clear();
            self.copied.clear();
        }
        if self.start == self.read {
            self.skip_to_record();
        }
        match self.read_record() {
            Some(end) => self.take(end).map(|()| true),
            None if self.ended => self.finish(),
            None => self.check_length().map(|()| false),
        }
    }

    /// Skips what lies before a record.
    fn skip_to_record(&mut self) {
        while let Some(&byte) = self.input.get(self.read) {
            if self.skip_lines > 0 && self.begins_line(byte) {
                self.skip_lines -= 1;
                self.state = State::Comment;
            }
            let (state, action) = self.automaton.step(self.state, byte);
            if !matches!(action, Action::Skip | Action::SkipLine) {
                return;
            }
            self.state = state;
            self.read += 1;
            self.read += self.automaton.run(state, &self.input[self.read..]);
            self.skip(u64::from(action == Action::SkipLine));
        }
    }

    /// Reads on in a record. Answers where its last cell ends, if it ends in this input.
    ///
    /// This is where the time goes: what the loop works with is in variables.
    fn read_record(&mut self) -> Option<usize> {
        let Self { automaton, input, cells, copied, .. } = self;
        // One byte more than a record may have: spans are told to lie within one.
        let record = &input[self.start..];
        let record = &record[..record.len().min(MAX_RECORD + 1)];
        let (mut state, mut text, mut dropped) = (self.state, self.text, self.dropped);
        let mut at = self.read - self.start;
        let mut end = None;
        while let Some(&byte) = record.get(at) {
            let (next, action) = automaton.step(state, byte);
            state = next;
            let from = at;
            at += 1;
            if action == Action::Copy {
                at += automaton.run(state, &record[at..]);
                text = text.with(record, from, at, copied);
            } else if action == Action::Drop {
                dropped = true;
            } else {
                cells.push(text);
                text = Span::default();
                if action == Action::EndRecord {
                    end = Some(from);
                    break;
                }
            }
        }
        (self.state, self.text, self.dropped, self.read) = (state, text, dropped, self.start + at);
        end.map(|end| self.start + end)
    }

    /// Skips a byte order mark. `false` where it takes more bytes to tell.
    fn skip_bom(&mut self) -> bool {
        if !self.ended && self.input.len() < BOM.len() && BOM.starts_with(&self.input) {
            return false;
        }
        self.at_file_start = false;
        if self.input.starts_with(BOM) {
            self.read = BOM.len();
            self.skip(0);
        }
        true
    }

    /// Whether a byte is the first of a line, and not the rest of the line break before it.
    fn begins_line(&self, byte: u8) -> bool {
        self.state.is_before_record() && !(self.state == State::AfterCr && byte == b'\n')
    }

    /// Leaves behind what was read, which is no record.
    fn skip(&mut self, lines: u64) {
        self.position.offset += (self.read - self.start) as u64;
        self.position.line += lines;
        self.start = self.read;
    }

    /// Makes the record whose cells end at `end`, and whose line break ends at `read`, the current
    /// one, and moves on.
    fn take(&mut self, end: usize) -> Result<(), ReadError> {
        self.check_length()?;
        self.current = Current { position: self.position, start: self.start, end };
        let bytes = &self.input[self.start..self.read];
        let lines = if self.dropped { count_breaks(bytes) } else { u64::from(end < self.read) };
        self.dropped = false;
        self.given = true;
        self.position.record += 1;
        self.skip(lines);
        Ok(())
    }

    /// Makes the last record of the input, which no line break ends, the current one.
    fn finish(&mut self) -> Result<bool, ReadError> {
        match self.state {
            State::Between | State::AfterCr | State::Comment => return Ok(false),
            State::Quoted | State::QuotedEscape => return Err(ReadError::UnclosedQuote(self.position)),
            // An escape before nothing is data.
            State::CellEscape => {
                let (record, end) = (&self.input[self.start..], self.read - self.start);
                self.text = self.text.with(record, end - 1, end, &mut self.copied);
            }
            State::CellStart | State::Cell | State::QuoteSeen => {}
        }
        self.state = State::Between;
        self.cells.push(std::mem::take(&mut self.text));
        self.take(self.read).map(|()| true)
    }

    fn check_length(&self) -> Result<(), ReadError> {
        let within = self.read - self.start <= MAX_RECORD;
        if within { Ok(()) } else { Err(ReadError::TooLong(self.position)) }
    }

    /// The record that [`Reader::advance`] went to; good until bytes are pushed.
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let Current { position, start, end } = self.current;
        Record { position, raw: &self.input[start..end], cells: &self.cells, copied: &self.copied }
    }

    /// Where the next record begins, or the end of what was given out so far.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }
}

/// How many lines end in these bytes.
fn count_breaks(bytes: &[u8]) -> u64 {
    let begins = |at: &usize| bytes[*at] == b'\r' || *at == 0 || bytes[*at - 1] != b'\r';
    memchr2_iter(b'\n', b'\r', bytes).filter(begins).count() as u64
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
