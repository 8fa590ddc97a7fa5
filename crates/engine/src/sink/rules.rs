//! What a sink can hold: the rules that each sink has.

use std::fmt::Debug;

use super::attribute::{Attribute, InvalidValue, is_nested};
use super::item::path;
use crate::schema::Field;
use crate::spec::FieldType;
use crate::{Code, Problem, Stage};

/// What a sink can hold. Without state: everything that differs between feeds is an argument.
///
/// The first methods are about the feed and are asked when it is compiled. The others are about a record.
pub trait SinkRules: Debug + Send + Sync {
    /// What a feed calls a target of this sink: the key of `import` that names it.
    fn target(&self) -> &'static str;

    /// How much a target holds.
    fn limits(&self) -> &'static Limits;

    /// Why a target cannot have this name; `None` where it can.
    fn refuse_name(&self, name: &str) -> Option<String>;

    /// Whether a field of this type can be part of a key.
    fn may_be_key(&self, field_type: FieldType) -> bool;

    /// Why the sink cannot hold a number exactly; `None` where it can.
    fn refuse_number(&self, number: &str) -> Option<String>;

    /// What each record of a feed takes beside the values of its fields, in bytes.
    fn overhead(&self, shape: Shape<'_>) -> usize;

    /// What a value takes, in bytes.
    fn size(&self, value: &Attribute) -> usize;

    /// Whether the sink surely holds a record of canonical texts, none of which is nested or a number of more than 18
    /// digits. Where it is not sure, [`SinkRules::check`] decides. `overhead` is [`SinkRules::overhead`].
    fn surely_holds(&self, shape: Shape<'_>, overhead: usize, texts: &[&str]) -> bool {
        let Limits { record_bytes, key_bytes, .. } = self.limits();
        let mut key = shape.key.iter().zip(*key_bytes);
        overhead + texts.iter().map(|text| text.len()).sum::<usize>() <= *record_bytes
            && key.all(|(index, limit)| texts.get(*index).is_some_and(|text| text.len() <= *limit))
    }

    /// Reports what the sink cannot hold of a valid record. `text` answers the canonical text of each field, and
    /// `overhead` is [`SinkRules::overhead`].
    fn check<'t>(
        &self,
        shape: Shape<'_>,
        overhead: usize,
        text: &dyn Fn(usize) -> &'t str,
        problems: &mut Vec<Problem>,
    ) {
        let (target, limits) = (self.target(), self.limits());
        let mut size = overhead;
        for (at, field) in shape.fields.iter().enumerate() {
            let text = text(at);
            if text.is_empty() {
                continue;
            }
            let refused = match field.field_type {
                FieldType::Integer | FieldType::Number => {
                    size += text.len();
                    self.refuse_number(text)
                }
                nested if is_nested(nested) => {
                    let levels = limits.levels.saturating_sub(path(&field.name).len() - 1);
                    match Attribute::nested(self, nested, text, levels) {
                        Ok(value) => {
                            size += self.size(&value);
                            None
                        }
                        Err(InvalidValue::Depth) => {
                            let levels = limits.levels;
                            Some(format!("is nested too deeply: the {target} holds up to {levels} levels"))
                        }
                        Err(why) => Some(why.to_string()),
                    }
                }
                _ => {
                    size += text.len();
                    None
                }
            };
            if let Some(message) = refused {
                problems.push(Problem::new(Stage::Validate, Code::SinkRefused, message).field(&field.name).value(text));
            }
        }
        for (index, limit) in shape.key.iter().zip(limits.key_bytes) {
            let length = text(*index).len();
            if length > *limit {
                let message = format!("has {length} bytes, but the {target} holds keys of up to {limit}");
                let name = shape.fields.get(*index).map_or("", |field| &field.name);
                problems.push(Problem::new(Stage::Validate, Code::SinkRefused, message).field(name));
            }
        }
        let limit = limits.record_bytes;
        if size > limit {
            let message = format!("makes an item of {size} bytes, but the {target} holds items of up to {limit}");
            problems.push(Problem::new(Stage::Validate, Code::ItemTooLarge, message));
        }
    }
}

/// How much a target of a sink holds.
#[derive(Debug)]
pub struct Limits {
    /// Most attributes of a record beside its key; the fields of one nested record are one attribute.
    pub attributes: usize,
    /// Deepest nesting of a record: its attributes are the first level.
    pub levels: usize,
    /// Largest record, in bytes.
    pub record_bytes: usize,
    /// Longest text of each field of a key, in bytes. A key has at least one field, and at most as many as this list.
    pub key_bytes: &'static [usize],
    /// Longest name of a field of a key, in bytes.
    pub key_name_bytes: usize,
}

/// The records of a feed: their fields, and which of them are the key, in the order of the key.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The fields, in the order of the schema.
    pub fields: &'a [Field],
    /// The fields of the key, by their index.
    pub key: &'a [usize],
}
