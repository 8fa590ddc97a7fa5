//! The rule `prohibited`.
//!
//! # What it checks
//! None of the given terms occurs in any of the given fields: as a whole word, whatever its case.
//!
//! # Why
//! A shop must not sell what the law or its own policy forbids, and partners' feeds name it.
//!
//! # Example
//! ```yaml
//! - prohibited: {fields: [name, description], terms: [ivory, counterfeit]}
//! ```
//! rejects `Ivory figure` and lets `Livory` pass.

use aho_corasick::{AhoCorasick, BuildError, MatchKind};

use super::rule::{Rule, TargetRecord};
use crate::{Code, Problem, Stage};

/// Terms that must not occur in given fields.
pub struct Prohibited {
    fields: Vec<usize>,
    terms: Vec<String>,
    /// All terms in lower case, in one automaton: their number costs nothing per record.
    automaton: AhoCorasick,
}

impl Prohibited {
    /// Compiles the rule for fields by their index.
    ///
    /// # Errors
    /// Where the terms are too many for the automaton.
    pub fn new(fields: Vec<usize>, terms: &[String]) -> Result<Self, BuildError> {
        let lower = terms.iter().map(|term| term.to_lowercase());
        // Overlapping matches are all looked at: a longer term that is no whole word must not hide a shorter one.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(lower)?;
        Ok(Self { fields, terms: terms.to_vec(), automaton })
    }
}

impl Rule for Prohibited {
    fn code(&self) -> Code {
        Code::Prohibited
    }

    fn check(&self, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        for field in &self.fields {
            let Some(value) = record.value(*field) else { continue };
            let written = value.canonical();
            let text = written.to_lowercase();
            let mut found: Vec<usize> = self
                .automaton
                .find_overlapping_iter(&text)
                .filter(|hit| is_word(&text, hit.start(), hit.end()))
                .map(|hit| hit.pattern().as_usize())
                .collect();
            found.sort_unstable();
            found.dedup();
            for term in found {
                let message = format!("contains the prohibited term {:?}", self.terms[term]);
                let problem = Problem::new(Stage::Validate, Code::Prohibited, message);
                problems.push(problem.field(record.name(*field)).value(&written));
            }
        }
    }
}

/// Whether no letter or digit touches the match on either side.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|text| text.chars().next_back());
    let after = text.get(end..).and_then(|text| text.chars().next());
    !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FieldType;
    use crate::schema::{Constraints, Field, Value};

    fn terms_found(text: &str) -> usize {
        let terms = ["ivory", "rhino horn", "rhino", "Çay"].map(str::to_owned);
        let rule = Prohibited::new(vec![0], &terms).unwrap();
        let field = Field { name: "name".into(), field_type: FieldType::String, constraints: Constraints::default() };
        let values = [Value::read(FieldType::String, text)];
        let mut problems = Vec::new();
        rule.check(&TargetRecord { fields: &[field], values: &values }, &mut problems);
        problems.len()
    }

    #[test]
    fn table_of_texts() {
        for (text, found) in [
            ("Ivory figure", 1),
            ("IVORY", 1),
            ("figure,ivory.", 1),
            ("ivory and ivory", 1),
            ("livory", 0),
            ("ivory2", 0),
            ("rhino horn", 2),
            ("rhino horns", 1),
            ("çay", 1),
            ("", 0),
        ] {
            assert_eq!(terms_found(text), found, "{text}");
        }
    }
}
