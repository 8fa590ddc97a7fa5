//! Lines with columns of fixed width: a cell is a part of its line, by the positions of its characters.
//!
//! Lines are records of a dialect without quotes ([`Dialect::LINES`](crate::dialect::Dialect::LINES)), as those of JSON are, so that any file is split
//! as it is. [`FixedReader`] makes a record of a line. A character is a code point of Unicode, or a byte that is not in the encoding
//! of the file.

use std::ops::Range;
use std::sync::Arc;

use crate::encoding::SourceText;
use crate::record::{MadeCells, Record};

/// A column of fixed width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedColumn {
    /// Its name.
    pub label: String,
    /// The number of characters before it.
    pub start: usize,
    /// The number of characters up to its end; `None` if it goes to the end of the line, as only the last column may.
    pub end: Option<usize>,
}

/// The columns of a file, none of which begins before the one before it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedLayout {
    /// The columns, at least one.
    pub columns: Vec<FixedColumn>,
    /// Whether a line that ends before its last column is read as if spaces followed.
    pub fills: bool,
}

impl FixedLayout {
    /// The number of characters that a whole line has at least.
    #[must_use]
    pub fn length(&self) -> usize {
        self.columns.last().map_or(0, |last| last.end.unwrap_or(last.start))
    }

    /// The names of the columns.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.label.clone()).collect()
    }

    /// The number of characters of a line.
    #[must_use]
    pub fn characters(text: SourceText, line: &[u8]) -> usize {
        Places::of(text, line, &mut Vec::new()).characters()
    }

    /// The cells of a line, as ranges of its bytes without the spaces around them.
    ///
    /// A line that is too short has only the cells that it has whole, unless it is filled. A line with something else than spaces behind the
    /// last column has one cell more. So a wrong length is a wrong number of cells.
    #[must_use]
    pub fn cells(&self, text: SourceText, line: &[u8]) -> Vec<Range<usize>> {
        let mut cells = Vec::new();
        let mut buffer = Vec::new();
        let places = Places::of(text, line, &mut buffer);
        self.each(line, &places, |cell| cells.push(cell));
        cells
    }

    /// Passes each cell of a line.
    fn each(&self, line: &[u8], places: &Places<'_>, mut each: impl FnMut(Range<usize>)) {
        let length = places.characters();
        for FixedColumn { start, end, .. } in &self.columns {
            let is_whole = end.unwrap_or(*start) <= length;
            if !is_whole && !self.fills {
                return;
            }
            each(trimmed(line, places.byte(*start)..end.map_or(line.len(), |end| places.byte(end))));
        }
        let Some(end) = self.columns.last().and_then(|last| last.end) else { return };
        let behind = trimmed(line, places.byte(end)..line.len());
        if !behind.is_empty() {
            each(behind);
        }
    }
}

/// The range without the spaces at its ends.
fn trimmed(line: &[u8], range: Range<usize>) -> Range<usize> {
    let Some(cell) = line.get(range.clone()) else { return 0..0 };
    let is_text = |byte: &u8| *byte != b' ';
    match (cell.iter().position(is_text), cell.iter().rposition(is_text)) {
        (Some(first), Some(last)) => range.start + first..range.start + last + 1,
        _ => range.start..range.start,
    }
}

/// Where the characters of a line are.
enum Places<'a> {
    /// Each is one byte.
    Bytes(usize),
    /// They begin at these bytes; the last number is the length of the line.
    At(&'a [usize]),
}

impl<'a> Places<'a> {
    /// The places in a line. `buffer` is filled if it is needed.
    fn of(text: SourceText, line: &[u8], buffer: &'a mut Vec<usize>) -> Self {
        if !text.is_utf8() || line.is_ascii() {
            return Self::Bytes(line.len());
        }
        buffer.clear();
        if let Ok(valid) = std::str::from_utf8(line) {
            buffer.extend(valid.char_indices().map(|(at, _)| at));
        } else {
            find_characters(text, line, buffer);
        }
        buffer.push(line.len());
        Self::At(buffer)
    }

    fn characters(&self) -> usize {
        match self {
            Self::Bytes(bytes) => *bytes,
            Self::At(places) => places.len() - 1,
        }
    }

    /// The byte at which a character begins, or the end of the line.
    fn byte(&self, character: usize) -> usize {
        match self {
            Self::Bytes(bytes) => character.min(*bytes),
            Self::At(places) => places[character.min(places.len() - 1)],
        }
    }
}

/// Finds the characters of a line with bytes that are not in its encoding.
#[inline(never)]
fn find_characters(text: SourceText, line: &[u8], places: &mut Vec<usize>) {
    let mut at = 0;
    let good = |places: &mut Vec<usize>, range: Range<usize>| {
        let start = range.start;
        let valid = line.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        places.extend(valid.char_indices().map(|(at, _)| start + at));
    };
    for (bad, _) in text.undecodable(line) {
        good(places, at..bad);
        places.push(bad);
        at = (bad + text.undecodable_length()).min(line.len());
    }
    good(places, at..line.len());
}

/// Reads lines as records. Buffers are kept from line to line.
pub struct FixedReader {
    layout: Arc<FixedLayout>,
    text: SourceText,
    cells: MadeCells,
    places: Vec<usize>,
}

impl FixedReader {
    /// A reader for lines with this layout, in a file of this encoding.
    #[must_use]
    pub fn new(layout: Arc<FixedLayout>, text: SourceText) -> Self {
        Self { layout, text, cells: MadeCells::default(), places: Vec::new() }
    }

    /// How the cells are decoded.
    #[must_use]
    pub fn text(&self) -> SourceText {
        self.text
    }

    /// Makes a record of a line; see [`FixedLayout::cells`].
    pub fn read<'s>(&'s mut self, line: &Record<'s>) -> Record<'s> {
        let Self { layout, text, cells, places } = self;
        let places = Places::of(*text, line.raw, places);
        cells.reset(0);
        layout.each(line.raw, &places, |cell| cells.push(cell));
        cells.record(line.position, line.raw)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1252};

    use super::*;
    use crate::dialect::Dialect;
    use crate::record::{Position, Reader};

    fn layout(columns: &[(usize, Option<usize>)], fills: bool) -> FixedLayout {
        let column =
            |(start, end): &(usize, Option<usize>)| FixedColumn { label: start.to_string(), start: *start, end: *end };
        FixedLayout { columns: columns.iter().map(column).collect(), fills }
    }

    fn cells(layout: &FixedLayout, text: SourceText, line: &[u8]) -> String {
        let of_layout: Vec<_> = layout.cells(text, line).into_iter().map(|cell| &line[cell]).collect();
        let mut reader = Reader::new(Dialect::LINES, Position { offset: 1, ..Position::START_OF_DATA });
        reader.push(&[line, b"\n"].concat());
        let mut fixed = FixedReader::new(Arc::new(layout.clone()), text);
        if let Some(row) = reader.next_record().unwrap() {
            let record = fixed.read(&row);
            assert!(record.iter().eq(of_layout.iter().copied()), "{line:?}");
            if let Some(whole) = record.text() {
                assert!(whole.iter().map(str::as_bytes).eq(of_layout.iter().copied()), "{line:?}");
            }
        }
        of_layout.iter().map(|cell| text.show(cell)).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn cells_are_where_the_columns_are() {
        let whole = layout(&[(0, Some(3)), (3, Some(6)), (8, Some(10))], false);
        let open = layout(&[(0, Some(3)), (4, None)], false);
        let filled = layout(&[(0, Some(3)), (3, Some(6)), (8, Some(10))], true);
        let utf8 = SourceText::UTF_8;
        for (layout, line, expected) in [
            (&whole, "abcdef--gh", "abc|def|gh"),
            (&whole, " a   b-- 1", "a|b|1"),
            (&whole, "      --  ", "||"),
            (&whole, "\tx d\u{e9}f--gh   ", "\tx|d\u{e9}f|gh"),
            (&whole, "\u{1f600}\u{fc}cd\u{20ac}f--gh", "\u{1f600}\u{fc}c|d\u{20ac}f|gh"),
            // One cell for each column that the line has whole.
            (&whole, "abcdef--g", "abc|def"),
            (&whole, "abcde", "abc"),
            (&whole, "ab", ""),
            // Text behind the last column is a cell too many.
            (&whole, "abcdef--gh  x ", "abc|def|gh|x"),
            (&whole, "a\u{1f}cdef--gh", "a\u{1f}c|def|gh"),
            (&filled, "abcde", "abc|de|"),
            (&filled, "a", "a||"),
            (&filled, "abcdef--ghx", "abc|def|gh|x"),
            (&open, "abc-any text ", "abc|any text"),
            (&open, "abc-", "abc|"),
            (&open, "abc", "abc"),
        ] {
            assert_eq!(cells(layout, utf8, line.as_bytes()), expected, "{line:?}");
        }
    }

    #[test]
    fn a_character_is_one_whatever_its_bytes() {
        let layout = layout(&[(0, Some(2)), (2, Some(4))], false);
        for (encoding, line, expected) in [
            (UTF_8, "\u{e9}bcd".as_bytes(), "\u{e9}b|cd"),
            (WINDOWS_1252, b"\xe9bcd", "\u{e9}b|cd"),
            // A byte that is no character takes the place of one.
            (UTF_8, b"\xe9b\xc3\xa9d", "\\xE9b|\u{e9}d"),
            (UTF_8, b"ab\xf0\x9fd", "ab|\\xF0\\x9F|d"),
            (UTF_16LE, "\u{e9}bcd".as_bytes(), "\u{e9}b|cd"),
        ] {
            assert_eq!(cells(&layout, SourceText::new(encoding, None), line), expected, "{line:?}");
        }
    }
}
