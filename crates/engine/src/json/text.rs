//! The text of a string, without its escapes.

/// A surrogate without its other half: no text can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LoneSurrogate {
    /// Where its escape begins.
    pub(super) at: usize,
}

/// Appends the text of a string that the grammar accepts, given without its quotes.
pub(super) fn unescape(raw: &[u8], out: &mut Vec<u8>) -> Result<(), LoneSurrogate> {
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', &raw[at..]) {
        out.extend_from_slice(&raw[at..at + next]);
        at += next;
        let escape = raw.get(at + 1).copied().unwrap_or_default();
        if escape != b'u' {
            out.push(simple(escape));
            at += 2;
            continue;
        }
        let (code, length) = match unit(raw, at) {
            high @ 0xD800..0xDC00 => match unit(raw, at + 6) {
                low @ 0xDC00..0xE000 => (0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00), 12),
                _ => return Err(LoneSurrogate { at }),
            },
            unit => (unit, 6),
        };
        let c = char::from_u32(code).ok_or(LoneSurrogate { at })?;
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        at += length;
    }
    out.extend_from_slice(&raw[at..]);
    Ok(())
}

/// What an escape of one character stands for.
fn simple(escape: u8) -> u8 {
    match escape {
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}

/// The UTF-16 unit of an escape; 0 if there is none at this place.
fn unit(raw: &[u8], at: usize) -> u32 {
    let digits = raw.get(at..at + 6).and_then(|escape| escape.strip_prefix(b"\\u"));
    let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_strings() {
        for (raw, text) in [
            ("", Ok("")),
            ("a", Ok("a")),
            (r#"\"\\\/\b\f\n\r\t"#, Ok("\"\\/\u{8}\u{c}\n\r\t")),
            (r"\u00fcber\u20AC", Ok("über€")),
            (r"\ud83D\uDE00!", Ok("😀!")),
            (r"\u0000", Ok("\0")),
            (r"a\ud83d", Err(LoneSurrogate { at: 1 })),
            (r"\ud83dx", Err(LoneSurrogate { at: 0 })),
            (r"\ud83d\n", Err(LoneSurrogate { at: 0 })),
            (r"\ud83d\u0041", Err(LoneSurrogate { at: 0 })),
            (r"ü\ude00", Err(LoneSurrogate { at: 2 })),
        ] {
            let mut out = Vec::new();
            let found = unescape(raw.as_bytes(), &mut out).map(|()| String::from_utf8(out).unwrap());
            assert_eq!(found, text.map(str::to_owned), "{raw}");
        }
    }
}
