//! The rule `range`.
//!
//! # What it checks
//! The value of a field is between minimum and maximum, both included.
//!
//! # Why
//! A price of 0 or of 9,999,999 has the right type and is still a mistake. A business threshold is not a
//! property of the type, so it has its own code.
//!
//! # Example
//! ```yaml
//! - range: {field: price, minimum: 0.01, maximum: 10000}
//! ```
//! rejects `0` and `10000.01`.
//!
//! # How to fix
//! Check the value in the file: a decimal point may be missing, or the unit may be wrong. If the value is
//! right, widen the rule or make it a warning.

use super::rule::Rule;
use crate::schema::{Limits, Value};
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// A range for the value of a field.
pub struct Range {
    field: usize,
    minimum: Option<Value<'static>>,
    maximum: Option<Value<'static>>,
    /// The same for canonical texts of numbers and dates.
    limits: Option<Limits>,
}

impl Range {
    /// Creates the rule for the field at an index, with the smallest and the largest value allowed.
    #[must_use]
    pub fn new(field: usize, minimum: Option<Value<'static>>, maximum: Option<Value<'static>>) -> Self {
        let limits = Limits::between([minimum.as_ref(), maximum.as_ref()]);
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

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        let text = text(self.field);
        text.is_empty() || self.limits.is_some_and(|limits| limits.surely_holds(text))
    }

    fn bounds(&self) -> Option<(usize, [Option<&Value<'static>>; 2])> {
        self.limits.map(|_| (self.field, [self.minimum.as_ref(), self.maximum.as_ref()]))
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let Some(value) = record.value(self.field) else { return };
        let below = self.minimum.as_ref().filter(|low| value.compare(low).is_some_and(std::cmp::Ordering::is_lt));
        let above = self.maximum.as_ref().filter(|high| value.compare(high).is_some_and(std::cmp::Ordering::is_gt));
        let message = match (below, above) {
            (Some(low), _) => format!("{} is below {}, the minimum of this rule", value.canonical(), low.canonical()),
            (_, Some(high)) => {
                format!("{} is above {}, the maximum of this rule", value.canonical(), high.canonical())
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
            ("0", Some("0 is below 0.01, the minimum of this rule")),
            ("0.009", Some("0.009 is below 0.01, the minimum of this rule")),
            ("10000.01", Some("10000.01 is above 10000, the maximum of this rule")),
        ] {
            let messages = messages_of(&rule, &[("price", FieldType::Number, text)]);
            assert_eq!(messages.first().map(String::as_str), expected, "{text}");
        }
    }
}
