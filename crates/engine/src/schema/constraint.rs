//! Constraints of a field, compiled.

mod allowed;
mod json_schema;

use std::cmp::Ordering;

use regex::Regex;

use super::expected::quoted;
use super::value::Value;
use crate::{Code, Problem, Stage};

pub use allowed::Allowed;
pub(super) use json_schema::JsonSchema;

/// Conditions on the values of a field.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// Whether a value is required.
    pub required: bool,
    /// The pattern that the whole text must match, compiled and as written.
    pub pattern: Option<(Regex, String)>,
    /// The only values allowed.
    pub one_of: Option<Allowed>,
    /// The only values allowed by `categories` of the field.
    pub categories: Option<Allowed>,
    /// The smallest value allowed.
    pub minimum: Option<Value<'static>>,
    /// The largest value allowed.
    pub maximum: Option<Value<'static>>,
    /// The exclusive lower bound.
    pub exclusive_minimum: Option<Value<'static>>,
    /// The exclusive upper bound.
    pub exclusive_maximum: Option<Value<'static>>,
    /// The smallest length allowed, in characters, items or keys.
    pub min_length: Option<u64>,
    /// The largest length allowed, in characters, items or keys.
    pub max_length: Option<u64>,
    /// The JSON Schema of an object or an array.
    pub(super) json_schema: Option<JsonSchema>,
}

impl Constraints {
    /// Reports each constraint that a value breaks, by name. `text` is the value's original text.
    pub(super) fn check(&self, field: &str, text: &str, value: &Value<'_>, problems: &mut Vec<Problem>) {
        let mut broken = |constraint: &str, message: &str| {
            let message = format!("{message} (constraint \"{constraint}\")");
            problems.push(Problem::new(Stage::Validate, Code::ConstraintError, message).field(field).value(text));
        };
        if let Some((pattern, written)) = &self.pattern
            && !pattern.is_match(text)
        {
            broken("pattern", &format!("{} does not match the pattern {written}", quoted(text)));
        }
        for (constraint, allowed) in [("enum", &self.one_of), ("categories", &self.categories)] {
            if let Some(allowed) = allowed
                && let Some(expected) = allowed.refuses(value)
            {
                broken(constraint, &format!("{} is not {expected}", quoted(text)));
            }
        }
        self.check_bounds(text, value, &mut broken);
        self.check_length(text, value, &mut broken);
        if let Some(schema) = &self.json_schema
            && let Value::Json(json) = value
        {
            for why in schema.refuses(json) {
                broken("jsonSchema", &format!("does not match the JSON Schema of the field: {why}"));
            }
        }
    }

    fn check_bounds(&self, text: &str, value: &Value<'_>, broken: &mut impl FnMut(&str, &str)) {
        let mut bound = |constraint: &str, bound: &Option<Value<'static>>, good: fn(Ordering) -> bool, must: &str| {
            if let Some(bound) = bound
                && value.compare(bound).is_some_and(|order| !good(order))
            {
                broken(constraint, &format!("{} must be {must} {}", quoted(text), bound.canonical()));
            }
        };
        bound("minimum", &self.minimum, Ordering::is_ge, "at least");
        bound("maximum", &self.maximum, Ordering::is_le, "at most");
        bound("exclusiveMinimum", &self.exclusive_minimum, Ordering::is_gt, "more than");
        bound("exclusiveMaximum", &self.exclusive_maximum, Ordering::is_lt, "less than");
    }

    fn check_length(&self, text: &str, value: &Value<'_>, broken: &mut impl FnMut(&str, &str)) {
        if self.min_length.is_none() && self.max_length.is_none() {
            return;
        }
        // A character has one to four bytes, so mostly the byte length decides and characters need not be
        // counted.
        if let Value::Text(text) = value {
            let bytes = text.len() as u64;
            let long_enough = self.min_length.is_none_or(|minimum| bytes / 4 >= minimum);
            if long_enough && self.max_length.is_none_or(|maximum| bytes <= maximum) {
                return;
            }
        }
        let Some((length, of)) = value.length() else { return };
        let length = length as u64;
        if let Some(minimum) = self.min_length.filter(|minimum| length < *minimum) {
            broken("minLength", &format!("{} has {length} {of}, fewer than the minimum of {minimum}", quoted(text)));
        }
        if let Some(maximum) = self.max_length.filter(|maximum| length > *maximum) {
            broken("maxLength", &format!("{} has {length} {of}, more than the maximum of {maximum}", quoted(text)));
        }
    }
}
