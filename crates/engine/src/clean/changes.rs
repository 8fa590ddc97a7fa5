//! Which texts a cleaning step may change, in the bits of a glance.
//!
//! It decides only in one direction: a text with one of these bits may or may not change. A property test
//! checks every step.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::CleanStep;
use crate::fast::alphabet::Alphabet;
use crate::fast::glance::{
    ALL, BEYOND, BLANK, CONTROL, DIGIT, EMPTY, LOWER, MARKUP, SIGN, SPACE, UPPER, begins, class, doubles, ends,
};

/// The classes of white space at either end.
const OUTER: u64 = SPACE | CONTROL | BEYOND;
/// White space other than single spaces between words.
const RUNS: u64 = CONTROL | BLANK | begins(SPACE) | ends(SPACE) | doubles(SPACE);
/// The classes of a byte, the rarest first.
const SELDOM: [u64; 8] = [CONTROL, MARKUP, BEYOND, SIGN, DIGIT, UPPER, LOWER, SPACE];

impl CleanStep {
    /// The bits of texts that the step may change or refuse. Every other text passes unchanged.
    pub(crate) fn may_change(&self) -> u64 {
        match self {
            Self::Trim => begins(OUTER) | ends(OUTER),
            Self::CollapseWhitespace => RUNS,
            Self::HtmlToText => RUNS | MARKUP,
            Self::Upper => LOWER | BEYOND,
            Self::Lower => UPPER | BEYOND,
            Self::Title => LOWER | UPPER | BEYOND,
            Self::Normalize(_) => BEYOND,
            Self::Strip(characters) => first_bytes(characters),
            Self::ReplaceText { text, .. } => part(text),
            Self::Split { by, take: 1 | -1 } => part(by),
            Self::ReplacePattern { pattern, .. } => found(pattern.as_str()),
            Self::StripCurrency => begins(ALL & !DIGIT) | ends(ALL & !DIGIT),
            Self::Default(_) => EMPTY,
            Self::Map(_) => ALL | EMPTY,
            Self::Split { .. }
            | Self::Extract(_)
            | Self::List(_)
            | Self::Number(_)
            | Self::Units(_)
            | Self::Boolean(_) => ALL,
        }
    }

    /// Whether the step surely leaves every text of an alphabet as it is.
    pub(crate) fn surely_keeps(&self, texts: &Alphabet) -> bool {
        let may_have = |text: &str| text.bytes().all(|byte| texts.may_have(byte));
        match self {
            Self::Strip(characters) => !characters.chars().any(|one| may_have(one.encode_utf8(&mut [0; 4]))),
            Self::ReplaceText { text, .. } | Self::Split { by: text, take: 1 | -1 } => !may_have(text),
            Self::Number(notation) => notation.surely_keeps(texts),
            _ => !texts.may_show(self.may_change()),
        }
    }

    /// Whether the step changes nearly every text, so that a glance does not help.
    pub(crate) fn may_change_any(&self) -> bool {
        self.may_change() & ALL == ALL
    }
}

/// The bits of texts with one of the characters.
fn first_bytes(characters: &str) -> u64 {
    characters.chars().fold(0, |bits, character| bits | classes(character.encode_utf8(&mut [0; 4]).bytes().next()))
}

/// The bits of texts that may contain another text: its rarest class.
fn part(text: &str) -> u64 {
    let bits = text.bytes().fold(0, |bits, byte| bits | classes(Some(byte)));
    SELDOM.into_iter().find(|class| bits & class != 0).unwrap_or(ALL)
}

/// The bits of texts in which a pattern may match.
fn found(pattern: &str) -> u64 {
    let Ok(pattern) = regex_syntax::parse(pattern) else { return ALL };
    match start(&pattern) {
        // An empty match occurs everywhere.
        (_, true) => ALL,
        (bits, false) if pattern.properties().look_set_prefix().contains(Look::Start) => begins(bits),
        (bits, false) => bits,
    }
}

/// The classes of the first byte of a match, and whether a match may be empty.
fn start(pattern: &Hir) -> (u64, bool) {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => (0, true),
        HirKind::Literal(literal) => (classes(literal.0.first().copied()), false),
        HirKind::Class(Class::Unicode(class)) => {
            let bounds = class.ranges().iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
            (bounds.fold(0, |bits, (from, to)| bits | between(from, to)), false)
        }
        HirKind::Class(Class::Bytes(class)) => {
            let bounds = class.ranges().iter().map(|range| (u32::from(range.start()), u32::from(range.end())));
            (bounds.fold(0, |bits, (from, to)| bits | between(from, to)), false)
        }
        HirKind::Repetition(repeated) => {
            let (bits, nothing) = start(&repeated.sub);
            (bits, nothing || repeated.min == 0)
        }
        HirKind::Capture(group) => start(&group.sub),
        HirKind::Concat(parts) => {
            let mut all = 0;
            for part in parts {
                let (bits, nothing) = start(part);
                all |= bits;
                if !nothing {
                    return (all, false);
                }
            }
            (all, true)
        }
        HirKind::Alternation(ways) => {
            ways.iter().map(start).fold((0, false), |(all, any), (bits, nothing)| (all | bits, any || nothing))
        }
    }
}

/// The classes of the characters between two, both included.
fn between(from: u32, to: u32) -> u64 {
    let ascii = (from..=to.min(0x7F)).fold(0, |bits, byte| bits | classes(u8::try_from(byte).ok()));
    if to > 0x7F { ascii | BEYOND } else { ascii }
}

/// The main class of a byte, which every text with that byte has.
fn classes(byte: Option<u8>) -> u64 {
    byte.map_or(ALL, class) & ALL
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use proptest::prelude::*;

    use super::super::tests::steps;
    use super::*;
    use crate::clean::piece::{Bench, Piece};
    use crate::fast::glance::Glance;

    /// Each step, in forms that depend on different bytes.
    const STEPS: [&str; 30] = [
        "trim",
        "collapse_whitespace",
        "upper",
        "lower",
        "title",
        "strip_currency",
        "html_to_text",
        "{normalize: nfc}",
        "{normalize: nfkd}",
        "{default: EUR}",
        "{strip: '€ '}",
        "{strip: '-'}",
        "{replace: {text: ',', with: '.'}}",
        "{replace: {text: 'ab', with: ''}}",
        "{replace: {text: 'ü', with: 'ue'}}",
        "{replace: {pattern: '^[0-9.,]+ *'}}",
        "{replace: {pattern: '(?i)a|€+', with: '-'}}",
        "{replace: {pattern: '(?m)^a|(?:b?)(1)$', with: '-'}}",
        "{replace: {pattern: 'a*', with: '-'}}",
        "{replace: {pattern: '\\s|[^a-z]{2}', with: '-'}}",
        "{split: {by: ' > ', take: 1}}",
        "{split: {by: ' ', take: -1}}",
        "{split: {by: 'a', take: 2}}",
        "{extract: '[0-9]+'}",
        "{map: {values: {a: b}, otherwise: keep}}",
        "{map: {values: {a: b}}}",
        "{number: {}}",
        "{units: {factors: {g: 1, kg: 1000}}}",
        "{boolean: {true: [a], false: [b]}}",
        "{list: {separator: ','}}",
    ];

    /// Texts of all classes, and those that some step looks for.
    const TEXTS: &str = "|a|b|ab|[ -~]{0,4}|[0-9]{1,3}|[ab]{1,4}|[A-B]{1,3}|[a-z]{1,4}|[A-Z1 ]{1,4}\
        |[ \t\naAbB12.,<>&;'$€üßſÉ\u{85}\u{A0}\u{1680}\u{2003}\u{3000}\u{1C}\u{301}-]{0,6}";

    proptest! {
        /// What a step does to a part of a record is what it makes of a text.
        #[test]
        fn what_is_done_in_place_is_what_the_step_makes(step in prop::sample::select(&STEPS[..]), text in TEXTS) {
            for step in steps(step) {
                let mut made = String::new();
                let mut bench = Bench::new(&text, &mut made);
                let run = step.run(&mut bench, Piece::of_record(0..text.len())).map_err(String::from);
                let run = run.map(|piece| bench.text(piece).to_owned());
                prop_assert_eq!(run, step.apply(Cow::Borrowed(&text)).map(Cow::into_owned));
            }
        }

        /// A text passes unchanged through steps with none of whose bits it has.
        #[test]
        fn what_has_none_of_the_bits_stays_as_it_is(
            chain in prop::collection::vec(prop::sample::select(&STEPS[..]), 1..4),
            text in TEXTS,
        ) {
            // Compiled separately, because a feed whose steps leave nothing for the next one is refused.
            let chain: Vec<CleanStep> = chain.iter().flat_map(|step| steps(step)).collect();
            let bits = chain.iter().fold(0, |bits, step| bits | step.may_change());
            if !Glance::at(text.as_bytes()).has(bits) {
                let made = chain.iter().try_fold(Cow::Borrowed(&text[..]), |text, step| step.apply(text));
                prop_assert_eq!(made.as_deref(), Ok(&text[..]));
            }
        }

        /// The same for all texts of an alphabet.
        #[test]
        fn what_keeps_an_alphabet_keeps_its_texts(
            chain in prop::collection::vec(prop::sample::select(&STEPS[..]), 1..4),
            text in TEXTS, number in "-?(0|[1-9][0-9]{0,4})(\\.[0-9]{1,3})?", date in "[0-9]{2}[.-][0-9]{2}[.-][0-9]{4}",
        ) {
            let chain: Vec<CleanStep> = chain.iter().flat_map(|step| steps(step)).collect();
            let numbers = Alphabet::of_numbers(number.contains('-'), number.contains('.'));
            let sample = date.replace(|digit: char| digit.is_ascii_digit(), "0");
            for (text, alphabet) in [(&text, Alphabet::like(&[&text])), (&number, numbers), (&date, Alphabet::like(&[&sample]))] {
                if chain.iter().all(|step| step.surely_keeps(&alphabet)) {
                    let made = chain.iter().try_fold(Cow::Borrowed(&text[..]), |text, step| step.apply(text));
                    prop_assert_eq!(made.as_deref(), Ok(&text[..]));
                }
            }
        }
    }

    #[test]
    fn common_steps_keep_common_alphabets() {
        let (prices, dates) = (Alphabet::of_numbers(false, true), Alphabet::like(&["00.00.0000"]));
        for (clean, alphabet, expected) in [
            ("trim, strip_currency", &prices, true),
            ("trim, {strip: '€$ '}", &prices, true),
            ("{number: {decimal: '.', group: ','}}", &prices, true),
            ("{number: {decimal: ','}}", &prices, false),
            ("{replace: {text: ',', with: '.'}}", &prices, true),
            ("{replace: {text: '.', with: ','}}", &prices, false),
            ("trim, upper, {default: EUR}", &dates, true),
            ("trim, {split: {by: '.', take: 1}}", &dates, false),
            ("{number: {}}", &dates, false),
        ] {
            assert_eq!(steps(clean).iter().all(|step| step.surely_keeps(alphabet)), expected, "{clean}");
        }
    }

    #[test]
    fn ordinary_texts_have_none_of_the_bits() {
        for (clean, text) in [
            ("trim, upper", "AA-00001"),
            ("trim, collapse_whitespace", "Ceramic Planter no 160"),
            ("trim, html_to_text", "Für drinnen und draußen."),
            ("trim, {split: {by: ' > ', take: 1}}, {split: {by: \"\\n\", take: 1}}", "Home Office"),
            ("trim, strip_currency", "860.31"),
            ("trim, {replace: {pattern: '^[0-9.,]+ *'}}, upper, {default: EUR}", "EUR"),
        ] {
            let bits = steps(clean).iter().fold(0, |bits, step| bits | step.may_change());
            assert!(!Glance::at(text.as_bytes()).has(bits), "{clean}: {text}");
        }
    }

    #[test]
    fn table_of_what_a_pattern_may_find() {
        let points = begins(DIGIT | SIGN);
        for (pattern, bits) in [
            ("^[0-9.,]+ *", points),
            ("^(?:[0-9]|[.])", points),
            ("(?m)^[0-9]", DIGIT),
            ("\\b[a-c]x", LOWER),
            ("(a|B)1", LOWER | UPPER),
            ("a?1", LOWER | DIGIT),
            ("ü", BEYOND),
            ("(?i)k", LOWER | UPPER | BEYOND),
            ("a*", ALL),
            ("a|", ALL),
            ("^", ALL),
        ] {
            assert_eq!(found(pattern), bits, "{pattern}");
        }
    }
}
