//! The rule `reference`.
//!
//! # What it checks
//! The value of a field is a key of another table: an item is there when the record is checked. A table with a sort key
//! has keys of two fields; a record without a value in one of them names no key and passes.
//!
//! # Why
//! An order for a product that does not exist can be written, and breaks whoever reads it. Often the product is only
//! late: so the code is retryable, and records that are rejected with it alone are tried again.
//!
//! # Example
//! ```yaml
//! - reference: {field: sku, table: products, key: id}
//! ```
//! rejects a record whose `sku` is not the `id` of any item of `products`.
//!
//! # How to fix
//! Import what is missing into the other table, or correct the value.
//!
//! # How it is checked
//! Only who can look into the table knows: so this is no [`Rule`](super::Rule), which knows one record. It says which
//! keys to look for, and whoever has the answer has the problem made here.

use std::borrow::Cow;

use crate::Severity;
use crate::hash::hash;
use crate::mask::{Masks, mask};
use crate::schema::{Field, is_blank};
use crate::sink;
use crate::{Code, Problem, Stage};

/// A key that must be in another table.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The other table, as a feed names it.
    pub table: String,
    /// Its key: the partition key, and where it has one, the sort key.
    pub key: Vec<ReferencedKey>,
    /// What becomes of a record that breaks the rule.
    pub severity: Severity,
}

/// A field of the key of the other table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferencedKey {
    /// The field that names it, by its index.
    pub field: usize,
    /// What it is called in the other table.
    pub name: String,
    /// Whether it is a number; a text otherwise.
    pub number: bool,
}

impl Reference {
    /// A reference to a table.
    #[must_use]
    pub fn new(table: &str, key: Vec<ReferencedKey>, severity: Severity) -> Self {
        Self { table: table.to_owned(), key, severity }
    }

    /// A hash of the key that a record names, whose canonical texts are given by the index of the field; `None` where it names
    /// none. Equal keys have equal hashes.
    #[must_use]
    pub fn hash<'t>(&self, text: impl Fn(usize) -> &'t str) -> Option<u128> {
        let texts = || self.key.iter().map(|key| text(key.field));
        texts().all(|text| !is_blank(text)).then(|| hash(texts()))
    }

    /// The key that a record is going to name when it is judged, told from texts as restructuring left them: the canonical
    /// text of each part. `None` where it names none, or something that is not of the field's type.
    #[must_use]
    pub fn ahead<'t>(&self, fields: &[Field], text: impl Fn(usize) -> &'t str) -> Option<Vec<Cow<'t, str>>> {
        let part = |key: &ReferencedKey| {
            let (field, text) = (fields.get(key.field)?, text(key.field));
            if field.is_missing(text) || is_blank(text) {
                return None;
            }
            let value = field.read(text)?;
            Some(if field.surely_canonical(text) {
                Cow::Borrowed(text)
            } else {
                Cow::Owned(value.canonical().into_owned())
            })
        };
        self.key.iter().map(part).collect()
    }

    /// The hash of a key that is in a list: as [`Reference::hash`].
    #[must_use]
    pub fn hash_of<T: AsRef<str>>(key: &[T]) -> u128 {
        hash(key.iter().map(AsRef::as_ref))
    }

    /// Whether a table could have such a key at all: one that is too long, or a number that cannot be stored, is in none.
    #[must_use]
    pub fn may_exist<T: AsRef<str>>(&self, key: &[T]) -> bool {
        let mut parts = self.key.iter().zip(key).zip(sink::TABLES.limits().key_bytes);
        parts.all(|((of, text), limit)| {
            let text = text.as_ref();
            text.len() <= *limit && (!of.number || sink::TABLES.refuse_number(text).is_none())
        })
    }

    /// What is told of a record whose key is not there; `text` answers its canonical texts.
    #[must_use]
    pub fn problem<'t>(&self, fields: &[Field], masks: &Masks, text: impl Fn(usize) -> &'t str) -> Problem {
        let part = |key: &ReferencedKey| format!("{} is {:?}", key.name, text(key.field));
        let key = self.key.iter().map(part).collect::<Vec<_>>().join(" and ");
        let message = format!("the table {:?} has no item whose {key}", self.table);
        let mut problem = Problem::new(Stage::Validate, Code::ReferenceMissing, message).severity(self.severity);
        if let Some((first, field)) = self.key.first().and_then(|key| Some((key, fields.get(key.field)?))) {
            problem = problem.field(&field.name).value(text(first.field));
        }
        if self.key.iter().any(|key| masks.is_sensitive(key.field)) {
            mask(&mut problem, None);
        }
        problem
    }
}

#[cfg(test)]
mod tests;
