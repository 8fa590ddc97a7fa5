//! Reads records from bytes that come in pieces of any size.
//!
//! What a byte means is the [`automaton`](super::automaton)'s; this file adds where cells lie,
//! positions, and a limit on length. Most records are read in [`blocks`](super::blocks) of bytes; the automaton
//! reads what is odd in them, and where the input ends. Cells are not copied: one lies in the record's bytes as they
//! came, unless an escape or a quote stands within it. Only then its text is put together in a
//! buffer of its own. Buffers are kept from record to record.

use memchr::{memchr_iter, memchr2_iter};

use super::automaton::{Action, Automaton, State};
use super::blocks::{Blocks, Cells};
use super::span::Span;
use super::{Position, Record};
use crate::dialect::Dialect;

/// Longest record in bytes, unless [`Reader::max_record`] says otherwise. One that is longer is most likely an
/// unclosed quote.
pub const MAX_RECORD: usize = 1024 * 1024;

/// The largest limit there can be, 1 GiB less two bytes: where a cell lies is told in 31 bits.
pub const LARGEST_MAX_RECORD: usize = (1 << 30) - 2;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What makes a file unreadable from some record on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file ends inside a quoted cell.
    #[error("the file ends inside a quoted cell of the record that begins on line {} (record {}, byte {}): a closing quote is missing", .0.line, .0.record, .0.offset)]
    UnclosedQuote(Position),
    /// A record exceeds the limit.
    #[error("the record that begins on line {} (record {}, byte {}) is longer than {} bytes: a closing quote is missing, or the limit (--max-record-bytes) is too low for it", .0.line, .0.record, .0.offset, .1)]
    TooLong(Position, u64),
}

/// Reads records from bytes that come in pieces. Memory is bounded by the longest record and the
/// longest piece.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own about the input or the record")]
pub struct Reader {
    automaton: Automaton,
    blocks: Blocks,
    /// Whether the dialect's characters are ASCII.
    ascii_marks: bool,
    state: State,
    /// Bytes that were pushed and not yet given out; the current record starts at `start`.
    input: Vec<u8>,
    start: usize,
    /// How far the automaton has read.
    read: usize,
    ended: bool,
    /// Whether a byte order mark may follow.
    at_file_start: bool,
    /// The longest record, its line break included.
    max_record: usize,
    /// Lines that are still to be skipped, whatever is in them.
    skip_lines: u64,
    /// The cells of the record, and the one that is being read.
    cells: Vec<Span>,
    text: Span,
    /// Texts of cells that do not lie in the input as they are.
    copied: Vec<u8>,
    /// Whether the record holds bytes that are in no cell: only then a line break can be in one.
    dropped: bool,
    /// Otherwise, how many lines end within its cells.
    lines: u64,
    /// Which part of the record the automaton has read, and what it saw of quotes there.
    stepped: Stepped,
    position: Position,
    current: Current,
}

/// The record that was read last.
#[derive(Clone, Copy)]
struct Current {
    position: Position,
    start: usize,
    end: usize,
    has_odd_quotes: bool,
    spans_lines: bool,
}

/// What the automaton saw of quotes in the part of a record that it has read. Blocks read a quote only where it
/// opens, closes or doubles, so the rest of the record has no other.
#[derive(Clone, Copy, Default)]
struct Stepped {
    /// Where that part begins, counted from the start of the record.
    from: usize,
    /// Quotes in it that open or close a cell, or stand doubled for one.
    proper: usize,
    /// Whether something follows the closing quote of a cell.
    has_tail: bool,
}

impl Reader {
    /// A reader of the bytes that begin at a position.
    #[must_use]
    pub fn new(dialect: Dialect, position: Position) -> Self {
        let automaton = Automaton::new(dialect);
        Self {
            blocks: Blocks::new(&automaton),
            ascii_marks: dialect.is_ascii(),
            automaton,
            state: State::Between,
            input: Vec::new(),
            start: 0,
            read: 0,
            ended: false,
            at_file_start: position.offset == 0,
            max_record: MAX_RECORD,
            skip_lines: 0,
            cells: Vec::new(),
            text: Span::default(),
            copied: Vec::new(),
            dropped: false,
            lines: 0,
            stepped: Stepped::default(),
            position,
            current: Current { position, start: 0, end: 0, has_odd_quotes: false, spans_lines: false },
        }
    }

    /// Skips so many lines first, whatever is in them: quotes have no meaning there.
    #[must_use]
    pub fn skip_lines(mut self, lines: u64) -> Self {
        self.skip_lines = lines;
        self
    }

    /// Limits records to so many bytes, line break included; at most [`LARGEST_MAX_RECORD`].
    #[must_use]
    pub fn max_record(mut self, bytes: usize) -> Self {
        self.max_record = bytes.min(LARGEST_MAX_RECORD);
        self
    }

    /// Adds the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.blocks.reset();
        self.input.drain(..self.start);
        self.read -= self.start;
        self.start = 0;
        self.input.extend_from_slice(bytes);
    }

    /// Says that there are no more bytes.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether [`Reader::end`] was called.
    #[cfg(test)]
    pub(super) fn is_ended(&self) -> bool {
        self.ended
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
        let mut end = None;
        if self.start == self.read {
            self.cells.clear();
            self.copied.clear();
            self.skip_to_record();
            end = self.read_blocks();
            self.stepped = Stepped { from: self.read - self.start, ..Stepped::default() };
        }
        match end.or_else(|| self.read_record()) {
            Some(end) => self.take(end).map(|()| true),
            None => {
                self.check_length()?;
                if self.ended { self.finish() } else { Ok(false) }
            }
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
            if state == State::Comment {
                // What stands in it is no cell, and its quotes are none.
                self.blocks.reset();
            }
            self.state = state;
            self.read += 1;
            self.read += self.automaton.run(state, &self.input[self.read..]);
            self.skip(u64::from(action == Action::SkipLine));
        }
    }

    /// Reads a record by blocks, or the first cells of it. Answers where its last cell ends, if it was found.
    fn read_blocks(&mut self) -> Option<usize> {
        let mut cells = Cells { spans: &mut self.cells, copied: &mut self.copied };
        let stretch = self.blocks.read(&self.input, self.start, self.max_record, &mut cells);
        if let Some(end) = stretch.end {
            self.lines = stretch.lines;
            self.read = end + 1;
            self.state = self.automaton.step(State::Cell, self.input[end]).0;
        } else if stretch.cell > self.start {
            self.dropped = stretch.lines > 0;
            self.read = stretch.cell;
            self.state = State::CellStart;
        }
        stretch.end
    }

    /// Reads on in a record. Answers where its last cell ends, if it ends in this input.
    ///
    /// What the loop works with is in variables: where records are odd, this is where the time goes.
    fn read_record(&mut self) -> Option<usize> {
        let Self { automaton, input, cells, copied, max_record, .. } = self;
        // One byte more than a record may have: spans are told to lie within one.
        let record = &input[self.start..];
        let record = &record[..record.len().min(*max_record + 1)];
        let quote = automaton.dialect().quote;
        let (mut state, mut text, mut dropped, mut stepped) = (self.state, self.text, self.dropped, self.stepped);
        let mut at = self.read - self.start;
        let mut end = None;
        while let Some(&byte) = record.get(at) {
            let (next, action) = automaton.step(state, byte);
            let before = std::mem::replace(&mut state, next);
            let from = at;
            at += 1;
            if action == Action::Copy {
                if before == State::QuoteSeen {
                    let is_doubled = state == State::Quoted;
                    stepped.proper += usize::from(is_doubled);
                    stepped.has_tail |= !is_doubled;
                }
                at += automaton.run(state, &record[at..]);
                text = text.with(record, from, at, copied);
            } else if action == Action::Drop {
                dropped = true;
                stepped.proper += usize::from(Some(byte) == quote);
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
        self.stepped = stepped;
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
        let has_odd_quotes = self.has_odd_quotes(end);
        let bytes = &self.input[self.start..self.read];
        let lines = if self.dropped { count_breaks(bytes) } else { self.lines + u64::from(end < self.read) };
        let spans_lines = lines > u64::from(end < self.read);
        self.current = Current { position: self.position, start: self.start, end, has_odd_quotes, spans_lines };
        (self.dropped, self.lines) = (false, 0);
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

    /// Whether the record that ends at `end` may have a quote that neither opens, closes nor doubles, or text behind
    /// one that closes.
    #[inline]
    fn has_odd_quotes(&self, end: usize) -> bool {
        let Stepped { from, proper, has_tail } = self.stepped;
        let (from, Some(quote)) = (self.start + from, self.automaton.dialect().quote) else { return false };
        from < end && (has_tail || memchr_iter(quote, &self.input[from..end]).count() != proper)
    }

    fn check_length(&self) -> Result<(), ReadError> {
        let within = self.read - self.start <= self.max_record;
        if within { Ok(()) } else { Err(ReadError::TooLong(self.position, self.max_record as u64)) }
    }

    /// The record that [`Reader::advance`] went to; good until bytes are pushed.
    #[inline]
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let Current { position, start, end, has_odd_quotes, spans_lines } = self.current;
        let (raw, ascii_marks) = (&self.input[start..end], self.ascii_marks);
        Record { position, raw, cells: &self.cells, copied: &self.copied, ascii_marks, has_odd_quotes, spans_lines }
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
mod tests;
