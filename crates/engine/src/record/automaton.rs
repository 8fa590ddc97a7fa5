//! The automaton that separates records and cells: the only place that knows what a dialect means.
//!
//! # What it does
//!
//! Each byte belongs to a [`Class`]. [`Rules::step`] is a pure function from a [`State`] and a class to the
//! next state and an [`Action`]. For dialects that `csv-core` supports, it yields the records and cells of
//! the `csv` crate, with two differences. A bare CR ends a comment, as it ends any other line; `csv-core`
//! would take the rest of such a file for the comment. And a file that ends within a comment has no further
//! record; `csv-core` would return one with an empty cell.
//!
//! # Why it is so
//!
//! Only the state is carried from byte to byte: no counters, no look-ahead, no history. So a stretch of bytes
//! acts on the automaton as a function from state to state, and such functions compose: the meaning of a file
//! does not depend on where it is cut. That is also why CRLF is a state ([`State::AfterCr`]) and not a peek
//! at the next byte.
//!
//! # Delimiters of several bytes
//!
//! Such a delimiter adds a state for each number of its bytes that may have been read ([`State::Part1`] and so on). A byte
//! that may belong to it is held ([`Action::Hold`]) until that is known: the last byte ends the cell, and a byte that does
//! not go on makes the held ones data, but for those with which the delimiter may begin again. The states of all other
//! dialects, and so their summaries and their speed, stay as they are.
//!
//! # If you change it
//!
//! * A new state needs its row in [`Rules::step`] and its ending in `Reader::finish`; keep them few.
//! * A state in which most bytes change nothing may get a fast path in [`Automaton::run`]. It may skip only
//!   bytes for which `step` returns the same state and action as for plain ones; a test in this file compares
//!   both.
//! * The reader consults the automaton only for odd bytes; `block.rs` handles the others. Any byte with a new
//!   meaning must count as odd there; the tests of `blocks.rs` compare both.
//! * `scan` cuts where records begin or end: its property tests compare every cut with the `csv` crate, and
//!   with a model for features that the crate lacks.
//! * `scan` skips 64 bytes at once if none of them is odd. `scan/block.rs` defines what is odd; a test there
//!   compares it with [`Automaton::step`].

use memchr::{memchr, memchr2, memchr3};
use serde::{Deserialize, Serialize};

use crate::dialect::{Delimiter, Dialect};

/// The state of the automaton. The names are part of the summaries that `scan` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Before a record.
    Between,
    /// Before a record, right after a CR; a following LF belongs to the same line break.
    AfterCr,
    /// In a comment line or another skipped line, up to its line break.
    Comment,
    /// Before the first byte of a cell that follows a delimiter, or after ignored leading spaces.
    CellStart,
    /// In a cell, outside of quotes.
    Cell,
    /// In a cell, outside of quotes, after an escape.
    CellEscape,
    /// Inside quotes.
    Quoted,
    /// Inside quotes, after an escape.
    QuotedEscape,
    /// After a quote inside quotes, which closes them unless another quote follows.
    QuoteSeen,
    /// In a cell, outside of quotes, after the first byte of a longer delimiter.
    Part1,
    /// In a cell, outside of quotes, after the first two bytes of a longer delimiter.
    Part2,
    /// In a cell, outside of quotes, after the first three bytes of a longer delimiter.
    Part3,
    /// In a cell, outside of quotes, after the first four bytes of a longer delimiter.
    Part4,
    /// In a cell, outside of quotes, after the first five bytes of a longer delimiter.
    Part5,
    /// In a cell, outside of quotes, after the first six bytes of a longer delimiter.
    Part6,
    /// In a cell, outside of quotes, after the first seven bytes of a longer delimiter.
    Part7,
}

impl State {
    /// Every state, in the order of the table's rows.
    pub(crate) const ALL: [Self; 16] = [
        Self::Between,
        Self::AfterCr,
        Self::Comment,
        Self::CellStart,
        Self::Cell,
        Self::CellEscape,
        Self::Quoted,
        Self::QuotedEscape,
        Self::QuoteSeen,
        Self::Part1,
        Self::Part2,
        Self::Part3,
        Self::Part4,
        Self::Part5,
        Self::Part6,
        Self::Part7,
    ];

    /// The states of dialects with a delimiter of one byte.
    const FEWEST: usize = Self::QuoteSeen as usize + 1;

    /// The state after the first bytes of a delimiter, at least one.
    fn part(bytes: usize) -> Self {
        Self::ALL.get(Self::QuoteSeen as usize + bytes).copied().unwrap_or(Self::Cell)
    }

    /// The number of bytes before this state that belong to the cell unless a delimiter follows.
    #[inline]
    pub(crate) fn held(self) -> usize {
        (self as usize).saturating_sub(Self::QuoteSeen as usize)
    }

    /// Whether a record would begin with the next byte.
    pub(crate) fn is_before_record(self) -> bool {
        matches!(self, Self::Between | Self::AfterCr)
    }

    /// Whether a record has begun that has not ended.
    pub(crate) fn is_in_record(self) -> bool {
        !matches!(self, Self::Between | Self::AfterCr | Self::Comment)
    }

    /// Whether a closing quote would be missing if the file ended here.
    pub(crate) fn is_in_quotes(self) -> bool {
        matches!(self, Self::Quoted | Self::QuotedEscape)
    }
}

/// The meaning of a byte in a dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing special.
    Plain,
    /// The delimiter.
    Delimiter,
    /// The quote.
    Quote,
    /// The escape.
    Escape,
    /// The comment character.
    Comment,
    /// A space, in dialects that ignore leading spaces.
    Space,
    /// CR.
    Cr,
    /// LF.
    Lf,
    /// One of the distinct bytes of a delimiter of several bytes, by its index.
    Part(u8),
}

impl Class {
    /// Every class, in the order of the table's columns.
    const ALL: [Self; 16] = [
        Self::Plain,
        Self::Delimiter,
        Self::Quote,
        Self::Escape,
        Self::Comment,
        Self::Space,
        Self::Cr,
        Self::Lf,
        Self::Part(0),
        Self::Part(1),
        Self::Part(2),
        Self::Part(3),
        Self::Part(4),
        Self::Part(5),
        Self::Part(6),
        Self::Part(7),
    ];
}

/// What to do with a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Skip it: it is between records.
    Skip,
    /// Skip it: it is between records and ends a line.
    SkipLine,
    /// Drop it: it belongs to the record but to no cell.
    Drop,
    /// Copy it: it belongs to the cell.
    Copy,
    /// Hold it: it belongs to the delimiter, or to the cell if the delimiter does not follow.
    Hold,
    /// It ends the cell, and another cell follows.
    EndCell,
    /// It ends the cell and the record.
    EndRecord,
}

/// The settings of a dialect that are not bytes.
#[derive(Clone, Copy, Debug)]
struct Rules {
    double_quote: bool,
    keep_blank_lines: bool,
    /// Whether the escape also works outside of quotes.
    escape_anywhere: bool,
}

impl Rules {
    /// The automaton, as a pure function.
    fn step(self, state: State, class: Class) -> (State, Action) {
        let after_break = if class == Class::Cr { State::AfterCr } else { State::Between };
        match (state, class) {
            (State::AfterCr, Class::Lf) => (State::Between, Action::Skip),
            (State::Between | State::AfterCr, Class::Cr | Class::Lf) if !self.keep_blank_lines => {
                (after_break, Action::SkipLine)
            }
            (State::Comment, Class::Cr | Class::Lf) => (after_break, Action::SkipLine),
            (State::Between | State::AfterCr, Class::Comment) | (State::Comment, _) => (State::Comment, Action::Skip),

            (State::Quoted, Class::Quote) => (State::QuoteSeen, Action::Drop),
            (State::Quoted, Class::Escape) => (State::QuotedEscape, Action::Drop),
            (State::Quoted | State::QuotedEscape, _) => (State::Quoted, Action::Copy),
            (State::QuoteSeen, Class::Quote) if self.double_quote => (State::Quoted, Action::Copy),
            (State::CellEscape, _) => (State::Cell, Action::Copy),

            (State::Between | State::AfterCr | State::CellStart, Class::Quote) => (State::Quoted, Action::Drop),
            (State::Between | State::AfterCr | State::CellStart, Class::Space) => (State::CellStart, Action::Drop),
            (_, Class::Delimiter) => (State::CellStart, Action::EndCell),
            (_, Class::Cr | Class::Lf) => (after_break, Action::EndRecord),
            (_, Class::Escape) if self.escape_anywhere => (State::CellEscape, Action::Drop),
            _ => (State::Cell, Action::Copy),
        }
    }

    /// The same for a delimiter of several bytes. `byte` is the one that the class stands for, if it is one of them.
    fn step_in_parts(self, delimiter: &[u8], state: State, class: Class, byte: Option<u8>) -> (State, Action) {
        let held = state.held();
        let is_outside =
            matches!(state, State::Between | State::AfterCr | State::CellStart | State::Cell | State::QuoteSeen);
        match byte {
            Some(byte) if is_outside || held > 0 => match begun(delimiter, held, byte) {
                0 => (State::Cell, Action::Copy),
                all if all == delimiter.len() => (State::CellStart, Action::EndCell),
                some => (State::part(some), Action::Hold),
            },
            _ if held > 0 => self.step(State::Cell, class),
            _ => self.step(state, class),
        }
    }
}

/// How many bytes of a delimiter have been read after a byte, if `held` were before it.
fn begun(delimiter: &[u8], held: usize, byte: u8) -> usize {
    let read = [delimiter.get(..held).unwrap_or_default(), &[byte]].concat();
    (1..=read.len())
        .rev()
        .find(|count| delimiter.get(..*count).is_some_and(|begin| read.ends_with(begin)))
        .unwrap_or_default()
}

/// The automaton of a dialect, as tables.
#[derive(Clone)]
pub(crate) struct Automaton {
    dialect: Dialect,
    /// The class of each byte, by its index.
    classes: [u8; 256],
    table: [[(State, Action); Class::ALL.len()]; State::ALL.len()],
    /// The bytes with a meaning in [`State::Cell`].
    cell_stops: [bool; 256],
    /// The bytes with a meaning in [`State::Quoted`].
    quoted_stops: [bool; 256],
}

/// How many bytes of a cell are examined one by one before a search for its end pays off: most cells are
/// shorter.
const SHORT: usize = 16;

impl Automaton {
    /// Builds the automaton of a dialect. If a dialect gives one byte two meanings, the first of these wins:
    /// line break, delimiter, quote, escape, comment, space.
    pub(crate) fn new(dialect: Dialect) -> Self {
        let mut classes = [Class::Plain; 256];
        let mut class = |byte: Option<u8>, class| {
            if let Some(byte) = byte {
                classes[usize::from(byte)] = class;
            }
        };
        let parts = distinct(dialect.delimiter);
        class(dialect.skip_initial_space.then_some(b' '), Class::Space);
        class(dialect.comment, Class::Comment);
        class(dialect.escape, Class::Escape);
        class(dialect.quote, Class::Quote);
        class(dialect.delimiter.only(), Class::Delimiter);
        for (index, byte) in (0..).zip(&parts) {
            class(Some(*byte), Class::Part(index));
        }
        class(Some(b'\r'), Class::Cr);
        class(Some(b'\n'), Class::Lf);
        let rules = Rules {
            double_quote: dialect.double_quote,
            keep_blank_lines: dialect.keep_blank_lines,
            escape_anywhere: dialect.quote.is_none(),
        };
        let answer = |state, class| match class {
            _ if parts.is_empty() => rules.step(state, class),
            Class::Part(index) => {
                rules.step_in_parts(dialect.delimiter.as_bytes(), state, class, parts.get(usize::from(index)).copied())
            }
            _ => rules.step_in_parts(dialect.delimiter.as_bytes(), state, class, None),
        };
        let table = State::ALL.map(|state| Class::ALL.map(|class| answer(state, class)));
        let classes =
            classes.map(|class| (0..).zip(Class::ALL).find(|(_, other)| *other == class).map_or(0, |(at, _)| at));
        let stops = |state| {
            let stop = table[state as usize].map(|answer| answer != (state, Action::Copy));
            classes.map(|class: u8| stop[usize::from(class) % Class::ALL.len()])
        };
        Self { dialect, classes, table, cell_stops: stops(State::Cell), quoted_stops: stops(State::Quoted) }
    }

    /// The dialect of this automaton.
    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The class of a byte.
    pub(crate) fn class(&self, byte: u8) -> Class {
        Class::ALL[self.column(byte)]
    }

    /// The index of a byte's class.
    #[inline]
    fn column(&self, byte: u8) -> usize {
        usize::from(self.classes[usize::from(byte)]) % Class::ALL.len()
    }

    /// Whether its delimiter has several bytes.
    #[inline]
    pub(crate) fn has_parts(&self) -> bool {
        self.dialect.delimiter.len() > 1
    }

    /// The states that it can be in.
    pub(crate) fn states(&self) -> &'static [State] {
        State::ALL.get(..State::FEWEST + self.dialect.delimiter.len() - 1).unwrap_or(&State::ALL)
    }

    /// The next state, and what to do with the byte.
    #[inline]
    pub(crate) fn step(&self, state: State, byte: u8) -> (State, Action) {
        self.table[state as usize][self.column(byte)]
    }

    /// How many of the next bytes change nothing in this state. They are copied in [`State::Cell`] and
    /// [`State::Quoted`], and skipped in [`State::Comment`].
    #[inline]
    pub(crate) fn run(&self, state: State, bytes: &[u8]) -> usize {
        let stops = match state {
            State::Cell => &self.cell_stops,
            State::Quoted => &self.quoted_stops,
            State::Comment => return memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len()),
            _ => return 0,
        };
        let (short, long) = bytes.split_at(bytes.len().min(SHORT));
        match short.iter().position(|byte| stops[usize::from(*byte)]) {
            Some(length) => length,
            None => short.len() + self.long_run(state, stops, long),
        }
    }

    fn long_run(&self, state: State, stops: &[bool; 256], bytes: &[u8]) -> usize {
        let Dialect { delimiter, quote, escape, .. } = self.dialect;
        let found = match (state, quote, escape) {
            (State::Quoted, Some(quote), Some(escape)) => memchr2(quote, escape, bytes),
            (State::Quoted, Some(quote), None) => memchr(quote, bytes),
            (State::Cell, Some(_), _) | (State::Cell, None, None) => memchr3(delimiter.first(), b'\n', b'\r', bytes),
            _ => bytes.iter().position(|byte| stops[usize::from(*byte)]),
        };
        found.unwrap_or(bytes.len())
    }
}

/// The distinct bytes of a delimiter of several bytes; none of a delimiter of one.
fn distinct(delimiter: Delimiter) -> Vec<u8> {
    let mut parts = Vec::new();
    for byte in delimiter.as_bytes().iter().filter(|_| delimiter.only().is_none()) {
        if !parts.contains(byte) {
            parts.push(*byte);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialects() -> impl Iterator<Item = Dialect> {
        let delimiters = [&b","[..], b",,", b",;,", "\u{a6}".as_bytes(), b"aab", b"12345678"];
        let all =
            move |dialect| delimiters.map(|bytes| Dialect { delimiter: Delimiter::of(bytes).unwrap(), ..dialect });
        one_byte().flat_map(all)
    }

    fn one_byte() -> impl Iterator<Item = Dialect> {
        let quotes = [None, Some(b'"')];
        let dialects = quotes.into_iter().flat_map(|quote| {
            [None, Some(b'\\')].map(|escape| Dialect { quote, escape, comment: Some(b'#'), ..Dialect::CANONICAL })
        });
        dialects.flat_map(|dialect| {
            [false, true].map(|yes| Dialect { skip_initial_space: yes, keep_blank_lines: yes, ..dialect })
        })
    }

    /// A run covers only bytes with the same meaning, and ends at the first other one.
    #[test]
    fn a_run_is_what_single_steps_make_of_it() {
        for dialect in dialects() {
            let automaton = Automaton::new(dialect);
            for (state, plain) in
                automaton.states().iter().flat_map(|state| [0, 1, 15, 16, 17, 40].map(|n| (*state, n)))
            {
                for stop in 0..=u8::MAX {
                    let mut bytes = vec![b'x'; plain];
                    bytes.extend([stop, b'x', b'"', b',', b'\n']);
                    let run = automaton.run(state, &bytes);
                    let same = |byte: &u8| automaton.step(state, *byte) == automaton.step(state, b'x');
                    assert!(bytes[..run].iter().all(same), "{dialect:?} {state:?} {bytes:?}");
                    let fast = matches!(state, State::Cell | State::Quoted | State::Comment) && run < bytes.len();
                    assert!(!fast || !same(&bytes[run]), "{dialect:?} {state:?} {bytes:?}");
                }
            }
        }
    }

    /// From every state, every byte has an action that the reader expects: bytes between records are skipped,
    /// and bytes within a record are not.
    #[test]
    fn only_what_lies_between_records_is_skipped() {
        for dialect in dialects() {
            let automaton = Automaton::new(dialect);
            for (state, byte) in
                automaton.states().iter().flat_map(|state| (0..=u8::MAX).map(move |byte| (*state, byte)))
            {
                let (next, action) = automaton.step(state, byte);
                let between = |state| matches!(state, State::Between | State::AfterCr | State::Comment);
                let skipped = matches!(action, Action::Skip | Action::SkipLine);
                assert!(!skipped || (between(state) && between(next)), "{dialect:?} {state:?} {byte}");
                assert_eq!(between(next), skipped || action == Action::EndRecord, "{dialect:?} {state:?} {byte}");
            }
        }
    }
}
