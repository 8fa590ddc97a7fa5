//! Records: where they begin and which cells they have.

mod automaton;
mod block;
mod blocks;
mod made;
mod position;
mod quotes;
mod reader;
mod rows;
mod span;
mod spans;
mod text;

pub use position::Position;
pub use quotes::{QuoteCheck, QuoteFault};
pub use reader::{LARGEST_MAX_RECORD, MAX_RECORD, ReadError, Reader};
pub use rows::Rows;
pub use spans::cell_spans;
pub use text::Text;

pub(crate) use automaton::{Action, Automaton, State};
pub(crate) use made::MadeCells;
use span::Span;

/// A record and its position.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Where it begins.
    pub position: Position,
    /// Its bytes as they came, without the line break that ends it.
    pub raw: &'a [u8],
    cells: &'a [Span],
    copied: &'a [u8],
    /// Whether the dialect's characters are whole ones in UTF-8, so that none of them splits another character.
    is_text: bool,
    /// Whether a quote may be misplaced; [`QuoteCheck`] examines such records.
    has_odd_quotes: bool,
    /// Whether the record contains a line break.
    spans_lines: bool,
}

impl<'a> Record<'a> {
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
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.cells.get(index)?.of(self.raw, self.copied)
    }

    /// The record as text; `None` if it is not UTF-8, or if the dialect's characters are not.
    #[inline]
    #[must_use]
    pub fn text(&self) -> Option<Text<'a>> {
        Text::of(self)
    }

    /// The record without its last cell, if this is empty and the only one beyond a number of columns: the record ends
    /// with a delimiter that separates nothing.
    #[inline(never)]
    #[must_use]
    pub fn without_trailing(self, columns: usize) -> Self {
        match self.cells {
            [cells @ .., _] if cells.len() == columns && self.get(columns).is_some_and(<[u8]>::is_empty) => {
                Self { cells, ..self }
            }
            _ => self,
        }
    }

    /// The cells, unquoted.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let record = *self;
        (0..record.len()).filter_map(move |index| record.get(index))
    }
}
