//! Writes canonical CSV: commas, double quotes where needed, LF.
//!
//! The output equals that of the `csv` crate byte for byte; tests compare both.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

/// The bytes that require quotes around a cell.
const SPECIAL: [u8; 4] = [b',', b'"', b'\n', b'\r'];

/// The same as a table by byte.
const IS_SPECIAL: [bool; 256] = {
    let mut is_special = [false; 256];
    let mut index = 0;
    while index < SPECIAL.len() {
        is_special[SPECIAL[index] as usize] = true;
        index += 1;
    }
    is_special
};

/// The numbers of two digits.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut number: u8 = 0;
    while number < 100 {
        pairs[number as usize] = [b'0' + number / 10, b'0' + number % 10];
        number += 1;
    }
    pairs
};

/// The number of bytes that are copied at once.
const LANE: usize = 16;

/// Rows of canonical CSV in a buffer. The owner empties the buffer.
///
/// A row is written at once, or cell by cell:
///
/// ```
/// use sluice_engine::record::Rows;
///
/// let mut rows = Rows::default();
/// rows.row(["id", "name"]);
/// rows.number(7);
/// rows.cell("a, b");
/// rows.end();
/// assert_eq!(rows.as_bytes(), b"id,name\n7,\"a, b\"\n");
/// ```
#[derive(Default)]
pub struct Rows {
    /// The rows, and room behind them.
    buffer: Vec<u8>,
    /// Where the rows end. A comma follows each cell of the current row.
    length: usize,
    /// Where the current row begins.
    start: usize,
}

impl Rows {
    /// Appends a row.
    pub fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        for cell in cells {
            self.cell(cell);
        }
        self.end();
    }

    /// Appends a cell to the current row.
    #[inline]
    pub fn cell(&mut self, cell: impl AsRef<[u8]>) {
        let cell = cell.as_ref();
        if needs_quotes(cell) {
            self.quoted(cell);
        } else {
            self.bare(cell, 0..cell.len());
        }
    }

    /// Appends a part of a text as a cell that needs no quotes.
    ///
    /// A short cell is copied as one or two whole vectors, because that takes less time than copying just its bytes.
    #[inline]
    pub fn bare(&mut self, text: &[u8], part: Range<usize>) {
        let length = part.len();
        if self.buffer.len() < self.length + length + 2 * LANE {
            self.grow(length);
        }
        let from = text.get(part.start..).unwrap_or_default();
        let Some(to) = self.buffer.get_mut(self.length..) else { return };
        if length <= LANE
            && let (Some(from), Some(to)) = (from.first_chunk::<LANE>(), to.first_chunk_mut())
        {
            *to = *from;
        } else if length <= 2 * LANE
            && let (Some(from), Some(to)) = (from.first_chunk::<{ 2 * LANE }>(), to.first_chunk_mut())
        {
            *to = *from;
        } else if let (Some(from), Some(to)) = (from.get(..length), to.get_mut(..length)) {
            to.copy_from_slice(from);
        }
        if let Some(comma) = to.get_mut(length) {
            *comma = b',';
        }
        self.length += length + 1;
    }

    /// Appends a number as a cell.
    #[inline]
    pub fn number(&mut self, number: u64) {
        // The longest is 18446744073709551615.
        const LONGEST: usize = 20;
        let mut digits = [0; LONGEST + LANE];
        let mut rest = number;
        let mut start = LONGEST;
        for two in digits[..LONGEST].as_chunks_mut::<2>().0.iter_mut().rev() {
            *two = PAIRS[(rest % 100) as usize];
            start -= 2;
            rest /= 100;
            if rest == 0 {
                start += usize::from(two[0] == b'0');
                break;
            }
        }
        self.bare(&digits, start..LONGEST);
    }

    /// Ends the current row.
    #[inline]
    pub fn end(&mut self) {
        if self.length <= self.start + 1 {
            // An empty line would not be a row.
            self.length = self.start;
            self.quoted(b"");
        }
        if let Some(comma) = self.buffer.get_mut(self.length - 1) {
            *comma = b'\n';
        }
        self.start = self.length;
    }

    /// The rows so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.buffer.get(..self.length).unwrap_or_default()
    }

    /// Appends the rows of another buffer.
    pub fn append(&mut self, rows: &Self) {
        self.buffer.truncate(self.length);
        self.buffer.extend_from_slice(rows.as_bytes());
        self.length = self.buffer.len();
        self.start = self.length;
    }

    /// Drops the rows so far and keeps the buffer.
    pub fn clear(&mut self) {
        self.length = 0;
        self.start = 0;
    }

    /// Makes room for so many bytes, a comma and what may be copied with them.
    #[cold]
    fn grow(&mut self, bytes: usize) {
        self.buffer.resize((self.length + bytes + 2 * LANE).max(2 * self.buffer.len()), 0);
    }

    /// Appends a cell in quotes.
    fn quoted(&mut self, cell: &[u8]) {
        let length = cell.len() + memchr_iter(b'"', cell).count() + 2;
        if self.buffer.len() < self.length + length + 1 {
            self.grow(length);
        }
        self.put(b"\"");
        let mut rest = cell;
        while let Some(found) = memchr(b'"', rest) {
            let (with_quote, after) = rest.split_at(found + 1);
            self.put(with_quote);
            self.put(b"\"");
            rest = after;
        }
        self.put(rest);
        self.put(b"\",");
    }

    /// Appends bytes for which there is room.
    fn put(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if let Some(to) = self.buffer.get_mut(self.length..end) {
            to.copy_from_slice(bytes);
        }
        self.length = end;
    }
}

/// Whether a cell contains a special byte. Checks eight bytes at a time; the last eight may overlap the
/// previous ones.
#[inline]
fn needs_quotes(cell: &[u8]) -> bool {
    match cell.last_chunk() {
        Some(last) => cell.as_chunks().0.iter().any(|eight| has_special(*eight)) || has_special(*last),
        None => cell.iter().any(|byte| IS_SPECIAL[usize::from(*byte)]),
    }
}

/// Whether one of eight bytes is special. A matching byte becomes zero, and subtracting 1 from each byte
/// borrows into an unset highest bit only if one of them is zero.
#[inline]
fn has_special(bytes: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let bytes = u64::from_le_bytes(bytes);
    let zeros = SPECIAL.map(|special| {
        let differs = bytes ^ (ONES * u64::from(special));
        differs.wrapping_sub(ONES) & !differs
    });
    zeros.into_iter().fold(0, |all, zeros| all | zeros) & (ONES << 7) != 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ours(rows: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let mut ours = Rows::default();
        for row in rows {
            ours.row(row);
        }
        ours.as_bytes().to_vec()
    }

    fn theirs(rows: &[Vec<Vec<u8>>]) -> Vec<u8> {
        let mut theirs = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        for row in rows {
            theirs.write_record(row).unwrap();
        }
        theirs.into_inner().unwrap()
    }

    #[test]
    fn writes_what_the_csv_crate_writes() {
        let rows = [vec!["a", "b,c", "d\"e"], vec!["", "line\nbreak", "\r"], vec![" x ", "=1+1", "ü"]];
        let mut ours = Rows::default();
        let mut theirs = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            ours.row(row);
            theirs.write_record(row).unwrap();
        }
        assert_eq!(ours.as_bytes(), theirs.into_inner().unwrap());
    }

    /// Cells of every length around eight bytes, with a special byte in every place.
    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                let cells = (0..length).map(|place| {
                    let mut cell = vec![b'x'; length];
                    cell[place] = byte;
                    cell
                });
                let rows = [cells.collect()];
                assert_eq!(ours(&rows), theirs(&rows), "{byte} in {length}");
            }
        }
    }

    #[test]
    fn a_row_with_nothing_in_it_is_a_row() {
        for cells in [vec![], vec![""], vec!["", ""]] {
            let row = cells.iter().map(|cell| cell.as_bytes().to_vec()).collect();
            let rows = [row, vec![b"a".to_vec()]];
            assert_eq!(ours(&rows), theirs(&rows), "{cells:?}");
        }
    }

    #[test]
    fn numbers_are_written_as_everyone_does() {
        let mut rows = Rows::default();
        for number in (0..20).flat_map(|n| [10_u64.pow(n), 10_u64.pow(n) - 1]).chain([u64::MAX]) {
            rows.clear();
            rows.number(number);
            rows.number(number);
            rows.end();
            assert_eq!(rows.as_bytes(), format!("{number},{number}\n").as_bytes());
        }
    }

    /// If it did not, the next cell would fill the room again, and take as long as all rows before it.
    #[test]
    fn a_quoted_cell_leaves_the_room_behind_it() {
        let mut rows = Rows::default();
        rows.grow(1000);
        let room = rows.buffer.len();
        for _ in 0..10 {
            rows.cell("a, \"b\"");
            rows.cell("c");
        }
        assert_eq!(rows.buffer.len(), room);
    }

    /// Parts of every length, anywhere in a text.
    #[test]
    fn a_part_is_written_without_what_is_around_it() {
        let text: Vec<u8> = (b'a'..=b'z').cycle().take(60).collect();
        let mut rows = Rows::default();
        for start in 0..text.len() {
            for end in start..=text.len() {
                rows.clear();
                rows.bare(&text, start..end);
                rows.cell("x");
                rows.end();
                assert_eq!(rows.as_bytes(), [&text[start..end], b",x\n"].concat());
            }
        }
    }

    proptest! {
        /// Any cells, with the buffer emptied at any point.
        #[test]
        fn any_rows_are_those_of_the_csv_crate(
            rows in proptest::collection::vec(
                proptest::collection::vec("[a-z,\"\r\nü ]{0,20}", 1..6), 0..20,
            ),
            clear in any::<bool>(),
        ) {
            let rows: Vec<Vec<Vec<u8>>> =
                rows.into_iter().map(|row| row.into_iter().map(String::into_bytes).collect()).collect();
            let (mut written, mut ours) = (Vec::new(), Rows::default());
            for row in &rows {
                ours.row(row);
                if clear {
                    written.extend_from_slice(ours.as_bytes());
                    ours.clear();
                }
            }
            written.extend_from_slice(ours.as_bytes());
            prop_assert_eq!(written, theirs(&rows));
        }
    }
}
