//! The position of a cell's text.

use std::ops::Range;

use super::reader::LARGEST_MAX_RECORD;

/// The position of a cell's text, in the record or in the buffer of assembled texts.
///
/// A single number, because there is one for every cell: 32 bits for the end, 31 for the start, and one for
/// the choice of buffer. A struct of three fields doubled the time of the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span(u64);

const COPIED: u64 = 1 << 63;
// Both ends of a span are within a record or one byte past it.
const _: () = assert!(LARGEST_MAX_RECORD < 1 << 30);

impl Span {
    /// The span of a text in the record.
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self((start as u64) << 32 | end as u64)
    }

    /// The span of a text in the buffer of assembled texts.
    pub(super) fn copied(start: usize, end: usize) -> Self {
        Self(Self::new(start, end).0 | COPIED)
    }

    #[inline]
    fn is_copied(self) -> bool {
        self.0 & COPIED != 0
    }

    #[inline]
    fn start(self) -> usize {
        ((self.0 & !COPIED) >> 32) as usize
    }

    #[inline]
    fn end(self) -> usize {
        (self.0 & 0xFFFF_FFFF) as usize
    }

    /// Extends the text by the bytes `from..to` of the record.
    #[inline]
    pub(super) fn with(self, record: &[u8], from: usize, to: usize, buffer: &mut Vec<u8>) -> Self {
        if self == Self::default() {
            Self::new(from, to)
        } else if self.end() == from && !self.is_copied() {
            Self::new(self.start(), to)
        } else {
            self.with_apart(&record[from..to], record, buffer)
        }
    }

    /// Extends the text by bytes that do not follow it in the record; both are copied to the buffer.
    #[cold]
    fn with_apart(self, bytes: &[u8], record: &[u8], buffer: &mut Vec<u8>) -> Self {
        let start = if self.is_copied() { self.start() } else { buffer.len() };
        if !self.is_copied() {
            buffer.extend_from_slice(&record[self.start()..self.end()]);
        }
        buffer.extend_from_slice(bytes);
        Self::copied(start, buffer.len())
    }

    /// The text, given its record and buffer.
    #[inline]
    pub(super) fn of<'a>(self, record: &'a [u8], copied: &'a [u8]) -> Option<&'a [u8]> {
        let bytes = if self.is_copied() { copied } else { record };
        bytes.get(self.start()..self.end())
    }

    /// The range in the record; `None` if the text is in the buffer.
    #[inline]
    pub(super) fn place(self) -> Option<Range<usize>> {
        (!self.is_copied()).then_some(self.start()..self.end())
    }

    /// The text if record and buffer are UTF-8; `None` if the range would split a character.
    #[inline]
    pub(super) fn text_of<'a>(self, record: &'a str, copied: &'a str) -> Option<&'a str> {
        let text = if self.is_copied() { copied } else { record };
        text.get(self.start()..self.end())
    }
}
