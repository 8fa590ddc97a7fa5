//! The rule `rule`.
//!
//! # What it checks
//! A CEL expression over the fields of a record is true. `record.price` is the value of a field, `null` if it
//! has none; `as_of` is the time of the run.
//!
//! # Why
//! Whether a record is valid often depends on several fields, and on arithmetic that no other rule supports.
//!
//! # Example
//! ```yaml
//! - rule:
//!     expression: record.sale_price == null || record.sale_price < record.price
//!     message: The sale price is not below the price.
//!     field: sale_price
//! ```
//! rejects a sale price of `10` beside a price of `9.99`.

use super::rule::Rule;
use crate::expression::Expression;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// An expression that must be true.
pub struct ExpressionRule {
    /// The expression.
    pub expression: Expression,
    /// The indices of the fields that it reads.
    pub reads: Vec<usize>,
    /// The index of the field to fix.
    pub field: Option<usize>,
    /// The message for a record for which the expression is not true.
    pub message: String,
}

impl Rule for ExpressionRule {
    fn code(&self) -> Code {
        Code::Rule
    }

    fn fields(&self) -> Vec<usize> {
        self.reads.iter().copied().chain(self.field).collect()
    }

    fn check(&self, context: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        // A broken field was already reported, and has no value.
        if self.reads.iter().any(|field| record.has_value(*field).is_none()) {
            return;
        }
        let problem = match self.expression.truth(record, context) {
            Ok(true) => return,
            Ok(false) => Problem::new(Stage::Validate, Code::Rule, self.message.clone()),
            Err(cause) => {
                let message = format!("the rule {:?} cannot be decided: {cause}", self.message);
                Problem::new(Stage::Validate, Code::ExpressionError, message)
            }
        };
        problems.push(match self.field {
            Some(field) => {
                let problem = problem.field(record.name(field));
                match record.value(field) {
                    Some(value) => problem.value(&value.canonical()),
                    None => problem,
                }
            }
            None => problem,
        });
    }
}

#[cfg(test)]
mod tests {
    use crate::RunContext;
    use crate::feed::FeedPlan;
    use crate::validate::Judge;

    const FEED: &str = "
version: 1
name: offers
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price, type: number}
    - {name: sale, type: number}
    - {name: until, type: date}
validate:
  rules:
    - rule: {expression: record.sale == null || record.sale < record.price, message: not below the price, field: sale}
    - rule: {expression: record.until == null || record.until > as_of, message: is over}
import: {table: offers, key: [id]}
";

    fn reported(texts: [&str; 4]) -> Vec<String> {
        let plan = FeedPlan::from_yaml(FEED).unwrap();
        let run = RunContext::at("2026-11-21T02:33:00Z").unwrap();
        let mut problems = Vec::new();
        Judge::new(&plan, &run).judge(&texts[..], &mut problems);
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn table_of_records() {
        assert_eq!(reported(["1", "9.99", "9.98", "2026-11-22"]), Vec::<String>::new());
        assert_eq!(reported(["1", "9.99", "", ""]), Vec::<String>::new());
        assert_eq!(
            reported(["1", "9.99", "9.990", "2026-11-21"]),
            ["[rule] sale: not below the price", "[rule] is over"]
        );
        assert_eq!(
            reported(["1", "", "5", ""]),
            ["[expression-error] sale: the rule \"not below the price\" cannot be decided: < cannot be applied to \
                 decimal and no value; check for a value first with == null"]
        );
        // An invalid number was already reported; the rule does not report it again.
        assert_eq!(reported(["1", "dear", "5", ""]).len(), 1);
    }
}
