//! Records: where they begin and which cells they have.

mod automaton;
mod block;
mod blocks;
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
    /// Whether what tells cells apart is ASCII, which ends no character within it.
    ascii_marks: bool,
    /// Whether a quote in it may stand where none should: [`QuoteCheck`] looks closer.
    has_odd_quotes: bool,
    /// Whether a line ends within it.
    spans_lines: bool,
}

impl<'a> Record<'a> {
    /// How many cells it has.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether it has none, which no record is.
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

    /// The record as text; `None` where it is not UTF-8, or the dialect's own characters are not ASCII.
    #[inline]
    #[must_use]
    pub fn text(&self) -> Option<Text<'a>> {
        Text::of(self)
    }

    /// The cells, unquoted.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let record = *self;
        (0..record.len()).filter_map(move |index| record.get(index))
    }
}
