//! The statement that writes one document, and its key.

use std::collections::BTreeMap;

use mongodb::bson::RawDocument;
use mongodb::bson::raw::RawBsonRef;
use sluice_engine::sink::{Attribute, milliseconds};
use sluice_platform::sink::key::push_key;
use sluice_platform::sink::{Item, ItemField, Target};

use crate::bson::{NoForm, Writer};

/// Appends the statement for an item: an upsert of the document with its `_id`, on the condition that the document is new or has an
/// earlier order. `at` is its index in the command.
///
/// The statement is a pipeline, because only a pipeline can have a condition and change a document at once. The values stand under
/// `$literal`, so that a text such as `$x` stays one.
///
/// # Errors
/// With the reason if the collection cannot hold the item.
pub(crate) fn push(target: &Target, item: &Item<'_>, at: usize, writer: &mut Writer) -> Result<(), String> {
    let is_key = |name: &str| target.key.iter().any(|field| field.name == name);
    let others = || item.fields.iter().filter(|(name, _)| !is_key(name));
    let mut written = Ok(());
    let mut note = |result: Result<(), NoForm>| {
        if written.is_ok() {
            written = result;
        }
    };
    writer.inner(&at.to_string(), |statement| {
        statement.inner("q", |query| note(push_id("_id", target, item, query)));
        statement.list("u", |stages| {
            let mut stage = 0;
            if others().any(|(_, value)| value.is_none()) {
                stages.inner("0", |first| {
                    first.inner("$set", |set| {
                        for (name, _) in others().filter(|(_, value)| value.is_none()) {
                            set.inner(name, |removed| {
                                removed.list("$cond", |choice| {
                                    is_newer("0", choice);
                                    choice.text("1", "$$REMOVE");
                                    choice.text("2", &format!("${name}"));
                                });
                            });
                        }
                    });
                });
                stage = 1;
            }
            stages.inner(if stage == 0 { "0" } else { "1" }, |last| {
                last.inner("$replaceWith", |replaced| {
                    replaced.list("$cond", |choice| {
                        is_newer("0", choice);
                        choice.inner("1", |merged| {
                            merged.list("$mergeObjects", |parts| {
                                parts.text("0", "$$ROOT");
                                parts.inner("1", |part| {
                                    part.inner("$literal", |fields| {
                                        for (name, value) in others() {
                                            if let Some(value) = value {
                                                note(fields.value(name, value));
                                            }
                                        }
                                        fields.text("_hash", &item.hash.to_string());
                                    });
                                });
                                parts.inner("2", own_fields);
                            });
                        });
                        choice.text("2", "$$ROOT");
                    });
                });
            });
        });
        statement.bool("upsert", true);
    });
    written.map_err(|error| error.to_string())
}

/// Whether the run's order is later than that of the document. A document that Sluice did not write has none, and counts as earlier.
fn is_newer(name: &str, writer: &mut Writer) {
    writer.inner(name, |condition| {
        condition.list("$lt", |sides| {
            sides.inner("0", |order| {
                order.list("$ifNull", |values| {
                    values.text("0", "$_order");
                    values.text("1", "");
                });
            });
            sides.text("1", "$$order");
        });
    });
}

/// What Sluice writes beside the fields, but for the hash.
fn own_fields(writer: &mut Writer) {
    writer.text("_run", "$$run");
    writer.text("_order", "$$order");
    writer.inner("_was", |was| {
        was.list("$ifNull", |values| {
            values.text("0", "$_hash");
            values.text("1", "");
        });
    });
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
