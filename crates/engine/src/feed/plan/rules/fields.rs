//! Rules about which fields must have a value.

use crate::feed::plan::PlanBuilder;
use crate::rules::{AtMostOne, RequiredTogether};
use crate::spec::{AtMostOneSpec, RequiredTogetherSpec};

impl PlanBuilder<'_> {
    pub(super) fn required_together(&mut self, path: &str, rule: &RequiredTogetherSpec) -> Option<RequiredTogether> {
        self.several(path, &rule.fields).map(|fields| RequiredTogether { fields })
    }

    pub(super) fn at_most_one(&mut self, path: &str, rule: &AtMostOneSpec) -> Option<AtMostOne> {
        self.several(path, &rule.fields).map(|fields| AtMostOne { fields })
    }

    /// The indices of the fields that a list names.
    pub(super) fn fields_named(&mut self, path: &str, names: &[String]) -> Vec<usize> {
        let mut fields = Vec::new();
        for (at, name) in names.iter().enumerate() {
            let path = format!("{path}.fields[{at}]");
            match self.field(&path, name) {
                Some(field) if fields.contains(&field) => self.problem(path, format!("{name:?} is already named")),
                Some(field) => fields.push(field),
                None => {}
            }
        }
        fields
    }

    /// Two fields or more.
    fn several(&mut self, path: &str, names: &[String]) -> Option<Vec<usize>> {
        if names.len() < 2 {
            self.problem(format!("{path}.fields"), format!("names {} fields; the rule needs two or more", names.len()));
        }
        let fields = self.fields_named(path, names);
        (fields.len() > 1 && fields.len() == names.len()).then_some(fields)
    }
}
