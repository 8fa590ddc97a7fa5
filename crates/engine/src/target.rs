//! A target record: what restructuring makes of a record, and what rules and expressions see.

use crate::schema::{Field, Value, is_blank};

/// A target record as rules see it.
pub struct TargetRecord<'a> {
    /// The fields of the schema.
    pub fields: &'a [Field],
    /// The value of each; `None` where there is none, or one that is not of its type.
    pub values: &'a [Option<Value<'a>>],
    /// Whether the file has something in the place of each that could not be read: that was told
    /// already, and whether there is a value cannot be said.
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

    /// Whether a field has a value, for which white space alone does not count; `None` where that cannot be said, for what is in its place could
    /// not be read and was told already.
    #[must_use]
    pub fn has_value(&self, field: usize) -> Option<bool> {
        let unreadable = self.unreadable.get(field).copied().unwrap_or_default();
        let blank = |value: &Value<'_>| matches!(value, Value::Text(text) if is_blank(text));
        if unreadable { None } else { Some(self.value(field).is_some_and(|value| !blank(value))) }
    }
}
