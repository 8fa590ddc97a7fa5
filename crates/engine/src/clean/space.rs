//! White space.

use std::borrow::Cow;

use crate::fast::text::{may_have_blanks_beyond_ascii, surely_collapsed, surely_trimmed};

/// Removes white space at both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    if surely_trimmed(text) { text } else { text.trim() }
}

/// Appends a text with runs of white space collapsed, and none at the ends.
pub(super) fn collapse_to(text: &str, out: &mut String) {
    let before = out.len();
    if may_have_blanks_beyond_ascii(text) {
        for word in text.split_whitespace() {
            add(out, before, word);
        }
        return;
    }
    let bytes = text.as_bytes();
    let is_white = |at: usize| matches!(bytes.get(at), Some(b'\t'..=b'\r' | b' '));
    // Single spaces between words stay, so several words are copied at once.
    let is_kept =
        |at: usize| !is_white(at) || (bytes.get(at) == Some(&b' ') && at + 1 < bytes.len() && !is_white(at + 1));
    let mut at = 0;
    loop {
        while is_white(at) {
            at += 1;
        }
        let start = at;
        while at < bytes.len() && is_kept(at) {
            at += 1;
        }
        if start == at {
            return;
        }
        add(out, before, text.get(start..at).unwrap_or_default());
    }
}

/// Appends words to those that begin at a place, with a space between them.
fn add(out: &mut String, before: usize, words: &str) {
    if out.len() > before {
        out.push(' ');
    }
    out.push_str(words);
}

/// Collapses runs of white space and removes those at the ends.
pub(super) fn collapse(text: Cow<'_, str>) -> Cow<'_, str> {
    if surely_collapsed(&text) {
        return text;
    }
    let mut collapsed = String::with_capacity(text.len());
    collapse_to(&text, &mut collapsed);
    super::changed(text, collapsed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_cuts_are_what_the_long_way_finds(
            text in "[ \t\na-zé€₭\u{85}\u{A0}\u{1680}\u{2003}\u{2028}\u{205F}\u{2060}\u{3000}\u{1C}]{0,8}",
        ) {
            prop_assert_eq!(trim(&text), text.trim());
            let slow = text.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert!(!surely_collapsed(&text) || slow == text, "{text:?}");
            prop_assert_eq!(collapse(Cow::Borrowed(&text)), slow);
        }
    }

    #[test]
    fn ordinary_texts_are_seen_to_be_collapsed() {
        for text in ["", "a", "Für drinnen und draußen.", "one two"] {
            assert!(surely_collapsed(text), "{text}");
        }
        for text in [" a", "a ", "a  b", "a\tb", " "] {
            assert!(!surely_collapsed(text), "{text}");
        }
    }
}
