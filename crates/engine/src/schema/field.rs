//! Fields of the schema, compiled.

use super::constraint::Constraints;
use super::value::Value;
use crate::feed::FieldType;
use crate::{Code, Problem, Stage};

/// A field: a name, a type, and constraints.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub field_type: FieldType,
    /// What its values must satisfy.
    pub constraints: Constraints,
}

impl Field {
    /// Reads and judges a text; an empty one is no value. Everything wrong with it is reported; a
    /// value that breaks a constraint is a value all the same, for the rules to look at.
    pub fn check<'a>(&self, text: &'a str, problems: &mut Vec<Problem>) -> Option<Value<'a>> {
        if text.is_empty() {
            if self.constraints.required {
                let message = "is empty, but a value is required";
                problems.push(Problem::new(Stage::Validate, Code::ConstraintError, message).field(&self.name));
            }
            return None;
        }
        let Some(value) = Value::read(self.field_type, text) else {
            let message = format!("{text:?} is not {}", expected(self.field_type));
            problems.push(Problem::new(Stage::Validate, Code::TypeError, message).field(&self.name).value(text));
            return None;
        };
        self.constraints.check(&self.name, text, &value, problems);
        Some(value)
    }
}

fn expected(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::String => "a text",
        FieldType::Integer => "an integer, such as 12 or -3",
        FieldType::Number => "a decimal number, such as 12.50",
        FieldType::Boolean => "a truth value: true or false",
        FieldType::Date => "a date, such as 2026-11-21",
        FieldType::Datetime => "a date with time, such as 2026-11-21T02:33:00Z",
    }
}
