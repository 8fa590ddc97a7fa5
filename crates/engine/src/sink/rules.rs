//! The rules of a sink, which say what it can hold.

use std::fmt::Debug;

use super::attribute::{Attribute, InvalidValue, is_nested};
use super::item::path;
use crate::schema::Field;
use crate::spec::{Empty, FieldType};
use crate::{Code, Problem, Stage};

/// What a sink can hold. An implementation has no state: everything that differs between feeds is an argument.
///
/// The first methods are about the feed, and are called when it is compiled. The others are about a record.
pub trait SinkRules: Debug + Send + Sync {
    /// The key of `import` that names a target of this sink, such as `table`.
    fn target(&self) -> &'static str;

    /// What the author of a feed must know of the effect; `None` if it is exactly once.
    fn effect(&self) -> Option<&'static str> {
        None
    }

    /// The limits of a target.
    fn limits(&self) -> &'static Limits;

    /// Why a target cannot have this name; `None` if it can.
    fn refuse_name(&self, name: &str) -> Option<String>;

    /// Why a record cannot have a field with this name; `None` if it can.
    fn refuse_field(&self, _name: &str) -> Option<String> {
        None
    }

    /// Whether the sink has types of its own for whole numbers and for dates. Otherwise these are numbers and texts.
    fn has_many_types(&self) -> bool {
        false
    }

    /// Whether a field of this type can be part of a key.
    fn may_be_key(&self, field_type: FieldType) -> bool;

    /// Why the sink cannot hold a number exactly; `None` if it can.
    fn refuse_number(&self, number: &str) -> Option<String>;

    /// Why the sink cannot hold a value that is neither a number nor nested; `None` if it can.
    fn refuse_text(&self, _field_type: FieldType, _text: &str) -> Option<String> {
        None
    }

    /// Why an object inside a nested value cannot have a member with this name; `None` if it can.
    fn refuse_member(&self, _name: &str) -> Option<String> {
        None
    }

    /// The size of each record of a feed without the values of its fields, in bytes.
    fn overhead(&self, shape: Shape<'_>) -> usize;

    /// The size of a value that is a text, in bytes.
    fn text_size(&self, text: &str) -> usize {
        text.len()
    }

    /// The size of any value, in bytes.
    fn size(&self, value: &Attribute<'_>) -> usize;

    /// Whether the sink surely can hold a record of canonical texts, none of which is nested or a number of more than 18
    /// digits. If this is not sure, [`SinkRules::check`] decides. `bytes` is at least the length of all texts and
    /// [`SinkRules::overhead`]. `text` returns the text of each field.
    fn surely_holds<'t>(&self, shape: Shape<'_>, bytes: usize, text: &dyn Fn(usize) -> &'t str) -> bool {
        let Limits { record_bytes, key_bytes, .. } = self.limits();
        let mut key = shape.key.iter().zip(*key_bytes);
        bytes <= *record_bytes && key.all(|(index, limit)| text(*index).len() <= *limit)
    }

    /// Reports which parts of a valid record the sink cannot hold. `text` returns the canonical text of each field, and
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
        for (at, field) in shape.content() {
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
                other => {
                    size += self.text_size(text);
                    self.refuse_text(other, text)
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
            let [one, many] = limits.record;
            let message = format!("makes {one} of {size} bytes, but the {target} holds {many} of up to {limit}");
            problems.push(Problem::new(Stage::Validate, limits.too_large, message));
        }
    }
}

/// Whether a text surely is a number in plain notation with at most so many digits.
pub(super) fn is_short_number(text: &str, most: usize) -> bool {
    let bytes = text.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut points, mut others) = (0, 0);
    for byte in digits {
        points += usize::from(*byte == b'.');
        others += usize::from(!byte.is_ascii_digit() && *byte != b'.');
    }
    others == 0 && points <= 1 && (points + 1..=most).contains(&digits.len())
}

/// The limits of a target of a sink.
#[derive(Debug)]
pub struct Limits {
    /// Maximum depth of a record. Its attributes are the first level.
    pub levels: usize,
    /// Maximum size of a record, in bytes.
    pub record_bytes: usize,
    /// What a record becomes, such as an item: one, and many.
    pub record: [&'static str; 2],
    /// The code of a record that is too large.
    pub too_large: Code,
    /// Maximum length of each field of a key, in bytes. A key has at least one field, and at most as many as this list.
    pub key_bytes: &'static [usize],
    /// Maximum length of the name of a field of a key, in bytes.
    pub key_name_bytes: usize,
}

/// The shape of the records of a feed: their fields, and the key.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The fields, in the order of the schema.
    pub fields: &'a [Field],
    /// The indices of the fields of the key, in the order of the key.
    pub key: &'a [usize],
    /// The indices of the fields that are written, in ascending order; `None` if all are.
    pub content: Option<&'a [usize]>,
    /// What a field without a value means for an item that exists.
    pub empty: Empty,
}

impl<'a> Shape<'a> {
    /// The fields that are written, with their indices.
    pub fn content(self) -> impl Iterator<Item = (usize, &'a Field)> {
        self.fields.iter().enumerate().filter(move |(at, _)| self.writes(*at))
    }

    /// Whether the field with this index is written.
    #[must_use]
    pub fn writes(self, field: usize) -> bool {
        self.content.is_none_or(|content| content.binary_search(&field).is_ok())
    }
}
