//! Looks at 16 bytes of a text at once, for texts of which nothing is known before.
//!
//! It sees less than a [`Glance`](super::glance::Glance), and recognizes a clean text in a fraction of the time: every
//! character is visible, or a single space between words.

use std::ops::Range;

use wide::u8x16;

use super::glance::{BEYOND, BLANK, CONTROL, EMPTY, MARKUP, SPACE, UNMEANT, begins, classes, doubles, ends};

/// The number of bytes in a vector.
const LANE: usize = 16;

/// A search for some of the bits of a glance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    bits: u64,
    /// All bits set if adjacent spaces are searched for.
    spaces: u32,
}

/// What was seen in a text: a bit for each byte.
#[derive(Clone, Copy, Default)]
struct Seen {
    suspects: u32,
    spaces: u32,
    quoted: u32,
}

impl Screen {
    /// A search for these bits; `None` if they name a class of visible bytes that vectors do not search for.
    pub(crate) fn of(bits: u64) -> Option<Self> {
        let any = begins(1) - 1;
        let known = CONTROL | UNMEANT | BEYOND | BLANK | MARKUP | EMPTY | doubles(SPACE) | begins(any) | ends(any);
        let spaces = if bits & doubles(SPACE) == 0 { 0 } else { u32::MAX };
        (bits & !known == 0).then_some(Self { bits, spaces })
    }

    /// Looks at a part of a record. `None` if the part may have one of the bits, or is empty. Otherwise whether it needs
    /// quotes as a cell of CSV.
    #[inline]
    pub(crate) fn surely_clean(&self, record: &[u8], place: Range<usize>) -> Option<bool> {
        let text = record.get(place.clone())?;
        let (first, last) = (text.first()?, text.last()?);
        if (begins(classes(*first)) | ends(classes(*last))) & self.bits != 0 {
            return None;
        }
        let (lanes, rest) = text.as_chunks::<LANE>();
        let (mut any, mut before) = (Seen::default(), 0);
        for lane in lanes {
            let seen = self.look(lane);
            any = any.with(seen, before, self.spaces);
            before = seen.spaces >> (LANE - 1) & 1;
        }
        if !rest.is_empty() {
            let seen = match (text.last_chunk(), record.get(place.start..).and_then(<[u8]>::first_chunk)) {
                // They overlap the bytes before, so no pair of bytes is missed.
                (Some(lane), _) => self.look(lane),
                (None, Some(lane)) => self.look(lane).first(rest.len()),
                (None, None) => {
                    let mut lane = [b'x'; LANE];
                    lane[..rest.len()].copy_from_slice(rest);
                    self.look(&lane)
                }
            };
            any = any.with(seen, 0, self.spaces);
        }
        (any.suspects == 0).then_some(any.quoted != 0)
    }

    /// Looks at the bytes of a vector.
    #[inline]
    fn look(&self, lane: &[u8; LANE]) -> Seen {
        let lane = u8x16::new(*lane);
        let equal = |byte: u8| lane.simd_eq(u8x16::splat(byte));
        let up_to = |byte: u8, lane: u8x16| lane.min(u8x16::splat(byte)).simd_eq(lane);
        let mut found = up_to(b' ' - 1, lane) | equal(0x7F);
        if self.bits & MARKUP != 0 {
            found = found | equal(b'<') | equal(b'>') | equal(b'&');
        }
        let mut suspects = found.to_bitmask();
        // The mask has the highest bit of each byte, which marks the bytes beyond ASCII.
        let beyond = lane.to_bitmask();
        if beyond != 0 {
            if self.bits & BEYOND != 0 {
                suspects |= beyond;
            } else if self.bits & BLANK != 0 {
                suspects |= (equal(0xC2) | up_to(2, lane - u8x16::splat(0xE1))).to_bitmask();
            }
        }
        Seen { suspects, spaces: equal(b' ').to_bitmask(), quoted: (equal(b',') | equal(b'"')).to_bitmask() }
    }
}

impl Seen {
    /// Adds what was seen in the next vector. `before` is 1 if a space precedes it. Adjacent spaces in `spaces` are
    /// suspects.
    #[inline]
    fn with(self, next: Self, before: u32, spaces: u32) -> Self {
        let twice = next.spaces & (next.spaces << 1 | before) & spaces;
        Self { suspects: self.suspects | next.suspects | twice, quoted: self.quoted | next.quoted, ..self }
    }

    /// What was seen in the first bytes.
    #[inline]
    fn first(self, bytes: usize) -> Self {
        let mask = (1 << bytes) - 1;
        Self { suspects: self.suspects & mask, spaces: self.spaces & mask, quoted: self.quoted & mask }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fast::glance::{Glance, LOWER, SIGN};

    /// The bits of some chains of steps.
    const BITS: [u64; 5] = [
        UNMEANT,
        begins(SPACE | CONTROL | BEYOND) | ends(SPACE | CONTROL | BEYOND),
        CONTROL | BLANK | doubles(SPACE) | MARKUP,
        EMPTY | BEYOND | begins(SIGN),
        CONTROL | doubles(SPACE) | begins(SPACE) | ends(SPACE),
    ];

    proptest! {
        /// Texts of every length around the size of a vector, anywhere in a record.
        #[test]
        fn what_is_clean_has_none_of_the_bits(
            before in "[a\n]{0,20}", text in "[a ]{0,50}[ab ,<\"\u{7f}\0é\n\u{a0}\u{2003}ß]{0,2}[a ]{0,20}|[a-z]{1,40}", after in "[ \n]{0,20}",
        ) {
            let record = format!("{before}{text}{after}");
            let place = before.len()..before.len() + text.len();
            let glance = Glance::at(text.as_bytes());
            for bits in BITS {
                if let Some(is_quoted) = Screen::of(bits).unwrap().surely_clean(record.as_bytes(), place.clone()) {
                    prop_assert!(!glance.has(bits));
                    prop_assert_eq!(is_quoted, glance.is_quoted());
                }
            }
        }
    }

    #[test]
    fn ordinary_texts_are_clean() {
        for (bits, text, expected) in [
            (BITS[2], "Ceramic Planter no 160", Some(false)),
            (BITS[2], "Ceramic  Planter", None),
            (BITS[2], "fifteen letters  and more", None),
            (BITS[2], "Wipe clean, do not soak.", Some(true)),
            (BITS[2], "<b>", None),
            (BITS[0], "a  b", Some(false)),
            (BITS[0], "ü", Some(false)),
            (BITS[2], "Für drinnen und draußen.", Some(false)),
            (BITS[2], "a\u{a0}b", None),
            (BITS[2], "a\u{3000}b", None),
            (BITS[3], "aü", None),
            (BITS[4], " a", None),
            (BITS[4], "", None),
        ] {
            assert_eq!(Screen::of(bits).unwrap().surely_clean(text.as_bytes(), 0..text.len()), expected, "{text}");
        }
        assert!(Screen::of(LOWER).is_none() && Screen::of(doubles(SIGN)).is_none());
    }
}
