//! An item as a line of JSON. Numbers stay exactly as they are written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use sluice_engine::sink::ContentHash;

use crate::sink::decision::Known;
use crate::sink::json::{attribute, member, text};
use crate::sink::key::key_of;
use crate::sink::{Attribute, Deletion, Item, ItemField, Stamp, Target};

/// The member that says that the item was deleted.
const DELETED: &str = "_deleted";

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
    if let Some(deletion) = item.deletion {
        push_mark(deletion, line);
    }
    line.push_str(END);
}

/// Appends the members of the mark of a deleted item.
#[inline(never)]
fn push_mark(deletion: Deletion, line: &mut String) {
    member(line, DELETED);
    line.push_str("true");
    if let Some(expires) = deletion.expires {
        member(line, "_expires");
        line.push_str(&expires.to_string());
    }
}

/// The fields of an item as members of its line: the name and the value as JSON.
pub(super) type Fields = Vec<(String, String)>;

/// Sets the fields of an item that have a value, and leaves the others as they are.
pub(super) fn merge(fields: &mut Fields, item: &Item<'_>) {
    for (name, value) in item.fields.iter() {
        let Some(value) = value else { continue };
        let mut json = String::new();
        attribute(&mut json, value);
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = json,
            None => fields.push(((*name).to_owned(), json)),
        }
    }
}

/// Appends a line with these fields, the members of its run, and its hash.
pub(super) fn push_merged(fields: &Fields, item: &Item<'_>, members: &Members, line: &mut String) {
    line.push('{');
    for (name, value) in fields {
        member(line, name);
        line.push_str(value);
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

/// A line that was read, with the raw text of each value.
pub(crate) struct ReadLine<'a>(BTreeMap<String, &'a RawValue>);

/// Who wrote an item, and what: the members `_run`, `_order`, `_hash` and `_was` of its line.
pub(super) struct Mark {
    run: String,
    order: String,
    hash: ContentHash,
    unchanged: bool,
    deleted: bool,
}

impl Mark {
    /// What decides about the next write.
    pub(super) fn known(&self) -> Known<'_> {
        let Self { run, order, hash, unchanged, deleted } = self;
        Known { run, order, hash: *hash, unchanged: *unchanged, deleted: *deleted }
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
        let (run, order) = self.writer()?;
        let mark = Mark {
            run,
            order,
            hash: hash.parse().map_err(|error| format!("its _hash is not one: {error}"))?,
            unchanged: self.text("_was").as_ref() == Some(&hash),
            deleted: self.is_deleted(),
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

    /// Whether it is only the mark of a deleted item.
    pub(crate) fn is_deleted(&self) -> bool {
        self.0.contains_key(DELETED)
    }

    /// The run that wrote it, and its order.
    pub(crate) fn writer(&self) -> Result<(String, String), String> {
        Ok((self.text("_run").ok_or("it has no _run")?, self.text("_order").ok_or("it has no _order")?))
    }

    /// The fields of the item, without what Sluice writes beside them.
    pub(super) fn fields(&self) -> Fields {
        let fields = self.0.iter().filter(|(name, _)| !name.starts_with('_'));
        fields.map(|(name, raw)| (name.clone(), raw.get().to_owned())).collect()
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

    proptest! {
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
                let members = Members::of(Some(&Item { record: 1, fields: begins.into(), hash, deletion: None }), &stamp);
                let mut line = String::new();
                push_line(&Item { record: 1, fields: fields.into(), hash, deletion: None }, &members, &mut line);
                line
            };
            let fields = names.iter().enumerate().filter(|(at, _)| *at != empty);
            let fields: Vec<String> = fields.map(|(_, name)| format!("{}:\"x\",", serde_json::json!(name))).collect();
            let (run, order, hash) = (run.as_str(), order.as_str(), ContentHash::from(7));
            let rest = format!("\"_run\":\"{run}\",\"_order\":\"{order}\",\"_hash\":\"{hash}\"}}\n");
            prop_assert_eq!(item(&names), format!("{{{}{rest}", fields.concat()));
        }
    }
}
