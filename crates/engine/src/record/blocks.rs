//! Reads records block by block: the fast path for most records.
//!
//! The ends of cells are bits in a [`Block`], and the reader jumps from bit to bit. When a block makes no
//! further statement, or the input ends, whole cells have been read; the automaton continues with the next
//! cell ([`Stretch`]), and block reading resumes with the next record.

use memchr::{memchr, memchr3};

use super::automaton::Automaton;
use super::block::{Block, Carry, Marks};
use super::span::Span;
use crate::fast::bits::BLOCK;

/// The current block of a reader, and what is needed to compute the next one.
pub(super) struct Blocks {
    /// `None` if the automaton must read everything, as with a delimiter of several bytes.
    marks: Option<Marks>,
    /// Where the block begins in the input; `None` if there is no current block.
    at: Option<usize>,
    block: Block,
    carry: Carry,
}

/// The cells of a record, as they are found.
pub(super) struct Cells<'a> {
    /// Their positions, relative to the start of the record.
    pub(super) spans: &'a mut Vec<Span>,
    /// Cell texts that differ from the bytes of the record.
    pub(super) copied: &'a mut Vec<u8>,
}

/// How far a record was read.
pub(super) struct Stretch {
    /// The end of its last cell, if found. A line break is there.
    pub(super) end: Option<usize>,
    /// Where the first unread cell begins.
    pub(super) cell: usize,
    /// The number of lines that end within the cells that were read.
    pub(super) lines: u64,
}

impl Blocks {
    /// Nothing is read yet.
    pub(super) fn new(automaton: &Automaton) -> Self {
        Self { marks: Marks::new(automaton), at: None, block: Block::default(), carry: Carry::RECORD }
    }

    /// Drops the current block. Needed when the input changes, or when more than line breaks was skipped.
    pub(super) fn reset(&mut self) {
        self.at = None;
    }

    /// Reads the record at `start` as far as possible, and not much further than `max` bytes.
    pub(super) fn read(&mut self, input: &[u8], start: usize, max: usize, cells: &mut Cells<'_>) -> Stretch {
        let mut stretch = Stretch { end: None, cell: start, lines: 0 };
        let Some(marks) = self.marks else { return stretch };
        let mut at = start;
        match self.at.take() {
            // Only line breaks can have been skipped, and they are outside of quotes.
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
        // Whether the current cell contains a doubled quote.
        let mut doubled_before = false;
        loop {
            let block = &mut self.block;
            let last = block.ends & block.breaks;
            // All bits up to the end of the record, inclusive; all bits if it does not end in this block.
            let upto = last ^ last.wrapping_sub(1);
            let (mut ends, mut doubled) = (block.ends & upto, block.doubled & upto);
            if block.inner_lines != 0 {
                stretch.lines += u64::from((block.inner_lines & upto).count_ones());
            }
            let mut from = stretch.cell - start;
            let has_doubled = doubled_before || doubled != 0;
            let (closed, base) = (block.closed, at.wrapping_sub(start));
            while ends != 0 {
                let bit = ends.trailing_zeros();
                let end = base.wrapping_add(bit as usize);
                let quoted = usize::from(closed >> bit & 1 == 1);
                let mut text = Span::new(from + quoted, end - quoted);
                if has_doubled {
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

    /// Computes the block that begins at `at`; `false` if no byte is left.
    #[inline]
    fn next(&mut self, input: &[u8], at: usize, marks: Marks) -> bool {
        let rest = input.get(at..).unwrap_or_default();
        if let Some(bytes) = rest.first_chunk() {
            self.block.update(bytes, BLOCK, marks, &mut self.carry);
        } else {
            let mut bytes = [0; BLOCK];
            bytes[..rest.len()].copy_from_slice(rest);
            self.block.update(&bytes, rest.len(), marks, &mut self.carry);
        }
        !rest.is_empty()
    }
}

/// How many of the next bytes change nothing. Long cells are searched faster this way than block by block.
fn quiet(bytes: &[u8], marks: Marks, carry: Carry) -> usize {
    let found = match (carry.is_inside(), marks.quote, marks.escape) {
        (true, Some(quote), None) => memchr3(quote, b'\n', b'\r', bytes),
        (false, _, None) => memchr3(marks.delimiter, b'\n', b'\r', bytes),
        _ => return 0,
    };
    let length = found.unwrap_or(bytes.len());
    // A quote within an unquoted cell is data, but the automaton must see it, because the record may be
    // broken.
    match marks.quote.filter(|_| !carry.is_inside()) {
        Some(quote) => memchr(quote, &bytes[..length]).unwrap_or(length),
        None => length,
    }
}

/// Copies the text of a quoted cell and halves its doubled quotes.
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
