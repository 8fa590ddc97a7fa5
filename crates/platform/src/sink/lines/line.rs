//! An item as a line of JSON, whose numbers stay exactly as they are written.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::sink::decision::Mark;
use crate::sink::key::ItemKey;
use crate::sink::{Attribute, Item, Target};

/// An item as a line: the fields that have a value in the feed's order, and the marks.
pub(super) fn write_line(item: &Item, mark: &Mark) -> String {
    let mut line = String::from("{");
    for (name, value) in &item.fields {
        if let Some(value) = value {
            push(&mut line, name, &attribute_json(value));
        }
    }
    push(&mut line, "_run", &json(&mark.run));
    push(&mut line, "_order", &json(&mark.order));
    push(&mut line, "_hash", &json(&mark.hash));
    if let Some(was) = &mark.was {
        push(&mut line, "_was", &json(was));
    }
    line.push_str("}\n");
    line
}

fn attribute_json(value: &Attribute) -> String {
    match value {
        Attribute::Text(text) => json(text),
        Attribute::Bool(value) => json(value),
        Attribute::Number(number) => number_json(number),
        Attribute::Null => "null".to_owned(),
        Attribute::List(elements) => {
            let elements: Vec<String> = elements.iter().map(attribute_json).collect();
            format!("[{}]", elements.join(","))
        }
        Attribute::Map(members) => {
            let mut map = String::from("{");
            for (name, value) in members {
                push(&mut map, name, &attribute_json(value));
            }
            map + "}"
        }
    }
}

fn push(line: &mut String, name: &str, value: &str) {
    let comma = if line.len() > 1 { "," } else { "" };
    line.push_str(&format!("{comma}{}:{value}", json(name)));
}

/// A text or a truth value, neither of which can fail to be JSON.
fn json(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// A number, digit by digit. What JSON does not take for one (`+1`, `.5`) becomes a text, which
/// is exact too.
fn number_json(number: &str) -> String {
    let is_json = number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && serde_json::from_str::<&RawValue>(number).is_ok();
    if is_json { number.to_owned() } else { json(number) }
}

/// A line that was read: each value as it is written.
pub(super) struct ReadLine<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> ReadLine<'a> {
    /// Reads a line, or says what is wrong with it.
    pub(super) fn parse(line: &'a str) -> Result<Self, String> {
        // The error of serde_json names a position and what was expected there, no value.
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
        let field = |field: &crate::sink::KeyField| {
            let text = self.text(&field.name).or_else(|| self.0.get(&field.name).map(|raw| raw.get().to_owned()));
            let attribute = text.map(if field.number { Attribute::Number } else { Attribute::Text });
            (field.name.clone(), attribute)
        };
        let item = Item { fields: target.key.iter().map(field).collect(), hash: String::new() };
        let key = ItemKey::of(target, &item).map_err(|refusal| refusal.to_string())?;
        Ok((key, mark))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok())
    }
}
