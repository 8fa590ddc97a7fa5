//! The rule `prohibited`.
//!
//! # What it checks
//! None of the given terms occurs in any of the given fields: as a whole word, whatever its case and
//! its accents. Terms stand in the feed, or in a text file beside it, one on a line.
//!
//! # Why
//! A shop must not sell what the law or its own policy forbids, and partners' feeds name it.
//!
//! # Example
//! ```yaml
//! - prohibited: {fields: [name, description], terms: [ivory, counterfeit], file: banned.txt}
//! ```
//! rejects `Ivory figure` and `ÍVORY`, and lets `Livory` pass.
//!
//! # How to fix
//! Take the record out of the file, or say it in other words where the term is meant in another sense.
//! Where a term should not be prohibited, take it out of the list.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use super::fold::{fold, is_word};
use super::rule::{Rule, TargetRecord};
use crate::{Code, Problem, RunContext, Stage};

/// Terms that must not occur in given fields.
pub struct Prohibited {
    fields: Vec<usize>,
    terms: Vec<String>,
    /// All terms, folded, in one automaton: their number costs nothing per record.
    automaton: AhoCorasick,
}

/// Why terms cannot be looked for.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Nothing is left of a term when it is folded.
    #[error("{0:?} is blank; a term has a letter, a digit or a sign")]
    Blank(String),
    /// They are too many.
    #[error("are too many: {0}")]
    TooMany(#[from] BuildError),
}

impl Prohibited {
    /// Compiles the rule for fields by their index.
    ///
    /// # Errors
    /// Where a term is blank, or the terms are too many for the automaton.
    pub fn new(fields: Vec<usize>, terms: &[String]) -> Result<Self, Unusable> {
        let mut folded = Vec::with_capacity(terms.len());
        for term in terms {
            let bare = fold(term.trim());
            if bare.trim().is_empty() {
                return Err(Unusable::Blank(term.clone()));
            }
            folded.push(bare);
        }
        // Overlapping matches are all looked at: a longer term that is no whole word must not hide a shorter one.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(folded)?;
        Ok(Self { fields, terms: terms.to_vec(), automaton })
    }
}

impl Rule for Prohibited {
    fn code(&self) -> Code {
        Code::Prohibited
    }

    fn fields(&self) -> Vec<usize> {
        self.fields.clone()
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        for field in &self.fields {
            let Some(value) = record.value(*field) else { continue };
            let written = value.canonical();
            let text = fold(&written);
            let whole =
                self.automaton.find_overlapping_iter(&text).filter(|hit| is_word(&text, hit.start(), hit.end()));
            // In the order of the list, each once.
            let found: BTreeSet<usize> = whole.map(|hit| hit.pattern().as_usize()).collect();
            for term in found {
                let message = format!("contains the prohibited term {:?}", self.terms[term]);
                let problem = Problem::new(Stage::Validate, Code::Prohibited, message);
                problems.push(problem.field(record.name(*field)).value(&written));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::feed::FieldType;

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
    fn blank_terms_are_told() {
        for term in ["", " ", "\u{301}", "\u{AD}"] {
            assert!(matches!(Prohibited::new(vec![0], &[term.to_owned()]), Err(Unusable::Blank(_))), "{term:?}");
        }
    }
}
