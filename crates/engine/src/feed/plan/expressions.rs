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
        let reads = self.indices(&expression);
        Some((expression, reads))
    }

    /// Compiles an expression over a target record and a touch. Returns it with the indices of the fields that it reads, and whether it
    /// reads the touch.
    pub(super) fn over_touch(&mut self, path: &str, source: &str) -> Option<(Expression, Vec<usize>, bool)> {
        let compiled = Expression::over_touch(source, &self.names);
        let (expression, of_touch) = self.compiled(path, compiled)?;
        let reads = self.indices(&expression);
        Some((expression, reads, of_touch))
    }

    /// The indices of the fields that an expression reads.
    fn indices(&self, expression: &Expression) -> Vec<usize> {
        let index = |name: &String| self.names.iter().position(|other| other == name);
        expression.fields.iter().filter_map(index).collect()
    }

    /// The expression at a path, or its problems.
    fn compiled<T>(&mut self, path: &str, compiled: Result<T, Vec<String>>) -> Option<T> {
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
