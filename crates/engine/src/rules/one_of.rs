//! The rule `one_of`.
//!
//! # What it checks
//! The value of a field is one of the given values. Numbers and dates are compared by value, texts by their
//! characters.
//!
//! # Why
//! A list that belongs to a contract and not to the type, such as the countries a shop delivers to, changes
//! with the contract. It can also be a warning, unlike a constraint.
//!
//! # Example
//! ```yaml
//! - one_of: {field: country, values: [DE, AT, CH], severity: warn}
//! ```
//! warns of `FR` and of `de`.
//!
//! # How to fix
//! Write one of the values. If a new value is intended, add it to the rule.

use std::collections::HashSet;

use super::rule::Rule;
use crate::schema::Value;
use crate::target::TargetRecord;
use crate::{Code, Problem, RunContext, Stage};

/// Maximum number of values that a message lists.
const NAMED: usize = 10;

/// The only values allowed in a field.
pub struct OneOf {
    field: usize,
    /// Their canonical texts. Equal values have equal texts.
    allowed: HashSet<String>,
    /// The first of them, as a message lists them.
    named: String,
}

impl OneOf {
    /// Creates the rule for the field at an index.
    #[must_use]
    pub fn new(field: usize, values: &[Value<'_>]) -> Self {
        let texts: Vec<String> = values.iter().map(|value| value.canonical().into_owned()).collect();
        let mut named = texts.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if texts.len() > NAMED {
            named.push_str(&format!(" and {} more", texts.len() - NAMED));
        }
        Self { field, allowed: texts.into_iter().collect(), named }
    }
}

impl Rule for OneOf {
    fn code(&self) -> Code {
        Code::OneOf
    }

    fn fields(&self) -> Vec<usize> {
        vec![self.field]
    }

    fn surely_holds<'t>(&self, text: &dyn Fn(usize) -> &'t str) -> bool {
        let text = text(self.field);
        text.is_empty() || self.allowed.contains(text)
    }

    fn check(&self, _: &RunContext, record: &TargetRecord<'_>, problems: &mut Vec<Problem>) {
        let Some(value) = record.value(self.field) else { return };
        let text = value.canonical();
        if !self.allowed.contains(text.as_ref()) {
            let message = format!("{text:?} is not one of {}", self.named);
            let problem = Problem::new(Stage::Validate, Code::OneOf, message);
            problems.push(problem.field(record.name(self.field)).value(&text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rule::testing::messages_of;
    use super::*;
    use crate::spec::FieldType;

    #[test]
    fn table_of_values() {
        let texts = ["DE", "AT"].map(|text| Value::read(FieldType::String, text).unwrap());
        let numbers = ["7", "19.0"].map(|text| Value::read(FieldType::Number, text).unwrap());
        for (of, values, text, expected) in [
            (FieldType::String, &texts, "DE", None),
            (FieldType::String, &texts, "de", Some("\"de\" is not one of DE, AT")),
            (FieldType::String, &texts, "", None),
            (FieldType::Number, &numbers, "19", None),
            (FieldType::Number, &numbers, "7.00", None),
            (FieldType::Number, &numbers, "16", Some("\"16\" is not one of 7, 19")),
        ] {
            let messages = messages_of(&OneOf::new(0, values), &[("field", of, text)]);
            assert_eq!(messages.first().map(String::as_str), expected, "{text}");
        }
    }

    #[test]
    fn many_values_are_not_all_named_and_the_message_says_so() {
        let texts: Vec<String> = (0..30).map(|number| format!("v{number}")).collect();
        let values: Vec<_> = texts.iter().map(|text| Value::read(FieldType::String, text).unwrap()).collect();
        let rule = OneOf::new(0, &values);
        assert!(messages_of(&rule, &[("field", FieldType::String, "v29")]).is_empty());
        let message = messages_of(&rule, &[("field", FieldType::String, "v30")]).pop().unwrap();
        assert!(message.ends_with("v8, v9 and 20 more"), "{message}");
    }
}
