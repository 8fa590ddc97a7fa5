//! The rule `at_most_one`.
//!
//! # What it checks
//! At most one of the given fields has a value. A value that could not be read counts too, because the file
//! has something in its place.
//!
//! # Why
//! With a discount in percent and one in money, nobody can tell which of them is meant.
//!
//! # Example
//! ```yaml
//! - at_most_one: {fields: [discount_percent, discount_amount]}
//! ```
//! rejects a record that has both.
//!
//! # How to fix
//! Keep the intended value and empty the other fields.

use super::rule::Rule;
use crate::schema::is_blank;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// Fields of which at most one may have a value.
pub struct AtMostOne {
    /// The indices of the fields.
    pub fields: Vec<usize>,
}

impl Rule for AtMostOne {
    fn code(&self) -> Code {
        Code::AtMostOne
    }

    fn fields(&self) -> Vec<usize> {
        self.fields.clone()
    }

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        let full = self.fields.iter().filter(|field| !is_blank(text(**field)));
        full.count() <= 1
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let full: Vec<&str> = self
            .fields
            .iter()
            .filter(|field| record.has_value(**field) != Some(false))
            .map(|field| record.name(*field))
            .collect();
        if let [_, second, ..] = full[..] {
            let message = format!("{} all have a value; at most one of them may", full.join(", "));
            problems.push(Problem::new(Stage::Validate, Code::AtMostOne, message).field(second));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType::{Number, String};

    #[test]
    fn table_of_records() {
        let rule = AtMostOne { fields: vec![0, 1, 2] };
        for (a, b, c, expected) in [
            ("", "", "", None),
            ("1", "", "", None),
            ("", "", "x", None),
            ("1", "x", "", Some("a, b all have a value; at most one of them may")),
            ("1", "x", "x", Some("a, b, c all have a value; at most one of them may")),
            ("one", "x", "", Some("a, b all have a value; at most one of them may")),
        ] {
            let record = [("a", Number, a), ("b", String, b), ("c", String, c)];
            let messages = messages_of(&rule, &record);
            assert_eq!(messages.first().map(std::string::String::as_str), expected, "{record:?}");
        }
    }
}
