//! `sensitive: true`: which fields are never shown, and what messages say instead.

use std::collections::HashSet;

use super::PlanBuilder;
use crate::json::Pointer;
use crate::mapping::Mapping;
use crate::mask::Masks;
use crate::spec::{ConstraintsSpec, FeedSpec, FieldSpec, MappingSpec, SchemaSpec};

impl PlanBuilder<'_> {
    /// A field is sensitive if it is declared so, or if it is made from a column of a sensitive field,
    /// because the cell is the same. The latter adds a note.
    ///
    /// In JSON, it also is if one of its pointers points into what a sensitive field is made from, or around it.
    pub(super) fn masks(&mut self, spec: &FeedSpec, schema: &SchemaSpec, made: &[Mapping]) -> Masks {
        let mut sensitive: Vec<bool> = schema.fields.iter().map(|field| field.sensitive).collect();
        let mappings: Vec<MappingSpec> =
            schema.fields.iter().map(|field| spec.restructure.get(&field.name).cloned().unwrap_or_default()).collect();
        let columns: HashSet<String> = schema
            .fields
            .iter()
            .zip(&mappings)
            .filter(|(field, _)| field.sensitive)
            .flat_map(|(field, mapping)| columns_of(field, mapping))
            .collect();
        for (index, (field, mapping)) in schema.fields.iter().zip(&mappings).enumerate() {
            let own = columns_of(field, mapping);
            let shared = own.iter().any(|own| columns.iter().any(|column| overlaps(own, column)))
                || self.is_json && overlaps_sensitive(schema, made, index);
            // The columns of an expression are unknown until it runs, but it has to name them.
            let expression = mapping.value.as_deref().unwrap_or_default().to_lowercase();
            let read = columns.iter().any(|column| expression.contains(column));
            if (shared || read) && !field.sensitive {
                sensitive[index] = true;
                let message = "is treated as sensitive too, because it is made from a column of a sensitive field";
                self.note(format!("schema.fields[{index}].sensitive"), message);
            }
        }
        let expected = |(field, sensitive): (&FieldSpec, bool)| sensitive.then(|| expectation(field));
        Masks::new(schema.fields.iter().zip(sensitive).map(expected).collect())
    }
}

/// Whether a field of JSON is made from a part of what a sensitive one is made from, or from more than that.
fn overlaps_sensitive(schema: &SchemaSpec, made: &[Mapping], field: usize) -> bool {
    let pointers = |mapping: &Mapping| -> Vec<Pointer> {
        mapping.source.names().iter().filter_map(|name| name.parse().ok()).collect()
    };
    let own = made.get(field).map(pointers).unwrap_or_default();
    let of_sensitive = schema.fields.iter().zip(made).filter(|(field, _)| field.sensitive);
    let mut of_sensitive = of_sensitive.flat_map(|(_, mapping)| pointers(mapping));
    of_sensitive.any(|pointer| own.iter().any(|own| own.overlaps(&pointer)))
}

/// The names of the columns that a field is made from, in lower case, because a feed may ignore the case of
/// labels.
fn columns_of(field: &FieldSpec, mapping: &MappingSpec) -> Vec<String> {
    let from = mapping.from.iter().flat_map(|from| &from.0);
    let join = mapping.join.iter().flat_map(|join| &join.columns);
    let collect = mapping.collect.iter().flat_map(|columns| &columns.0);
    let pairs = mapping.pairs.iter().flat_map(|pairs| [&pairs.names, &pairs.values]);
    let named = from.chain(join).chain(collect).chain(pairs);
    let named: Vec<String> = named.map(|column| column.to_lowercase()).collect();
    if named.is_empty() && mapping.value.is_none() { vec![field.name.to_lowercase()] } else { named }
}

/// Whether two names may be those of the same column. A `*` in one of them stands for any text.
fn overlaps(one: &str, other: &str) -> bool {
    let matches = |pattern: &str, name: &str| {
        let parts =
            pattern.split_once('*').and_then(|(before, behind)| name.strip_prefix(before)?.strip_suffix(behind));
        pattern == name || parts.is_some()
    };
    matches(one, other) || matches(other, one)
}

/// The type and the constraints of a field, as the feed states them.
fn expectation(field: &FieldSpec) -> String {
    let format = field.format.as_ref().map(|format| format!(" ({format})")).unwrap_or_default();
    let mut expected: Vec<String> = Vec::new();
    let of_type = format!("type {}{format}", field.field_type.as_str());
    let constraints = serde_json::to_value::<&ConstraintsSpec>(&field.constraints).unwrap_or_default();
    for (name, value) in constraints.as_object().into_iter().flatten() {
        match value {
            serde_json::Value::Bool(false) => {}
            serde_json::Value::Bool(true) => expected.push(name.clone()),
            other => expected.push(format!("{name} {other}")),
        }
    }
    expected.sort_unstable();
    expected.insert(0, of_type);
    expected.join(", ")
}
