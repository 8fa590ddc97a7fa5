//! Quotes texts from the data as part of a shell command that somebody copies.

use crate::display::is_disturbing;

/// Returns a text as one word for bash or zsh. Line breaks and characters that [`one_line`](super::one_line)
/// would replace are written as byte escapes, so that the word survives being shown.
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
            // The "f" after the escape must not be read as a further hex digit.
            ("\u{202e}f", r"$'\xe2\x80\xaef'"),
        ] {
            assert_eq!(shell_word(text), word, "{text:?}");
        }
    }
}
