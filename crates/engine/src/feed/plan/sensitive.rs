//! `sensitive: true`: which fields are never shown, and what is told of them instead.

use std::collections::HashSet;

use super::Check;
use crate::mask::Masks;
use crate::spec::{ConstraintsSpec, FeedSpec, FieldSpec, MappingSpec, SchemaSpec};

impl Check<'_> {
    /// A field is sensitive where it is declared so, and where it is made from a column that a
    /// sensitive field is made from: the cell is the same. Told as a note.
    pub(super) fn masks(&mut self, spec: &FeedSpec, schema: &SchemaSpec) -> Masks {
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
            let shared = columns_of(field, mapping).into_iter().any(|column| columns.contains(&column));
            // What an expression reads is not known before it is run, but it has to name its columns.
            let expression = mapping.value.as_deref().unwrap_or_default().to_lowercase();
            let read = columns.iter().any(|column| expression.contains(column));
            if (shared || read) && !field.sensitive {
                sensitive[index] = true;
                let message =
                    "is taken for sensitive as well: it is made from a column that a sensitive field is made from";
                self.note(format!("schema.fields[{index}].sensitive"), message);
            }
        }
        let expected = |(field, sensitive): (&FieldSpec, bool)| sensitive.then(|| expectation(field));
        Masks::new(schema.fields.iter().zip(sensitive).map(expected).collect())
    }
}

/// The columns that a field is made from, as far as they are named. In lower case, for a feed may
/// ignore the case of labels.
fn columns_of(field: &FieldSpec, mapping: &MappingSpec) -> Vec<String> {
    let from = mapping.from.iter().flat_map(|from| &from.0);
    let join = mapping.join.iter().flat_map(|join| &join.columns);
    let named: Vec<String> = from.chain(join).map(|column| column.to_lowercase()).collect();
    if named.is_empty() && mapping.value.is_none() { vec![field.name.to_lowercase()] } else { named }
}

/// The type and the constraints of a field as its feed has them.
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
