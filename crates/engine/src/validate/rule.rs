//! What a rule is.

use crate::schema::{Field, Value};
use crate::{Code, Problem};

/// A business rule: looks at one record, and knows nothing else.
pub trait Rule: Send + Sync {
    /// The code under which it reports; stable.
    fn code(&self) -> Code;

    /// Reports everything by which a record breaks it.
    fn check(&self, record: &TargetRecord<'_>, problems: &mut Vec<Problem>);
}

/// A target record as rules see it.
pub struct TargetRecord<'a> {
    /// The fields of the schema.
    pub fields: &'a [Field],
    /// The value of each; `None` where there is none, or one that is not of its type.
    pub values: &'a [Option<Value<'a>>],
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
}
