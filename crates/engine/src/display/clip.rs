//! Makes texts from the data safe to show.

use super::number::thousands;

/// Returns a text as one line of at most `max` characters. A cut text ends with its full length.
///
/// Newlines become `⏎`. Other control characters and characters that reorder or hide text become `�`, so that
/// a cell can neither forge a line of a mail nor disguise its content.
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(4 * max));
    let mut length = 0;
    for character in text.replace("\r\n", "\n").chars() {
        length += 1;
        if length <= max {
            shown.push(visible(character));
        }
    }
    if length > max {
        shown.push_str(&format!("… ({} characters in all)", thousands(length as u64)));
    }
    shown
}

/// Whether a character would break or disguise the line in which it stands.
pub(crate) fn is_disturbing(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{0085}' => '⏎',
        '\t' => ' ',
        c if is_disturbing(c) => '\u{FFFD}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, max, expected) in [
            ("plain", 10, "plain"),
            ("exactly10!", 10, "exactly10!"),
            ("one more..!", 10, "one more..… (11 characters in all)"),
            ("ünïcödé", 7, "ünïcödé"),
            ("a\nb\r\nc\rd", 10, "a⏎b⏎c⏎d"),
            ("a\tb\0c\u{1b}[0m", 10, "a b\u{FFFD}c\u{FFFD}[0m"),
            ("gpj.\u{202e}exe", 10, "gpj.\u{FFFD}exe"),
            ("", 10, ""),
        ] {
            assert_eq!(one_line(text, max), expected, "{text:?}");
        }
    }
}
