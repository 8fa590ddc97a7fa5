//! Classifies 64 bytes at once, as bits, if none of them is odd.
//!
//! # What it does
//!
//! Each meaningful byte becomes a bit in a mask. In a dialect of delimiters, line breaks and quotes, a prefix
//! XOR over the quotes shows which bytes are inside of quotes, and a shift shows which bytes follow a line
//! break; together they show which bytes begin a record. This equals the automaton unless an odd byte occurs:
//! an escape, a comment, or a quote after ignored spaces. Then there is no answer, and the automaton reads
//! byte by byte.
//!
//! # Why it is right
//!
//! The automaton is inside of quotes if the number of quotes so far is odd, as long as each quote that makes
//! it odd opens a cell: it is at the start of a cell, or it follows a quote in a dialect that doubles quotes.
//! The first quote that does neither is data to the automaton; it is removed from the mask, and the rest is
//! examined again. States that this cannot distinguish ([`State::Comment`] and the escapes) never get an
//! answer.
//!
//! A delimiter of several bytes has no mask. Where a block has no quote, records begin behind line breaks whatever the
//! delimiter is, and the automaton reads only the last bytes, from the first one on before which no delimiter can have begun.
//!
//! # If you change it
//!
//! The test here compares every block that has an answer with `Automaton::step`, and the property tests of
//! `scan` compare whole files. Bytes unknown to the masks must count as odd: that costs time, but never
//! correctness.

use wide::u8x16;

use crate::dialect::Dialect;
use crate::fast::bits::{BLOCK, Lanes, lanes, mask, parity};
use crate::record::{Automaton, State};

/// The bytes of a dialect, prepared for comparison.
#[derive(Clone)]
pub(super) struct Blocks {
    dialect: Dialect,
    /// Whether each meaningful byte has only one meaning, and the delimiter has one byte.
    usable: bool,
    /// For a delimiter of several bytes.
    in_parts: Option<Box<InParts>>,
    /// The delimiter, if it has one byte.
    delimiter: u8x16,
    quote: Option<u8x16>,
    escape: Option<u8x16>,
    comment: Option<u8x16>,
    /// The state after a byte outside of quotes; after a quote, the state of a closing one.
    exits: [State; 256],
}

/// What is needed to read blocks if the delimiter has several bytes.
#[derive(Clone)]
struct InParts {
    automaton: Automaton,
    /// The bytes after which the state depends on what precedes them, outside of quotes.
    is_open: [bool; 256],
}

/// A block with the meaning of its bytes.
pub(super) struct Block<'a> {
    rules: &'a Blocks,
    bytes: Lanes,
    /// Its last two bytes.
    tail: [u8; 2],
    lf: u64,
    cr: u64,
    quote: u64,
    escape: u64,
    /// The ends of lines, inside and outside of quotes: every CR, and each LF without a CR before it.
    pub(super) lines: u64,
}

impl Blocks {
    pub(super) fn new(dialect: Dialect) -> Self {
        let Dialect { delimiter, quote, escape, comment, skip_initial_space, .. } = dialect;
        let space = skip_initial_space.then_some(b' ');
        let mut bytes = vec![b'\r', b'\n'];
        bytes.extend([delimiter.only(), quote, escape, comment, space].into_iter().flatten());
        let count = bytes.len();
        bytes.sort_unstable();
        bytes.dedup();
        let mut exits = [State::Cell; 256];
        let exit =
            [(Some(b'\n'), State::Between), (Some(b'\r'), State::AfterCr), (Some(delimiter.first()), State::CellStart)];
        for (byte, state) in exit.into_iter().chain([(quote, State::QuoteSeen)]) {
            if let Some(byte) = byte {
                exits[usize::from(byte)] = state;
            }
        }
        Self {
            dialect,
            usable: bytes.len() == count && delimiter.only().is_some(),
            in_parts: delimiter.only().is_none().then(|| Box::new(InParts::new(dialect))),
            delimiter: u8x16::splat(delimiter.first()),
            quote: quote.map(u8x16::splat),
            escape: escape.map(u8x16::splat),
            comment: comment.map(u8x16::splat),
            exits,
        }
    }

    /// Classifies 64 bytes. `after_cr` says whether the byte before them is a CR.
    #[inline]
    pub(super) fn classify(&self, bytes: &[u8; BLOCK], after_cr: bool) -> Block<'_> {
        let tail = [bytes[BLOCK - 2], bytes[BLOCK - 1]];
        let bytes = lanes(bytes);
        let lf = mask(&bytes, u8x16::splat(b'\n'));
        let cr = u8x16::splat(b'\r');
        // Most blocks contain none of these bytes and need no separate masks.
        let rare = |byte: Option<u8x16>| byte.unwrap_or(cr);
        let (quote, escape) = (rare(self.quote), rare(self.escape));
        let found = bytes.map(|lane| lane.simd_eq(cr) | lane.simd_eq(quote) | lane.simd_eq(escape));
        if (found[0] | found[1] | found[2] | found[3]).to_bitmask() == 0 {
            let lines = lf & !u64::from(after_cr);
            return Block { rules: self, bytes, tail, lf, cr: 0, quote: 0, escape: 0, lines };
        }
        let cr = mask(&bytes, cr);
        let optional = |byte: Option<u8x16>| byte.map_or(0, |byte| mask(&bytes, byte));
        let (quote, escape) = (optional(self.quote), optional(self.escape));
        let lines = cr | (lf & !(cr << 1 | u64::from(after_cr)));
        Block { rules: self, bytes, tail, lf, cr, quote, escape, lines }
    }
}

impl InParts {
    fn new(dialect: Dialect) -> Self {
        let mut is_open = [false; 256];
        let space = dialect.skip_initial_space.then_some(b' ');
        let special = [dialect.quote, dialect.escape, dialect.comment, space];
        for byte in dialect.delimiter.as_bytes().iter().copied().chain(special.into_iter().flatten()) {
            is_open[usize::from(byte)] = true;
        }
        Self { automaton: Automaton::new(dialect), is_open }
    }

    /// The state after bytes without quotes and escapes, outside of comments.
    fn exit(&self, state: State, bytes: &[u8]) -> State {
        let closed = bytes.iter().rposition(|byte| !self.is_open[usize::from(*byte)]);
        let (state, rest) = match closed.map(|at| (bytes[at], &bytes[at + 1..])) {
            None => (state, bytes),
            Some((b'\n', rest)) => (State::Between, rest),
            Some((b'\r', rest)) => (State::AfterCr, rest),
            Some((_, rest)) => (State::Cell, rest),
        };
        rest.iter().fold(state, |state, byte| self.automaton.step(state, *byte).0)
    }
}

impl Block<'_> {
    /// Whether the automaton, inside of quotes, only copies these bytes.
    #[inline]
    pub(super) fn has_no_end_of_quotes(&self) -> bool {
        self.quote | self.escape == 0
    }

    /// Where records begin, and the state after the block; `None` if only the automaton can tell.
    #[inline]
    pub(super) fn read(&self, state: State) -> Option<(u64, State)> {
        let Dialect { keep_blank_lines, skip_initial_space, .. } = self.rules.dialect;
        let odd = matches!(state, State::Comment | State::CellEscape | State::QuotedEscape);
        if !self.rules.usable || odd || self.escape != 0 || (skip_initial_space && self.may_end_before_cell()) {
            return if odd { None } else { self.read_in_parts(state) };
        }
        let mut quote = self.quote;
        let mut inside = if state == State::Quoted { u64::MAX } else { 0 };
        if quote != 0 {
            (quote, inside) = self.quotes(state, inside)?;
        }
        let starts = self.starts(state, inside, keep_blank_lines);
        if self.rules.comment.is_some_and(|comment| starts & mask(&self.bytes, comment) != 0) {
            return None;
        }
        Some((starts, self.exit(quote, inside)))
    }

    /// Where records begin, given the bytes inside of quotes.
    #[inline]
    fn starts(&self, state: State, inside: u64, keep_blank_lines: bool) -> u64 {
        let (lf, cr) = (self.lf, self.cr);
        let breaks = (lf | cr) & !inside;
        let after_break = breaks << 1 | u64::from(state.is_before_record());
        if keep_blank_lines {
            after_break & !(lf & (cr << 1 | u64::from(state == State::AfterCr)))
        } else {
            after_break & !(lf | cr)
        }
    }

    /// The same as [`Block::read`] if the delimiter has several bytes and the block has no quote.
    #[inline(never)]
    fn read_in_parts(&self, state: State) -> Option<(u64, State)> {
        let parts = self.rules.in_parts.as_ref()?;
        if !self.has_no_end_of_quotes() {
            return None;
        }
        if state == State::Quoted {
            return Some((0, state));
        }
        let starts = self.starts(state, 0, self.rules.dialect.keep_blank_lines);
        if self.rules.comment.is_some_and(|comment| starts & mask(&self.bytes, comment) != 0) {
            return None;
        }
        let bytes = self.bytes.map(u8x16::to_array);
        Some((starts, parts.exit(state, bytes.as_flattened())))
    }

    /// The quotes that open or close, and the bytes inside of them.
    #[inline]
    fn quotes(&self, state: State, before: u64) -> Option<(u64, u64)> {
        let Dialect { double_quote, skip_initial_space, .. } = self.rules.dialect;
        let begins_cell = match state {
            State::Between | State::AfterCr | State::CellStart => true,
            State::QuoteSeen => double_quote,
            _ => false,
        };
        let begins_cell = (self.lf | self.cr | mask(&self.bytes, self.rules.delimiter)) << 1 | u64::from(begins_cell);
        let mut quote = self.quote;
        loop {
            let inside = before ^ parity(quote);
            let doubled = if double_quote { quote << 1 } else { 0 };
            let data = quote & inside & !(begins_cell | doubled);
            if data == 0 {
                return Some((quote, inside));
            }
            if skip_initial_space {
                return None;
            }
            quote &= !(data & data.wrapping_neg());
        }
    }

    /// Whether the block may end among ignored spaces.
    fn may_end_before_cell(&self) -> bool {
        let [before, last] = self.tail;
        let in_cell = matches!(self.rules.exits[usize::from(before)], State::Cell | State::QuoteSeen);
        last == b' ' && (before == b' ' || !in_cell)
    }

    /// The state after the block, from its last byte.
    #[inline]
    fn exit(&self, quote: u64, inside: u64) -> State {
        let exit = self.rules.exits[usize::from(self.tail[1])];
        if inside >> 63 != 0 {
            State::Quoted
        } else if exit == State::QuoteSeen && quote >> 63 == 0 {
            State::Cell
        } else {
            exit
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Action, Automaton};
    use crate::scan::tests::{bytes, dialect};

    /// Where records begin, and the last state, byte by byte.
    fn stepped(automaton: &Automaton, mut state: State, bytes: &[u8]) -> (u64, State) {
        let mut starts = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let (next, action) = automaton.step(state, *byte);
            let begins = state.is_before_record() && !matches!(action, Action::Skip | Action::SkipLine);
            starts |= u64::from(begins) << at;
            state = next;
        }
        (starts, state)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_block_that_has_an_answer_has_that_of_the_automaton(bytes in bytes(), dialect in dialect()) {
            let (automaton, rules) = (Automaton::new(dialect), Blocks::new(dialect));
            for state in automaton.states().iter().copied() {
                // At the start of a file, only the state shows whether a CR precedes the block.
                for block in bytes.as_chunks::<BLOCK>().0 {
                    if let Some(answer) = rules.classify(block, false).read(state) {
                        prop_assert_eq!(answer, stepped(&automaton, state, block), "{:?}", state);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_common_has_an_answer() {
        let block = |text: &str| -> [u8; BLOCK] { format!("{text:x<64}").into_bytes().try_into().unwrap() };
        for dialect in [Dialect::CANONICAL, Dialect { comment: Some(b'#'), escape: Some(b'\\'), ..Dialect::CANONICAL }]
        {
            let rules = Blocks::new(dialect);
            for text in ["a,b\nc,d\r\n\r\n", "\"a\",\"b\"\"\nc\"\n\"\",x\n", "12\",\"a, b\"\n", "\"a\"b\"\"c,\n"] {
                assert!(rules.classify(&block(text), false).read(State::Between).is_some(), "{text:?}");
            }
        }
    }
}
