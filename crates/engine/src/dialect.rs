//! How records and cells are told apart in a file.

/// The dialect of a file, in the terms of the Frictionless Table Dialect.
///
/// Records end with LF, CR or CRLF; a UTF-8 byte order mark at the start of a file is skipped. What
/// each member does, byte by byte, is told by the automaton in `record`. Others write down how they
/// differ from [`Dialect::CANONICAL`]:
///
/// ```
/// use sluice_engine::dialect::Dialect;
///
/// let semicolons = Dialect { delimiter: b';', ..Dialect::CANONICAL };
/// assert_eq!(semicolons.quote, Some(b'"'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Around cells. Only the first byte of a cell opens quotes: elsewhere a quote is data, and text
    /// after a closing quote belongs to the cell.
    pub quote: Option<u8>,
    /// Whether a quote within a quoted cell is written twice.
    pub double_quote: bool,
    /// Takes the meaning of the next byte away and is not part of the cell: within quoted cells or,
    /// in a dialect without quotes, everywhere. Outside of quotes it is otherwise data.
    pub escape: Option<u8>,
    /// As the first byte of a line where a record would begin, makes that line no record.
    pub comment: Option<u8>,
    /// Whether spaces at the start of a cell do not count.
    pub skip_initial_space: bool,
    /// Whether a line without a byte is a record with one empty cell; otherwise it is none.
    pub keep_blank_lines: bool,
}

impl Dialect {
    /// Commas and double quotes: what Sluice itself writes.
    pub const CANONICAL: Self = Self {
        delimiter: b',',
        quote: Some(b'"'),
        double_quote: true,
        escape: None,
        comment: None,
        skip_initial_space: false,
        keep_blank_lines: false,
    };

    /// Whether its characters are ASCII, as those of every feed are.
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
