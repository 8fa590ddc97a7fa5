//! Rules about the values of one field or two.

use std::cmp::Ordering;

use jiff::civil::Date;

use crate::feed::plan::PlanBuilder;
use crate::rules::{Compare, DateWindow, Day, OneOf, Range, Regex};
use crate::schema::Field;
use crate::spec::{CompareSpec, Comparison, DateWindowSpec, FieldType, OneOfSpec, RangeSpec, RegexSpec, Scalar};

/// A fixed day from which relative days are counted, to see whether a window is always empty.
const SOME_DAY: Date = jiff::civil::date(2026, 1, 1);

impl PlanBuilder<'_> {
    pub(super) fn range(&mut self, path: &str, rule: &RangeSpec, fields: &[Field]) -> Option<Range> {
        if rule.minimum.is_none() && rule.maximum.is_none() {
            self.problem(path, "has neither minimum nor maximum");
        }
        let index = self.field(&format!("{path}.field"), &rule.field)?;
        let field = fields.get(index)?;
        if !has_order(field.field_type) {
            let of = field.field_type.as_str();
            self.problem(format!("{path}.field"), format!("is of the type {of}, which has no range"));
            return None;
        }
        let (minimum, maximum) = self.bounds(path, field, rule.minimum.as_ref(), rule.maximum.as_ref());
        Some(Range::new(index, minimum, maximum))
    }

    pub(super) fn one_of(&mut self, path: &str, rule: &OneOfSpec, fields: &[Field]) -> Option<OneOf> {
        if rule.values.is_empty() {
            self.problem(format!("{path}.values"), "is empty");
        }
        let index = self.field(&format!("{path}.field"), &rule.field)?;
        let field = fields.get(index)?;
        let read = |(at, value): (usize, &Scalar)| self.value(&format!("{path}.values[{at}]"), field, value);
        let values: Vec<_> = rule.values.iter().enumerate().filter_map(read).collect();
        Some(OneOf::new(index, &values))
    }

    pub(super) fn compare(&mut self, path: &str, rule: &CompareSpec, fields: &[Field]) -> Option<Compare> {
        let left = self.field(&format!("{path}.left"), &rule.left);
        let right = self.field(&format!("{path}.right"), &rule.right);
        let (left, right) = (left?, right?);
        if left == right {
            self.problem(path, format!("compares {:?} with itself", rule.left));
            return None;
        }
        let (left_type, right_type) = (fields.get(left)?.field_type, fields.get(right)?.field_type);
        let is_number = |of| matches!(of, FieldType::Integer | FieldType::Number);
        if left_type != right_type && !(is_number(left_type) && is_number(right_type)) {
            let (of_left, of_right) = (left_type.as_str(), right_type.as_str());
            self.problem(
                path,
                format!(
                    "{:?} is of the type {of_left} and {:?} of {of_right}: they cannot be compared",
                    rule.left, rule.right
                ),
            );
            return None;
        }
        if !matches!(rule.is, Comparison::Equal | Comparison::NotEqual) && !has_order(left_type) {
            let of = left_type.as_str();
            self.problem(
                format!("{path}.is"),
                format!("compares by order, but values of the type {of} have none; only = and != are allowed"),
            );
            return None;
        }
        Some(Compare { left, is: rule.is, right })
    }

    pub(super) fn regex(&mut self, path: &str, rule: &RegexSpec) -> Option<Regex> {
        let pattern =
            regex::Regex::new(&rule.pattern).map_err(|error| self.problem(format!("{path}.pattern"), one_line(&error)));
        if rule.message.as_ref().is_some_and(|message| message.trim().is_empty()) {
            self.problem(format!("{path}.message"), "is blank; leave it out, or say what is expected");
        }
        let field = self.field(&format!("{path}.field"), &rule.field)?;
        Some(Regex { field, pattern: pattern.ok()?, not: rule.not, message: rule.message.clone() })
    }

    pub(super) fn date_window(&mut self, path: &str, rule: &DateWindowSpec, fields: &[Field]) -> Option<DateWindow> {
        if rule.not_before.is_none() && rule.not_after.is_none() {
            self.problem(path, "has neither notBefore nor notAfter");
        }
        let [not_before, not_after] = [("notBefore", &rule.not_before), ("notAfter", &rule.not_after)]
            .map(|(key, text)| text.as_ref().and_then(|text| self.take(&format!("{path}.{key}"), text.parse::<Day>())));
        if let (Some(low), Some(high)) = (&not_before, &not_after)
            && matches!(low, Day::Date(_)) == matches!(high, Day::Date(_))
            && low.on(SOME_DAY).cmp(&high.on(SOME_DAY)) == Ordering::Greater
        {
            self.problem(format!("{path}.notBefore"), format!("{low} is after notAfter, {high}: no date passes"));
        }
        let field = self.field(&format!("{path}.field"), &rule.field)?;
        let field_type = fields.get(field)?.field_type;
        if !matches!(field_type, FieldType::Date | FieldType::Datetime) {
            let of = field_type.as_str();
            self.problem(format!("{path}.field"), format!("is of the type {of}; the rule needs a date or a datetime"));
        }
        Some(DateWindow { field, not_before, not_after })
    }
}

/// Whether values of a type can be ordered.
fn has_order(field_type: FieldType) -> bool {
    match field_type {
        FieldType::Integer
        | FieldType::Number
        | FieldType::Datetime
        | FieldType::Date
        | FieldType::Time
        | FieldType::Year
        | FieldType::Yearmonth
        | FieldType::Duration => true,
        FieldType::String
        | FieldType::Boolean
        | FieldType::Object
        | FieldType::Array
        | FieldType::List
        | FieldType::Geopoint
        | FieldType::Geojson
        | FieldType::Any => false,
    }
}

/// The last line of a regular expression's error, without the drawing above it.
fn one_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    format!("is not a regular expression: {}", line.strip_prefix("error: ").unwrap_or(line))
}
