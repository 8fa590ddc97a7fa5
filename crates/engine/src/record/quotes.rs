//! Detects broken quotes, which make a record swallow others, shift its columns or change its text.
//!
//! The [`automaton`](super::automaton) reads every file, even a broken one, as the `csv` crate does. So
//! broken quotes do not stop reading, and no cell shows that it is not what the producer meant.
//! [`QuoteCheck`] finds the suspicious records. It examines only records that the reader marked, because a
//! quote in them is neither at the start nor at the end of a cell.
//!
//! # The faults
//!
//! | what stands there | read as | what may have been meant |
//! |---|---|---|
//! | `"Chair⏎2,Table⏎3,5" pipe` | one cell of three lines | three records, each with an inch mark or a lost quote |
//! | `$78"Table, round",x` | three cells | one cell with a delimiter in it, and `x` |
//! | `Chair"` | `Chair"` | `"Chair"`, whose first quote was lost |
//! | `2,"open,6⏎3,last",7` | three cells | two records of three cells, each with a quote too many |
//!
//! The first two break the record ([`QuoteFault::breaks_record`]). The others have one reading, so the record stays, with a
//! warning. An inch mark (`5" pipe`, `27"`) is not a fault by itself: it follows a number of at most three digits.

use std::fmt;

use memchr::{memchr, memchr_iter};

use super::automaton::{Action, Automaton, Class, State};
use super::{Position, Record};
use crate::Severity;
use crate::dialect::Dialect;
use crate::{Code, Problem, Stage};

/// Maximum number of digits before an inch mark: `999"` are 25 metres.
const INCH_DIGITS: usize = 3;

/// Checks records of one dialect for broken quotes.
pub struct QuoteCheck {
    automaton: Automaton,
}

/// The place of a quote in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of its line, from 1.
    pub line: u64,
    /// Number of its character on that line, from 1; of its byte if the record is not UTF-8.
    pub column: u64,
}

/// A fault in the quotes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteFault {
    /// Text follows the closing quote of a cell. Blanks (spaces and tabs) alone are ignored.
    TextBehind {
        /// The quote that opens the cell.
        opened: Place,
        /// The quote that closes it.
        closed: Place,
    },
    /// An unquoted cell has a quote followed by text, and a later unquoted cell ends in a quote. At least one
    /// of the two has an odd number of quotes.
    AcrossCells {
        /// The first quote.
        first: Place,
        /// The last one.
        last: Place,
    },
    /// An unquoted cell has an odd number of quotes, and one of them is not an inch mark.
    Stray(Place),
    /// Each line of a record has as many cells as the header if quotes are ignored.
    JoinedLines {
        /// The quote that opens the first cell of several lines.
        opened: Place,
        /// The number of lines of the record.
        lines: usize,
    },
}

/// With fewer columns, lines of a text have as many cells as the header by accident: `1,"first⏎second,
/// third"`.
const JOINED_COLUMNS: usize = 3;

impl QuoteFault {
    /// Whether the cells of the record are unreliable. Otherwise they are used as they are written.
    #[must_use]
    pub fn breaks_record(&self) -> bool {
        !matches!(self, Self::Stray(_) | Self::JoinedLines { .. })
    }

    /// The fault as a problem of the whole record, or as a warning if the cells are reliable.
    #[must_use]
    pub fn problem(&self, stage: Stage) -> Problem {
        let (code, severity) = match self {
            Self::TextBehind { .. } | Self::AcrossCells { .. } => (Code::QuoteError, Severity::Reject),
            Self::Stray(_) | Self::JoinedLines { .. } => (Code::StrayQuote, Severity::Warn),
        };
        Problem::new(stage, code, self.to_string()).severity(severity)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, character {}", self.line, self.column)
    }
}

impl fmt::Display for QuoteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TextBehind { opened, closed } => {
                write!(f, "a quote opens a cell on {opened}, another closes it on {closed}, but text follows there; ")?;
                if opened.line < closed.line {
                    let lines = closed.line - opened.line + 1;
                    write!(f, "the cell spans {lines} lines and may have swallowed records; ")?;
                }
                f.write_str(
                    "expected a delimiter or the end of the record (a quote within a quoted cell must be doubled)",
                )
            }
            Self::AcrossCells { first, last } => write!(
                f,
                "an unquoted cell has a quote on {first}, and a later cell ends in a quote on {last}; a delimiter \
                 between them may belong to the text; expected quotes around the whole cell, with each quote within it doubled"
            ),
            Self::JoinedLines { opened, lines } => write!(
                f,
                "without the quote on {opened}, each of the {lines} lines of this record would have as many cells as the \
                 header; it is imported as one record, but may be {lines} records joined by two stray quotes"
            ),
            Self::Stray(place) => {
                write!(f, "an unquoted cell has a single quote on {place}; it is imported as part of the text")
            }
        }
    }
}

/// The quotes of an unquoted cell.
#[derive(Clone, Copy, Default)]
struct Bare {
    count: usize,
    /// Offset of the first one in the record.
    first: usize,
    /// Offset of the first one that is not an inch mark.
    odd: Option<usize>,
}

impl QuoteCheck {
    /// Creates a check for records of this dialect.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self { automaton: Automaton::new(dialect) }
    }

    /// The most serious fault of a record; among equals the first.
    #[inline]
    #[must_use]
    pub fn fault(&self, record: &Record<'_>) -> Option<QuoteFault> {
        if record.has_odd_quotes { self.examine(record.raw, record.position) } else { None }
    }

    /// The same for the raw bytes of a record.
    #[cold]
    pub(super) fn examine(&self, raw: &[u8], position: Position) -> Option<QuoteFault> {
        let place = |at| place(raw, position, at);
        let delimiter = self.automaton.dialect().delimiter.len();
        // The bytes begin a record, whatever the first one is, so the state is not `Between`.
        let mut state = State::CellStart;
        let (mut cell, mut opened, mut closed) = (0, None, None);
        let mut bare = Bare::default();
        // The first cell with a quote that is followed by text.
        let mut earlier: Option<Bare> = None;
        let mut stray = None;
        for at in 0..=raw.len() {
            let byte = raw.get(at).copied();
            let (next, action) =
                byte.map_or((State::Between, Action::EndRecord), |byte| self.automaton.step(state, byte));
            let held = state.held();
            if held > 0 && action != Action::EndCell {
                // What was held was no delimiter, but for the bytes that are held on.
                let end = if action == Action::Hold { at + 1 - next.held() } else { at };
                let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                if let (Some(opened), Some(closed)) = (opened, closed)
                    && !raw[at - held..end].iter().all(is_blank)
                {
                    return Some(QuoteFault::TextBehind { opened: place(opened), closed: place(closed) });
                }
            }
            let is_quote = byte.is_some_and(|byte| self.automaton.class(byte) == Class::Quote);
            match action {
                Action::EndCell | Action::EndRecord => {
                    // A delimiter ends with this byte.
                    let end = if action == Action::EndCell { at + 1 - delimiter } else { at };
                    if bare.count > 0 {
                        let ends_in_quote =
                            raw[..end].last().is_some_and(|last| self.automaton.class(*last) == Class::Quote);
                        let is_pair = |bare: Bare| bare.count.is_multiple_of(2);
                        if let Some(earlier) = earlier.filter(|_| ends_in_quote)
                            && !(is_pair(earlier) && is_pair(bare))
                        {
                            return Some(QuoteFault::AcrossCells { first: place(earlier.first), last: place(end - 1) });
                        }
                        if earlier.is_none() && bare.first + 1 < end {
                            earlier = Some(bare);
                        }
                        stray = stray.or_else(|| bare.odd.filter(|_| !is_pair(bare)));
                    }
                    (cell, opened, closed, bare) = (at + 1, None, None, Bare::default());
                }
                Action::Drop if next == State::CellStart => cell = at + 1,
                Action::Drop if next == State::Quoted => opened = Some(at),
                Action::Drop if next == State::QuoteSeen => closed = Some(at),
                Action::Copy if next == State::Quoted => closed = None,
                Action::Copy => match (opened, closed) {
                    (Some(opened), Some(closed)) if !matches!(byte, Some(b' ' | b'\t')) => {
                        return Some(QuoteFault::TextBehind { opened: place(opened), closed: place(closed) });
                    }
                    (None, _) if is_quote => {
                        if bare.count == 0 {
                            bare.first = at;
                        }
                        bare.count += 1;
                        if !is_inch_mark(&raw[cell..at], &raw[at + 1..]) {
                            bare.odd.get_or_insert(at);
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
            state = next;
        }
        stray.map(|at| QuoteFault::Stray(place(at)))
    }

    /// Whether a record with well-placed quotes, of a file with this many columns, may be several records
    /// joined by two stray quotes.
    #[inline]
    #[must_use]
    pub fn joined(&self, record: &Record<'_>, columns: usize) -> Option<QuoteFault> {
        if record.spans_lines && columns >= JOINED_COLUMNS { self.look_at_lines(record, columns) } else { None }
    }

    fn look_at_lines(&self, record: &Record<'_>, columns: usize) -> Option<QuoteFault> {
        let raw = record.raw;
        // Lines end with LF, with or without a CR before it, or with a bare CR.
        let first_end = memchr(b'\n', raw).or_else(|| memchr(b'\r', raw))?;
        let (first, end) = (&raw[..first_end], raw[first_end]);
        let delimiter = self.automaton.dialect().delimiter;
        let is_whole = |line: &[u8]| delimiter.count(line) + 1 == columns;
        // Most records of several lines return here, because their first line contains only a delimiter or
        // two.
        if !is_whole(first) || !raw[first_end + 1..].split(|byte| *byte == end).all(is_whole) {
            return None;
        }
        let count = 1 + memchr_iter(end, raw).count();
        let opened = self.open(record.position, first)?;
        Some(QuoteFault::JoinedLines { opened, lines: count })
    }

    /// The place of a quote that opens a cell and is not closed within these bytes, which begin with a
    /// record.
    #[must_use]
    pub fn open(&self, position: Position, bytes: &[u8]) -> Option<Place> {
        let (mut state, mut opened) = (State::CellStart, None);
        for (at, byte) in bytes.iter().enumerate() {
            let before = state;
            state = self.automaton.step(state, *byte).0;
            if !state.is_in_quotes() {
                // A second quote may follow and make the first one data.
                opened = opened.filter(|_| state == State::QuoteSeen);
            } else if !before.is_in_quotes() && opened.is_none() {
                opened = Some(at);
            }
        }
        opened.filter(|_| state.is_in_quotes()).map(|at| place(bytes, position, at))
    }
}

/// Whether a quote is an inch mark, judged by the text before it in its cell and after it: `5`, `3.5`,
/// `11,6`, `1/2`, `12-½`.
fn is_inch_mark(before: &[u8], behind: &[u8]) -> bool {
    if behind.first().is_some_and(u8::is_ascii_digit) {
        return false;
    }
    let fractions = ["¼", "½", "¾", "⅛", "⅜", "⅝", "⅞"];
    if fractions.iter().any(|fraction| before.ends_with(fraction.as_bytes())) {
        return true;
    }
    let is_part = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'/' | b'-');
    let length = before.iter().rev().take_while(is_part).count();
    let (rest, number) = before.split_at(before.len() - length);
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let is_number = number.last().is_some_and(is_digit)
        && number.split(|byte| !is_digit(byte)).all(|digits| digits.len() <= INCH_DIGITS);
    // `A100"` is a name, `5"x7"` is a size.
    let starts = rest.last().is_none_or(|last| !last.is_ascii_alphanumeric())
        || rest.ends_with(b"\"x")
        || rest.ends_with(b"\"X");
    is_number && starts
}

/// The place of a byte of a record.
fn place(raw: &[u8], position: Position, at: usize) -> Place {
    let before = &raw[..at];
    let is_break = |at: &usize| before[*at] == b'\n' || (before[*at] == b'\r' && raw.get(at + 1) != Some(&b'\n'));
    let breaks = (0..before.len()).filter(is_break);
    let (lines, start) = breaks.fold((0, 0), |(lines, _), at| (lines + 1, at + 1));
    let line = &before[start..];
    let characters = std::str::from_utf8(line).map_or(line.len(), |line| line.chars().count());
    Place { line: position.line + lines, column: characters as u64 + 1 }
}

#[cfg(test)]
mod tests;
