//! Where and why a text is not JSON.

use std::fmt;

use super::grammar::Container;

/// Why the records of a file cannot be found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct JsonError {
    /// The line, from 1.
    pub line: u64,
    /// The character of that line, from 1.
    pub column: u64,
    /// What is wrong there, and what was expected.
    pub what: String,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Container(Container),
    /// A value that begins with this byte.
    Scalar(u8),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Container(Container::Object) => "an object",
            Self::Container(Container::Array) => "an array",
            Self::Scalar(b'"') => "a string",
            Self::Scalar(b't' | b'f') => "a truth value",
            Self::Scalar(b'n') => "null",
            Self::Scalar(_) => "a number",
        })
    }
}

/// What was found and what was expected, for a byte that must not be there. `next` begins with it.
pub(super) fn unexpected(next: &[u8], expected: &str) -> String {
    format!("found {}, expected {expected}", shown(next))
}

/// The first character of a text, as a phrase. A character that could belong to a value is not shown, because the
/// value may be sensitive.
fn shown(next: &[u8]) -> String {
    match next.first() {
        None => "the end".to_owned(),
        Some(b'"') => "a quote".to_owned(),
        Some(byte @ (b'{' | b'}' | b'[' | b']' | b',' | b':' | b'\'' | b'\\')) => format!("\"{}\"", char::from(*byte)),
        Some(b'\n') => "a line break".to_owned(),
        Some(b'\r') => "a carriage return".to_owned(),
        Some(b'\t') => "a tab".to_owned(),
        Some(b' ') => "a space".to_owned(),
        Some(byte) if byte.is_ascii_control() => format!("the control character 0x{byte:02X}"),
        Some(byte) if byte.is_ascii_digit() => "a digit".to_owned(),
        Some(byte) if byte.is_ascii_alphabetic() => "a letter".to_owned(),
        Some(byte) if byte.is_ascii() => format!("\"{}\"", char::from(*byte)),
        Some(_) => "a character that is not ASCII".to_owned(),
    }
}
