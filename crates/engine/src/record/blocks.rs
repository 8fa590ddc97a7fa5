//! Reads records a block at a time: the way that most records take.
//!
//! What ends a cell is a bit in a [`Block`], and reading goes from bit to bit. Where a block says nothing more, or
//! the input ends, what was read so far is whole cells, and the automaton goes on with the one that
//! follows ([`Stretch`]); with the next record it begins anew here.

use memchr::{memchr, memchr3};

use super::automaton::Automaton;
use super::block::{Block, Carry, Marks};
use super::span::Span;
use crate::fast::bits::BLOCK;

/// The block at which a reader is, and what it takes to go on to the next one.
pub(super) struct Blocks {
    /// `None` where the automaton reads all: no feed has such a dialect.
    marks: Option<Marks>,
    /// Where in the input the block begins; `None` where there is none to go on with.
    at: Option<usize>,
    block: Block,
    carry: Carry,
}

/// The cells of a record, as they are found.
pub(super) struct Cells<'a> {
    /// Where they lie, told from where the record begins.
    pub(super) spans: &'a mut Vec<Span>,
    /// Texts that do not lie in the record as they are.
    pub(super) copied: &'a mut Vec<u8>,
}

/// How far a record was read.
pub(super) struct Stretch {
    /// Where its last cell ends, if that was found. A line break is there.
    pub(super) end: Option<usize>,
    /// Where the cell begins that was not read.
    pub(super) cell: usize,
    /// How many lines end within the cells that were read.
    pub(super) lines: u64,
}

impl Blocks {
    /// Nothing is read yet.
    pub(super) fn new(automaton: &Automaton) -> Self {
        Self { marks: Marks::new(automaton), at: None, block: Block::default(), carry: Carry::RECORD }
    }

    /// Forgets the block: the input has changed, or something was skipped that is more than line breaks.
    pub(super) fn reset(&mut self) {
        self.at = None;
    }

    /// Reads the record that begins at `start`, as far as that goes, and not much further than `max` bytes.
    pub(super) fn read(&mut self, input: &[u8], start: usize, max: usize, cells: &mut Cells<'_>) -> Stretch {
        let mut stretch = Stretch { end: None, cell: start, lines: 0 };
        let Some(marks) = self.marks else { return stretch };
        let mut at = start;
        match self.at.take() {
            // Only line breaks can have been skipped, and none of them is within quotes.
            Some(known) if start - known <= BLOCK => {
                at = known;
                self.block.forget(start - known);
            }
            _ => {
                self.carry = Carry::RECORD;
                if !self.next(input, start, marks) {
                    return stretch;
                }
            }
        }
        // Whether the cell that is being read has a quote in it.
        let mut doubled_before = false;
        loop {
            let block = &mut self.block;
            let last = block.ends & block.breaks;
            // Up to and with the end of the record: all bits where that is not in this block.
            let upto = last ^ last.wrapping_sub(1);
            let (mut ends, mut doubled) = (block.ends & upto, block.doubled & upto);
            if block.inner_lines != 0 {
                stretch.lines += u64::from((block.inner_lines & upto).count_ones());
            }
            let mut from = stretch.cell - start;
            while ends != 0 {
                let bit = ends.trailing_zeros();
                let end = at + bit as usize - start;
                let quoted = usize::from(block.closed >> bit & 1 == 1);
                let mut text = Span::new(from + quoted, end - quoted);
                if doubled_before || doubled != 0 {
                    let within = ends ^ ends.wrapping_sub(1);
                    if doubled_before || doubled & within != 0 {
                        text = halve(text, &input[start..], marks, cells.copied);
                    }
                    doubled &= !within;
                    doubled_before = false;
                }
                cells.spans.push(text);
                ends &= ends - 1;
                from = end + 1;
            }
            doubled_before |= doubled != 0;
            stretch.cell = start + from;
            if last != 0 {
                let bit = last.trailing_zeros() as usize;
                stretch.end = Some(at + bit);
                block.forget(bit + 1);
                self.at = Some(at);
                return stretch;
            }
            at += BLOCK;
            if block.is_quiet {
                at += quiet(input.get(at..).unwrap_or_default(), marks, self.carry);
            }
            let more = block.limit as usize == BLOCK && at - start <= max;
            if !more || !self.next(input, at, marks) {
                return stretch;
            }
        }
    }

    /// Goes to the block that begins here; `false` where no byte is left.
    #[inline]
    fn next(&mut self, input: &[u8], at: usize, marks: Marks) -> bool {
        let rest = input.get(at..).unwrap_or_default();
        if let Some(bytes) = rest.first_chunk() {
            self.block.look(bytes, BLOCK, marks, &mut self.carry);
        } else {
            let mut bytes = [0; BLOCK];
            bytes[..rest.len()].copy_from_slice(rest);
            self.block.look(&bytes, rest.len(), marks, &mut self.carry);
        }
        !rest.is_empty()
    }
}

/// How many of the next bytes are like those of a quiet block: long cells are searched faster than blocks are made.
fn quiet(bytes: &[u8], marks: Marks, carry: Carry) -> usize {
    let found = match (carry.is_inside(), marks.quote, marks.escape) {
        (true, Some(quote), None) => memchr3(quote, b'\n', b'\r', bytes),
        (false, _, None) => memchr3(marks.delimiter, b'\n', b'\r', bytes),
        _ => return 0,
    };
    let length = found.unwrap_or(bytes.len());
    // A quote in the middle of an unquoted cell is data, but the automaton must see it: the record may be broken.
    match marks.quote.filter(|_| !carry.is_inside()) {
        Some(quote) => memchr(quote, &bytes[..length]).unwrap_or(length),
        None => length,
    }
}

/// The text of a quoted cell with one quote for every two.
fn halve(text: Span, record: &[u8], marks: Marks, copied: &mut Vec<u8>) -> Span {
    let (Some(mut rest), Some(quote)) = (text.of(record, &[]), marks.quote) else { return text };
    let start = copied.len();
    while let Some(found) = memchr(quote, rest) {
        copied.extend_from_slice(&rest[..=found]);
        rest = rest.get(found + 2..).unwrap_or_default();
    }
    copied.extend_from_slice(rest);
    Span::copied(start, copied.len())
}

#[cfg(test)]
mod tests;
