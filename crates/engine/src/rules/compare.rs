//! The rule `compare`.
//!
//! # What it checks
//! The values of two fields compare as given: `<`, `<=`, `=`, `!=`, `>=` or `>`. A record without a value in
//! one of them passes. An integer can be compared with a number; other fields must have the same type.
//!
//! # Why
//! Values that are right by themselves can contradict each other: an offer above the list price, an end
//! before its beginning.
//!
//! # Example
//! ```yaml
//! - compare: {left: offer_price, is: <=, right: list_price}
//! ```
//! rejects a record whose `offer_price` is `12` and whose `list_price` is `10`.
//!
//! # How to fix
//! Check both values, which the message names. Often the two columns are swapped.

use std::cmp::Ordering;

use super::rule::Rule;
use crate::spec::Comparison;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// How the values of two fields must compare.
pub struct Compare {
    /// The index of the left field.
    pub left: usize,
    /// The comparison of the left value with the right one.
    pub is: Comparison,
    /// The index of the right field.
    pub right: usize,
}

impl Rule for Compare {
    fn code(&self) -> Code {
        Code::Compare
    }

    fn fields(&self) -> Vec<usize> {
        vec![self.left, self.right]
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let (Some(left), Some(right)) = (record.value(self.left), record.value(self.right)) else { return };
        // Values without an order are equal if their texts are.
        let same = || (left.canonical() == right.canonical()).then_some(Ordering::Equal);
        let ordering = left.compare(right).or_else(same);
        let (holds, must_be) = match self.is {
            Comparison::Less => (ordering.is_some_and(Ordering::is_lt), "less than"),
            Comparison::LessOrEqual => (ordering.is_some_and(Ordering::is_le), "at most"),
            Comparison::Equal => (ordering.is_some_and(Ordering::is_eq), "equal to"),
            Comparison::NotEqual => (!ordering.is_some_and(Ordering::is_eq), "other than"),
            Comparison::MoreOrEqual => (ordering.is_some_and(Ordering::is_ge), "at least"),
            Comparison::More => (ordering.is_some_and(Ordering::is_gt), "more than"),
        };
        if !holds {
            let (left_text, right_text) = (left.canonical(), right.canonical());
            let other = record.name(self.right);
            let message = format!("{left_text:?} is not {must_be} {right_text:?}, the value of {other}");
            let problem = Problem::new(Stage::Validate, Code::Compare, message);
            problems.push(problem.field(record.name(self.left)).value(&left_text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType::{self, Date, Integer, Number, String};

    fn messages(is: Comparison, of: [FieldType; 2], left: &str, right: &str) -> Vec<std::string::String> {
        let rule = Compare { left: 0, is, right: 1 };
        messages_of(&rule, &[("a", of[0], left), ("b", of[1], right)])
    }

    #[test]
    fn table_of_comparisons() {
        use Comparison::{Equal, Less, LessOrEqual, More, MoreOrEqual, NotEqual};
        // Which comparisons hold if the left value is less, equal, more.
        for (is, holds) in [
            (Less, [true, false, false]),
            (LessOrEqual, [true, true, false]),
            (Equal, [false, true, false]),
            (NotEqual, [true, false, true]),
            (MoreOrEqual, [false, true, true]),
            (More, [false, false, true]),
        ] {
            for (left, holds) in ["9", "10.0", "11"].into_iter().zip(holds) {
                assert_eq!(messages(is, [Number, Integer], left, "10").is_empty(), holds, "{left} {is:?} 10");
            }
        }
    }

    #[test]
    fn table_of_types() {
        use Comparison::{Equal, Less};
        for (is, of, left, right, holds) in [
            (Less, [Date, Date], "2026-01-31", "2026-02-01", true),
            (Less, [Date, Date], "2026-02-01", "2026-02-01", false),
            (Equal, [String, String], "a", "a", true),
            (Equal, [String, String], "a", "A", false),
            (Less, [Number, Number], "", "1", true),
            (Less, [Number, Number], "2", "", true),
            (Less, [Number, Number], "2", "one", true),
        ] {
            assert_eq!(messages(is, of, left, right).is_empty(), holds, "{left} {is:?} {right}");
        }
    }

    #[test]
    fn the_message_names_both_values() {
        assert_eq!(
            messages(Comparison::LessOrEqual, [Number, Number], "12.50", "10"),
            ["\"12.5\" is not at most \"10\", the value of b"]
        );
    }
}
