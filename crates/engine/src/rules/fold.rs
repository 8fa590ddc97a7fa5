//! Folds texts for comparison: removes differences of case, accents and encoding that readers ignore.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The folded form of a text, in which terms are compared.
///
/// Characters are decomposed (NFKD), accents and invisible characters removed, case is folded (via upper
/// case, so that `ß` equals `SS`), and white space becomes single spaces. Distinct letters such as `ø` and
/// `ł` stay, and so do the vowel signs of Indic scripts and the voicing marks of Japanese: Unicode classifies
/// them like accents, but readers do not.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_to(text, &mut folded);
    folded
}

/// Writes the folded text into a buffer and replaces its content.
pub(super) fn fold_to(text: &str, folded: &mut String) {
    folded.clear();
    if text.is_ascii() {
        push(folded, text.chars().map(|character| character.to_ascii_lowercase()));
    } else if fold_latin(text, folded).is_none() {
        folded.clear();
        fold_slowly(text, folded);
    }
}

/// The general case, by Unicode properties of each character.
fn fold_slowly(text: &str, folded: &mut String) {
    let bare = text.nfkd().filter(|character| !is_accent(*character) && !is_invisible(*character));
    push(folded, bare.flat_map(char::to_uppercase).flat_map(char::to_lowercase));
}

/// The first character beyond [`LATIN`].
const BEYOND_LATIN: u32 = 0x250;

/// The characters below U+0250, each folded. None of them is a combining mark, so a text of them can be
/// folded character by character.
static LATIN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let characters = (0..BEYOND_LATIN).filter_map(char::from_u32);
    let alone = |character: char| {
        let mut folded = String::new();
        fold_slowly(character.encode_utf8(&mut [0; 4]), &mut folded);
        folded
    };
    characters.map(alone).collect()
});

/// Folds a text of Latin letters and signs; `None` for any other text.
fn fold_latin(text: &str, folded: &mut String) -> Option<()> {
    let latin: &[String] = &LATIN;
    for character in text.chars() {
        if character.is_ascii_graphic() {
            folded.push(character.to_ascii_lowercase());
            continue;
        }
        let letters = latin.get(character as usize)?.as_str();
        // Some signs fold to a space followed by something else.
        let after_space = letters.starts_with(' ') && folded.ends_with(' ');
        folded.push_str(if after_space { &letters[1..] } else { letters });
    }
    Some(())
}

/// Writes a text with its Latin letters beyond ASCII folded and everything else as it is, and replaces the content of
/// the buffer; `None` for a text with other characters. Case and white space aside, it is the folded text.
pub(super) fn fold_roughly(text: &str, folded: &mut String) -> Option<()> {
    let latin: &[String] = &LATIN;
    folded.clear();
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let (plain, other) = rest.split_at(at);
        let character = other.chars().next()?;
        folded.push_str(plain);
        folded.push_str(latin.get(character as usize)?);
        rest = &other[character.len_utf8()..];
    }
    folded.push_str(rest);
    Some(())
}

/// Appends characters, and collapses white space to single spaces.
fn push(text: &mut String, characters: impl Iterator<Item = char>) {
    for character in characters {
        if !character.is_whitespace() {
            text.push(character);
        } else if !text.ends_with(' ') {
            text.push(' ');
        }
    }
}

/// Whether the range from `start` to `end` of a folded text begins and ends at word boundaries.
///
/// An end that is not a letter or digit, as in `c++`, needs no boundary; nor do scripts without spaces
/// between words.
pub(super) fn is_word(text: &str, start: usize, end: usize) -> bool {
    let (before, rest) = text.split_at_checked(start).unwrap_or_default();
    let (inside, after) = rest.split_at_checked(end.saturating_sub(start)).unwrap_or_default();
    let joined = |left: Option<char>, right: Option<char>| match (left, right) {
        (Some(left), Some(right)) => joins(left, right),
        _ => false,
    };
    !joined(before.chars().next_back(), inside.chars().next())
        && !joined(inside.chars().next_back(), after.chars().next())
}

/// Whether two adjacent characters belong to the same word.
fn joins(left: char, right: char) -> bool {
    let of_word = |character: char| character.is_alphanumeric() || is_combining_mark(character);
    of_word(left) && of_word(right) && (is_combining_mark(right) || !is_unspaced(left) || !is_unspaced(right))
}

/// Optional accents and points of Latin, Greek, Cyrillic, Hebrew and Arabic.
fn is_accent(character: char) -> bool {
    matches!(character,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}' | '\u{0591}'..='\u{05C7}' | '\u{064B}'..='\u{065F}' | '\u{0670}')
}

/// Invisible characters between letters: the soft hyphen, joiners, direction marks.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{200C}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

/// Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Japanese and Chinese.
fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_texts() {
        for (text, folded) in [
            ("Ivory  Figure\r\n", "ivory figure "),
            ("ÇAY café CAFE\u{301}", "cay cafe cafe"),
            ("STRASSE Straße", "strasse strasse"),
            ("ΣΟΦΟΣ σοφός", "σοφοσ σοφοσ"),
            ("İstanbul ISTANBUL", "istanbul istanbul"),
            ("ﬁne ｉｖｏｒｙ", "fine ivory"),
            ("iv\u{AD}o\u{200D}ry", "ivory"),
            ("rhino\u{A0}horn", "rhino horn"),
            ("Ørsted łódź", "ørsted łodz"),
            ("ёлка", "елка"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
        assert_ne!(fold("が"), fold("か"), "another letter");
        assert_ne!(fold("कि"), fold("का"), "another syllable");
    }

    #[test]
    fn table_of_words() {
        for (text, part, expected) in [
            ("an ivory figure", "ivory", true),
            ("ivory", "ivory", true),
            ("livory", "ivory", false),
            ("ivory2", "ivory", false),
            ("ivory-white", "ivory", true),
            ("c++14", "c++", true),
            ("c++", "c", true),
            ("天然象牙雕刻", "象牙", true),
            ("天然ivory", "ivory", false),
            ("कि", "क", false),
        ] {
            let start = text.find(part).unwrap();
            assert_eq!(is_word(text, start, start + part.len()), expected, "{part} in {text}");
        }
    }

    proptest! {
        #[test]
        fn folding_again_changes_nothing(text in "\\PC*") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn latin_texts_are_folded_as_any_other(text in "[\u{1}-\u{24F}]*|[ a-c¨¸¯´ßŉÀ-Åſĳ\u{AD}\u{A0}]*") {
            let mut slow = String::new();
            fold_slowly(&text, &mut slow);
            prop_assert_eq!(fold(&text), slow);
        }

        #[test]
        fn a_roughly_folded_text_is_folded_but_for_case_and_space(text in "[\u{1}-\u{24F}]*|[ a-c¨¸¯´ßŉÀ-Åſĳ\u{AD}\u{A0}İı]*") {
            let mut rough = String::new();
            prop_assert!(fold_roughly(&text, &mut rough).is_some());
            prop_assert_eq!(fold(&rough), fold(&text));
            let spaceless = |text: &str| text.to_ascii_lowercase().replace(char::is_whitespace, "");
            prop_assert_eq!(spaceless(&rough), spaceless(&fold(&text)));
        }

        #[test]
        fn ascii_is_folded_as_any_other_text(text in "[ -~\t\r\n]*") {
            let mut slow = fold(&format!("{text}\u{AD}"));
            prop_assert_eq!(fold(&text), std::mem::take(&mut slow));
        }
    }
}
