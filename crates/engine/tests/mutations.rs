//! Feeds with random changes: each either compiles, or its problems are reported, and nothing panics or hangs.

use proptest::prelude::*;
use sluice_engine::feed::{FeedFiles, FeedPlan};

/// The texts that feeds and words are taken from: two shipped feeds, and the examples of the reference.
const TEXTS: [&str; 3] = [
    include_str!("../../../feeds/products.yaml"),
    include_str!("../../../feeds/sales.yaml"),
    include_str!("../../../docs/feeds.md"),
];

/// The words and marks of these texts.
fn words() -> Vec<&'static str> {
    TEXTS.iter().flat_map(|text| text.split_inclusive([' ', ',', ':', '{', '}', '[', ']', '\n'])).collect()
}

/// Changes: the place in the text as a share of its length, the length of the replaced part, a word, and the kind of change.
fn changes() -> impl Strategy<Value = Vec<(usize, usize, prop::sample::Index, u8)>> {
    prop::collection::vec((0..10_000_usize, 0..20_usize, any::<prop::sample::Index>(), 0..3_u8), 1..6)
}

/// The text with parts removed, replaced or inserted, at boundaries of characters.
fn changed(text: &str, words: &[&str], changes: &[(usize, usize, prop::sample::Index, u8)]) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for (place, length, word, what) in changes {
        let start = place * text.len() / 10_000;
        let end = (start + length).min(text.len());
        let word: Vec<char> = if *what == 0 { Vec::new() } else { words[word.index(words.len())].chars().collect() };
        text.splice(start..if *what == 2 { start } else { end }, word);
    }
    text.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_feed_that_was_broken_at_random_is_compiled_or_reported(which in 0..2_usize, changes in changes()) {
        let yaml = changed(TEXTS[which], &words(), &changes);
        if let Err(problems) = FeedPlan::from_files(&yaml, &FeedFiles::default()) {
            prop_assert!(!problems.is_empty());
            prop_assert!(problems.iter().all(|problem| !problem.message.is_empty()), "{problems:?}");
        }
    }
}
