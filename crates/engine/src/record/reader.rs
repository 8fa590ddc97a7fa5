//! Reads records from bytes that come in pieces of any size.
//!
//! The [`automaton`](super::automaton) gives bytes their meaning; this file adds the positions of cells and
//! records, and a limit on length. [`blocks`](super::blocks) reads most records; the automaton reads odd
//! bytes and the end of the input. Cells are not copied: a cell is a range of the record's bytes, unless it
//! contains an escape or a doubled quote. Only then its text is assembled in a separate buffer. Buffers are
//! reused from record to record.

use memchr::{memchr_iter, memchr2_iter};

use super::automaton::{Action, Automaton, State};
use super::blocks::{Blocks, Cells};
use super::span::Span;
use super::{Position, Record};
use crate::dialect::Dialect;

/// Default maximum length of a record in bytes; see [`Reader::max_record`]. A longer record most likely has
/// an unclosed quote.
pub const MAX_RECORD: usize = 1024 * 1024;

/// The largest possible limit, 1 GiB less two bytes, because positions of cells have 31 bits.
pub const LARGEST_MAX_RECORD: usize = (1 << 30) - 2;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Why a file cannot be read beyond some record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file ends inside a quoted cell.
    #[error("the file ends inside a quoted cell of the record that begins on line {} (record {}, byte {}): a closing quote is missing", .0.line, .0.record, .0.offset)]
    UnclosedQuote(Position),
    /// A record exceeds the limit.
    #[error("the record that begins on line {} (record {}, byte {}) is longer than {} bytes: a closing quote is missing, or the limit (--max-record-bytes) is too low for it", .0.line, .0.record, .0.offset, .1)]
    TooLong(Position, u64),
}

/// Reads records from bytes that come in pieces. Memory is bounded by the longest record and the longest
/// piece.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of its own about the input or the record")]
pub struct Reader {
    automaton: Automaton,
    blocks: Blocks,
    /// Whether the dialect's characters are whole ones in UTF-8.
    is_text: bool,
    state: State,
    /// Bytes that were pushed and not yet returned; the current record starts at `start`.
    input: Vec<u8>,
    start: usize,
    /// How far the automaton has read.
    read: usize,
    ended: bool,
    /// Whether a byte order mark may follow.
    at_file_start: bool,
    /// Maximum length of a record, including its line break.
    max_record: usize,
    /// The number of lines that remain to be skipped.
    skip_lines: u64,
    /// The cells of the record, followed by the one that is being read.
    cells: Vec<Span>,
    text: Span,
    /// Cell texts that differ from the bytes of the input.
    copied: Vec<u8>,
    /// Whether some bytes of the record belong to no cell; only then can a line break be among them.
    dropped: bool,
    /// The number of lines that end within the record's cells.
    lines: u64,
    /// The part of the record that the automaton has read, and its quotes.
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

/// What the automaton saw of quotes in its part of a record. The rest of the record was read in blocks, which
/// accept a quote only if it opens, closes or doubles.
#[derive(Clone, Copy, Default)]
struct Stepped {
    /// Where that part begins, relative to the start of the record.
    from: usize,
    /// The number of quotes in it that open or close a cell, or are doubled.
    proper: usize,
    /// Whether text follows the closing quote of a cell.
    has_tail: bool,
}

impl Reader {
    /// Creates a reader for the bytes that begin at a position.
    #[must_use]
    pub fn new(dialect: Dialect, position: Position) -> Self {
        let automaton = Automaton::new(dialect);
        Self {
            blocks: Blocks::new(&automaton),
            is_text: dialect.is_text(),
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

    /// Skips this many lines first. Quotes have no meaning in them.
    #[must_use]
    pub fn skip_lines(mut self, lines: u64) -> Self {
        self.skip_lines = lines;
        self
    }

    /// Sets the maximum length of a record in bytes, including its line break; at most
    /// [`LARGEST_MAX_RECORD`].
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

    /// Marks the end of the input.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether [`Reader::end`] was called.
    #[cfg(test)]
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Skips to a later position, at which a record begins, and reads nothing before it; `false` if more bytes are needed to
    /// get there. It never gets to an earlier position.
    pub fn skip_to(&mut self, to: Position) -> bool {
        let Some(ahead) = to.offset.checked_sub(self.position.offset) else { return false };
        let at_hand = self.input.len() - self.start;
        let skipped = usize::try_from(ahead).map_or(at_hand, |ahead| ahead.min(at_hand));
        self.start += skipped;
        self.position.offset += skipped as u64;
        // What was read of the current record is dropped.
        (self.read, self.state, self.text) = (self.start, State::Between, Span::default());
        (self.dropped, self.lines, self.at_file_start) = (false, 0, to.offset == 0 && self.at_file_start);
        self.blocks.reset();
        let there = self.position.offset == to.offset;
        if there {
            self.position = to;
        }
        there
    }

    /// The next record; `None` if more bytes are needed, or after the last record.
    ///
    /// # Errors
    /// If the rest cannot be read. The reader cannot be used any more.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        Ok(self.advance()?.then(|| self.record()))
    }

    /// Advances to the next record; `false` if more bytes are needed, or after the last record.
    ///
    /// # Errors
    /// If the rest cannot be read. The reader cannot be used any more.
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
        let read = || if self.automaton.has_parts() { self.read_record::<true>() } else { self.read_record::<false>() };
        match end.or_else(read) {
            Some(end) => self.take(end).map(|()| true),
            None => {
                self.check_length()?;
                if self.ended { self.finish() } else { Ok(false) }
            }
        }
    }

    /// Skips bytes between records.
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
                // The skipped bytes contain no cells, so their quotes have no meaning.
                self.blocks.reset();
            }
            self.state = state;
            self.read += 1;
            self.read += self.automaton.run(state, &self.input[self.read..]);
            self.skip(u64::from(action == Action::SkipLine));
        }
    }

    /// Reads a record, or its first cells, in blocks. Returns the end of its last cell, if found.
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

    /// Continues a record with the automaton. Returns the end of its last cell, if the record ends in this
    /// input.
    ///
    /// The loop works on local variables, because odd records spend most of their time here. `PARTS` says whether the
    /// delimiter has several bytes, so that some may be held.
    fn read_record<const PARTS: bool>(&mut self) -> Option<usize> {
        let Self { automaton, input, cells, copied, max_record, .. } = self;
        // One byte more than a record may have, because spans must lie within a record.
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
            if PARTS && before.held() > 0 && action != Action::EndCell {
                // What was held was no delimiter, but for the bytes that are held on.
                let end = if action == Action::Hold { at - state.held() } else { from };
                let start = from - before.held();
                if start < end {
                    text = text.with(record, start, end, copied);
                    // The text may follow a closing quote; whether it does, only the check of quotes looks.
                    stepped.has_tail |= stepped.proper > 0;
                }
            }
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
            } else if !PARTS || action != Action::Hold {
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

    /// Skips a byte order mark; `false` if more bytes are needed to decide.
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

    /// Whether a byte is the first of a line, and not the LF of a preceding CR.
    fn begins_line(&self, byte: u8) -> bool {
        self.state.is_before_record() && !(self.state == State::AfterCr && byte == b'\n')
    }

    /// Drops bytes that were read and belong to no record.
    fn skip(&mut self, lines: u64) {
        self.position.offset += (self.read - self.start) as u64;
        self.position.line += lines;
        self.start = self.read;
    }

    /// Completes the record whose cells end at `end` and whose line break ends at `read`, and moves on.
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

    /// Completes the last record of the input, which no line break ends.
    fn finish(&mut self) -> Result<bool, ReadError> {
        match self.state {
            State::Between | State::AfterCr | State::Comment => return Ok(false),
            State::Quoted | State::QuotedEscape => return Err(ReadError::UnclosedQuote(self.position)),
            // An escape at the end of the input is data.
            State::CellEscape => {
                let (record, end) = (&self.input[self.start..], self.read - self.start);
                self.text = self.text.with(record, end - 1, end, &mut self.copied);
            }
            State::CellStart | State::Cell | State::QuoteSeen => {}
            parts => {
                let (record, end) = (&self.input[self.start..], self.read - self.start);
                self.text = self.text.with(record, end - parts.held(), end, &mut self.copied);
                self.stepped.has_tail |= self.stepped.proper > 0;
            }
        }
        self.state = State::Between;
        self.cells.push(std::mem::take(&mut self.text));
        self.take(self.read).map(|()| true)
    }

    /// Whether the record that ends at `end` may have a misplaced quote, or text after a closing quote.
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

    /// The record that [`Reader::advance`] moved to. It is valid until more bytes are pushed.
    #[inline]
    #[must_use]
    pub fn record(&self) -> Record<'_> {
        let Current { position, start, end, has_odd_quotes, spans_lines } = self.current;
        let (raw, is_text) = (&self.input[start..end], self.is_text);
        Record { position, raw, cells: &self.cells, copied: &self.copied, is_text, has_odd_quotes, spans_lines }
    }

    /// Where the next record begins, or the end of the last returned record.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }
}

/// The number of lines that end in these bytes.
fn count_breaks(bytes: &[u8]) -> u64 {
    let begins = |at: &usize| bytes[*at] == b'\r' || *at == 0 || bytes[*at - 1] != b'\r';
    memchr2_iter(b'\n', b'\r', bytes).filter(begins).count() as u64
}

#[cfg(test)]
mod tests;
