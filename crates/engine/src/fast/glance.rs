//! A summary of a text's bytes that shows whether it is already clean.
//!
//! # What it does
//!
//! Every byte belongs to one or more classes. A [`Glance`] holds four groups of bits: the classes of any byte of a text, of
//! its first byte, of its last byte, and those that two adjacent bytes share. The same bits say what a cleaning step may
//! change ([`may_change`](crate::clean::CleanStep::may_change)). A step changes nothing in a text that has none of its bits,
//! and the bits of several steps can be tested at once.
//!
//! # Why
//!
//! Nearly all texts of nearly all files are clean. One look at each takes a fraction of the time of running
//! every step.

/// The class of small letters.
pub(crate) const LOWER: u64 = 1;
/// The class of capitals.
pub(crate) const UPPER: u64 = 1 << 1;
/// The class of digits.
pub(crate) const DIGIT: u64 = 1 << 2;
/// The class of the space.
pub(crate) const SPACE: u64 = 1 << 3;
/// The class of invisible ASCII characters, including white space other than the space.
pub(crate) const CONTROL: u64 = 1 << 4;
/// The class of HTML markup: `<`, `>` and `&`.
pub(crate) const MARKUP: u64 = 1 << 5;
/// The class of all other visible ASCII characters.
pub(crate) const SIGN: u64 = 1 << 6;
/// The class of all bytes beyond ASCII.
pub(crate) const BEYOND: u64 = 1 << 7;
/// The class of first bytes of white space beyond ASCII: 0xC2 for U+0085 and U+00A0, 0xE1 for U+1680, 0xE2
/// for U+2000 to U+205F, and 0xE3 for U+3000. They also belong to [`BEYOND`].
pub(crate) const BLANK: u64 = 1 << 8;
/// The class of bytes that require quotes around a cell. They also belong to another class.
pub(crate) const QUOTED: u64 = 1 << 9;
/// The bit of the empty text.
pub(crate) const EMPTY: u64 = 1 << 10;
/// The class of unintended characters: control characters other than tabs and line breaks. They also belong
/// to [`CONTROL`].
pub(crate) const UNMEANT: u64 = 1 << 11;

/// The main classes; every byte belongs to one of them.
pub(crate) const ALL: u64 = LOWER | UPPER | DIGIT | SPACE | CONTROL | MARKUP | SIGN | BEYOND;

/// The width of each group of bits: for any byte, the first, the last, and two adjacent bytes.
const WIDTH: u32 = 16;

const CLASSES: [u64; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < u8::MAX {
        classes[byte as usize] = class(byte);
        byte += 1;
    }
    classes[byte as usize] = class(byte);
    classes
};

/// The classes of a byte, looked up.
#[inline]
pub(crate) fn classes(byte: u8) -> u64 {
    CLASSES[usize::from(byte)]
}

/// The classes seen so far.
#[derive(Clone, Copy, Default)]
struct Seen {
    any: u64,
    twice: u64,
    last: u64,
}

impl Seen {
    #[inline]
    fn look(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let class = classes(*byte);
            self.any |= class;
            self.twice |= class & self.last;
            self.last = class;
        }
    }
}

/// The summary of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Glance(u64);

impl Glance {
    /// Looks at a text.
    #[inline]
    pub(crate) fn at(text: &[u8]) -> Self {
        let (Some(first), Some(last)) = (text.first(), text.last()) else { return Self(EMPTY) };
        let mut seen = Seen::default();
        // Bytes may be seen twice without harm, and whole chunks need few branches.
        if let Some(end) = text.last_chunk::<8>() {
            for eight in text.as_chunks::<8>().0 {
                seen.look(eight);
            }
            seen.last = 0;
            seen.look(end);
        } else if let (Some(start), Some(end)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            seen.look(start);
            seen.last = 0;
            seen.look(end);
        } else {
            seen.look(text);
        }
        let [first, last] = [first, last].map(|byte| classes(*byte));
        Self(seen.any | begins(first) | ends(last) | doubles(seen.twice))
    }

    /// Whether the text needs quotes as a cell of CSV.
    #[inline]
    pub(crate) fn is_quoted(self) -> bool {
        self.has(QUOTED)
    }

    /// Its bits.
    pub(crate) fn bits(self) -> u64 {
        self.0
    }

    /// Whether it has one of these bits.
    #[inline]
    pub(crate) fn has(self, bits: u64) -> bool {
        self.0 & bits != 0
    }
}

/// The bits of a text that begins with one of these classes.
pub(crate) const fn begins(classes: u64) -> u64 {
    classes << WIDTH
}

/// The bits of a text that ends with one of these classes.
pub(crate) const fn ends(classes: u64) -> u64 {
    classes << (2 * WIDTH)
}

/// The bits of a text with two adjacent bytes of one of these classes.
pub(crate) const fn doubles(classes: u64) -> u64 {
    classes << (3 * WIDTH)
}

/// The classes of a byte.
pub(crate) const fn class(byte: u8) -> u64 {
    let class = match byte {
        b'a'..=b'z' => LOWER,
        b'A'..=b'Z' => UPPER,
        b'0'..=b'9' => DIGIT,
        b' ' => SPACE,
        b'<' | b'>' | b'&' => MARKUP,
        b'!'..=b'~' => SIGN,
        0xC2 | 0xE1..=0xE3 => BEYOND | BLANK,
        0x80.. => BEYOND,
        b'\t' | b'\n' | b'\r' => CONTROL,
        _ => CONTROL | UNMEANT,
    };
    if matches!(byte, b',' | b'"' | b'\n' | b'\r') { class | QUOTED } else { class }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_glances() {
        for (text, bits) in [
            ("", EMPTY),
            ("a", LOWER | begins(LOWER) | ends(LOWER)),
            ("A1", UPPER | DIGIT | begins(UPPER) | ends(DIGIT)),
            ("- -", SIGN | SPACE | begins(SIGN) | ends(SIGN)),
            ("x  ", LOWER | SPACE | begins(LOWER) | ends(SPACE) | doubles(SPACE)),
            (",\n", SIGN | CONTROL | QUOTED | begins(SIGN | QUOTED) | ends(CONTROL | QUOTED) | doubles(QUOTED)),
            ("\0", CONTROL | UNMEANT | begins(CONTROL | UNMEANT) | ends(CONTROL | UNMEANT)),
            ("<ü", MARKUP | BEYOND | begins(MARKUP) | ends(BEYOND) | doubles(BEYOND)),
        ] {
            assert_eq!(Glance::at(text.as_bytes()), Glance(bits), "{text:?}");
        }
    }

    proptest! {
        /// Texts of every length around the size of a chunk.
        #[test]
        fn a_glance_misses_nothing(text in "[a ,<é\n1]{1,40}") {
            let classes: Vec<u64> = text.bytes().map(class).collect();
            let any = classes.iter().fold(0, |any, class| any | class);
            let twice = classes.windows(2).fold(0, |twice, two| twice | two[0] & two[1]);
            let ends = begins(classes[0]) | ends(classes[classes.len() - 1]);
            prop_assert_eq!(Glance::at(text.as_bytes()), Glance(any | ends | doubles(twice)));
        }
    }

    #[test]
    fn every_byte_is_of_one_of_all_classes() {
        for byte in 0..=u8::MAX {
            assert_eq!((class(byte) & ALL).count_ones(), 1, "{byte}");
        }
    }

    #[test]
    fn white_space_beyond_ascii_begins_with_a_blank() {
        let blanks = ('\u{80}'..=char::MAX).filter(|character| character.is_whitespace());
        for blank in blanks {
            assert!(class(blank.encode_utf8(&mut [0; 4]).as_bytes()[0]) & BLANK > 0, "{blank:?}");
        }
    }
}
