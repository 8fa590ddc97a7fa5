//! White space.

use std::borrow::Cow;

/// Whether a text surely has no white space at its ends.
#[inline]
pub(super) fn is_trimmed(text: &str) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => first.is_ascii_graphic() && last.is_ascii_graphic(),
        _ => true,
    }
}

/// Without white space at its ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    if is_trimmed(text) { text } else { text.trim() }
}

/// Whether a text surely has no white space but single spaces between its words. Of a few that have none it is
/// not said.
///
/// White space beyond ASCII begins with 0xC2 (U+0085, U+00A0), 0xE1 (U+1680), 0xE2 (U+2000 to U+205F) or 0xE3 (U+3000).
/// Nothing here leaves early, so that many bytes are looked at in one step.
pub(super) fn is_collapsed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return true };
    let suspect = |byte: u8| byte.wrapping_sub(b'\t') < 5 || byte == 0xC2 || byte.wrapping_sub(0xE1) < 3;
    let suspects = bytes.iter().fold(false, |any, byte| any | suspect(*byte));
    let space = |byte: &u8| u8::from(*byte == b' ');
    let pairs = bytes.iter().zip(&bytes[1..]).fold(0, |any, (a, b)| any | space(a) & space(b)) > 0;
    !suspects && !pairs && *first != b' ' && *last != b' '
}

/// Appends a text with one space for every run of white space, and none at the ends.
pub(super) fn collapse_to(text: &str, out: &mut String) {
    for (at, word) in text.split_whitespace().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

/// One space for every run of white space, and none at the ends.
pub(super) fn collapse(text: Cow<'_, str>) -> Cow<'_, str> {
    if is_collapsed(&text) {
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
            prop_assert!(!is_collapsed(&text) || slow == text, "{text:?}");
            prop_assert_eq!(collapse(Cow::Borrowed(&text)), slow);
        }
    }

    #[test]
    fn ordinary_texts_are_seen_to_be_collapsed() {
        for text in ["", "a", "Für drinnen und draußen.", "one two"] {
            assert!(is_collapsed(text), "{text}");
        }
        for text in [" a", "a ", "a  b", "a\tb", " "] {
            assert!(!is_collapsed(text), "{text}");
        }
    }
}
