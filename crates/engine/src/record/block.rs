//! Finds the ends of cells and records in a block of 64 bytes at once, as bits.
//!
//! # What it does
//!
//! A [`Block`] answers for 64 bytes what the [`automaton`](super::automaton) would answer one by one, as long
//! as quotes are well placed: a quote opens where a cell begins and closes where it ends. Then a byte is
//! within quotes if the number of quotes up to it is odd. A block makes no statement from the first misplaced
//! byte on ([`Block::limit`]); the automaton reads the rest.
//!
//! # Why it is so
//!
//! Comparing 64 bytes with one takes a few vector instructions on every machine, whatever the bytes are.
//! Short cells cost no more than long ones, and there are no branches to predict.
//!
//! # If you change it
//!
//! [`Marks`] takes line breaks, delimiters and quotes from the automaton's classes. A byte whose meaning a
//! block does not know must count as odd: that costs time, but never correctness. The tests of
//! [`blocks`](super::blocks) compare records with the automaton for every dialect.

use wide::u8x16;

use super::automaton::{Automaton, Class};
use crate::fast::bits::{BLOCK, lanes, mask, parity};

/// The bytes with a meaning in a dialect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    /// Separates cells.
    pub(super) delimiter: u8,
    /// Encloses cells.
    pub(super) quote: Option<u8>,
    /// Whether a doubled quote stands for one.
    double_quote: bool,
    /// Escapes the next byte; always odd here.
    pub(super) escape: Option<u8>,
    /// Ignored at the start of a cell; odd there.
    space: Option<u8>,
}

impl Marks {
    /// The marks of a dialect; `None` if it has no delimiter, or one of several bytes.
    pub(super) fn new(automaton: &Automaton) -> Option<Self> {
        let dialect = automaton.dialect();
        let mark = |byte: Option<u8>, class| byte.filter(|byte| automaton.class(*byte) == class);
        Some(Self {
            delimiter: mark(dialect.delimiter.only(), Class::Delimiter)?,
            quote: mark(dialect.quote, Class::Quote),
            double_quote: dialect.double_quote,
            escape: mark(dialect.escape, Class::Escape),
            space: mark(Some(b' '), Class::Space),
        })
    }
}

/// The state that a block passes to the next one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carry {
    /// All bits set if the next byte is within quotes, unless it is a quote itself.
    inside: u64,
    /// 1 if a cell begins with the next byte.
    begins: u64,
    /// 1 if the previous byte was a closing quote.
    closed: u64,
    /// 1 if the previous byte was a CR.
    cr: u64,
}

impl Carry {
    /// The state at the start of a record.
    pub(super) const RECORD: Self = Self { inside: 0, begins: 1, closed: 0, cr: 0 };

    /// Whether the next byte is within quotes.
    pub(super) fn is_inside(&self) -> bool {
        self.inside != 0
    }
}

/// A block: one bit for each byte, the lowest for the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// The ends of cells: delimiters and line breaks outside of quotes.
    pub(super) ends: u64,
    /// All line breaks.
    pub(super) breaks: u64,
    /// The bytes after closing quotes: a cell that ends at one is quoted.
    pub(super) closed: u64,
    /// Quotes that are data because another quote precedes them.
    pub(super) doubled: u64,
    /// The ends of lines within quotes.
    pub(super) inner_lines: u64,
    /// The number of bytes before the first odd one.
    pub(super) limit: u32,
    /// Whether all bytes belong to the cell that began before, and no line ends among them.
    pub(super) is_quiet: bool,
}

impl Block {
    /// Fills the block for these bytes, of which the first `length` count.
    ///
    /// Updates in place, because moving the block would copy it right after its parts were written.
    #[inline]
    pub(super) fn update(&mut self, bytes: &[u8; BLOCK], length: usize, marks: Marks, carry: &mut Carry) {
        let bytes = lanes(bytes);
        let equal = |byte: u8| mask(&bytes, u8x16::splat(byte));
        let (lf, cr) = (equal(b'\n'), equal(b'\r'));
        let quote = marks.quote.map_or(0, equal);
        let Carry { inside: was_inside, begins: begins_first, closed: was_closed, cr: was_cr } = *carry;
        let breaks = lf | cr;
        let inside = if quote == 0 { was_inside } else { parity(quote) ^ was_inside };
        let ends = (equal(marks.delimiter) | breaks) & !inside;
        let begins = ends << 1 | begins_first;
        // Odd: a quote that opens within a cell, and a byte after a closing quote that does not end the cell.
        let (mut closed, mut doubled, mut odd) = (was_closed, 0, was_closed & !ends);
        carry.begins = ends >> 63;
        carry.closed = 0;
        carry.cr = cr >> 63;
        if quote != 0 {
            let (opening, closing) = (quote & inside, quote & !inside);
            closed |= closing << 1;
            doubled = if marks.double_quote { opening & closed } else { 0 };
            odd = (opening & !(begins | doubled)) | (closed & !(ends | doubled));
            carry.inside = 0_u64.wrapping_sub(inside >> 63);
            carry.closed = closing >> 63;
        }
        if let Some(escape) = marks.escape {
            odd |= equal(escape);
        }
        if let Some(space) = marks.space {
            odd |= equal(space) & begins;
        }
        let limit = odd.trailing_zeros().min(u32::try_from(length).unwrap_or(u32::MAX));
        let known = below(limit);
        let inner = breaks & inside & known;
        let inner_lines = if inner == 0 { 0 } else { inner & !(lf & (cr << 1 | was_cr)) };
        self.ends = ends & known;
        self.breaks = breaks;
        self.closed = closed;
        self.doubled = doubled & known;
        self.inner_lines = inner_lines;
        self.limit = limit;
        self.is_quiet = quote | odd | ends | inner == 0;
    }

    /// Clears the bits of the first bytes.
    #[inline]
    pub(super) fn forget(&mut self, bytes: usize) {
        let rest = !below(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.ends &= rest;
        self.doubled &= rest;
        self.inner_lines &= rest;
    }
}

/// A mask of this many lowest bits.
#[inline]
fn below(bits: u32) -> u64 {
    1_u64.checked_shl(bits).map_or(u64::MAX, |bit| bit - 1)
}
