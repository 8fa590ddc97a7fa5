//! The rule `prohibited`.
//!
//! # What it checks
//! None of the given terms occurs in any of the given fields as a whole word, ignoring case and accents. The
//! terms are in the feed, or in a text file beside it, one on each line.
//!
//! # Why
//! A shop must not sell what the law or its own policy forbids, but partners' feeds contain it.
//!
//! # Example
//! ```yaml
//! - prohibited: {fields: [name, description], terms: [ivory, counterfeit], file: banned.txt}
//! ```
//! rejects `Ivory figure` and `ÍVORY`, and lets `Livory` pass.
//!
//! # How to fix
//! Remove the record from the file, or reword it if the term has another meaning there. If a term should not
//! be prohibited, remove it from the list.

use std::cell::RefCell;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use super::fold::{fold, fold_roughly, fold_to, is_word};
use super::rule::Rule;
use crate::fast::sieve::Sieve;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

thread_local! {
    /// A buffer for the folded text, kept from record to record.
    static FOLDED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Terms that must not occur in given fields.
pub struct Prohibited {
    fields: Vec<usize>,
    terms: Vec<String>,
    /// All terms, folded, in one automaton: the number of terms costs nothing per record.
    automaton: AhoCorasick,
    /// The longest word of each folded term, ignoring case. An ASCII text without any of these words contains
    /// no term.
    words: AhoCorasick,
    /// A filter for the same words, which takes a fraction of the time and may let texts without them pass.
    sieve: Sieve,
}

/// Why terms cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A term is empty after folding.
    #[error("{0:?} is blank; a term needs a letter, a digit or a sign")]
    Blank(String),
    /// There are too many.
    #[error("are too many: {0}")]
    TooMany(#[from] BuildError),
}

impl Prohibited {
    /// Compiles the rule for fields by index.
    ///
    /// # Errors
    /// If a term is blank, or if the terms are too many for the automaton.
    pub fn new(fields: Vec<usize>, terms: &[String]) -> Result<Self, Unusable> {
        let mut folded = Vec::with_capacity(terms.len());
        for term in terms {
            let bare = fold(term.trim());
            if bare.trim().is_empty() {
                return Err(Unusable::Blank(term.clone()));
            }
            folded.push(bare);
        }
        // All overlapping matches are checked: a longer term that is not a whole word must not hide a shorter
        // one.
        let longest = |term: &String| term.split(' ').max_by_key(|word| word.len()).unwrap_or_default().to_owned();
        let words: Vec<String> = folded.iter().map(longest).collect();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(folded)?;
        let sieve = Sieve::new(words.iter().map(String::as_str));
        let words = AhoCorasick::builder().ascii_case_insensitive(true).build(words)?;
        Ok(Self { fields, terms: terms.to_vec(), automaton, words, sieve })
    }
}

impl Rule for Prohibited {
    fn code(&self) -> Code {
        Code::Prohibited
    }

    fn fields(&self) -> Vec<usize> {
        self.fields.clone()
    }

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        let mut texts = self.fields.iter().map(|field| text(*field));
        texts.all(|text| self.surely_has_none(text) || self.find(text).is_empty())
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        for field in &self.fields {
            let Some(value) = record.value(*field) else { continue };
            let written = value.canonical();
            for term in self.find(&written) {
                let message = format!("contains the prohibited term {:?}", self.terms[term]);
                let problem = Problem::new(Stage::Validate, Code::Prohibited, message);
                problems.push(problem.field(record.name(*field)).value(&written));
            }
        }
    }
}

impl Prohibited {
    /// Whether a text contains no term, as far as can be seen without folding its case and its white space.
    #[inline]
    fn surely_has_none(&self, text: &str) -> bool {
        let seen = self.sieve.look_at(text.as_bytes());
        !seen.may_have_one && (seen.is_ascii || self.surely_has_none_folded(text))
    }

    /// The same for a text that is not ASCII.
    fn surely_has_none_folded(&self, text: &str) -> bool {
        FOLDED.with_borrow_mut(|folded| {
            fold_roughly(text, folded).is_some() && !self.sieve.may_have_one(folded.as_bytes())
        })
    }

    /// The indices of the terms that a text contains, each once, in the order of the list.
    fn find(&self, text: &str) -> BTreeSet<usize> {
        let nothing = BTreeSet::new();
        if self.surely_has_none(text) || (text.is_ascii() && !self.words.is_match(text)) {
            return nothing;
        }
        FOLDED.with_borrow_mut(|folded| {
            fold_to(text, folded);
            if self.sieve.may_have_one(folded.as_bytes()) { self.find_folded(folded) } else { nothing }
        })
    }

    /// The same for a folded text.
    fn find_folded(&self, folded: &str) -> BTreeSet<usize> {
        let hits = self.automaton.find_overlapping_iter(folded);
        let whole = hits.filter(|hit| is_word(folded, hit.start(), hit.end()));
        whole.map(|hit| hit.pattern().as_usize()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType;

    fn rule(terms: &[&str]) -> Prohibited {
        Prohibited::new(vec![0], &terms.iter().map(|term| (*term).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn table_of_texts() {
        let rule = rule(&["ivory", "rhino horn", "rhino", "Çay", "c++"]);
        for (text, found) in [
            ("Ivory figure", &["ivory"][..]),
            ("IVÓRY", &["ivory"]),
            ("figure,ivory.", &["ivory"]),
            ("ivory and ivory", &["ivory"]),
            ("livory", &[]),
            ("lívory", &[]),
            ("ivory2", &[]),
            ("ivoryé", &[]),
            ("éivory", &[]),
            ("é ivory é", &["ivory"]),
            ("rhino  HORN", &["rhino horn", "rhino"]),
            ("rhino horns", &["rhino"]),
            ("cay", &["Çay"]),
            ("çay", &["Çay"]),
            ("C++ in a week", &["c++"]),
            ("", &[]),
        ] {
            let messages = messages_of(&rule, &[("name", FieldType::String, text)]);
            let expected: Vec<_> = found.iter().map(|term| format!("contains the prohibited term {term:?}")).collect();
            assert_eq!(messages, expected, "{text}");
        }
    }

    proptest! {
        /// A text that the fast path skips contains no term.
        #[test]
        fn a_text_without_a_word_of_a_term_has_no_term(text in "[ivoryIVORYrhne +c-]{0,12}( |  |\\t|-|)(horn|HORN|c[+]+)?") {
            let rule = rule(&["ivory", "rhino horn", "or", "c++", "rh"]);
            let folded = fold(&text);
            let found = rule.automaton.find_overlapping_iter(&folded).count() > 0;
            prop_assert!(!found || rule.words.is_match(&text));
            prop_assert!(!found || rule.sieve.may_have_one(text.as_bytes()));
        }

        /// Terms in disguise: with accents, in full width, with ligatures and invisible characters, in any case.
        #[test]
        fn what_is_found_is_what_the_folded_text_has(
            parts in prop::collection::vec(
                "(i|I|İ|ı|í|ｉ)(v|V|ｖ|ⅴ)(\u{AD}|\u{200B}|\u{200D}|\u{2060}|)(o|Ó|ö|º|ｏ|o\u{301})r(y|ÿ|Ｙ)\
                 |(r|R|ř)hi(n|ñ|ﬁ)o|stra(ß|ss|SS|ſs|ẞ)e|(ﬁ|fi|FI|ﬃ)(re|RE|ré)|象牙|ϲ\\+\\+|[Çç]ay|c\\+|gu[nń]|[ -~]|\\PC|[ \u{A0}\t¨´]",
                0..6,
            ),
            between in "| |-|\u{AD}|é",
        ) {
            let rule = rule(&["ivory", "rhino", "straße", "fire", "象牙", "c++", "Çay", "gun", "re", "o"]);
            let text = parts.join(&between);
            prop_assert_eq!(rule.find(&text), rule.find_folded(&fold(&text)), "{}", text);
            let long = Prohibited::new(vec![0], &["ivory".to_owned(), "straße".to_owned(), "象牙".to_owned()]).unwrap();
            let expected = long.find_folded(&fold(&text));
            prop_assert!(expected.is_empty() || !long.surely_has_none(&text), "{}", text);
            prop_assert_eq!(long.find(&text), expected, "{}", text);
        }
    }

    #[test]
    fn every_field_is_looked_at() {
        let rule = Prohibited::new(vec![0, 2], &["ivory".to_owned()]).unwrap();
        let of = FieldType::String;
        let record = [("a", of, "ivory"), ("b", of, "ivory"), ("c", of, "ivory")];
        let found = super::super::rule::testing::problems_of(&rule, &record);
        let fields: Vec<_> = found.iter().map(|problem| problem.field.as_deref().unwrap()).collect();
        assert_eq!(fields, ["a", "c"]);
    }

    #[test]
    fn thousands_of_terms_are_found_like_one() {
        let terms: Vec<String> = (0..20_000).map(|number| format!("term{number}")).collect();
        let rule = Prohibited::new(vec![0], &terms).unwrap();
        let messages = messages_of(&rule, &[("name", FieldType::String, "a TERM19999 and a term2, no term20000")]);
        assert_eq!(messages.len(), 2, "{messages:?}");
    }

    #[test]
    fn blank_terms_are_reported() {
        for term in ["", " ", "\u{301}", "\u{AD}"] {
            assert!(matches!(Prohibited::new(vec![0], &[term.to_owned()]), Err(Unusable::Blank(_))), "{term:?}");
        }
    }
}
