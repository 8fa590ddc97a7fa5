//! The cells of a record that something other than a dialect separates.

use std::ops::Range;

use super::span::Span;
use super::{Position, Record};

/// The cells of a record, found one by one. Buffers are kept from record to record.
#[derive(Debug, Default)]
pub(crate) struct MadeCells {
    cells: Vec<Span>,
    copied: Vec<u8>,
}

impl MadeCells {
    /// Starts with another record of this many cells, all empty.
    pub(crate) fn reset(&mut self, cells: usize) {
        self.cells.clear();
        self.cells.resize(cells, Span::default());
        self.copied.clear();
    }

    /// Adds a cell, which is a part of the record.
    pub(crate) fn push(&mut self, part: Range<usize>) {
        self.cells.push(Span::new(part.start, part.end));
    }

    /// A cell is a part of the record.
    pub(crate) fn place(&mut self, cell: usize, part: Range<usize>) {
        if let Some(span) = self.cells.get_mut(cell) {
            *span = Span::new(part.start, part.end);
        }
    }

    /// A cell is a text of its own, which this function appends.
    pub(crate) fn make<E>(&mut self, cell: usize, append: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let start = self.copied.len();
        append(&mut self.copied)?;
        if let Some(span) = self.cells.get_mut(cell) {
            *span = Span::copied(start, self.copied.len());
        }
        Ok(())
    }

    /// The record with these cells and these bytes, which must be UTF-8 for it to be a text.
    pub(crate) fn record<'a>(&'a self, position: Position, raw: &'a [u8]) -> Record<'a> {
        let Self { cells, copied } = self;
        Record { position, raw, cells, copied, is_text: true, has_odd_quotes: false, spans_lines: false }
    }
}
