//! Records: where they begin and which cells they have.

mod automaton;
mod position;
mod reader;
mod rows;
mod span;
mod spans;

pub use position::Position;
pub use reader::{MAX_RECORD, ReadError, Reader};
pub use rows::Rows;
pub use spans::cell_spans;

use span::Span;

/// A record and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it begins.
    pub position: Position,
    /// Its bytes as they came, without the line break that ends it.
    pub raw: &'a [u8],
    cells: &'a [Span],
    copied: &'a [u8],
}

impl<'a> Record<'a> {
    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has none, which no record is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A cell by its index, unquoted.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.cells.get(index)?.of(self.raw, self.copied)
    }

    /// The cells, unquoted.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let record = *self;
        (0..record.len()).filter_map(move |index| record.get(index))
    }
}
