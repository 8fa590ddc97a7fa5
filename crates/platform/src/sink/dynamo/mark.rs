//! The write that deletes an item: it becomes its key and the marks.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::{DELETED, EXPIRES, HASH, NOTHING, ORDER, RUN, WAS, attribute, text};
use crate::aws::attributes::Attributes;
use crate::sink::{Deletion, Item, Stamp, Target};

/// The parts of a `PutItem` request. An update could not take away attributes whose names nobody knows, and what is deleted must be
/// gone. A put cannot see what it replaces, so it has the condition that the item is still the one that was seen.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) item: Attributes,
    pub(super) condition: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Option<Attributes>,
}

impl Mark {
    /// The request that puts a mark in the place of the item that was seen; `None` if there was none. Or why it cannot be written.
    pub(super) fn of(
        target: &Target,
        item: &Item<'_>,
        deletion: Deletion,
        stamp: &Stamp<'_>,
        seen: Option<&Attributes>,
    ) -> Result<Self, String> {
        let mut marked = Attributes::new();
        let value = |of: &str| item.fields.iter().find(|(name, _)| *name == of).and_then(|(_, value)| value.as_ref());
        for field in &target.key {
            let Some(value) = value(&field.name) else {
                return Err(format!("the key field {:?} has no value", field.name));
            };
            marked.insert(field.name.clone(), attribute(value));
        }
        let Some(partition) = target.key.first() else { return Err("the table has no key".to_owned()) };
        let hash = item.hash.to_string();
        let was = seen.and_then(|seen| text(seen, HASH)).unwrap_or(NOTHING);
        let own = [(RUN, stamp.run.as_str()), (ORDER, stamp.order.as_str()), (HASH, &hash), (WAS, was)];
        marked.extend(own.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))));
        marked.insert(DELETED.to_owned(), AttributeValue::Bool(true));
        if let Some(expires) = deletion.expires {
            marked.insert(EXPIRES.to_owned(), AttributeValue::N(expires.to_string()));
        }
        let (condition, names, values) = match seen {
            Some(seen) => still(partition.name.clone(), seen),
            // The condition never holds: its refusal says what is there, and no mark is made where there is nothing.
            None if target.manner.mode.leaves(false) => never(partition.name.clone()),
            None => absent(partition.name.clone()),
        };
        Ok(Self { item: marked, condition, names, values })
    }
}

/// A condition with its names and values.
type Condition = (String, HashMap<String, String>, Option<Attributes>);

/// That there is no item.
fn absent(partition: String) -> Condition {
    ("attribute_not_exists(#partition)".to_owned(), [("#partition".to_owned(), partition)].into(), None)
}

/// That there is one and none.
fn never(partition: String) -> Condition {
    let (absent, names, values) = absent(partition);
    (format!("attribute_exists(#partition) AND {absent}"), names, values)
}

/// That the item was not written since it was seen. A run writes an item once, so run and order say so.
fn still(partition: String, seen: &Attributes) -> Condition {
    let (mut terms, mut values) = (vec!["attribute_exists(#partition)".to_owned()], Attributes::new());
    let mut names = HashMap::from([("#partition".to_owned(), partition)]);
    for (placeholder, name) in [("run", RUN), ("order", ORDER)] {
        names.insert(format!("#{placeholder}"), name.to_owned());
        terms.push(match seen.get(name) {
            Some(value) => {
                values.insert(format!(":{placeholder}"), value.clone());
                format!("#{placeholder} = :{placeholder}")
            }
            None => format!("attribute_not_exists(#{placeholder})"),
        });
    }
    (terms.join(" AND "), names, (!values.is_empty()).then_some(values))
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

        let first = Mark::of(&target, &item, deletion, &stamp, None).unwrap();
        assert_eq!((&first.item, &*first.condition), (&mark(NOTHING), "attribute_not_exists(#partition)"));
        assert_eq!((first.names.len(), first.values), (1, None));

        let seen = [("sku", "a"), (RUN, "another"), (ORDER, "earlier"), (HASH, "h"), ("colour", "red")];
        let seen: Attributes = seen.map(|(name, value)| (name.to_owned(), text(value))).into();
        let second = Mark::of(&target, &item, deletion, &stamp, Some(&seen)).unwrap();
        let still = "attribute_exists(#partition) AND #run = :run AND #order = :order";
        assert_eq!((&second.item, &*second.condition), (&mark("h"), still));
        let values = [(":run", "another"), (":order", "earlier")];
        assert_eq!(second.values, Some(values.map(|(name, value)| (name.to_owned(), text(value))).into()));

        let foreign: Attributes = [("sku".to_owned(), text("a"))].into();
        let third = Mark::of(&target, &item, deletion, &stamp, Some(&foreign)).unwrap();
        let still = "attribute_exists(#partition) AND attribute_not_exists(#run) AND attribute_not_exists(#order)";
        assert_eq!((&third.item, &*third.condition, third.values), (&mark(NOTHING), still, None));
    }
}
