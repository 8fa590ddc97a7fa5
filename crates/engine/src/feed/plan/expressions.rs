//! Compiles expressions: those over columns, and the rule `rule`.

use super::PlanBuilder;
use crate::expression::Expression;
use crate::rules::{ExpressionRule, Rule};
use crate::spec::ExpressionSpec;

impl PlanBuilder<'_> {
    /// Compiles an expression over the columns of a row.
    pub(super) fn over_columns(&mut self, path: &str, source: &str) -> Option<Expression> {
        let compiled = Expression::over_columns(source);
        self.compiled(path, compiled)
    }

    /// Compiles an expression over a target record. Returns it with the indices of the fields that it reads.
    pub(super) fn over_record(&mut self, path: &str, source: &str) -> Option<(Expression, Vec<usize>)> {
        let compiled = Expression::over_record(source, &self.names);
        let expression = self.compiled(path, compiled)?;
        let index = |name: &String| self.names.iter().position(|other| other == name);
        let reads = expression.fields.iter().filter_map(index).collect();
        Some((expression, reads))
    }

    /// The expression at a path, or its problems.
    fn compiled(&mut self, path: &str, compiled: Result<Expression, Vec<String>>) -> Option<Expression> {
        compiled.map_err(|problems| problems.into_iter().for_each(|problem| self.problem(path, problem))).ok()
    }

    /// Compiles the rule at `path`.
    pub(super) fn expression_rule(&mut self, path: &str, rule: &ExpressionSpec) -> Option<Box<dyn Rule>> {
        let field = rule.field.as_ref().map(|name| self.field(&format!("{path}.field"), name));
        if rule.message.trim().is_empty() {
            self.problem(format!("{path}.message"), "is empty; say what is wrong with a record, and what to do");
        }
        let (expression, reads) = self.over_record(&format!("{path}.expression"), &rule.expression)?;
        Some(Box::new(ExpressionRule { expression, reads, field: field.flatten(), message: rule.message.clone() }))
    }
}
