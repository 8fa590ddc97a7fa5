//! The rows of a sheet as CSV, so that every row can be found again.
//!
//! Each row of the sheet up to the last one with content is a line, and each one below the labels is a record: its cells up to
//! the last label, and those behind it that have content. So a record lies as many rows below the labels as its number
//! says, and a line is the row of the same number, unless a cell above it has line breaks.

use std::io::Write;
use std::ops::Range;

use super::error::WorkbookError;
use crate::record::Rows;
use crate::reject::{RECORD, RUN};

/// Text is written in pieces of this length, in bytes.
const PIECE: usize = 256 * 1024;

/// What is known of a sheet from the feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The number of rows to skip at the start. They become empty lines, because nothing reads them.
    pub skip_rows: u64,
    /// The number of columns, if the sheet has no labels.
    pub columns: Option<usize>,
}

/// The number of rows in the first lines of a sheet's text: a cell may have line breaks.
#[must_use]
pub fn rows_above(text: &[u8], lines: u64) -> u64 {
    let (mut rows, mut left, mut is_quoted) = (0, lines, false);
    for byte in text {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' => {
                if left == 0 {
                    break;
                }
                left -= 1;
                rows += u64::from(!is_quoted);
            }
            _ => {}
        }
    }
    rows
}

/// A cell of a row: its column, from 1, and where its text is.
pub(super) type Cell = (u32, Range<usize>);

/// A table while it is written.
pub(super) struct Table<'o, W> {
    out: &'o mut W,
    rows: Rows,
    layout: Layout,
    /// The row of the next line.
    next: u32,
    /// The row with the labels, or the last one before the data, and the number of columns; `None` before it.
    head: Option<(u32, usize)>,
    /// How much was written, and how much may be, in bytes.
    written: u64,
    most: u64,
}

impl<'o, W: Write> Table<'o, W> {
    pub fn new(layout: Layout, most: u64, out: &'o mut W) -> Self {
        let skipped = u32::try_from(layout.skip_rows).unwrap_or(u32::MAX);
        let head = layout.columns.map(|columns| (skipped, columns));
        Self { out, rows: Rows::default(), layout, next: 1, head, written: 0, most }
    }

    /// Whether a row is below those that are skipped.
    pub fn has(&self, row: u32) -> bool {
        u64::from(row) > self.layout.skip_rows
    }

    /// The row with the labels, or the last one before the data, and the number of columns; `None` if nothing was written.
    pub fn head(&self) -> Option<(u32, usize)> {
        self.head
    }

    /// Writes a row that has content, with its cells in their order.
    pub fn row(&mut self, row: u32, cells: &[Cell], text: &str) -> Result<(), WorkbookError> {
        if !self.has(row) {
            return Ok(());
        }
        self.break_lines(self.head.map_or(row, |(head, _)| row.min(head.saturating_add(1))))?;
        while let Some((_, columns)) = self.head.filter(|_| self.next < row) {
            self.record(&[], "", columns)?;
        }
        let used = cells.last().map_or(0, |(column, _)| *column as usize);
        let columns = match self.head {
            Some((_, columns)) => columns,
            None => {
                let is =
                    |name: &str| cells.iter().any(|(_, place)| text.get(place.clone()).map(str::trim) == Some(name));
                if is(RUN) && is(RECORD) {
                    return Err(WorkbookError::Rejects);
                }
                self.head = Some((row, used));
                used
            }
        };
        self.record(cells, text, columns)
    }

    fn record(&mut self, cells: &[Cell], text: &str, columns: usize) -> Result<(), WorkbookError> {
        let mut column = 1;
        for (at, place) in cells {
            while column < *at {
                self.rows.cell(b"");
                column += 1;
            }
            let cell = text.get(place.clone()).unwrap_or_default();
            self.rows.cell(cell);
            column += 1;
        }
        while column as usize <= columns {
            self.rows.cell(b"");
            column += 1;
        }
        self.rows.end();
        self.next += 1;
        if self.rows.as_bytes().len() < PIECE { Ok(()) } else { self.flush() }
    }

    /// Writes empty lines up to a row.
    fn break_lines(&mut self, row: u32) -> Result<(), WorkbookError> {
        let lines = row.saturating_sub(self.next);
        if lines == 0 {
            return Ok(());
        }
        self.flush()?;
        self.next = row;
        self.put(&vec![b'\n'; lines as usize])
    }

    /// Writes what is left.
    pub fn flush(&mut self) -> Result<(), WorkbookError> {
        let rows = std::mem::take(&mut self.rows);
        let put = self.put(rows.as_bytes());
        self.rows = rows;
        self.rows.clear();
        put
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), WorkbookError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.written += bytes.len() as u64;
        if self.written > self.most {
            return Err(WorkbookError::TooSparse { most: self.most });
        }
        self.out.write_all(bytes).map_err(|error| WorkbookError::Write { reason: error.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_with_line_breaks_is_in_one_row() {
        let text = b"\"Stocktake\nof 2026\",\n\nid,name\n1,\"a\"\"b\"\n";
        let rows = [0, 1, 2, 3, 4, 5, 9].map(|lines| rows_above(text, lines));
        assert_eq!(rows, [0, 0, 1, 2, 3, 4, 4]);
    }
}
