//! Makes bytes of a file safe for a terminal: nothing controls the terminal, nothing is invisible, and the
//! width is known.

use sluice_engine::encoding::SourceText;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Bytes of a file for display; bytes that are invalid in its encoding become `\xE9`.
pub fn bytes(of: SourceText, bytes: &[u8]) -> String {
    text(&of.show(bytes))
}

/// A text for display: control characters become their Unicode pictures (a tab is `␉`), and invisible
/// characters and those that change the text direction become `�`.
pub fn text(text: &str) -> String {
    text.chars().map(visible).collect()
}

fn visible(character: char) -> char {
    const UNKNOWN: char = char::REPLACEMENT_CHARACTER;
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(UNKNOWN),
        '\u{7f}' => '\u{2421}',
        // Soft hyphen, zero-width space, marks and overrides of direction, separators, byte order mark.
        '\u{ad}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => UNKNOWN,
        other if other.is_control() => UNKNOWN,
        other => other,
    }
}

/// The number of characters in bytes of a file; an invalid byte counts as one.
pub fn characters(of: SourceText, bytes: &[u8]) -> usize {
    match of.decode(bytes) {
        Ok(text) => text.chars().count(),
        Err(_) => bytes.utf8_chunks().map(|part| part.valid().chars().count() + part.invalid().len()).sum(),
    }
}

/// The number of terminal columns of a text.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The longest start of a text that fits into this many columns.
pub fn start(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let fits = |(_, character): &(usize, char)| {
        used += character.width().unwrap_or_default();
        used <= columns
    };
    let end = text.char_indices().take_while(fits).last();
    end.map_or("", |(at, character)| &text[..at + character.len_utf8()])
}

/// The longest end of a text that fits into this many columns.
pub fn end(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let fits = |(_, character): &(usize, char)| {
        used += character.width().unwrap_or_default();
        used <= columns
    };
    let start = text.char_indices().rev().take_while(fits).last();
    start.map_or("", |(at, _)| &text[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_bytes() {
        for (given, shown, length) in [
            (&b"a,b"[..], "a,b", 3),
            (b"a\tb", "a␉b", 3),
            (b"\x1b[2J\x7f", "␛[2J␡", 5),
            (b"caf\xE9", "caf\\xE9", 4),
            ("für ☕".as_bytes(), "für ☕", 5),
            ("a\u{200b}\u{202e}b\u{85}".as_bytes(), "a��b�", 5),
        ] {
            let of = SourceText::UTF_8;
            assert_eq!((bytes(of, given).as_str(), characters(of, given)), (shown, length));
        }
    }

    #[test]
    fn cuts_by_width() {
        for (given, columns, first, last) in
            [("abc", 2, "ab", "bc"), ("abc", 9, "abc", "abc"), ("茶a茶", 3, "茶a", "a茶"), ("茶a茶", 1, "", "")]
        {
            assert_eq!((start(given, columns), end(given, columns)), (first, last), "{given} {columns}");
        }
    }
}
