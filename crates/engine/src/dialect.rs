//! The dialect of a file: how its records and cells are separated.

use std::fmt;

/// The dialect of a file, in the terms of the Frictionless Table Dialect.
///
/// Records end with LF, CR or CRLF; a UTF-8 byte order mark at the start of a file is skipped. The automaton
/// in `record` defines the meaning of each member byte by byte. Other dialects are written as differences
/// from [`Dialect::CANONICAL`]:
///
/// ```
/// use sluice_engine::dialect::Dialect;
///
/// let semicolons = Dialect { delimiter: b';'.into(), ..Dialect::CANONICAL };
/// assert_eq!(semicolons.quote, Some(b'"'));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Separates cells.
    pub delimiter: Delimiter,
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
        delimiter: Delimiter::byte(b','),
        quote: Some(b'"'),
        double_quote: true,
        escape: None,
        comment: None,
        skip_initial_space: false,
        keep_blank_lines: false,
    };

    /// Lines without cells, as in JSON Lines: each is a record of its own. JSON has no control characters, so none of
    /// its lines has the delimiter.
    pub const LINES: Self = Self { delimiter: Delimiter::byte(0x1F), quote: None, ..Self::CANONICAL };

    /// Whether its characters are whole ones in UTF-8, so that none of them splits another character. Those of every
    /// feed are.
    #[must_use]
    pub fn is_text(&self) -> bool {
        let others = [self.quote, self.escape, self.comment];
        std::str::from_utf8(self.delimiter.as_bytes()).is_ok()
            && others.into_iter().flatten().all(|byte| byte.is_ascii())
    }
}

impl Default for Dialect {
    fn default() -> Self {
        Self::CANONICAL
    }
}

/// What separates cells: one byte, or several.
///
/// A delimiter of several bytes separates wherever all of them stand in their order, outside of quotes. Those that begin
/// first count, and a byte belongs to one delimiter at most: `a|||b` has the cells `a` and `|b` if the delimiter is `||`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Delimiter {
    /// Bytes beyond the length are 0.
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl Delimiter {
    /// The largest number of bytes, because the automaton has a state for each byte but the last.
    pub const LONGEST: usize = 8;

    /// A delimiter of one byte.
    #[must_use]
    pub const fn byte(byte: u8) -> Self {
        let mut bytes = [0; Self::LONGEST];
        bytes[0] = byte;
        Self { bytes, length: 1 }
    }

    /// A delimiter of these bytes; `None` if there is none, or if there are more than [`Delimiter::LONGEST`].
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let length = u8::try_from(bytes.len()).ok().filter(|length| *length > 0)?;
        let mut all = [0; Self::LONGEST];
        all.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { bytes: all, length })
    }

    /// Its bytes, at least one.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }

    /// The number of its bytes.
    #[expect(clippy::len_without_is_empty, reason = "it has at least one")]
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// Its first byte.
    #[must_use]
    pub fn first(&self) -> u8 {
        self.bytes[0]
    }

    /// Its only byte; `None` if it has several.
    #[must_use]
    pub fn only(&self) -> Option<u8> {
        (self.length == 1).then_some(self.bytes[0])
    }

    /// How often it occurs in a text, whatever the quotes.
    #[must_use]
    pub fn count(&self, text: &[u8]) -> usize {
        match self.only() {
            Some(byte) => memchr::memchr_iter(byte, text).count(),
            None => memchr::memmem::find_iter(text, self.as_bytes()).count(),
        }
    }
}

impl From<u8> for Delimiter {
    fn from(byte: u8) -> Self {
        Self::byte(byte)
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

impl fmt::Debug for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_has_one_to_eight_bytes() {
        assert_eq!(Delimiter::of(b""), None);
        assert_eq!(Delimiter::of(b"123456789"), None);
        assert_eq!(Delimiter::of(b","), Some(Delimiter::byte(b',')));
        let long = Delimiter::of(b"12345678").unwrap();
        assert_eq!((long.as_bytes(), long.first(), long.only()), (&b"12345678"[..], b'1', None));
        assert_eq!(format!("{:?}", Delimiter::of("\t|\u{a6}".as_bytes()).unwrap()), r#""\t|\xc2\xa6""#);
    }

    #[test]
    fn occurrences_do_not_overlap() {
        for (delimiter, text, expected) in [("||", "a|||b||", 2), ("||", "|", 0), ("|", "|||", 3)] {
            assert_eq!(Delimiter::of(delimiter.as_bytes()).unwrap().count(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn characters_are_whole() {
        let with = |delimiter: &[u8]| Dialect { delimiter: Delimiter::of(delimiter).unwrap(), ..Dialect::CANONICAL };
        assert!(with(b"||").is_text() && with("\u{a6}".as_bytes()).is_text());
        assert!(!with(b"\xa6").is_text());
        assert!(!Dialect { quote: Some(0xA6), ..Dialect::CANONICAL }.is_text());
    }
}
