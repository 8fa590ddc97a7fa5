//! Fields of the schema, compiled.

use super::constraint::Constraints;
use super::expected::quoted;
use super::quick::Quick;
use super::reader::Reader;
use super::value::Value;
use crate::spec::FieldType;
use crate::{Code, Problem, Stage};

/// A field: a name, a type, and constraints.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub field_type: FieldType,
    /// Conditions on its values.
    pub constraints: Constraints,
    /// Whether values must never be shown in a mail, a message, a listing of rejects or a log.
    pub sensitive: bool,
    /// Texts besides the empty one that mean "no value".
    pub(super) missing: Vec<String>,
    /// Type and format.
    pub(super) reader: Reader,
    /// The fast check of type, format and constraints, if there is one.
    pub(super) quick: Option<Quick>,
}

impl Field {
    /// A field in the default format of its type, without constraints.
    #[must_use]
    pub fn new(name: &str, field_type: FieldType) -> Self {
        Self {
            name: name.to_owned(),
            field_type,
            constraints: Constraints::default(),
            sensitive: false,
            missing: Vec::new(),
            reader: Reader::of(field_type),
            quick: None,
        }
    }

    /// Whether a text is certainly a valid value of the field and its own canonical text. If this returns
    /// `false`, [`Field::check`] decides.
    #[inline]
    #[must_use]
    pub(crate) fn surely_holds(&self, text: &str) -> bool {
        let good = self.quick.as_ref().is_some_and(|quick| quick.surely_holds(text, &self.constraints));
        let there = if self.constraints.required { !is_blank(text) } else { !text.is_empty() };
        good && there && (self.missing.is_empty() || !self.is_missing(text))
    }

    /// Parses a text as a value of the field's type and format; `None` if it is invalid.
    #[must_use]
    pub fn read<'a>(&self, text: &'a str) -> Option<Value<'a>> {
        self.reader.read(text)
    }

    /// Reads a datetime in the default format; in UTC if it has an offset.
    pub(crate) fn read_time(text: &str) -> Option<(jiff::civil::DateTime, bool)> {
        super::types::clock::datetime(text)
    }

    /// Reads the canonical text of a value: dates in ISO 8601, numbers with a decimal point, whatever the
    /// field's format.
    #[must_use]
    pub fn read_canonical(&self, text: &str) -> Option<Value<'static>> {
        self.reader.read_canonical(text)
    }

    /// Whether a valid text is certainly its own canonical text.
    #[must_use]
    pub(crate) fn surely_canonical(&self, text: &str) -> bool {
        self.reader.surely_canonical(text)
    }

    /// Whether a text means "no value": an empty one always, others as the schema says.
    #[must_use]
    pub fn is_missing(&self, text: &str) -> bool {
        text.is_empty() || self.missing.iter().any(|missing| missing == text)
    }

    /// Reads and judges a text, and reports all its problems. A value that breaks a constraint is still
    /// returned, so that rules can check it.
    pub fn check<'a>(&self, text: &'a str, problems: &mut Vec<Problem>) -> Option<Value<'a>> {
        if self.is_missing(text) {
            if self.constraints.required {
                problems.push(self.is_required(text));
            }
            return None;
        }
        if self.constraints.required && is_blank(text) {
            problems.push(self.is_required(text));
            return None;
        }
        let Some(value) = self.read(text) else {
            let hint = self.reader.hint(text).unwrap_or_default();
            let message = format!("{} is not {}{hint}", quoted(text), self.reader.expected());
            problems.push(Problem::new(Stage::Validate, Code::TypeError, message).field(&self.name).value(text));
            return None;
        };
        self.constraints.check(&self.name, text, &value, problems);
        Some(value)
    }

    fn is_required(&self, text: &str) -> Problem {
        let problem = |message: String| Problem::new(Stage::Validate, Code::ConstraintError, message).field(&self.name);
        if text.is_empty() {
            return problem("is empty, but a value is required (constraint \"required\")".to_owned());
        }
        if is_blank(text) {
            let message = "is white space only, but a value is required (constraint \"required\")";
            return problem(format!("{} {message}", quoted(text))).value(text);
        }
        let message = "means that there is no value, but one is required (constraint \"required\")";
        problem(format!("{} {message}", quoted(text))).value(text)
    }
}

/// Whether a text is empty or only white space in Unicode. Such a text is not a required value, and not a
/// key.
#[inline]
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests;
