//! Writes that replace an item: the mark of a deleted one, and a record that is too wide for an update.
//!
//! A put cannot see what it replaces, so it has the condition that the item is still the one that was seen.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_engine::spec::Empty;

use super::{DELETED, EXPIRES, HASH, NOTHING, ORDER, RUN, WAS, attribute, text};
use crate::aws::attributes::Attributes;
use crate::sink::{Deletion, Item, Stamp, Target};

/// How many attributes of other programs a put compares with those that were seen. Each takes an operator of its condition, which may
/// have 300.
const GUARDED: usize = 100;

/// The parts of a `PutItem` request.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) item: Attributes,
    pub(super) condition: Condition,
}

impl Put {
    /// The request that puts a mark in the place of the item that was seen; `None` if there was none. Or why it cannot be written.
    ///
    /// An update could not take away attributes whose names nobody knows, and what is deleted must be gone.
    pub(super) fn mark(
        target: &Target,
        item: &Item<'_>,
        deletion: Deletion,
        stamp: &Stamp<'_>,
        seen: Option<&Attributes>,
    ) -> Result<Self, String> {
        let mut marked = key_of(target, item)?;
        marked.extend(own(item, stamp, seen));
        marked.insert(DELETED.to_owned(), AttributeValue::Bool(true));
        if let Some(expires) = deletion.expires {
            marked.insert(EXPIRES.to_owned(), AttributeValue::N(expires.to_string()));
        }
        Ok(Self { item: marked, condition: Condition::of(target, seen) })
    }

    /// The request that writes all of a record, with what the item that was seen has besides. Or why it cannot be written.
    pub(super) fn whole(
        target: &Target,
        item: &Item<'_>,
        stamp: &Stamp<'_>,
        seen: Option<&Attributes>,
    ) -> Result<Self, String> {
        let mut whole = seen.cloned().unwrap_or_default();
        whole.extend(key_of(target, item)?);
        let mut condition = Condition::of(target, seen);
        let is_own = |name: &str| [RUN, ORDER, HASH, WAS, DELETED, EXPIRES].contains(&name);
        // What the record leaves as it is may be changed by others, too.
        let keeps = target.manner.empty == Empty::Keep;
        let written: HashSet<&str> =
            item.fields.iter().filter(|(_, value)| value.is_some() || !keeps).map(|(name, _)| *name).collect();
        let is_of_record = |name: &str| written.contains(name) || target.key.iter().any(|field| field.name == name);
        let foreign = seen.into_iter().flatten().filter(|(name, _)| !is_own(name) && !is_of_record(name));
        for (at, (name, value)) in foreign.take(GUARDED).enumerate() {
            condition.and_is(&format!("other{at}"), name, value);
        }
        for (name, value) in item.fields.iter() {
            match value {
                Some(value) => drop(whole.insert((*name).to_owned(), attribute(value))),
                None if target.manner.empty == Empty::Keep => {}
                None => drop(whole.remove(*name)),
            }
        }
        for mark in [DELETED, EXPIRES] {
            whole.remove(mark);
        }
        whole.extend(own(item, stamp, seen));
        Ok(Self { item: whole, condition })
    }
}

/// The key of an item, or which part of it has no value.
fn key_of(target: &Target, item: &Item<'_>) -> Result<Attributes, String> {
    if target.key.is_empty() {
        return Err("the table has no key".to_owned());
    }
    let value = |of: &str| item.fields.iter().find(|(name, _)| *name == of).and_then(|(_, value)| value.as_ref());
    let part = |name: &String| match value(name) {
        Some(value) => Ok((name.clone(), attribute(value))),
        None => Err(format!("the key field {name:?} has no value")),
    };
    target.key.iter().map(|field| part(&field.name)).collect()
}

/// What Sluice writes beside the fields of a record.
fn own(item: &Item<'_>, stamp: &Stamp<'_>, seen: Option<&Attributes>) -> [(String, AttributeValue); 4] {
    let hash = item.hash.to_string();
    let was = seen.and_then(|seen| text(seen, HASH)).unwrap_or(NOTHING);
    let own = [(RUN, stamp.run.as_str()), (ORDER, stamp.order.as_str()), (HASH, &hash), (WAS, was)];
    own.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned())))
}

/// A condition with its names and values.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) text: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Attributes,
}

impl Condition {
    /// That what was seen is still there.
    pub(super) fn of(target: &Target, seen: Option<&Attributes>) -> Self {
        let partition = target.key.first().map(|field| field.name.clone()).unwrap_or_default();
        let (exists, absent) = ("attribute_exists(#partition)", "attribute_not_exists(#partition)");
        let text = match seen {
            Some(_) => exists.to_owned(),
            // This never holds: its refusal says what is there, and nothing is added where there is nothing.
            None if target.manner.mode.leaves(false) => format!("{exists} AND {absent}"),
            None => absent.to_owned(),
        };
        let names = [("#partition".to_owned(), partition)].into();
        let mut condition = Self { text, names, values: Attributes::new() };
        // A run writes an item once, so run and order say whether it was written since.
        for (placeholder, name) in [("run", RUN), ("order", ORDER)] {
            match seen.map(|seen| seen.get(name)) {
                Some(Some(value)) => condition.and_is(placeholder, name, value),
                Some(None) => {
                    condition.names.insert(format!("#{placeholder}"), name.to_owned());
                    condition.text.push_str(&format!(" AND attribute_not_exists(#{placeholder})"));
                }
                None => {}
            }
        }
        condition
    }

    /// Adds that an attribute has a value.
    fn and_is(&mut self, placeholder: &str, name: &str, value: &AttributeValue) {
        self.names.insert(format!("#{placeholder}"), name.to_owned());
        self.values.insert(format!(":seen_{placeholder}"), value.clone());
        self.text.push_str(&format!(" AND #{placeholder} = :seen_{placeholder}"));
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::{Order, RunId};

    use super::*;
    use crate::sink::{Attribute, ContentHash, KeyField, Manner, SinkKind};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    #[test]
    fn a_mark_has_the_key_and_says_what_was_there() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let order = Order::new("2026-11-21T02:33:00Z", "", &run);
        let stamp = Stamp { run: &run, order: &order };
        let key = vec![KeyField { name: "sku".to_owned(), number: false }];
        let (sink, name) = (SinkKind::Table, "products".to_owned());
        let target = Target { sink, name, key, via: None, manner: Manner::default() };
        let deletion = Deletion { expires: Some(1_800_000_000) };
        let fields = vec![("sku", Some(Attribute::Text("a".into()))), ("price", None)];
        let hash = ContentHash::of_deletion();
        let item = Item { record: 1, fields: fields.into(), hash, deletion: Some(deletion) };
        let mark = |was: &str| -> Attributes {
            let own = [(RUN, run.as_str()), (ORDER, order.as_str()), (HASH, &hash.to_string()), (WAS, was)];
            let own = own.map(|(name, value)| (name.to_owned(), text(value))).into_iter();
            let marks = [(DELETED, AttributeValue::Bool(true)), (EXPIRES, AttributeValue::N("1800000000".to_owned()))];
            let marks = marks.map(|(name, value)| (name.to_owned(), value));
            own.chain(marks).chain([("sku".to_owned(), text("a"))]).collect()
        };

        let first = Put::mark(&target, &item, deletion, &stamp, None).unwrap();
        assert_eq!((&first.item, &*first.condition.text), (&mark(NOTHING), "attribute_not_exists(#partition)"));
        assert_eq!((first.condition.names.len(), first.condition.values.len()), (1, 0));

        let seen = [("sku", "a"), (RUN, "another"), (ORDER, "earlier"), (HASH, "h"), ("colour", "red")];
        let seen: Attributes = seen.map(|(name, value)| (name.to_owned(), text(value))).into();
        let second = Put::mark(&target, &item, deletion, &stamp, Some(&seen)).unwrap();
        let still = "attribute_exists(#partition) AND #run = :seen_run AND #order = :seen_order";
        assert_eq!((&second.item, &*second.condition.text), (&mark("h"), still));
        let values = [(":seen_run", "another"), (":seen_order", "earlier")];
        assert_eq!(second.condition.values, values.map(|(name, value)| (name.to_owned(), text(value))).into());

        let foreign: Attributes = [("sku".to_owned(), text("a"))].into();
        let third = Put::mark(&target, &item, deletion, &stamp, Some(&foreign)).unwrap();
        let still = "attribute_exists(#partition) AND attribute_not_exists(#run) AND attribute_not_exists(#order)";
        assert_eq!((&third.item, &*third.condition.text), (&mark(NOTHING), still));
        assert!(third.condition.values.is_empty(), "values that no expression uses are refused");
    }

    #[test]
    fn a_whole_record_has_what_others_wrote_and_guards_it() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let order = Order::new("2026-11-21T02:33:00Z", "", &run);
        let stamp = Stamp { run: &run, order: &order };
        let key = vec![KeyField { name: "sku".to_owned(), number: false }];
        let fields = || {
            vec![
                ("sku", Some(Attribute::Text("a".into()))),
                ("size", Some(Attribute::Text("XL".into()))),
                ("note", None),
            ]
        };
        let item = Item { record: 1, fields: fields().into(), hash: ContentHash::from(7), deletion: None };
        let seen = [
            ("sku", "a"),
            ("size", "L"),
            ("note", "old"),
            ("colour", "red"),
            (RUN, "r"),
            (ORDER, "o"),
            (HASH, "h"),
            (DELETED, "x"),
        ];
        let seen: Attributes = seen.map(|(name, value)| (name.to_owned(), text(value))).into();
        for (empty, note) in [(Empty::Remove, None), (Empty::Keep, Some(text("old")))] {
            let manner = Manner { empty, ..Manner::default() };
            let target =
                Target { sink: SinkKind::Table, name: "products".to_owned(), key: key.clone(), via: None, manner };
            let put = Put::whole(&target, &item, &stamp, Some(&seen)).unwrap();
            assert_eq!((put.item.get("size"), put.item.get("note")), (Some(&text("XL")), note.as_ref()));
            assert_eq!((put.item.get("colour"), put.item.get(WAS)), (Some(&text("red")), Some(&text("h"))));
            assert!(!put.item.contains_key(DELETED));
            // What the record keeps is guarded as what others wrote.
            let others = put.condition.names.iter().filter(|(name, _)| name.starts_with("#other"));
            let mut others: Vec<&str> = others.map(|(_, name)| name.as_str()).collect();
            others.sort_unstable();
            assert_eq!(others, if empty == Empty::Keep { &["colour", "note"][..] } else { &["colour"] });
            let guarded =
                "attribute_exists(#partition) AND #run = :seen_run AND #order = :seen_order AND #other0 = :seen_other0";
            assert!(put.condition.text.starts_with(guarded), "{}", put.condition.text);
        }
    }
}
