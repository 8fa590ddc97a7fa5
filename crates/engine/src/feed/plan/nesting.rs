//! Dotted names: fields of nested records.

use super::PlanBuilder;
use crate::sink::path as item_path;
use crate::spec::SchemaSpec;

impl PlanBuilder<'_> {
    /// Checks that dotted names form a tree: `price` cannot have a value of its own and contain
    /// `price.amount`.
    pub(super) fn nesting(&mut self, schema: &SchemaSpec) {
        for (index, field) in schema.fields.iter().enumerate() {
            let path = format!("schema.fields[{index}].name");
            let name = &field.name;
            let below = format!("{name}.");
            if let Some(inner) = schema.fields.iter().find(|other| other.name.starts_with(&below)) {
                let message = format!("{name:?} cannot have a value of its own and hold {:?}", inner.name);
                self.problem(&path, message);
            }
            let levels = item_path(name).len();
            let (target, most) = (self.sink.target(), self.sink.limits().levels);
            if levels > most {
                self.problem(&path, format!("leads through {levels} records; a {target} holds up to {most}"));
            }
        }
    }
}
