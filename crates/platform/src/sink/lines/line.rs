//! An item as a line of JSON. Numbers stay exactly as they are written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use sluice_engine::sink::ContentHash;

use crate::sink::decision::Known;
use crate::sink::key::key_of;
use crate::sink::{Attribute, Item, ItemField, Stamp, Target};

/// The members of each line that a run writes, up to the hash of the item.
pub(super) fn members_of(stamp: &Stamp<'_>) -> String {
    let mut members = String::new();
    for (name, value) in [("_run", stamp.run.as_str()), ("_order", stamp.order.as_str())] {
        text(&mut members, name);
        members.push(':');
        text(&mut members, value);
        members.push(',');
    }
    members.push_str("\"_hash\":");
    members
}

/// Appends an item as a line: the fields with a value, in the feed's order, these members of its run, and its hash.
/// [`end_line`] appends the rest.
pub(super) fn begin_line(item: &Item<'_>, of_run: &str, line: &mut String) {
    line.push('{');
    for (name, value) in &*item.fields {
        if let Some(value) = value {
            member(line, name);
            attribute(line, value);
        }
    }
    if !line.ends_with('{') {
        line.push(',');
    }
    line.push_str(of_run);
    hash(line, item.hash);
}

/// Appends the end of a line: the hash that the item had before, if it existed.
pub(super) fn end_line(was: Option<ContentHash>, line: &mut String) {
    if let Some(was) = was {
        line.push_str(",\"_was\":");
        hash(line, was);
    }
    line.push_str("}\n");
}

fn hash(line: &mut String, hash: ContentHash) {
    line.push('"');
    line.push_str(str::from_utf8(&hash.digits()).unwrap_or_default());
    line.push('"');
}

fn attribute(line: &mut String, value: &Attribute<'_>) {
    match value {
        Attribute::Bool(value) => line.push_str(if *value { "true" } else { "false" }),
        Attribute::Number(value) | Attribute::Integer(value) if is_json_number(value) => line.push_str(value),
        Attribute::Text(value) | Attribute::Number(value) | Attribute::Integer(value) | Attribute::Date(value) => {
            text(line, value);
        }
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
    if surely_plain(value) {
        line.push('"');
        line.push_str(value);
        line.push('"');
    } else {
        // Writing a text as JSON cannot fail.
        line.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()));
    }
}

/// Whether a text surely has no character that JSON escapes: a control character, a quote or a backslash. Eight bytes are looked
/// at together.
fn surely_plain(text: &str) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = text.as_bytes().as_chunks();
    let odd = words.iter().fold(0, |odd, word| {
        let word = u64::from_le_bytes(*word);
        let (quotes, backslashes) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
        // The high bit of a byte is set if the byte is less than a space, or equal to one of the two.
        odd | (word.wrapping_sub(ONES * u64::from(b' ')) & !word)
            | (quotes.wrapping_sub(ONES) & !quotes)
            | (backslashes.wrapping_sub(ONES) & !backslashes)
    });
    odd & HIGHS == 0 && rest.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\')
}

/// Whether a number is valid JSON as it is written. Other numbers (`+1`, `.5`) are written as texts, which are exact
/// too.
fn is_json_number(number: &str) -> bool {
    surely_json_number(number.as_bytes())
        || number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
            && serde_json::from_str::<&RawValue>(number).is_ok()
}

/// Whether a number surely is valid JSON: it is in plain notation, without a zero that leads.
fn surely_json_number(number: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number = number.strip_prefix(b"-").unwrap_or(number);
    let (whole, rest) = number.split_at(digits(number));
    let starts_well = matches!(whole, [b'0'] | [b'1'..=b'9', ..]);
    starts_well
        && match rest {
            [] => true,
            [b'.', fraction @ ..] => !fraction.is_empty() && digits(fraction) == fraction.len(),
            _ => false,
        }
}

/// A line that was read, with the raw text of each value.
pub(crate) struct ReadLine<'a>(BTreeMap<String, &'a RawValue>);

/// Who wrote an item, and what: the members `_run`, `_order`, `_hash` and `_was` of its line.
pub(super) struct Mark {
    run: String,
    order: String,
    hash: ContentHash,
    unchanged: bool,
}

impl Mark {
    /// What decides about the next write.
    pub(super) fn known(&self) -> Known<'_> {
        Known { run: &self.run, order: &self.order, hash: self.hash, unchanged: self.unchanged }
    }
}

impl<'a> ReadLine<'a> {
    /// Parses a line, or returns what is wrong with it.
    pub(crate) fn parse(line: &'a str) -> Result<Self, String> {
        // The error of serde_json contains a position and what was expected there, but no value.
        serde_json::from_str(line).map(Self).map_err(|error| error.to_string())
    }

    /// The key of the item and its mark.
    pub(super) fn into_parts(self, target: &Target) -> Result<(Box<str>, Mark), String> {
        let hash = self.text("_hash").ok_or("it has no _hash")?;
        let mark = Mark {
            run: self.text("_run").ok_or("it has no _run")?,
            order: self.text("_order").ok_or("it has no _order")?,
            hash: hash.parse().map_err(|error| format!("its _hash is not one: {error}"))?,
            unchanged: self.text("_was").as_ref() == Some(&hash),
        };
        Ok((self.key(target)?, mark))
    }

    /// The key of the item.
    pub(crate) fn key(&self, target: &Target) -> Result<Box<str>, String> {
        let field = |field: &'_ crate::sink::KeyField| {
            let text = self.text(&field.name).or_else(|| self.0.get(&field.name).map(|raw| raw.get().to_owned()));
            text.map(|text| if field.number { Attribute::Number(text.into()) } else { Attribute::Text(text.into()) })
        };
        let fields: Vec<ItemField<'_>> = target.key.iter().map(|of| (of.name.as_str(), field(of))).collect();
        key_of(target, &fields).map_err(|refusal| refusal.to_string())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(|raw| serde_json::from_str(raw.get()).ok())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_json_escapes_is_seen_at_every_place() {
        for odd in (0..b' ').chain([b'"', b'\\']) {
            for at in 0..20 {
                let mut bytes = "ein Stück Käse, ~100g".as_bytes().to_vec();
                bytes.insert(at, odd);
                if let Ok(text) = str::from_utf8(&bytes) {
                    assert!(!surely_plain(text), "{text:?}");
                }
            }
        }
        for plain in ["", " ", "ein Stück Käse, 100 g", "\u{7f}\u{80}\u{a2}\u{dc}\u{10ffff}!#[]^"] {
            assert!(surely_plain(plain), "{plain:?}");
        }
    }

    proptest! {
        #[test]
        fn a_text_that_surely_is_plain_is_not_escaped(text in "\\PC{0,20}[\\x00-\\x7f]{0,4}") {
            let mut line = String::new();
            super::text(&mut line, &text);
            prop_assert_eq!(line, serde_json::to_string(&text).unwrap());
        }

        #[test]
        fn a_number_that_surely_is_json_is(number in "[-+]?[0-9]{0,3}[.e]?[0-9.]{0,3}") {
            prop_assert!(!surely_json_number(number.as_bytes()) || serde_json::from_str::<&RawValue>(&number).is_ok());
        }
    }
}
