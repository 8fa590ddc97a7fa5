//! Where the text of a cell lies.

use std::ops::Range;

use super::reader::LARGEST_MAX_RECORD;

/// Where the text of a cell lies: in the record, or in the buffer of copied texts.
///
/// One number, since one is made for every cell: 32 bits for the end, 31 for the start, and one that
/// says in which of both it lies. As a struct of three it took the reader twice the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span(u64);

const COPIED: u64 = 1 << 63;
// Both ends of a span lie within a record, or one byte behind it.
const _: () = assert!(LARGEST_MAX_RECORD < 1 << 30);

impl Span {
    /// The text that lies there in the record.
    #[inline]
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self((start as u64) << 32 | end as u64)
    }

    /// The text that lies there in the buffer of copied texts.
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

    /// The text with the next bytes of it, which are `from..to` of the record.
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

    /// The same for bytes that do not follow the text in the record: both are copied.
    #[cold]
    fn with_apart(self, bytes: &[u8], record: &[u8], buffer: &mut Vec<u8>) -> Self {
        let start = if self.is_copied() { self.start() } else { buffer.len() };
        if !self.is_copied() {
            buffer.extend_from_slice(&record[self.start()..self.end()]);
        }
        buffer.extend_from_slice(bytes);
        Self::copied(start, buffer.len())
    }

    /// The text, in a record and its buffer.
    #[inline]
    pub(super) fn of<'a>(self, record: &'a [u8], copied: &'a [u8]) -> Option<&'a [u8]> {
        let bytes = if self.is_copied() { copied } else { record };
        bytes.get(self.start()..self.end())
    }

    /// Where it lies in the record, unless it lies in the buffer.
    #[inline]
    pub(super) fn place(self) -> Option<Range<usize>> {
        (!self.is_copied()).then_some(self.start()..self.end())
    }

    /// The text where record and buffer are text; `None` where that would split a character.
    #[inline]
    pub(super) fn text_of<'a>(self, record: &'a str, copied: &'a str) -> Option<&'a str> {
        let text = if self.is_copied() { copied } else { record };
        text.get(self.start()..self.end())
    }
}
