//! The statement that writes one document, and its key.

use std::collections::BTreeMap;

use mongodb::bson::raw::{RawBson, RawBsonRef};
use mongodb::bson::{RawDocument, cstr};
use sluice_engine::sink::{Attribute, milliseconds};
use sluice_platform::sink::key::push_key;
use sluice_platform::sink::{Item, ItemField, Stamp, Target};

use crate::bson::{NoForm, Writer};
use crate::state::State;

/// Appends the statement for an item whose key has a document in this state: it changes the document if that is still so, or adds
/// one if there still is none. `at` is its index in the command.
///
/// # Errors
/// With the reason if the collection cannot hold the item.
pub(crate) fn push(
    target: &Target,
    item: &Item<'_>,
    state: Option<&State>,
    stamp: &Stamp<'_>,
    at: usize,
    writer: &mut Writer,
) -> Result<(), String> {
    let is_key = |name: &str| target.key.iter().any(|field| field.name == name);
    let others = || item.fields.iter().filter(|(name, _)| !is_key(name));
    let mut written = Ok(());
    let mut note = |result: Result<(), NoForm>| {
        if written.is_ok() {
            written = result;
        }
    };
    writer.inner(&at.to_string(), |statement| {
        statement.inner("q", |query| {
            note(push_id("_id", target, item, query));
            // Null is equal to no value at all.
            query.inner("_order", |order| order.raw(cstr!("$eq"), state.map_or(&RawBson::Null, |state| &state.order)));
        });
        statement.inner("u", |update| {
            update.inner("$set", |set| {
                for (name, value) in others() {
                    if let Some(value) = value {
                        note(set.value(name, value));
                    }
                }
                set.text("_run", stamp.run.as_str());
                set.text("_order", stamp.order.as_str());
                set.text("_hash", &item.hash.to_string());
                set.text("_was", state.map_or("", |state| &state.hash));
            });
            if others().any(|(_, value)| value.is_none()) {
                update.inner("$unset", |unset| {
                    for (name, _) in others().filter(|(_, value)| value.is_none()) {
                        unset.int32(name, 1);
                    }
                });
            }
        });
        // Without a document there is nothing that must stay as it was.
        statement.bool("upsert", state.is_none());
    });
    written.map_err(|error| error.to_string())
}

/// Writes the `_id` of an item: the value of its only key field, or a document of its key fields.
pub(crate) fn push_id(name: &str, target: &Target, item: &Item<'_>, writer: &mut Writer) -> Result<(), NoForm> {
    let value = |name: &str| item.fields.iter().find(|(of, _)| *of == name).and_then(|(_, value)| value.as_ref());
    let mut written = Ok(());
    match &target.key[..] {
        [only] => written = value(&only.name).map_or(Ok(()), |value| writer.value(name, value)),
        fields => writer.inner(name, |id| {
            for field in fields {
                if let (Some(value), Ok(())) = (value(&field.name), &written) {
                    written = id.value(&field.name, value);
                }
            }
        }),
    }
    written
}

/// The key of an item as a text, or why it has none.
pub(crate) fn key(target: &Target, item: &Item<'_>) -> Result<String, String> {
    let of_key = item.fields.iter().filter(|(name, _)| target.key.iter().any(|field| field.name == *name));
    let fields: Vec<ItemField<'_>> = of_key.map(|(name, value)| (*name, value.clone().map(comparable))).collect();
    let mut key = String::new();
    push_key(target, &fields, &mut key).map_err(|refusal| refusal.to_string())?;
    Ok(key)
}

/// A value by which keys are compared: a date is its milliseconds, as it comes back.
fn comparable(value: Attribute<'_>) -> Attribute<'_> {
    match value {
        Attribute::Date(text) => match milliseconds(&text) {
            Some(milliseconds) => Attribute::Text(milliseconds.to_string().into()),
            None => Attribute::Text(text),
        },
        other => other,
    }
}

/// The key of a document, by its `_id`, as the same text; `None` if no item has it.
pub(crate) fn key_of_document(target: &Target, document: &RawDocument) -> Option<String> {
    let id = document.get("_id").ok()??;
    let fields: BTreeMap<&str, Attribute<'_>> = match (&target.key[..], id) {
        ([only], id) => [(&*only.name, attribute(id)?)].into(),
        (fields, RawBsonRef::Document(id)) => {
            fields.iter().map(|of| Some((&*of.name, attribute(id.get(&of.name).ok()??)?))).collect::<Option<_>>()?
        }
        _ => return None,
    };
    let fields: Vec<ItemField<'_>> = fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
    let mut key = String::new();
    push_key(target, &fields, &mut key).ok()?;
    Some(key)
}

/// A part of a key. The server finds a number in whatever type another program has stored it.
fn attribute(value: RawBsonRef<'_>) -> Option<Attribute<'_>> {
    Some(match value {
        RawBsonRef::String(text) => Attribute::Text(text.into()),
        RawBsonRef::Int32(number) => Attribute::Number(number.to_string().into()),
        RawBsonRef::Int64(number) => Attribute::Number(number.to_string().into()),
        // All digits of the number that a key of at most 34 digits equals.
        RawBsonRef::Double(number) => Attribute::Number(format!("{number:.60e}").into()),
        RawBsonRef::Decimal128(number) => Attribute::Number(number.to_string().to_lowercase().into()),
        RawBsonRef::DateTime(at) => Attribute::Text(at.timestamp_millis().to_string().into()),
        _ => return None,
    })
}
