//! How records and cells are told apart in a file.

/// The dialect of a file, in the terms of the Frictionless Table Dialect.
///
/// Records end with LF, CR or CRLF; lines without a character are no records; a quote within a
/// quoted cell is doubled; a UTF-8 byte order mark at the start of a file is skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between cells.
    pub delimiter: u8,
    /// Around cells.
    pub quote: u8,
}

impl Dialect {
    /// Commas and double quotes: what Sluice itself writes.
    pub const CANONICAL: Self = Self { delimiter: b',', quote: b'"' };
}
