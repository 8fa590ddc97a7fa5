//! `validate.rules`: checks and compiles the business rules.

mod fields;
mod references;
mod terms;
mod values;

use super::{PlanBuilder, UniqueSet};
use crate::Severity;
use crate::rules::{GradedRule, LostDigits, Rule};
use crate::schema::Field;
use crate::spec::{FeedSpec, FieldType, RuleSpec};

impl PlanBuilder<'_> {
    pub(super) fn rules(&mut self, spec: &FeedSpec, fields: &[Field], unique: &[UniqueSet]) -> Vec<GradedRule> {
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
        let identifies = |(at, field): (usize, &Field)| {
            let is_key = spec.key().contains(&field.name) || unique.iter().any(|set| set.fields.contains(&at));
            let is_text = field.field_type == FieldType::String;
            (is_text && (is_key || field.constraints.pattern.is_some())).then_some(at)
        };
        rules.extend(fields.iter().enumerate().filter_map(identifies).map(|field| {
            let rule: Box<dyn Rule> = Box::new(LostDigits { field });
            GradedRule { rule, severity: Severity::Warn }
        }));
        rules
    }
}

fn boxed<R: Rule + 'static>(rule: Option<R>) -> Option<Box<dyn Rule>> {
    rule.map(|rule| Box::new(rule) as Box<dyn Rule>)
}

#[cfg(test)]
mod tests;
