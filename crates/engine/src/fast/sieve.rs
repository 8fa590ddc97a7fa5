//! Excludes texts that certainly contain none of the given words, by looking for a few of their bytes.
//!
//! Each word has a mark: those three adjacent bytes of it whose pairs are the rarest, so a text without the word seldom
//! has its mark. A few marks are looked for in sixteen places at once. Many marks are looked up in tables, which takes
//! the same time for any number of them.

use wide::u8x16;

/// The length of a mark, and of the shortest word that has one.
const MARK: usize = 3;
/// Up to this many marks are looked for one by one; for more, tables are faster.
const FEW: usize = 8;
/// The number of bits of a byte that distinguish letters, but not their case.
const BITS: usize = 5;
/// A space and the letters in the order of their frequency in European languages, the most frequent first.
const FREQUENT: [u8; 27] = *b" eaniotrsldcumghpfbvwkzyjxq";

/// Passes texts that may contain one of the words.
pub(crate) enum Sieve {
    /// A word is too short to have a mark, so every text passes.
    Open,
    Few(Few),
    Many(Many),
}

impl Sieve {
    /// For words in lower case.
    pub(crate) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let rarest = |word: &'a str| word.as_bytes().array_windows().copied().max_by_key(|mark| rarity(*mark));
        let Some(mut marks) = words.map(rarest).collect::<Option<Vec<_>>>() else { return Self::Open };
        marks.sort_unstable();
        marks.dedup();
        if marks.len() > FEW { Self::Many(Many::new(&marks)) } else { Self::Few(Few::new(&marks)) }
    }

    /// Whether a text may contain one of the words, ignoring case.
    #[inline]
    pub(crate) fn may_have_one(&self, text: &[u8]) -> bool {
        self.look_at(text).may_have_one
    }

    /// Looks at a text once for both.
    #[inline]
    pub(crate) fn look_at(&self, text: &[u8]) -> Seen {
        match self {
            Self::Open => Seen { may_have_one: true, is_ascii: text.is_ascii() },
            Self::Few(marks) => marks.look_at(text),
            Self::Many(marks) => Seen { may_have_one: marks.may_be_in(text), is_ascii: text.is_ascii() },
        }
    }
}

/// What was seen in a text.
pub(crate) struct Seen {
    /// Whether it may contain one of the words.
    pub(crate) may_have_one: bool,
    /// Whether all its bytes are ASCII.
    pub(crate) is_ascii: bool,
}

/// The bytes in which marks that begin in sixteen places are looked for.
type Window = [u8; 16 + MARK - 1];

/// A few marks, each as two sums of adjacent bytes in every place of a vector: comparing two sums takes less time than
/// comparing three bytes, and other bytes seldom have the same sums.
pub(crate) struct Few(Vec<[u8x16; 2]>);

impl Few {
    fn new(marks: &[[u8; MARK]]) -> Self {
        Self(marks.iter().map(|mark| sums(mark.map(u8x16::splat))).collect())
    }

    fn look_at(&self, text: &[u8]) -> Seen {
        let mut seen = [u8x16::ZERO; 2];
        if let Some(last) = text.last_chunk() {
            let mut rest = text;
            while let Some(window) = rest.first_chunk() {
                self.add_places(window, &mut seen);
                rest = &rest[16..];
            }
            self.add_places(last, &mut seen);
        } else {
            let mut window = Window::default();
            window[..text.len()].copy_from_slice(text);
            self.add_places(&window, &mut seen);
        }
        let [places, bytes] = seen;
        Seen { may_have_one: places.any(), is_ascii: bytes.to_bitmask() == 0 }
    }

    /// Adds the places of a window in which a mark may begin, and its bytes, whose highest bit says that one is not ASCII.
    #[inline]
    fn add_places(&self, window: &Window, [places, bytes]: &mut [u8x16; 2]) {
        let from = |start: usize| u8x16::new(window[start..].first_chunk().copied().unwrap_or_default());
        let from = [from(0), from(1), from(2)];
        *bytes |= from[0] | from[2];
        let [first, second] = sums(from);
        for [one, other] in &self.0 {
            *places |= first.simd_eq(*one) & second.simd_eq(*other);
        }
    }
}

/// The sums of the first and the second byte, and of the second and the third, ignoring case.
#[inline]
fn sums(bytes: [u8x16; MARK]) -> [u8x16; 2] {
    let [first, second, third] = bytes.map(|bytes| bytes | u8x16::splat(b'a' ^ b'A'));
    [first + second + second, second + third + third]
}

/// Many marks. Only five bits of a byte count, so case makes no difference, and the tables fit into the nearest cache.
///
/// Every second pair of bytes is looked up: wherever a mark occurs, one of these pairs is its first two bytes, or its
/// second and third. Only if a pair matches, three bytes are looked up. The look-ups do not depend on each other, so a
/// processor overlaps them.
pub(crate) struct Many {
    /// For each pair of bytes, whether a mark has it at its first or second byte.
    pairs: Box<[bool; 1 << (2 * BITS)]>,
    /// For each three bytes, whether they are a mark: 32 Kibit.
    marks: Box<[u64; 1 << (MARK * BITS - 6)]>,
}

impl Many {
    fn new(all: &[[u8; MARK]]) -> Self {
        let (mut pairs, mut marks) = (Box::new([false; _]), Box::new([0; _]));
        for &[first, second, third] in all {
            pairs[index([first, second])] = true;
            pairs[index([second, third])] = true;
            let mark = index([first, second, third]);
            marks[mark / 64] |= 1 << (mark % 64);
        }
        Self { pairs, marks }
    }

    fn may_be_in(&self, text: &[u8]) -> bool {
        let mut pairs = text.as_chunks::<2>().0.iter().enumerate();
        pairs.any(|(at, pair)| self.pairs[index(*pair)] && self.begins_around(text, 2 * at))
    }

    /// Whether a mark may begin at a place, or one byte before it.
    fn begins_around(&self, text: &[u8], place: usize) -> bool {
        let begins = |at: usize| {
            let mark = text.get(at..).and_then(<[u8]>::first_chunk::<MARK>).map(|bytes| index(*bytes));
            mark.is_some_and(|mark| (self.marks[mark / 64] >> (mark % 64)) & 1 == 1)
        };
        begins(place) || place.checked_sub(1).is_some_and(begins)
    }
}

/// The significant bits of the bytes as an index.
#[inline]
fn index<const N: usize>(bytes: [u8; N]) -> usize {
    bytes.into_iter().fold(0, |index, byte| (index << BITS) | low(byte))
}

/// The bits of a byte that distinguish letters.
#[inline]
fn low(byte: u8) -> usize {
    usize::from(byte) % (1 << BITS)
}

/// How rare the more frequent of the two pairs of a mark is.
fn rarity(mark: [u8; MARK]) -> usize {
    let rank = |byte: u8| FREQUENT.iter().position(|other| low(*other) == low(byte)).unwrap_or(FREQUENT.len());
    let [first, second, third] = mark.map(rank);
    second + first.min(third)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn most_texts_are_kept() {
        let words = ["counterfeit", "replica", "ivory", "gun", "tiger"];
        let more = ["abcde", "bcdef", "cdefg", "efgabc"];
        for (text, expected) in [
            ("", false),
            ("gu", false),
            ("gun", true),
            ("GUN", true),
            ("a GuN.", true),
            ("Glass Kettle no 227", false),
            ("The classic shape refined for every day", false),
            ("an IVORY figure", true),
            ("tig", false),
            ("Prestige", true),
        ] {
            for words in [&words[..], &[&words[..], &more].concat()] {
                let sieve = Sieve::new(words.iter().copied());
                assert_eq!(sieve.may_have_one(text.as_bytes()), expected, "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_text_with_a_word_is_let_through(
            words in prop::collection::vec("[a-dé象+]{1,20}", 1..20), before in "[a-dA-D é]{0,40}", after in "[a-dA-D é]{0,40}",
            which in 0_usize..20, upper in any::<bool>(),
        ) {
            let word = &words[which % words.len()];
            let word = if upper { word.to_ascii_uppercase() } else { word.clone() };
            let sieve = Sieve::new(words.iter().map(String::as_str));
            let text = format!("{before}{word}{after}");
            prop_assert!(sieve.may_have_one(text.as_bytes()));
        }
    }
}
