//! `validate.rules`: checks and compiles the business rules.

mod fields;
mod references;
mod terms;
mod values;

use super::PlanBuilder;
use crate::rules::{GradedRule, Rule};
use crate::schema::Field;
use crate::spec::{FeedSpec, RuleSpec};

impl PlanBuilder<'_> {
    pub(super) fn rules(&mut self, spec: &FeedSpec, fields: &[Field]) -> Vec<GradedRule> {
        let mut rules = Vec::new();
        for (index, rule) in spec.validate.rules.iter().enumerate() {
            let at = |key: &str| format!("validate.rules[{index}].{key}");
            let (rule, severity): (Option<Box<dyn Rule>>, _) = match rule {
                RuleSpec::Prohibited(rule) => (boxed(self.prohibited(&at("prohibited"), rule)), rule.severity),
                RuleSpec::Range(rule) => (boxed(self.range(&at("range"), rule, fields)), rule.severity),
                RuleSpec::OneOf(rule) => (boxed(self.one_of(&at("one_of"), rule, fields)), rule.severity),
                RuleSpec::Compare(rule) => (boxed(self.compare(&at("compare"), rule, fields)), rule.severity),
                RuleSpec::Regex(rule) => (boxed(self.regex(&at("regex"), rule)), rule.severity),
                RuleSpec::DateWindow(rule) => {
                    (boxed(self.date_window(&at("date_window"), rule, fields)), rule.severity)
                }
                RuleSpec::RequiredTogether(rule) => {
                    (boxed(self.required_together(&at("required_together"), rule)), rule.severity)
                }
                RuleSpec::AtMostOne(rule) => (boxed(self.at_most_one(&at("at_most_one"), rule)), rule.severity),
                // References are checked with access to other tables, not by a rule.
                RuleSpec::Reference(_) => continue,
                RuleSpec::Rule(rule) => (self.expression_rule(&at("rule"), rule), rule.severity),
            };
            rules.extend(rule.map(|rule| GradedRule { rule, severity }));
        }
        rules
    }
}

fn boxed<R: Rule + 'static>(rule: Option<R>) -> Option<Box<dyn Rule>> {
    rule.map(|rule| Box::new(rule) as Box<dyn Rule>)
}

#[cfg(test)]
mod tests;
