//! An item as a line of JSON. Numbers stay exactly as they are written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::sink::decision::Mark;
use crate::sink::key::ItemKey;
use crate::sink::{Attribute, Item, Target};

/// Appends an item as a line: the fields with a value, in the feed's order, and the mark.
pub(super) fn write_line(item: &Item, mark: &Mark, line: &mut String) {
    line.push('{');
    for (name, value) in &item.fields {
        if let Some(value) = value {
            member(line, name);
            attribute(line, value);
        }
    }
    let was = mark.was.as_ref().map(|was| ("_was", was));
    for (name, value) in [("_run", &mark.run), ("_order", &mark.order), ("_hash", &mark.hash)].into_iter().chain(was) {
        member(line, name);
        text(line, value);
    }
    line.push_str("}\n");
}

fn attribute(line: &mut String, value: &Attribute) {
    match value {
        Attribute::Bool(value) => line.push_str(if *value { "true" } else { "false" }),
        Attribute::Number(value) if is_json_number(value) => line.push_str(value),
        Attribute::Text(value) | Attribute::Number(value) => text(line, value),
        Attribute::Null => line.push_str("null"),
        Attribute::List(elements) => {
            line.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    line.push(',');
                }
                attribute(line, element);
            }
            line.push(']');
        }
        Attribute::Map(members) => {
            line.push('{');
            for (name, value) in members {
                member(line, name);
                attribute(line, value);
            }
            line.push('}');
        }
    }
}

/// Begins a member of an object. It is the first member if the line ends with a brace.
fn member(line: &mut String, name: &str) {
    if !line.ends_with('{') {
        line.push(',');
    }
    text(line, name);
    line.push(':');
}

/// A text as JSON.
fn text(line: &mut String, value: &str) {
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if value.bytes().all(plain) {
        line.push('"');
        line.push_str(value);
        line.push('"');
    } else {
        // Writing a text as JSON cannot fail.
        line.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
    }
}

/// Whether a number is valid JSON as it is written. Other numbers (`+1`, `.5`) are written as texts, which are exact
/// too.
fn is_json_number(number: &str) -> bool {
    number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && serde_json::from_str::<&RawValue>(number).is_ok()
}

/// A line that was read, with the raw text of each value.
pub(crate) struct ReadLine<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> ReadLine<'a> {
    /// Parses a line, or returns what is wrong with it.
    pub(crate) fn parse(line: &'a str) -> Result<Self, String> {
        // The error of serde_json contains a position and what was expected there, but no value.
        serde_json::from_str(line).map(Self).map_err(|error| error.to_string())
    }

    /// The key of the item and its mark.
    pub(super) fn into_parts(self, target: &Target) -> Result<(ItemKey, Mark), String> {
        let mark = Mark {
            run: self.text("_run").ok_or("it has no _run")?,
            order: self.text("_order").ok_or("it has no _order")?,
            hash: self.text("_hash").ok_or("it has no _hash")?,
            was: self.text("_was"),
        };
        Ok((self.key(target)?, mark))
    }

    /// The key of the item.
    pub(crate) fn key(&self, target: &Target) -> Result<ItemKey, String> {
        let field = |field: &crate::sink::KeyField| {
            let text = self.text(&field.name).or_else(|| self.0.get(&field.name).map(|raw| raw.get().to_owned()));
            let attribute = text.map(if field.number { Attribute::Number } else { Attribute::Text });
            (field.name.clone(), attribute)
        };
        let item = Item { fields: target.key.iter().map(field).collect(), hash: String::new() };
        ItemKey::of(target, &item).map_err(|refusal| refusal.to_string())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok())
    }
}
