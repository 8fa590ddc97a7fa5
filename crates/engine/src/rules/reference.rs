//! The rule `reference`.
//!
//! # What it checks
//! The value of a field is the key of an item that exists in another table when the record is checked. If
//! that table has a sort key, the key has two fields. A record without a value in one of them passes.
//!
//! # Why
//! An order for a missing product can be written, but breaks its consumers. Often the product is only late,
//! so the code is retryable: records rejected with this code alone are retried.
//!
//! # Example
//! ```yaml
//! - reference: {field: sku, table: products, key: id}
//! ```
//! rejects a record whose `sku` is not the `id` of any item of `products`.
//!
//! # How to fix
//! Import the missing item into the other table, or correct the value.
//!
//! # References to the file itself
//! With `to: self`, the value is the key of another record of the same file, or of an item of the feed's own table. Only the gate
//! knows all records of a file, so it checks these.
//!
//! # How it is checked
//! The check needs access to the other table, so this is not a [`Rule`](super::Rule), which knows one record
//! only. It provides the keys to look up, and the caller with the answers creates the problems here.

use std::borrow::Cow;

use crate::Severity;
use crate::hash::hash;
use crate::mask::{Masks, mask};
use crate::schema::{Field, is_blank};
use crate::sink;
use crate::{Code, Problem, Stage};

/// A key that must exist in another table.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The other table, as a feed names it.
    pub table: String,
    /// Its key: the partition key, and the sort key if it has one.
    pub key: Vec<ReferencedKey>,
    /// What happens to a record that breaks the rule.
    pub severity: Severity,
}

/// A field of the other table's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferencedKey {
    /// The index of the field with the value.
    pub field: usize,
    /// Its name in the other table.
    pub name: String,
    /// Whether it is a number; otherwise it is a text.
    pub number: bool,
}

impl Reference {
    /// Creates a reference to a table.
    #[must_use]
    pub fn new(table: &str, key: Vec<ReferencedKey>, severity: Severity) -> Self {
        Self { table: table.to_owned(), key, severity }
    }

    /// A hash of the key in a record; `None` if the record has no key. `text` returns canonical texts by
    /// field index. It has the properties of [`key_hash`](crate::import::key_hash): equal keys have equal
    /// hashes.
    #[must_use]
    pub fn hash<'t>(&self, text: impl Fn(usize) -> &'t str) -> Option<u128> {
        let texts = || self.key.iter().map(|key| text(key.field));
        texts().all(|text| !is_blank(text)).then(|| hash(texts()))
    }

    /// Predicts a record's key before it is judged, from the texts that restructuring produced: the canonical
    /// text of each part. `None` if the record has no key, or a text that is invalid for the field's type.
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

    /// The hash of a key in a list, equal to [`Reference::hash`].
    #[must_use]
    pub fn hash_of<T: AsRef<str>>(key: &[T]) -> u128 {
        hash(key.iter().map(AsRef::as_ref))
    }

    /// Whether a table could contain this key: a key that is too long, or a number that cannot be stored,
    /// exists in none.
    #[must_use]
    pub fn may_exist<T: AsRef<str>>(&self, key: &[T]) -> bool {
        let mut parts = self.key.iter().zip(key).zip(sink::TABLES.limits().key_bytes);
        parts.all(|((of, text), limit)| {
            let text = text.as_ref();
            text.len() <= *limit && (!of.number || sink::TABLES.refuse_number(text).is_none())
        })
    }

    /// The problem of a record whose key does not exist; `text` returns its canonical texts.
    #[must_use]
    pub fn problem<'t>(&self, fields: &[Field], masks: &Masks, text: impl Fn(usize) -> &'t str) -> Problem {
        self.problem_of(Stage::Validate, "the table", fields, masks, text)
    }

    /// The problem of a record whose key is neither that of another record of the file nor in the feed's own table.
    #[must_use]
    pub fn own_problem<'t>(&self, fields: &[Field], masks: &Masks, text: impl Fn(usize) -> &'t str) -> Problem {
        self.problem_of(Stage::Gate, "neither the file nor the table", fields, masks, text)
    }

    fn problem_of<'t>(
        &self,
        stage: Stage,
        place: &str,
        fields: &[Field],
        masks: &Masks,
        text: impl Fn(usize) -> &'t str,
    ) -> Problem {
        let part = |key: &ReferencedKey| format!("{} is {:?}", key.name, text(key.field));
        let key = self.key.iter().map(part).collect::<Vec<_>>().join(" and ");
        let no = if stage == Stage::Gate { "an" } else { "no" };
        let message = format!("{place} {:?} has {no} item whose {key}", self.table);
        let mut problem = Problem::new(stage, Code::ReferenceMissing, message).severity(self.severity);
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
