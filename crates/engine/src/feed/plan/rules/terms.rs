//! `prohibited`: terms from the feed, and from a file beside it.

use crate::feed::plan::PlanBuilder;
use crate::rules::{Prohibited, Unusable};
use crate::spec::ProhibitedSpec;

impl PlanBuilder<'_> {
    pub(super) fn prohibited(&mut self, path: &str, rule: &ProhibitedSpec) -> Option<Prohibited> {
        let before = self.problems.len();
        if rule.fields.is_empty() {
            self.problem(format!("{path}.fields"), "is empty");
        }
        let mut terms = rule.terms.clone();
        for (at, term) in terms.iter().enumerate() {
            if let Err(error @ Unusable::Blank(_)) = Prohibited::new(Vec::new(), std::slice::from_ref(term)) {
                self.problem(format!("{path}.terms[{at}]"), error.to_string());
            }
        }
        match &rule.file {
            Some(name) => terms.extend(self.terms_of(&format!("{path}.file"), name)),
            None if terms.is_empty() => {
                self.problem(format!("{path}.terms"), "is empty, and there is no file with terms either");
            }
            None => {}
        }
        let fields = self.fields_named(path, &rule.fields);
        if self.problems.len() > before {
            return None;
        }
        self.take(path, Prohibited::new(fields, &terms))
    }

    /// The terms of a file, one on each line. Empty lines are skipped.
    fn terms_of(&mut self, path: &str, name: &str) -> Vec<String> {
        let Some(text) = self.file(path, name) else { return Vec::new() };
        let mut terms = Vec::new();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{FEFF}').lines()) {
            let line = line.trim_end_matches('\r');
            if line.is_empty() {
                continue;
            }
            let term = line.trim().to_owned();
            match Prohibited::new(Vec::new(), std::slice::from_ref(&term)) {
                Err(error @ Unusable::Blank(_)) => self.problem(path, format!("line {number} of {name:?}: {error}")),
                _ => terms.push(term),
            }
        }
        if terms.is_empty() {
            self.problem(path, format!("{name:?} contains no terms; write one on each line"));
        }
        terms
    }
}
