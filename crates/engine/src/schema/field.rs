//! Fields of the schema, compiled.

use super::constraint::{Allowed, Constraints};
use super::expected::quoted;
use super::quick::{Gist, Quick};
use super::reader::Reader;
use super::value::Value;
use crate::fast::alphabet::Alphabet;
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

    /// The canonical text of a text that is certainly a valid value of the field. It is the beginning of the given one,
    /// without zeros at the end of a fraction. If this returns `None`, [`Field::check`] decides.
    #[inline]
    #[must_use]
    pub(crate) fn surely_final<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.get(..self.quick.as_ref()?.surely_final(text, |length| self.takes(text, length))?)
    }

    /// The conditions on the whole text of a value, whose canonical text has this length.
    fn takes(&self, text: &str, length: usize) -> bool {
        let Constraints { one_of, categories, pattern, .. } = &self.constraints;
        // Canonical texts are equal if their values are.
        let Some(canonical) = text.get(..length) else { return false };
        let allowed = |values: &Option<Allowed>| values.as_ref().is_none_or(|values| values.contains_text(canonical));
        !self.is_missing(text)
            && allowed(one_of)
            && allowed(categories)
            && pattern.as_ref().is_none_or(|(pattern, _)| pattern.is_match(text))
    }

    /// Whether [`Field::surely_final`] recognizes nearly all valid texts.
    pub(crate) fn is_quickly_checked(&self) -> bool {
        self.quick.is_some()
    }

    /// The alphabet of the texts that [`Field::surely_final`] accepts, with or without negative numbers; `None` if they
    /// may have any byte.
    pub(crate) fn alphabet(&self, with_sign: bool) -> Option<Alphabet> {
        self.quick.as_ref()?.alphabet(with_sign)
    }

    /// What [`Field::surely_final`] comes down to; `None` if it has more conditions.
    pub(crate) fn gist(&self) -> Option<Gist<'_>> {
        self.quick.as_ref()?.gist()
    }

    /// Whether every date of the calendar certainly is a valid value.
    pub(crate) fn surely_takes_dates(&self) -> bool {
        self.quick.as_ref().is_some_and(Quick::surely_takes_dates)
    }

    /// Whether the values are few, as far as the schema says.
    pub(crate) fn has_few_texts(&self) -> bool {
        let Constraints { one_of, categories, .. } = &self.constraints;
        one_of.is_some() || categories.is_some() || self.field_type == FieldType::Boolean
    }

    /// The canonical text of a text that is certainly valid and canonical, but for zeros at the end of a fraction.
    #[inline]
    pub(crate) fn without_zeros<'t>(&self, text: &'t str) -> &'t str {
        if self.field_type == FieldType::Number && text.ends_with('0') && text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.')
        } else {
            text
        }
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
