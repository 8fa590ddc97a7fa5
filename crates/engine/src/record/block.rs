//! A block of bytes, seen all at once: where in it cells and records end, as bits.
//!
//! # What it does
//!
//! A [`Block`] answers for 64 bytes what the [`automaton`](super::automaton) would answer one by one, as
//! long as quotes stand where they should: one that opens where a cell begins, one that closes where it ends. Then a
//! byte is within quotes if the number of quotes up to it is odd. From the first byte on that is not as it
//! should be, a block says nothing ([`Block::limit`]), and the automaton is asked.
//!
//! # Why it is like this
//!
//! A comparison of 64 bytes with one is a few vector instructions on every machine, whatever the bytes are: cells of
//! five bytes take no more of them than long ones, and nothing has to be predicted.
//!
//! # If you change it
//!
//! What is a line break, a delimiter, a quote is the automaton's to say: [`Marks`] is made from its
//! classes. What blocks do not know must be odd: that costs time, and never truth. The tests of
//! [`blocks`](super::blocks) hold records against the automaton, for every dialect.

use wide::u8x16;

use super::automaton::{Automaton, Class};
use crate::fast::bits::{BLOCK, lanes, mask, parity};

/// The bytes that mean something to a dialect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    /// Between cells.
    pub(super) delimiter: u8,
    /// Around cells.
    pub(super) quote: Option<u8>,
    /// Whether a quote that is written twice stands for one.
    double_quote: bool,
    /// Takes the meaning of another byte away: it is odd.
    pub(super) escape: Option<u8>,
    /// Does not count at the start of a cell: there it is odd.
    space: Option<u8>,
}

impl Marks {
    /// The marks of a dialect; `None` where no byte is its delimiter.
    pub(super) fn new(automaton: &Automaton) -> Option<Self> {
        let dialect = automaton.dialect();
        let mark = |byte: Option<u8>, class| byte.filter(|byte| automaton.class(*byte) == class);
        Some(Self {
            delimiter: mark(Some(dialect.delimiter), Class::Delimiter)?,
            quote: mark(dialect.quote, Class::Quote),
            double_quote: dialect.double_quote,
            escape: mark(dialect.escape, Class::Escape),
            space: mark(Some(b' '), Class::Space),
        })
    }
}

/// What one block hands to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carry {
    /// All bits if the next byte is within quotes, unless it is one itself.
    inside: u64,
    /// 1 if a cell begins with the next byte.
    begins: u64,
    /// 1 if the byte before was a quote that closes.
    closed: u64,
    /// 1 if the byte before was a CR.
    cr: u64,
}

impl Carry {
    /// What is handed to a block that begins with a record.
    pub(super) const RECORD: Self = Self { inside: 0, begins: 1, closed: 0, cr: 0 };

    /// Whether the next byte is within quotes.
    pub(super) fn is_inside(&self) -> bool {
        self.inside != 0
    }
}

/// A block: one bit for each byte, the lowest for the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// What ends a cell: delimiters and line breaks outside of quotes.
    pub(super) ends: u64,
    /// Line breaks, wherever they are.
    pub(super) breaks: u64,
    /// The bytes after a quote that closes: a cell that ends with one is quoted.
    pub(super) closed: u64,
    /// Quotes that another one before them makes data.
    pub(super) doubled: u64,
    /// Where lines end within quotes.
    pub(super) inner_lines: u64,
    /// How many bytes there are before the first one that is odd.
    pub(super) limit: u32,
    /// Whether all of it belongs to the cell that began before, and no line ends in it.
    pub(super) is_quiet: bool,
}

impl Block {
    /// Becomes the block of these bytes, of which the first `length` count.
    ///
    /// It is changed in its place: to be moved it would be read as a whole, right after its parts were written.
    #[inline]
    pub(super) fn look(&mut self, bytes: &[u8; BLOCK], length: usize, marks: Marks, carry: &mut Carry) {
        let bytes = lanes(bytes);
        let equal = |byte: u8| mask(&bytes, u8x16::splat(byte));
        let (lf, cr) = (equal(b'\n'), equal(b'\r'));
        let quote = marks.quote.map_or(0, equal);
        let Carry { inside: was_inside, begins: begins_first, closed: was_closed, cr: was_cr } = *carry;
        let breaks = lf | cr;
        let inside = if quote == 0 { was_inside } else { parity(quote) ^ was_inside };
        let ends = (equal(marks.delimiter) | breaks) & !inside;
        let begins = ends << 1 | begins_first;
        // Odd is a quote that opens in the middle of a cell, and what follows one that closes but ends no cell.
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

    /// Forgets the first bytes.
    #[inline]
    pub(super) fn forget(&mut self, bytes: usize) {
        let rest = !below(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.ends &= rest;
        self.doubled &= rest;
        self.inner_lines &= rest;
    }
}

/// The lowest bits, so many of them.
#[inline]
fn below(bits: u32) -> u64 {
    1_u64.checked_shl(bits).map_or(u64::MAX, |bit| bit - 1)
}
