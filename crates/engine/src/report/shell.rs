//! Texts that come from data, as a part of a command that somebody types.

use crate::display::is_disturbing;

/// A text as one word for bash or zsh, which is not changed when it is shown: every character that
/// would be replaced there, a line break or one that hides others, is written by its bytes.
///
/// # Examples
/// ```
/// use sluice_engine::report::shell_word;
/// assert_eq!(shell_word("s3://inbox/a b.csv"), "'s3://inbox/a b.csv'");
/// assert_eq!(shell_word("it's"), r"'it'\''s'");
/// assert_eq!(shell_word("a\nb"), r"$'a\x0ab'");
/// ```
#[must_use]
pub fn shell_word(text: &str) -> String {
    if !text.contains(is_disturbing) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = String::from("$'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => word.extend(['\\', character]),
            c if is_disturbing(c) => {
                let mut bytes = [0; 4];
                word.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!(r"\x{byte:02x}")));
            }
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_words() {
        for (text, word) in [
            ("", "''"),
            ("$(a)`b` \\", r"'$(a)`b` \'"),
            ("\t'\\", r"$'\x09\'\\'"),
            // What follows is no digit of the byte before it.
            ("\u{202e}f", r"$'\xe2\x80\xaef'"),
        ] {
            assert_eq!(shell_word(text), word, "{text:?}");
        }
    }
}
