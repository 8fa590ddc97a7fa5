//! The rule `range`.
//!
//! # What it checks
//! The value of a field lies between minimum and maximum, ends included.
//!
//! # Why
//! A price of 0 or of 9,999,999 is of the right type and still a mistake; a business threshold is
//! no property of the type, and is told under its own code.
//!
//! # Example
//! ```yaml
//! - range: {field: price, minimum: 0.01, maximum: 10000}
//! ```
//! rejects `0` and `10000.01`.
//!
//! # How to fix
//! Look at the value in the file: a decimal point may be lost, or a unit be another one. Where it is
//! right, widen the rule, or make it a warning.

use super::rule::Rule;
use crate::schema::{Limits, Value};
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// A range in which the value of a field must lie.
pub struct Range {
    field: usize,
    minimum: Option<Value<'static>>,
    maximum: Option<Value<'static>>,
    /// The same for numbers and dates in their canonical texts.
    limits: Option<Limits>,
}

impl Range {
    /// The rule for a field by its index: the smallest value allowed, and the largest.
    #[must_use]
    pub fn new(field: usize, minimum: Option<Value<'static>>, maximum: Option<Value<'static>>) -> Self {
        let bounds = [minimum.as_ref(), maximum.as_ref(), None, None];
        let limits = match (&minimum, &maximum) {
            (Some(Value::Number(_)), _) | (_, Some(Value::Number(_))) => Limits::of_numbers(bounds),
            (Some(Value::Date(_)), _) | (_, Some(Value::Date(_))) => Limits::of_dates(bounds),
            _ => None,
        };
        Self { field, minimum, maximum, limits }
    }
}

impl Rule for Range {
    fn code(&self) -> Code {
        Code::Range
    }

    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn surely_holds(&self, texts: &[&str]) -> bool {
        let text = texts.get(self.field).copied().unwrap_or_default();
        text.is_empty() || self.limits.is_some_and(|limits| limits.surely_holds(text))
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let Some(value) = record.value(self.field) else { return };
        let below = self.minimum.as_ref().filter(|low| value.compare(low).is_some_and(std::cmp::Ordering::is_lt));
        let above = self.maximum.as_ref().filter(|high| value.compare(high).is_some_and(std::cmp::Ordering::is_gt));
        let message = match (below, above) {
            (Some(low), _) => format!("{} is below {}, the least this rule allows", value.canonical(), low.canonical()),
            (_, Some(high)) => {
                format!("{} is above {}, the most this rule allows", value.canonical(), high.canonical())
            }
            (None, None) => return,
        };
        let problem = Problem::new(Stage::Validate, Code::Range, message);
        problems.push(problem.field(record.name(self.field)).value(&value.canonical()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType;

    #[test]
    fn table_of_values() {
        let number = |text| Value::read(FieldType::Number, text);
        let rule = Range::new(0, number("0.01"), number("10000"));
        for (text, expected) in [
            ("0.01", None),
            ("10000.00", None),
            ("", None),
            ("0", Some("0 is below 0.01, the least this rule allows")),
            ("0.009", Some("0.009 is below 0.01, the least this rule allows")),
            ("10000.01", Some("10000.01 is above 10000, the most this rule allows")),
        ] {
            let messages = messages_of(&rule, &[("price", FieldType::Number, text)]);
            assert_eq!(messages.first().map(String::as_str), expected, "{text}");
        }
    }
}
