//! Excludes texts that certainly contain none of the given words, by looking at a few of their bytes.
//!
//! It looks up every second pair of bytes: wherever a word of three bytes or more occurs, one of these pairs
//! is its first two bytes, or its second and third. Only if a pair matches, three bytes are looked up. The
//! look-ups do not depend on each other, so a processor overlaps them. Only five bits of a byte count, so
//! case makes no difference, and the tables fit into the nearest cache.

/// The shortest word that can be found by its pairs.
const SHORTEST: usize = 3;
/// The number of bits of a byte that count: those that distinguish letters, but not their case.
const BITS: usize = 5;

/// Passes texts that may contain one of the words.
pub(crate) struct Sieve {
    /// For each pair of bytes, whether a word has it at its first or second byte.
    pairs: Box<[bool; 1 << (2 * BITS)]>,
    /// For each three bytes, whether a word begins with them: 32 Kibit.
    beginnings: Box<[u64; 1 << (3 * BITS - 6)]>,
    /// Whether a word is too short, so that every text must pass.
    open: bool,
}

impl Sieve {
    /// For words in lower case.
    pub(crate) fn new<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut sieve = Self { pairs: Box::new([false; _]), beginnings: Box::new([0; _]), open: false };
        for word in words {
            if let Some([first, second, third]) = word.as_bytes().first_chunk::<SHORTEST>().copied() {
                sieve.pairs[index([first, second])] = true;
                sieve.pairs[index([second, third])] = true;
                let beginning = index([first, second, third]);
                sieve.beginnings[beginning / 64] |= 1 << (beginning % 64);
            } else {
                sieve.open = true;
            }
        }
        sieve
    }

    /// Whether a text may contain one of the words, ignoring case.
    #[inline]
    pub(crate) fn may_have_one(&self, text: &[u8]) -> bool {
        let mut pairs = text.as_chunks::<2>().0.iter().enumerate();
        self.open || pairs.any(|(at, pair)| self.pairs[index(*pair)] && self.begins_around(text, 2 * at))
    }

    /// Whether a word may begin at a place, or one byte before it.
    fn begins_around(&self, text: &[u8], place: usize) -> bool {
        let begins = |at: usize| {
            let beginning = text.get(at..).and_then(<[u8]>::first_chunk::<SHORTEST>).map(|bytes| index(*bytes));
            beginning.is_some_and(|index| (self.beginnings[index / 64] >> (index % 64)) & 1 == 1)
        };
        begins(place) || place.checked_sub(1).is_some_and(begins)
    }
}

/// The significant bits of the bytes as an index.
#[inline]
fn index<const N: usize>(bytes: [u8; N]) -> usize {
    bytes.into_iter().fold(0, |index, byte| (index << BITS) | usize::from(byte & ((1 << BITS) - 1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn most_texts_are_kept() {
        let sieve = Sieve::new(["counterfeit", "replica", "ivory", "gun", "tiger"].into_iter());
        for (text, expected) in [
            ("", false),
            ("gu", false),
            ("gun", true),
            ("GUN", true),
            ("a GuN.", true),
            ("Glass Kettle no 227", false),
            ("The classic shape refined for every day", false),
            ("an IVORY figure", true),
            ("tig", true),
        ] {
            assert_eq!(sieve.may_have_one(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_with_a_word_is_let_through(
            words in prop::collection::vec("[a-dé象+]{1,20}", 1..5), before in "[a-dA-D é]{0,20}", after in "[a-dA-D é]{0,20}",
            which in 0_usize..5, upper in any::<bool>(),
        ) {
            let word = &words[which % words.len()];
            let word = if upper { word.to_ascii_uppercase() } else { word.clone() };
            let sieve = Sieve::new(words.iter().map(String::as_str));
            let text = format!("{before}{word}{after}");
            prop_assert!(sieve.may_have_one(text.as_bytes()));
        }
    }
}
