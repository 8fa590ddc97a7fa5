//! White space.

use std::borrow::Cow;

use crate::fast::text::{surely_collapsed, surely_trimmed};

/// Removes white space at both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    if surely_trimmed(text) { text } else { text.trim() }
}

/// Appends a text with runs of white space collapsed, and none at the ends.
pub(super) fn collapse_to(text: &str, out: &mut String) {
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
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
            text in "[ \t\na-zé€\u{85}\u{A0}\u{1680}\u{2003}\u{2028}\u{205F}\u{3000}\u{1C}]{0,8}",
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
