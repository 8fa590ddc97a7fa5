//! Carries undecodable bytes through a UTF-8 text.
//!
//! A byte `b` becomes the three bytes of an overlong form, `E0 80|b>>6 80|b&3F`; a lone surrogate becomes the
//! three bytes that UTF-8 would give it if it allowed surrogates. Neither is ever valid UTF-8, whatever
//! surrounds it, and each encodes its original value. A raw byte could not do that, because two of them in a
//! row may form a valid character.

use std::fmt;

/// A byte or a surrogate that is not a character in the encoding of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// A byte.
    Byte(u8),
    /// Half of a UTF-16 character.
    Surrogate(u16),
}

impl Undecodable {
    /// As shown in place of a character: `\x81`, `\uD83D`.
    #[must_use]
    pub fn shown(self) -> String {
        match self {
            Self::Byte(byte) => format!("\\x{byte:02X}"),
            Self::Surrogate(unit) => format!("\\u{unit:04X}"),
        }
    }

    /// Writes it into a UTF-8 text.
    pub(super) fn write(self, out: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => out.extend([0xE0, 0x80 | (byte >> 6), 0x80 | (byte & 0x3F)]),
            Self::Surrogate(unit) => {
                let [high, low] = unit.to_be_bytes();
                out.extend([0xED, 0x80 | ((high & 0x0F) << 2) | (low >> 6), 0x80 | (low & 0x3F)]);
            }
        }
    }

    /// Reads what `write` wrote; `None` for other bytes that are not UTF-8.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [0xE0, high @ 0x80..=0x83, low @ 0x80..=0xBF, ..] => Some(Self::Byte((high & 0x03) << 6 | (low & 0x3F))),
            [0xED, high @ 0xA0..=0xBF, low @ 0x80..=0xBF, ..] => {
                Some(Self::Surrogate(0xD000 | u16::from(high & 0x3F) << 6 | u16::from(low & 0x3F)))
            }
            _ => None,
        }
    }

    /// The number of bytes that it takes in a UTF-8 text.
    pub(super) const WRITTEN: usize = 3;
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => write!(f, "byte 0x{byte:02X}"),
            Self::Surrogate(unit) => write!(f, "lone surrogate U+{unit:04X}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_back_and_is_never_utf8() {
        let bytes = (0..=255).map(Undecodable::Byte);
        for bad in bytes.chain((0xD800..=0xDFFF).map(Undecodable::Surrogate)) {
            let mut out = Vec::new();
            bad.write(&mut out);
            assert_eq!(Undecodable::read(&out), Some(bad));
            for (before, after) in [("", ""), ("ä", "\u{20ac}"), ("\u{d7ff}", "\u{e000}")] {
                let text = [before.as_bytes(), &out, after.as_bytes()].concat();
                assert_eq!(std::str::from_utf8(&text).unwrap_err().valid_up_to(), before.len(), "{bad}");
            }
        }
    }
}
