//! A target record: the result of restructuring, as rules and expressions see it.

use crate::schema::{Field, Value, is_blank};

/// A target record as rules see it.
pub struct TargetRecord<'a> {
    /// The fields of the schema.
    pub fields: &'a [Field],
    /// The value of each field; `None` if there is none, or if its text is invalid.
    pub values: &'a [Option<Value<'a>>],
    /// For each field, whether the file has an unreadable text in its place, which was already reported. It
    /// is then unknown whether there is a value.
    pub unreadable: &'a [bool],
}

impl TargetRecord<'_> {
    /// The value of a field by its index.
    #[must_use]
    pub fn value(&self, field: usize) -> Option<&Value<'_>> {
        self.values.get(field).and_then(Option::as_ref)
    }

    /// The name of a field by its index.
    #[must_use]
    pub fn name(&self, field: usize) -> &str {
        self.fields.get(field).map_or("", |field| field.name.as_str())
    }

    /// Whether a field has a value other than white space; `None` if its text was unreadable, which was
    /// already reported.
    #[must_use]
    pub fn has_value(&self, field: usize) -> Option<bool> {
        let unreadable = self.unreadable.get(field).copied().unwrap_or_default();
        let blank = |value: &Value<'_>| matches!(value, Value::Text(text) if is_blank(text));
        if unreadable { None } else { Some(self.value(field).is_some_and(|value| !blank(value))) }
    }
}
