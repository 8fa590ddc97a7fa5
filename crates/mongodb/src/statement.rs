//! The statement that writes one document, and its key.

use std::collections::BTreeMap;

use mongodb::bson::raw::{RawBson, RawBsonRef};
use mongodb::bson::{RawDocument, cstr};
use sluice_engine::sink::{Attribute, milliseconds};
use sluice_engine::spec::Empty;
use sluice_platform::sink::key::push_key;
use sluice_platform::sink::{Item, ItemField, Stamp, Target};

use crate::bson::{NoForm, Writer};
use crate::state::State;

/// Appends the document of an item whose key has none yet. `at` is its index in the command.
///
/// # Errors
/// With the reason if the collection cannot hold the item.
pub(crate) fn push_new(
    target: &Target,
    item: &Item<'_>,
    stamp: &Stamp<'_>,
    at: usize,
    writer: &mut Writer,
) -> Result<(), String> {
    let mut written = Ok(());
    writer.inner(&at.to_string(), |document| {
        written = push_id("_id", target, item, document).and_then(|()| push_fields(target, item, stamp, "", document));
    });
    written.map_err(|error| error.to_string())
}

/// Appends the statement that changes the document of an item, if it still has the order of this state. Otherwise the statement leaves it
/// as it is. If the content is the same, only run and order change. `at` is its index in the command.
///
/// The condition stands in a pipeline, and the query has the `_id` alone, because the server plans any other query anew for each
/// statement. The values stand under `$literal`, so that a text such as `$x` stays one.
///
/// # Errors
/// With the reason if the collection cannot hold the item.
pub(crate) fn push_change(
    target: &Target,
    item: &Item<'_>,
    state: &State,
    stamp: &Stamp<'_>,
    at: usize,
    writer: &mut Writer,
) -> Result<(), String> {
    let is_same = state.has_content(item.hash);
    let removes = !is_same && target.manner.empty == Empty::Remove;
    let without_value = item.fields.iter().filter(|(_, value)| value.is_none() && removes).map(|(name, _)| *name);
    let removed: Vec<&str> = without_value.collect();
    let mut written = Ok(());
    writer.inner(&at.to_string(), |statement| {
        statement.inner("q", |query| written = push_id("_id", target, item, query));
        statement.list("u", |stages| {
            stages.inner("0", |stage| {
                stage.inner("$replaceWith", |replaced| {
                    replaced.list("$cond", |choice| {
                        choice.inner("0", |condition| push_is_still(state, condition));
                        choice.inner("1", |merged| {
                            merged.list("$mergeObjects", |parts| {
                                if removed.len() <= NESTED {
                                    push_without("0", &removed, parts);
                                } else {
                                    push_filtered("0", &removed, parts);
                                }
                                parts.inner("1", |part| {
                                    part.inner("$literal", |fields| {
                                        if is_same {
                                            push_own(item, stamp, &state.hash, fields);
                                        } else {
                                            let fields = push_fields(target, item, stamp, &state.hash, fields);
                                            written = written.clone().and(fields);
                                        }
                                    });
                                });
                            });
                        });
                        choice.text("2", "$$ROOT");
                    });
                });
            });
        });
    });
    written.map_err(|error| error.to_string())
}

/// Writes whether a document still has the order of a state.
fn push_is_still(state: &State, condition: &mut Writer) {
    condition.list("$eq", |sides| match state.order.as_raw_bson_ref() {
        // An order of Sluice begins with a year. This short form is for nearly all documents.
        RawBsonRef::String(order) if !order.starts_with('$') => {
            sides.text("0", "$_order");
            sides.text("1", order);
        }
        // A document without an order has none of its values, not even null.
        _ => {
            sides.inner("0", |order| {
                order.list("$ifNull", |values| {
                    values.text("0", "$_order");
                    values.raw(cstr!("1"), &RawBson::Null);
                });
            });
            sides.inner("1", |known| known.raw(cstr!("$literal"), &state.order));
        }
    });
}

/// Most fields that are taken away one inside the other. A server takes up to 200 levels in a command.
const NESTED: usize = 32;

/// Writes the document as it is, without these many fields: the list of those that stay.
#[inline(never)]
fn push_filtered(name: &str, removed: &[&str], parts: &mut Writer) {
    parts.inner(name, |part| {
        part.inner("$arrayToObject", |object| {
            object.inner("$filter", |filter| {
                filter.inner("input", |input| input.text("$objectToArray", "$$ROOT"));
                filter.inner("cond", |condition| {
                    condition.list("$not", |not| {
                        not.inner("0", |is_removed| {
                            is_removed.list("$in", |sides| {
                                sides.text("0", "$$this.k");
                                sides.inner("1", |names| {
                                    names.list("$literal", |names| {
                                        for (at, name) in removed.iter().enumerate() {
                                            names.text(&at.to_string(), name);
                                        }
                                    });
                                });
                            });
                        });
                    });
                });
            });
        });
    });
}

/// Writes the document as it is, without these fields.
fn push_without(name: &str, removed: &[&str], parts: &mut Writer) {
    match removed {
        [] => parts.text(name, "$$ROOT"),
        [field, others @ ..] => parts.inner(name, |part| {
            part.inner("$unsetField", |unset| {
                unset.inner("field", |of| of.text("$literal", field));
                push_without("input", others, unset);
            });
        }),
    }
}

/// Writes the fields of an item besides its key, and what Sluice writes beside them.
fn push_fields(
    target: &Target,
    item: &Item<'_>,
    stamp: &Stamp<'_>,
    was: &str,
    writer: &mut Writer,
) -> Result<(), NoForm> {
    for (name, value) in item.fields.iter() {
        let is_key = target.key.iter().any(|field| field.name == *name);
        if let Some(value) = value.as_ref().filter(|_| !is_key) {
            writer.value(name, value)?;
        }
    }
    push_own(item, stamp, was, writer);
    Ok(())
}

/// Writes what Sluice writes beside the fields.
fn push_own(item: &Item<'_>, stamp: &Stamp<'_>, was: &str, writer: &mut Writer) {
    writer.text("_run", stamp.run.as_str());
    writer.text("_order", stamp.order.as_str());
    writer.text("_hash", &item.hash.to_string());
    writer.text("_was", was);
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
