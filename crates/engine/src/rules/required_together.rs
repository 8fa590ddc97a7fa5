//! The rule `required_together`.
//!
//! # What it checks
//! Either all of the given fields have a value, or none. An unreadable value was already reported and counts
//! as neither. White space alone is not a value.
//!
//! # Why
//! An amount without its currency, or a latitude without its longitude, means nothing.
//!
//! # Example
//! ```yaml
//! - required_together: {fields: [amount, currency]}
//! ```
//! rejects a record with an `amount` and no `currency`.
//!
//! # How to fix
//! Fill in the fields that the message names, or empty the others.

use super::rule::Rule;
use crate::schema::is_blank;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// Fields that must all have a value, or none of them.
pub struct RequiredTogether {
    /// The indices of the fields.
    pub fields: Vec<usize>,
}

impl Rule for RequiredTogether {
    fn code(&self) -> Code {
        Code::RequiredTogether
    }

    fn fields(&self) -> Vec<usize> {
        self.fields.clone()
    }

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        let mut full = self.fields.iter().map(|field| !is_blank(text(*field)));
        let first = full.next();
        full.all(|next| Some(next) == first)
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let names = |has_value| -> Vec<&str> {
            let like = |field: &&usize| record.has_value(**field) == Some(has_value);
            self.fields.iter().filter(like).map(|field| record.name(*field)).collect()
        };
        let (full, empty) = (names(true), names(false));
        if let (Some(there), Some(missing)) = (full.first(), empty.first()) {
            let has = if empty.len() == 1 { "has" } else { "have" };
            let message = format!("{} {has} no value, but {there} has one: they go together", empty.join(", "));
            problems.push(Problem::new(Stage::Validate, Code::RequiredTogether, message).field(missing));
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
        let rule = RequiredTogether { fields: vec![0, 1, 2] };
        for (amount, currency, unit, expected) in [
            ("1", "EUR", "kg", None),
            ("", "", "", None),
            ("", " ", "", None),
            ("1", "\u{a0} ", "kg", Some("currency has no value, but amount has one: they go together")),
            ("1", "", "kg", Some("currency has no value, but amount has one: they go together")),
            ("", "", "kg", Some("amount, currency have no value, but unit has one: they go together")),
            ("one", "EUR", "kg", None),
            ("one", "", "", None),
        ] {
            let record = [("amount", Number, amount), ("currency", String, currency), ("unit", String, unit)];
            let messages = messages_of(&rule, &record);
            assert_eq!(messages.first().map(std::string::String::as_str), expected, "{record:?}");
        }
    }
}
