//! The dialect of a file: how its records and cells are separated.

/// The dialect of a file, in the terms of the Frictionless Table Dialect.
///
/// Records end with LF, CR or CRLF; a UTF-8 byte order mark at the start of a file is skipped. The automaton
/// in `record` defines the meaning of each member byte by byte. Other dialects are written as differences
/// from [`Dialect::CANONICAL`]:
///
/// ```
/// use sluice_engine::dialect::Dialect;
///
/// let semicolons = Dialect { delimiter: b';', ..Dialect::CANONICAL };
/// assert_eq!(semicolons.quote, Some(b'"'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Separates cells.
    pub delimiter: u8,
    /// Encloses cells. Only the first byte of a cell can open quotes. Elsewhere a quote is data, and text
    /// after a closing quote belongs to the cell.
    pub quote: Option<u8>,
    /// Whether a quote within a quoted cell is doubled.
    pub double_quote: bool,
    /// Makes the next byte data and is itself not part of the cell. It works within quoted cells, and
    /// everywhere in a dialect without quotes; otherwise it is data.
    pub escape: Option<u8>,
    /// Turns a line into a comment if it is its first byte and a record would begin there.
    pub comment: Option<u8>,
    /// Whether spaces at the start of a cell are ignored.
    pub skip_initial_space: bool,
    /// Whether an empty line is a record with one empty cell; otherwise it is skipped.
    pub keep_blank_lines: bool,
}

impl Dialect {
    /// Commas and double quotes: the dialect of the files that Sluice writes.
    pub const CANONICAL: Self = Self {
        delimiter: b',',
        quote: Some(b'"'),
        double_quote: true,
        escape: None,
        comment: None,
        skip_initial_space: false,
        keep_blank_lines: false,
    };

    /// Lines without cells, as in JSON Lines: each is a record of its own. JSON has no control characters, so none of
    /// its lines has the delimiter.
    pub const LINES: Self = Self { delimiter: 0x1F, quote: None, ..Self::CANONICAL };

    /// Whether its characters are ASCII. Those of every feed are.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        let others = [self.quote, self.escape, self.comment];
        self.delimiter.is_ascii() && others.into_iter().flatten().all(|byte| byte.is_ascii())
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::CANONICAL
    }
}
