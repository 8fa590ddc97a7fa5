//! Tests for texts that a cleaning step surely leaves unchanged.

use memchr::{memchr, memchr2};

/// Whether a text certainly has no white space at its ends.
#[inline]
pub(crate) fn surely_trimmed(text: &str) -> bool {
    match text.as_bytes() {
        // White space that begins with 0xE2 is U+205F (E2 81 9F) at most. A euro sign is E2 82 AC.
        [0xE2, 0x82..=u8::MAX, .., last] => last.is_ascii_graphic(),
        [first, .., last] => first.is_ascii_graphic() && last.is_ascii_graphic(),
        [only] => only.is_ascii_graphic(),
        [] => true,
    }
}

/// Whether the only white space of a text is certainly single spaces between its words. It may return `false` for a few
/// such texts.
///
/// White space beyond ASCII begins with 0xC2 (U+0085, U+00A0), 0xE1 (U+1680), 0xE2 (U+2000 to U+205F) or 0xE3
/// (U+3000). The loop has no early exit, so that the compiler can vectorize it.
pub(crate) fn surely_collapsed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return true };
    let suspect = |byte: u8| byte.wrapping_sub(b'\t') < 5 || byte == 0xC2 || byte.wrapping_sub(0xE1) < 3;
    let suspects = bytes.iter().fold(false, |any, byte| any | suspect(*byte));
    let space = |byte: &u8| u8::from(*byte == b' ');
    let pairs = bytes.iter().zip(&bytes[1..]).fold(0, |any, (a, b)| any | space(a) & space(b)) > 0;
    !suspects && !pairs && *first != b' ' && *last != b' '
}

/// Whether a text may have white space beyond ASCII, judged by the first bytes of such characters.
pub(crate) fn may_have_blanks_beyond_ascii(text: &str) -> bool {
    let suspect = |byte: u8| byte == 0xC2 || byte.wrapping_sub(0xE1) < 3;
    text.bytes().fold(false, |any, byte| any | suspect(byte))
}

/// Whether a text is certainly in upper case: ASCII without small letters.
pub(crate) fn surely_upper(text: &str) -> bool {
    !text.bytes().fold(false, |any, byte| any | byte.is_ascii_lowercase() | !byte.is_ascii())
}

/// Whether a text is certainly in lower case: ASCII without capitals.
pub(crate) fn surely_lower(text: &str) -> bool {
    !text.bytes().fold(false, |any, byte| any | byte.is_ascii_uppercase() | !byte.is_ascii())
}

/// Whether the text stays unchanged: it has no tag, no entity, and no white space to collapse.
pub(crate) fn surely_plain(html: &str) -> bool {
    surely_collapsed(html) && surely_without_markup(html)
}

/// Whether the text has no tag and no entity.
pub(crate) fn surely_without_markup(html: &str) -> bool {
    memchr2(b'<', b'&', html.as_bytes()).is_none()
}

/// Whether nothing can be removed, because the text begins and ends with a digit.
pub(crate) fn surely_without_currency(text: &str) -> bool {
    match text.as_bytes() {
        [first, .., last] => first.is_ascii_digit() && last.is_ascii_digit(),
        [only] => only.is_ascii_digit(),
        [] => true,
    }
}

/// Whether a non-empty part may occur in a text, judged by its first byte.
pub(crate) fn may_contain(text: &str, part: &str) -> bool {
    part.bytes().next().is_none_or(|first| memchr(first, text.as_bytes()).is_some())
}
