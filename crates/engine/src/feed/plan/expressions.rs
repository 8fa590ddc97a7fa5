//! The rule `rule`: compiles its expression.

use super::PlanBuilder;
use crate::expression::Expression;
use crate::rules::{ExpressionRule, Rule};
use crate::spec::ExpressionSpec;

impl PlanBuilder<'_> {
    /// Compiles the rule at `path`.
    pub(super) fn expression_rule(&mut self, path: &str, rule: &ExpressionSpec) -> Option<Box<dyn Rule>> {
        let field = rule.field.as_ref().map(|name| self.field(&format!("{path}.field"), name));
        if rule.message.trim().is_empty() {
            self.problem(format!("{path}.message"), "is empty; say what is wrong with a record, and what to do");
        }
        let names = self.names.clone();
        let expression = match Expression::over_record(&rule.expression, &names) {
            Ok(expression) => expression,
            Err(problems) => {
                for problem in problems {
                    self.problem(format!("{path}.expression"), problem);
                }
                return None;
            }
        };
        let reads = expression.fields.iter().filter_map(|name| names.iter().position(|other| other == name)).collect();
        Some(Box::new(ExpressionRule { expression, reads, field: field.flatten(), message: rule.message.clone() }))
    }
}
