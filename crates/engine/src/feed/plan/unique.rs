//! `constraints.unique`, `schema.primaryKey` and `schema.uniqueKeys`: which fields together no two
//! records of a file may have the same.

use super::Check;
use crate::Code;
use crate::feed::spec::{OneOrMany, SchemaSpec};
use crate::unique::UniqueSet;

/// Most sets of a feed: an entry of the hashes counts them in two bytes, of which the last two
/// values are not sets (`sluice_contract::key_entry`).
const MAX_SETS: usize = 65_000;

impl Check<'_> {
    /// A field of the primary key is required: Table Schema takes being a part of it for that.
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
            // Told once, under the stronger code: the primary key comes first.
            Some(_) => self.note(path, "says of the same fields what is said before; it is checked once"),
            None => sets.push(UniqueSet { fields, code }),
        }
    }
}
