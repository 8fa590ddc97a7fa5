//! Warns of control characters in imported texts: nobody intends them, and nobody sees them.

use crate::Severity;
use crate::{Code, Problem, Stage};

/// The end-of-file mark of DOS (Ctrl-Z), if it forms a record of its own.
pub(super) const END_OF_FILE: &[u8] = b"\x1A";
/// The cleaning step that removes them.
const REMOVES: &str = r"clean: [{replace: {pattern: '[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]'}}]";

/// Warns of a text with a control character other than tabs and line breaks.
pub(super) fn warning(text: &str) -> Option<Problem> {
    // The loop has no early exit, so that the compiler can vectorize it.
    if !text.bytes().fold(false, |any, byte| any | is_unmeant(byte)) {
        return None;
    }
    let (at, first) = text.chars().enumerate().find(|(_, char)| u8::try_from(*char).is_ok_and(is_unmeant))?;
    let count = text.bytes().filter(|byte| is_unmeant(*byte)).count();
    let name = match first {
        '\0' => "NUL, ",
        '\u{1a}' => "Ctrl-Z, ",
        _ => "",
    };
    let more = if count > 1 { format!(", and {} more", count - 1) } else { String::new() };
    let message = format!(
        "has a control character ({name}U+{:04X}) as character {}{more}, and is imported with it; {REMOVES} removes them",
        u32::from(first),
        at + 1,
    );
    Some(Problem::new(Stage::Restructure, Code::ControlCharacter, message).severity(Severity::Warn))
}

fn is_unmeant(byte: u8) -> bool {
    byte.is_ascii_control() & !matches!(byte, b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fast::glance::{UNMEANT, class};

    #[test]
    fn table_of_texts() {
        for (text, expected) in [
            ("Cup", None),
            ("two\nlines\tand\r\ntabs", None),
            ("é\u{85}", None),
            ("éu\0p", Some("has a control character (NUL, U+0000) as character 3")),
            ("\0\0", Some("has a control character (NUL, U+0000) as character 1, and 1 more")),
            ("Pan\x1a", Some("has a control character (Ctrl-Z, U+001A) as character 4")),
            ("\x7f", Some("has a control character (U+007F) as character 1")),
        ] {
            let message = warning(text).map(|problem| problem.message);
            let rest = format!(", and is imported with it; {REMOVES} removes them");
            assert_eq!(message, expected.map(|expected| format!("{expected}{rest}")), "{text:?}");
        }
    }

    #[test]
    fn a_glance_sees_what_is_warned_of() {
        for byte in 0..=u8::MAX {
            assert_eq!(class(byte) & UNMEANT > 0, is_unmeant(byte), "{byte}");
        }
    }
}
