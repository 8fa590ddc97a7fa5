//! `schema`: checks and compiles the fields.

use std::collections::HashSet;

use super::PlanBuilder;
use crate::dates::EPOCHS_ARE_READ;
use crate::schema::{Compiled, Field, Value};
use crate::spec::FeedProblem;
use crate::spec::{FieldSpec, FieldType, Scalar, SchemaSpec};

impl PlanBuilder<'_> {
    pub(super) fn fields(&mut self, schema: &SchemaSpec) -> Vec<Field> {
        if schema.fields.is_empty() {
            self.problem("schema.fields", "is empty; a feed has at least one field");
        }
        let mut seen = HashSet::new();
        let mut fields = Vec::new();
        for (index, field) in schema.fields.iter().enumerate() {
            let path = format!("schema.fields[{index}]");
            if field.name.is_empty() || field.name.starts_with('_') {
                self.problem(
                    format!("{path}.name"),
                    format!("{:?} cannot be a name: it is empty, or begins with _, which Sluice reserves", field.name),
                );
            }
            if let Some(refusal) = self.sink.refuse_field(&field.name) {
                self.problem(format!("{path}.name"), refusal);
            }
            if !seen.insert(&field.name) {
                self.problem(format!("{path}.name"), format!("{:?} is already the name of another field", field.name));
            }
            let hint = epoch_hint(field);
            let Compiled { field, problems, notes } = Field::compile(field, schema.missing_values.as_deref());
            let problems = problems.into_iter().map(|problem| match &hint {
                Some(_) if problem.path == "format" && problem.hint.is_none() => problem.hint(hint.clone()),
                _ => problem,
            });
            let within = |problem: FeedProblem| FeedProblem { path: format!("{path}.{}", problem.path), ..problem };
            self.problems.extend(problems.map(within));
            self.notes.extend(notes.into_iter().map(within));
            fields.push(field);
        }
        fields
    }

    /// Parses a value that a rule gives for a field: in canonical form, or in the field's format.
    pub(super) fn value(&mut self, path: &str, field: &Field, value: &Scalar) -> Option<Value<'static>> {
        let read = field.read_canonical(&value.0).or_else(|| field.read(&value.0).map(Value::into_owned));
        if read.is_none() {
            self.problem(path, format!("{:?} is not of the type {}", value.0, field.field_type.as_str()));
        }
        read
    }

    /// Parses the bounds that the feed gives for a field, from the keys `minimum` and `maximum` at a path.
    pub(super) fn bounds(
        &mut self,
        path: &str,
        field: &Field,
        minimum: Option<&Scalar>,
        maximum: Option<&Scalar>,
    ) -> (Option<Value<'static>>, Option<Value<'static>>) {
        let minimum = minimum.and_then(|value| self.value(&format!("{path}.minimum"), field, value));
        let maximum = maximum.and_then(|value| self.value(&format!("{path}.maximum"), field, value));
        if let (Some(low), Some(high)) = (&minimum, &maximum)
            && low.compare(high).is_some_and(std::cmp::Ordering::is_gt)
        {
            self.problem(format!("{path}.minimum"), "is more than maximum");
        }
        (minimum, maximum)
    }
}

/// Advice for a format that asks for seconds since 1970, because no format of a schema reads them.
fn epoch_hint(field: &FieldSpec) -> Option<String> {
    let is_temporal = matches!(field.field_type, FieldType::Date | FieldType::Time | FieldType::Datetime);
    let asks = field.format.as_ref().is_some_and(|format| is_temporal && format.contains("%s"));
    asks.then(|| format!("`restructure.{}.datetime`: {EPOCHS_ARE_READ}", field.name))
}
