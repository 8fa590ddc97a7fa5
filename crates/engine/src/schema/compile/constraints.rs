//! Constraints, each checked against the type of its field.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::Value as Node;

use super::Compile;
use crate::schema::constraint::JsonSchema;
use crate::schema::{Allowed, Constraints, Field, Value};
use crate::spec::{ConstraintsSpec, FieldType};

impl Compile<'_> {
    pub(super) fn constraints(&mut self, field: &Field) -> Constraints {
        let spec = &self.spec.constraints;
        self.fit(spec);
        let bound = |compile: &mut Self, key: &str, node: &Option<Node>| {
            let node = node.as_ref().filter(|_| has_order(field.field_type))?;
            compile.value(&format!("constraints.{key}"), field, node)
        };
        let minimum = bound(self, "minimum", &spec.minimum);
        let maximum = bound(self, "maximum", &spec.maximum);
        let exclusive_minimum = bound(self, "exclusiveMinimum", &spec.exclusive_minimum);
        let exclusive_maximum = bound(self, "exclusiveMaximum", &spec.exclusive_maximum);
        self.leave_something("minimum", minimum.as_ref(), "maximum", maximum.as_ref(), Ordering::is_le);
        let both = (exclusive_minimum.as_ref(), exclusive_maximum.as_ref());
        self.leave_something("exclusiveMinimum", both.0, "exclusiveMaximum", both.1, Ordering::is_lt);
        self.leave_something("minimum", minimum.as_ref(), "exclusiveMaximum", both.1, Ordering::is_lt);
        self.leave_something("exclusiveMinimum", both.0, "maximum", maximum.as_ref(), Ordering::is_lt);
        Constraints {
            required: spec.required,
            pattern: self.pattern(spec),
            one_of: self.one_of_values(field, "constraints.enum", spec.one_of.as_deref()),
            categories: self.categories(field),
            minimum,
            maximum,
            exclusive_minimum,
            exclusive_maximum,
            min_length: spec.min_length,
            max_length: spec.max_length,
            json_schema: self.json_schema(spec),
        }
    }

    /// Which constraint fits which type.
    fn fit(&mut self, spec: &ConstraintsSpec) {
        let field_type = self.spec.field_type;
        let lengths = matches!(field_type, FieldType::String | FieldType::Array | FieldType::Object | FieldType::List);
        let json = matches!(field_type, FieldType::Array | FieldType::Object);
        for (key, given, fits) in [
            ("minLength", spec.min_length.is_some(), lengths),
            ("maxLength", spec.max_length.is_some(), lengths),
            ("minimum", spec.minimum.is_some(), has_order(field_type)),
            ("maximum", spec.maximum.is_some(), has_order(field_type)),
            ("exclusiveMinimum", spec.exclusive_minimum.is_some(), has_order(field_type)),
            ("exclusiveMaximum", spec.exclusive_maximum.is_some(), has_order(field_type)),
            ("pattern", spec.pattern.is_some(), field_type == FieldType::String),
            ("jsonSchema", spec.json_schema.is_some(), json),
        ] {
            if given && !fits {
                self.problem(
                    format!("constraints.{key}"),
                    format!("does not go with the type {}", field_type.as_str()),
                );
            }
        }
        if let (Some(min), Some(max)) = (spec.min_length, spec.max_length)
            && min > max
        {
            self.problem("constraints.minLength", "is more than maxLength");
        }
    }

    /// Reports bounds that leave no value between them.
    fn leave_something(
        &mut self,
        lower: &str,
        low: Option<&Value<'_>>,
        upper: &str,
        high: Option<&Value<'_>>,
        good: fn(Ordering) -> bool,
    ) {
        if let (Some(low), Some(high)) = (low, high)
            && let Some(order) = low.compare(high)
            && !good(order)
        {
            let more = if order.is_gt() { "is more than" } else { "leaves nothing below" };
            self.problem(format!("constraints.{lower}"), format!("{more} {upper}"));
        }
    }

    fn pattern(&mut self, spec: &ConstraintsSpec) -> Option<(Regex, String)> {
        let written = spec.pattern.as_ref().filter(|_| self.spec.field_type == FieldType::String)?;
        // The whole text must match, as in XML Schema, whose patterns Table Schema uses.
        match Regex::new(&format!("^(?:{written})$")) {
            Ok(regex) => Some((regex, written.clone())),
            Err(error) => {
                self.problem("constraints.pattern", why_not_a_pattern(written, &error));
                None
            }
        }
    }

    fn one_of_values(&mut self, field: &Field, path: &str, nodes: Option<&[Node]>) -> Option<Allowed> {
        let nodes = nodes?;
        if nodes.is_empty() {
            self.problem(path, "is empty: no value could be one of them");
        }
        let value = |(at, node): (usize, &Node)| self.value(&format!("{path}[{at}]"), field, node);
        Some(Allowed::new(nodes.iter().enumerate().filter_map(value).collect()))
    }

    fn categories(&mut self, field: &Field) -> Option<Allowed> {
        if !matches!(self.spec.field_type, FieldType::String | FieldType::Integer) {
            return None;
        }
        let Some(categories) = &self.spec.categories else {
            if self.spec.categories_ordered.is_some() {
                self.problem("categoriesOrdered", "orders categories, but there are none");
            }
            return None;
        };
        let Node::Array(list) = categories else {
            self.problem("categories", "expected a list of values, or of {value, label}");
            return None;
        };
        let value_of = |node: &Node| node.get("value").unwrap_or(node).clone();
        let nodes: Vec<_> = list.iter().map(value_of).collect();
        let allowed = self.one_of_values(field, "categories", Some(&nodes))?;
        if let Some(values) = &self.spec.constraints.one_of {
            for (at, node) in values.iter().enumerate() {
                if constant(field, node).is_some_and(|value| !allowed.contains(&value)) {
                    self.problem(format!("constraints.enum[{at}]"), "is not one of the categories");
                }
            }
        }
        Some(allowed)
    }

    fn json_schema(&mut self, spec: &ConstraintsSpec) -> Option<JsonSchema> {
        let json = matches!(self.spec.field_type, FieldType::Array | FieldType::Object);
        let schema = spec.json_schema.as_ref().filter(|_| json)?;
        JsonSchema::compile(schema)
            .map_err(|why| self.problem("constraints.jsonSchema", format!("is not a JSON Schema: {why}")))
            .ok()
    }

    /// A value that the schema gives for the field.
    fn value(&mut self, path: &str, field: &Field, node: &Node) -> Option<Value<'static>> {
        if let Node::Number(number) = node
            && number.is_f64()
            && number.to_string().bytes().filter(u8::is_ascii_digit).count() > EXACT_DIGITS
        {
            self.problem(
                path,
                format!("{number} has more digits than a number in JSON or YAML can keep: put it in quotes"),
            );
            return None;
        }
        let value = constant(field, node);
        if value.is_none() {
            self.problem(path, format!("{node} is not {}", field.reader.expected()));
        }
        value
    }
}

/// The number of decimal digits that any float keeps.
const EXACT_DIGITS: usize = 15;

/// Whether values of a type can be ordered.
fn has_order(field_type: FieldType) -> bool {
    use FieldType::{Date, Datetime, Duration, Integer, Number, Time, Year, Yearmonth};
    matches!(field_type, Integer | Number | Date | Time | Datetime | Duration | Year | Yearmonth)
}

/// A value as a schema writes it: in JSON, or as a text in the format of the field.
fn constant(field: &Field, node: &Node) -> Option<Value<'static>> {
    let written = |text: &str| field.read(text).map(Value::into_owned);
    match node {
        Node::Null => None,
        Node::String(text) => written(text).or_else(|| field.read_canonical(text)),
        // A year written as a number may have fewer than four digits.
        Node::Number(year) if field.field_type == FieldType::Year => {
            field.read_canonical(&format!("{:0>4}", year.to_string()))
        }
        Node::Number(_) | Node::Bool(_) => {
            let text = node.to_string();
            field.read_canonical(&text).or_else(|| written(&text))
        }
        Node::Array(_) | Node::Object(_) => {
            let text = node.to_string();
            field.read_canonical(&text).or_else(|| written(&text))
        }
    }
}

/// Why a pattern cannot be used, for people who know other regex engines.
fn why_not_a_pattern(written: &str, error: &regex::Error) -> String {
    let look_around = ["(?=", "(?!", "(?<=", "(?<!"].into_iter().find(|sign| written.contains(sign));
    if let Some(sign) = look_around {
        return format!(
            "{written} looks ahead or behind with {sign}, which patterns here do not support, because every text is \
             checked in linear time"
        );
    }
    // The library draws the pattern with a mark below it; the last line of its message says what is wrong.
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("{written} is not a pattern: {}", last.strip_prefix("error: ").unwrap_or(last))
}
