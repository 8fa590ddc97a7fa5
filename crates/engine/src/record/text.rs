//! A record as text.

use std::ops::Range;

use simdutf8::basic::from_utf8;

use super::Record;
use super::span::Span;

/// A record in UTF-8. The whole record was validated at once, which takes a fraction of validating cell by
/// cell.
///
/// ```
/// use sluice_engine::dialect::Dialect;
/// use sluice_engine::record::{Position, Reader};
///
/// let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
/// reader.push("a,\"b\"\"ü\"\n".as_bytes());
/// let record = reader.next_record().ok().flatten();
/// let cells: Option<Vec<&str>> = record.and_then(|record| Some(record.text()?.iter().collect()));
/// assert_eq!(cells, Some(vec!["a", "b\"ü"]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    raw: &'a str,
    copied: &'a str,
    cells: &'a [Span],
}

impl<'a> Text<'a> {
    /// The record as text; `None` if one of its cells might not be UTF-8.
    #[inline]
    pub(super) fn of(record: &Record<'a>) -> Option<Self> {
        let raw = from_utf8(record.raw).ok()?;
        let copied = if record.copied.is_empty() { "" } else { from_utf8(record.copied).ok()? };
        record.is_text.then_some(Self { raw, copied, cells: record.cells })
    }

    /// The record as it came, without the line break that ends it.
    #[inline]
    #[must_use]
    pub fn whole(&self) -> &'a str {
        self.raw
    }

    /// The range of a cell's text in the record; `None` if there is no such cell, or if its text was
    /// assembled because it contains an escape or a doubled quote.
    #[inline]
    #[must_use]
    pub fn place(&self, index: usize) -> Option<Range<usize>> {
        self.cells.get(index)?.place()
    }

    /// The number of cells.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has no cell, as only a line that ends within its first column of fixed width.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A cell by its index, unquoted.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'a str> {
        self.cells.get(index)?.text_of(self.raw, self.copied)
    }

    /// The cells, unquoted.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let text = *self;
        text.cells.iter().map(move |cell| cell.text_of(text.raw, text.copied).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Position, Reader};
    use crate::dialect::Dialect;

    /// Tests block reading, which sees the line break, and the automaton, which reads the last record.
    #[test]
    fn cells_have_their_place_unless_they_were_put_together() {
        let record = "\u{e9},\"b\nc\",\"d\"\"\u{fc}\",x,";
        for end in ["", "\n"] {
            let mut reader = Reader::new(Dialect::CANONICAL, Position::START);
            reader.push(record.as_bytes());
            reader.push(end.as_bytes());
            reader.end();
            let text = reader.next_record().unwrap().unwrap().text().unwrap();
            assert_eq!(text.whole(), record);
            let cells: Vec<_> = (0..text.len()).map(|at| (text.get(at).unwrap(), text.place(at).is_some())).collect();
            assert_eq!(cells, [("é", true), ("b\nc", true), ("d\"ü", false), ("x", true), ("", true)]);
            assert_eq!(text.place(1).map(|place| &text.whole()[place]), Some("b\nc"));
            assert_eq!((text.get(5), text.place(5)), (None, None));
        }
    }
}
