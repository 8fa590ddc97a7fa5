//! An item as a line of JSON. Numbers stay exactly as they are written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use sluice_engine::sink::ContentHash;

use crate::sink::decision::Known;
use crate::sink::key::key_of;
use crate::sink::{Attribute, Item, ItemField, Stamp, Target};

/// The end of a line.
pub(super) const END: &str = "}\n";

/// What the lines of a batch have in common. It is made once, because writing each name as JSON took a tenth of the import.
pub(super) struct Members {
    /// The names of the fields, and each as the beginning of a member: `,"name":`.
    names: Vec<(String, String)>,
    /// The members of the run, up to the hash of the item.
    of_run: String,
}

impl Members {
    /// The members of the items of a run that have the same fields as this one.
    pub(super) fn of(item: Option<&Item<'_>>, stamp: &Stamp<'_>) -> Self {
        let begin = |name: &str| {
            let mut begin = ",".to_owned();
            text(&mut begin, name);
            begin.push(':');
            begin
        };
        let mut of_run = String::new();
        for (name, value) in [("_run", stamp.run.as_str()), ("_order", stamp.order.as_str())] {
            of_run.push_str(&begin(name));
            text(&mut of_run, value);
        }
        of_run.push_str(&begin("_hash"));
        let fields = item.map(|item| &*item.fields).unwrap_or_default();
        Self { names: fields.iter().map(|(name, _)| ((*name).to_owned(), begin(name))).collect(), of_run }
    }

    /// Begins the member of a field with this index and name.
    fn begin(&self, index: usize, name: &str, line: &mut String) {
        match self.names.get(index) {
            Some((known, begin)) if known == name => {
                line.push_str(if line.ends_with('{') { &begin[1..] } else { begin });
            }
            _ => member(line, name),
        }
    }
}

/// Appends a new item as a line: the fields with a value, in the feed's order, the members of its run, and its hash.
pub(super) fn push_line(item: &Item<'_>, members: &Members, line: &mut String) {
    line.push('{');
    for (index, (name, value)) in item.fields.iter().enumerate() {
        if let Some(value) = value {
            members.begin(index, name, line);
            attribute(line, value);
        }
    }
    line.push_str(if line.ends_with('{') { &members.of_run[1..] } else { &members.of_run });
    hash(line, item.hash);
    line.push_str(END);
}

/// Appends the end of the line of an item that existed with this hash.
pub(super) fn end_line(was: ContentHash, line: &mut String) {
    line.push_str(",\"_was\":");
    hash(line, was);
    line.push_str(END);
}

fn hash(line: &mut String, hash: ContentHash) {
    line.push('"');
    line.push_str(str::from_utf8(&hash.digits()).unwrap_or_default());
    line.push('"');
}

fn attribute(line: &mut String, value: &Attribute<'_>) {
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
/// at together, and the last eight once more if they are not a word of their own.
fn surely_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let odd = if let Some(last) = bytes.last_chunk() {
        bytes.as_chunks().0.iter().fold(odd_bytes(*last), |odd, word| odd | odd_bytes(*word))
    } else if let (Some([a, b, c, d]), Some([e, f, g, h])) = (bytes.first_chunk(), bytes.last_chunk()) {
        odd_bytes([*a, *b, *c, *d, *e, *f, *g, *h])
    } else {
        return bytes.iter().all(|byte| *byte >= b' ' && *byte != b'"' && *byte != b'\\');
    };
    odd == 0
}

/// Zero if JSON escapes none of these bytes.
fn odd_bytes(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let (quotes, backslashes) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
    // The high bit of a byte is set if the byte is less than a space, or equal to one of the two.
    let odd = (word.wrapping_sub(ONES * u64::from(b' ')) & !word)
        | (quotes.wrapping_sub(ONES) & !quotes)
        | (backslashes.wrapping_sub(ONES) & !backslashes);
    odd & HIGHS
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
    use crate::sink::decision::two_runs;

    #[test]
    fn what_json_escapes_is_seen_at_every_place() {
        let plain = "ein Stück Käse, ~100g";
        for odd in (0..b' ').chain([b'"', b'\\']) {
            for (end, at) in (0..=plain.len()).flat_map(|end| (0..=end).map(move |at| (end, at))) {
                let mut bytes = plain.as_bytes()[..end].to_vec();
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
        fn a_line_is_the_same_whatever_fields_its_batch_begins_with(
            names in prop::collection::vec("[ab\"]{1,2}", 0..4),
            first in prop::collection::vec("[ab\"]{1,2}", 0..4),
            empty in 0..5_usize,
        ) {
            let [(run, order), _] = two_runs();
            let stamp = Stamp { run: &run, order: &order };
            let item = |names: &[String]| -> String {
                let text = |at: usize| (at != empty).then(|| Attribute::Text("x".into()));
                let fields = names.iter().enumerate().map(|(at, name)| (name.as_str(), text(at))).collect::<Vec<_>>();
                let hash = ContentHash::from(7);
                let begins = first.iter().map(|name| (name.as_str(), None)).collect::<Vec<_>>();
                let members = Members::of(Some(&Item { fields: begins.into(), hash }), &stamp);
                let mut line = String::new();
                push_line(&Item { fields: fields.into(), hash }, &members, &mut line);
                line
            };
            let fields = names.iter().enumerate().filter(|(at, _)| *at != empty);
            let fields: Vec<String> = fields.map(|(_, name)| format!("{}:\"x\",", serde_json::json!(name))).collect();
            let (run, order, hash) = (run.as_str(), order.as_str(), ContentHash::from(7));
            let rest = format!("\"_run\":\"{run}\",\"_order\":\"{order}\",\"_hash\":\"{hash}\"}}\n");
            prop_assert_eq!(item(&names), format!("{{{}{rest}", fields.concat()));
        }

        #[test]
        fn a_number_that_surely_is_json_is(number in "[-+]?[0-9]{0,3}[.e]?[0-9.]{0,3}") {
            prop_assert!(!surely_json_number(number.as_bytes()) || serde_json::from_str::<&RawValue>(&number).is_ok());
        }
    }
}
