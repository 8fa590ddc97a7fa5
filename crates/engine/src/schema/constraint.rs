//! Constraints of a field, compiled.

use regex::Regex;

use super::value::Value;
use crate::{Code, Problem, Stage};

/// What the values of a field must satisfy.
#[derive(Clone, Debug, Default)]
pub struct Constraints {
    /// A value must be there.
    pub required: bool,
    /// What the whole text must match, and as it was written.
    pub pattern: Option<(Regex, String)>,
    /// The only values allowed.
    pub one_of: Option<Vec<Value<'static>>>,
    /// The smallest value allowed.
    pub minimum: Option<Value<'static>>,
    /// The largest value allowed.
    pub maximum: Option<Value<'static>>,
    /// The shortest text allowed, in characters.
    pub min_length: Option<u64>,
    /// The longest text allowed, in characters.
    pub max_length: Option<u64>,
}

impl Constraints {
    /// Reports each constraint that a value breaks. `text` is the value as it was read.
    pub(super) fn check(&self, field: &str, text: &str, value: &Value<'_>, problems: &mut Vec<Problem>) {
        let mut broken = |message: String| {
            problems.push(Problem::new(Stage::Validate, Code::ConstraintError, message).field(field).value(text));
        };
        if let Some((pattern, written)) = &self.pattern
            && !pattern.is_match(text)
        {
            broken(format!("{text:?} does not match the pattern {written}"));
        }
        if let Some(allowed) = &self.one_of
            && !allowed.iter().any(|other| value.compare(other).is_some_and(std::cmp::Ordering::is_eq))
        {
            let allowed: Vec<_> = allowed.iter().map(Value::canonical).collect();
            broken(format!("{text:?} is not one of {}", allowed.join(", ")));
        }
        if let Some(minimum) = &self.minimum
            && value.compare(minimum).is_some_and(std::cmp::Ordering::is_lt)
        {
            broken(format!("{text:?} is less than the minimum {}", minimum.canonical()));
        }
        if let Some(maximum) = &self.maximum
            && value.compare(maximum).is_some_and(std::cmp::Ordering::is_gt)
        {
            broken(format!("{text:?} is more than the maximum {}", maximum.canonical()));
        }
        if self.min_length.is_some() || self.max_length.is_some() {
            let length = text.chars().count() as u64;
            if let Some(minimum) = self.min_length.filter(|minimum| length < *minimum) {
                broken(format!("{text:?} has {length} characters, fewer than the minimum of {minimum}"));
            }
            if let Some(maximum) = self.max_length.filter(|maximum| length > *maximum) {
                broken(format!("{text:?} has {length} characters, more than the maximum of {maximum}"));
            }
        }
    }
}
