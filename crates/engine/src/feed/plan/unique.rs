//! `constraints.unique`, `schema.primaryKey` and `schema.uniqueKeys`: the sets of fields that must be unique
//! within a file.

use super::PlanBuilder;
use crate::Code;
use crate::hash::hash;
use crate::schema::is_blank;
use crate::spec::{OneOrMany, SchemaSpec};

/// Fields whose combined values must be unique within a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueSet {
    /// The indices of the fields: at least one.
    pub fields: Vec<usize>,
    /// The code under which later records with the same values are rejected.
    pub code: Code,
}

impl UniqueSet {
    /// A hash of a record's values; equal values have equal hashes. `None` if one of the fields is empty or
    /// white space: such a record is not compared, as in SQL.
    #[must_use]
    pub fn hash<T: AsRef<str>>(&self, texts: &[T]) -> Option<u128> {
        self.hash_by(|field| texts.get(field).map_or("", AsRef::as_ref))
    }

    /// The same, with a function that returns each text by index.
    #[must_use]
    pub fn hash_by<'a>(&self, text: impl Fn(usize) -> &'a str) -> Option<u128> {
        let values = || self.fields.iter().map(|field| text(*field));
        values().all(|value| !is_blank(value)).then(|| hash(values()))
    }
}

/// Maximum number of sets of a feed. An entry of the hashes numbers them in two bytes, of which the last two
/// values are reserved (`sluice_contract::key_entry`).
const MAX_SETS: usize = 65_000;

impl PlanBuilder<'_> {
    /// Makes the fields of the primary key required, as Table Schema demands.
    pub(super) fn require_primary_key(schema: &mut SchemaSpec) {
        let Some(OneOrMany(key)) = &schema.primary_key else { return };
        for field in schema.fields.iter_mut().filter(|field| key.contains(&field.name)) {
            field.constraints.required = true;
        }
    }

    pub(super) fn unique(&mut self, schema: &SchemaSpec) -> Vec<UniqueSet> {
        let mut sets = Vec::new();
        if let Some(OneOrMany(key)) = &schema.primary_key {
            self.unique_set("schema.primaryKey", key, Code::PrimaryKey, &mut sets);
        }
        for (index, field) in schema.fields.iter().enumerate().filter(|(_, field)| field.constraints.unique) {
            let path = format!("schema.fields[{index}].constraints.unique");
            self.unique_set(&path, std::slice::from_ref(&field.name), Code::UniqueError, &mut sets);
        }
        for (index, key) in schema.unique_keys.iter().flatten().enumerate() {
            self.unique_set(&format!("schema.uniqueKeys[{index}]"), key, Code::UniqueError, &mut sets);
        }
        if sets.len() > MAX_SETS {
            self.problem(
                "schema.uniqueKeys",
                format!("are {} sets of fields; a feed has up to {MAX_SETS}", sets.len()),
            );
        }
        sets
    }

    fn unique_set(&mut self, path: &str, names: &[String], code: Code, sets: &mut Vec<UniqueSet>) {
        if names.is_empty() {
            self.problem(path, "is empty; it names at least one field");
            return;
        }
        let mut fields = Vec::new();
        for name in names {
            let Some(field) = self.field(path, name) else { continue };
            if fields.contains(&field) {
                self.problem(path, format!("names {name:?} twice"));
            }
            fields.push(field);
        }
        let same = |set: &&UniqueSet| set.fields.len() == fields.len() && fields.iter().all(|f| set.fields.contains(f));
        match sets.iter().find(same) {
            // Reported once, under the stronger code: the primary key comes first.
            Some(_) => self.note(path, "repeats an earlier set of fields; it is checked once"),
            None => sets.push(UniqueSet { fields, code }),
        }
    }
}
