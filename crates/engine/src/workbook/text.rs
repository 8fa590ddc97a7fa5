//! The texts of cells: how characters are written that XML cannot hold.

/// Appends a text without its escapes: `_x000D_` is a carriage return, and `_x005F_` the underscore before what would
/// otherwise be an escape. ECMA-376 part 1, 22.9.2.19. Half of a surrogate pair is no character and stays as written.
pub(super) fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let found = unit(from).and_then(|first| {
            let high = u32::from(first);
            if let Some(character) = char::from_u32(high) {
                return Some((character, ESCAPE));
            }
            let low = unit(from.get(ESCAPE..)?)?;
            let character = char::decode_utf16([first, low]).next()?.ok()?;
            Some((character, 2 * ESCAPE))
        });
        match found {
            Some((character, length)) => {
                out.push(character);
                rest = from.get(length..).unwrap_or_default();
            }
            None => {
                out.push('_');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
}

/// The length of `_x000D_`.
const ESCAPE: usize = 7;

/// The unit of UTF-16 that an escape at the start of a text stands for.
fn unit(text: &str) -> Option<u16> {
    let digits = text.get(..ESCAPE)?.strip_prefix("_x")?.strip_suffix('_')?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x000d_\n", "\r\n"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x005F__x0041_", "_A"),
            ("_xD83D__xDE00_", "😀"),
            ("_xD83D_ _xDE00_", "_xD83D_ _xDE00_"),
            ("_xD83D_", "_xD83D_"),
            ("_x00_", "_x00_"),
            ("_x+041_", "_x+041_"),
            ("_x000", "_x000"),
            ("a_xb_x", "a_xb_x"),
            ("_x0ä1_", "_x0ä1_"),
            ("", ""),
            ("plain", "plain"),
        ] {
            let mut out = String::new();
            unescape(text, &mut out);
            assert_eq!(out, expected, "{text}");
        }
    }
}
