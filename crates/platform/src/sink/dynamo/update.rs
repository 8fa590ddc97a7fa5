//! The one conditional write.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::put::Condition;
use super::{DELETED, EXPIRES, HASH, NOTHING, ORDER, RUN, WAS, attribute};
use crate::aws::attributes::Attributes;
use crate::sink::{Item, Stamp, Target};
use sluice_engine::spec::{Empty, Mode};

/// The parts of an `UpdateItem` request. Every name and every value is a placeholder: names may be reserved words or
/// contain dots, and values never become part of an expression. The expression has no spaces, because it may have at
/// most 4 KB. [`MAX_ATTRIBUTES`] says for how many attributes that is enough.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) key: Attributes,
    pub(super) expression: String,
    pub(super) condition: String,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Attributes,
}

/// Maximum number of attributes beside the key in one update.
///
/// A table has no such limit, but an update expression has: at most 4 KB, and 300 operators or functions (*Quotas in Amazon DynamoDB*).
/// The four attributes that Sluice writes beside the fields use five of these (four `=` and an `if_not_exists`). Each other attribute
/// uses one `=` and 12 bytes (`#f294=:v294,`). That makes 300 - 5 = 295 attributes, in 3,640 bytes. (The developer guide counts only the
/// `+` of `SET a = :b + :c`; AWS's code examples, *Count expression operators*, count the `=` too. The strict reading is safe under both.)
pub(super) const MAX_ATTRIBUTES: usize = 295;

impl Update {
    /// The request that changes what differs between a record and the item that was seen, on the condition that this is still there;
    /// `None` if that is too much for one expression. Or why it cannot be written.
    pub(super) fn of_changes(
        target: &Target,
        item: &Item<'_>,
        stamp: &Stamp<'_>,
        seen: &Attributes,
    ) -> Result<Option<Self>, String> {
        let is_key = |name: &str| target.key.iter().any(|field| field.name == name);
        let differs = |name: &str, value: &Option<_>| match value {
            Some(value) => seen.get(name) != Some(&attribute(value)),
            None => target.manner.empty == Empty::Remove && seen.contains_key(name),
        };
        let changed = item.fields.iter().filter(|(name, value)| is_key(name) || differs(name, value));
        let fields: Vec<_> = changed.cloned().collect();
        if fields.len() > MAX_ATTRIBUTES + target.key.len() {
            return Ok(None);
        }
        let mut update = Self::of(target, &Item { fields: fields.into(), ..item.clone() }, stamp)?;
        let Condition { text, names, values } = Condition::of(target, Some(seen));
        update.condition = text;
        update.names.extend(names);
        update.values.extend(values);
        Ok(Some(update))
    }

    /// The request that writes an item, or why the item cannot be written.
    pub(super) fn of(target: &Target, item: &Item<'_>, stamp: &Stamp<'_>) -> Result<Self, String> {
        let mut names = HashMap::new();
        let mut values = Attributes::new();
        let mut key = Attributes::new();
        // Whoever brings an item back takes the marks of its deletion away.
        let (mut set, mut remove) = (Vec::new(), vec!["#deleted".to_owned(), "#expires".to_owned()]);

        let hash = item.hash.to_string();
        let marks = [("run", RUN, stamp.run.as_str()), ("order", ORDER, stamp.order.as_str()), ("hash", HASH, &hash)];
        for (placeholder, name, value) in marks {
            names.insert(format!("#{placeholder}"), name.to_owned());
            values.insert(format!(":{placeholder}"), AttributeValue::S(value.to_owned()));
            set.push(format!("#{placeholder}=:{placeholder}"));
        }
        for (placeholder, name) in [("#was", WAS), ("#deleted", DELETED), ("#expires", EXPIRES)] {
            names.insert(placeholder.to_owned(), name.to_owned());
        }
        values.insert(":none".to_owned(), AttributeValue::S(NOTHING.to_owned()));
        // Right-hand sides see the item as it was before this write, so this is the old hash although the same
        // expression sets the new one.
        set.push("#was=if_not_exists(#hash,:none)".to_owned());

        for (index, (name, value)) in item.fields.iter().enumerate() {
            let is_key = target.key.iter().any(|field| field.name == *name);
            match value {
                Some(value) if is_key => {
                    key.insert((*name).to_owned(), attribute(value));
                }
                Some(value) => {
                    names.insert(format!("#f{index}"), (*name).to_owned());
                    values.insert(format!(":v{index}"), attribute(value));
                    set.push(format!("#f{index}=:v{index}"));
                }
                None if target.manner.empty == Empty::Keep => {}
                None => {
                    names.insert(format!("#f{index}"), (*name).to_owned());
                    remove.push(format!("#f{index}"));
                }
            }
        }
        let Some(partition) = target.key.first() else { return Err("the table has no key".to_owned()) };
        if let Some(empty) = target.key.iter().find(|field| !key.contains_key(&field.name)) {
            return Err(format!("the key field {:?} has no value", empty.name));
        }
        names.insert("#partition".to_owned(), partition.name.clone());

        let expression = format!("SET {} REMOVE {}", set.join(","), remove.join(","));
        // An item that Sluice did not write has no order, and counts as earlier than any run. The mark of a deleted item is none.
        let condition = match target.manner.mode {
            Mode::Upsert => "attribute_not_exists(#partition) OR attribute_not_exists(#order) OR #order < :order",
            Mode::InsertOnly => {
                "attribute_not_exists(#partition) OR (attribute_exists(#deleted) AND (attribute_not_exists(#order) OR #order < :order))"
            }
            Mode::UpdateOnly => {
                "attribute_exists(#partition) AND attribute_not_exists(#deleted) AND (attribute_not_exists(#order) OR #order < :order)"
            }
        };
        let condition = condition.to_owned();
        Ok(Self { key, expression, condition, names, values })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sluice_contract::{Order, RunId};

    use super::*;
    use crate::sink::{Attribute, ContentHash, ItemField, KeyField, Manner, SinkKind};

    fn update(fields: &[ItemField<'_>]) -> Result<Update, String> {
        update_in(Manner::default(), fields)
    }

    fn update_in(manner: Manner, fields: &[ItemField<'_>]) -> Result<Update, String> {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let order = Order::new("2026-11-21T02:33:00Z", "", &run);
        let key = vec![KeyField { name: "sku".to_owned(), number: false }];
        let item = Item { record: 1, fields: fields.into(), hash: ContentHash::from(1), deletion: None };
        Update::of(
            &Target { sink: SinkKind::Table, name: "products".to_owned(), key, via: None, manner },
            &item,
            &Stamp { run: &run, order: &order },
        )
    }

    #[test]
    fn fields_with_a_value_are_set_and_others_removed() {
        let text = |text: &'static str| Some(Attribute::Text(text.into()));
        let update = update(&[("sku", text("a")), ("size", text("XL")), ("note", None)]).unwrap();
        assert_eq!(
            update.expression,
            "SET #run=:run,#order=:order,#hash=:hash,#was=if_not_exists(#hash,:none),#f1=:v1 REMOVE #deleted,#expires,#f2"
        );
        assert_eq!(update.key, Attributes::from([("sku".to_owned(), AttributeValue::S("a".to_owned()))]));
        assert_eq!(update.names["#f1"], "size");
        assert_eq!(update.names["#f2"], "note");
        assert_eq!(update.values[":v1"], AttributeValue::S("XL".to_owned()));
        assert!(!update.values.contains_key(":v2"));
        let keep = Manner { empty: Empty::Keep, ..Manner::default() };
        let update = update_in(keep, &[("sku", text("a")), ("size", text("XL")), ("note", None)]).unwrap();
        assert!(update.expression.ends_with("#f1=:v1 REMOVE #deleted,#expires"), "{}", update.expression);
        assert!(!update.names.contains_key("#f2"), "a name that no expression uses is refused");
    }

    /// The number of operators and functions in an expression, by the strictest way of counting.
    fn operators(expression: &str) -> usize {
        expression.matches('=').count() + expression.matches('(').count()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// One expression is enough for the most attributes, whatever its names, the place of its
        /// key, and the fields that have a value.
        #[test]
        fn one_expression_takes_the_widest_record(
            name in "\\PC{1,80}",
            key in 0..=MAX_ATTRIBUTES,
            has_value in prop::collection::vec(prop::bool::weighted(0.9), MAX_ATTRIBUTES + 1),
        ) {
            for all in [true, false] {
                let field = |(at, has_value): (usize, &bool)| {
                    let name = if at == key { "sku".to_owned() } else { format!("{name}{at}") };
                    (name, (all || at == key || *has_value).then(|| Attribute::Text("a".into())))
                };
                let fields: Vec<_> = has_value.iter().enumerate().map(field).collect();
                let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                let Update { expression, condition, .. } = update(&fields).unwrap();
                prop_assert!(expression.len() <= 4096 && condition.len() <= 4096, "{} bytes", expression.len());
                prop_assert!(operators(&expression) <= 300, "{} operators", operators(&expression));
            }
        }
    }

    #[test]
    fn an_expression_has_no_room_for_more() {
        let names: Vec<String> = (0..=MAX_ATTRIBUTES).map(|n| format!("f{n}")).collect();
        let text = || Some(Attribute::Text("a".into()));
        let fields: Vec<_> = names.iter().map(|name| (name.as_str(), text())).chain([("sku", text())]).collect();
        assert_eq!(operators(&update(&fields).unwrap().expression), 301);
    }

    #[test]
    fn without_a_key_there_is_no_write() {
        assert_eq!(update(&[("sku", None)]).unwrap_err(), "the key field \"sku\" has no value");
        assert_eq!(update(&[]).unwrap_err(), "the key field \"sku\" has no value");
    }
}
