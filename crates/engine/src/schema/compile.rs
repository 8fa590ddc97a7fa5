//! Compiles a field into a [`Field`].

mod constraints;
mod format;

use super::Field;
use super::quick::Quick;
use crate::spec::FeedProblem;
use crate::spec::{FieldSpec, FieldType, MissingValue};

/// A compiled field and the findings. Paths begin at the field: `constraints.minimum`.
#[derive(Debug)]
pub struct Compiled {
    /// The field; a stand-in if there are problems.
    pub field: Field,
    /// Problems that make the field unusable.
    pub problems: Vec<FeedProblem>,
    /// Settings without effect, which are ignored.
    pub notes: Vec<FeedProblem>,
}

impl Field {
    /// Checks and compiles a field. `missing` are the missing values of its schema, if it declares any.
    #[must_use]
    pub fn compile(spec: &FieldSpec, missing: Option<&[MissingValue]>) -> Compiled {
        let mut compile = Compile { spec, problems: Vec::new(), notes: Vec::new() };
        compile.note_what_has_no_meaning();
        let mut field = Self::new(&spec.name, spec.field_type);
        field.sensitive = spec.sensitive;
        let missing = spec.missing_values.as_deref().or(missing).unwrap_or_default();
        field.missing = missing.iter().map(|missing| missing.value.clone()).filter(|text| !text.is_empty()).collect();
        field.reader = compile.reader();
        field.constraints = compile.constraints(&field);
        field.quick = Quick::of(&field.reader, &field.constraints, &field.missing);
        Compiled { field, problems: compile.problems, notes: compile.notes }
    }
}

/// Collects problems while compiling.
struct Compile<'a> {
    spec: &'a FieldSpec,
    problems: Vec<FeedProblem>,
    notes: Vec<FeedProblem>,
}

impl Compile<'_> {
    fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(FeedProblem::new(path, message));
    }

    /// Keys that belong to other types are harmless in a schema from elsewhere, but probably a slip.
    fn note_what_has_no_meaning(&mut self) {
        use FieldType::{Boolean, Integer, List, Number, String};
        let FieldSpec { true_values, false_values, decimal_char, group_char, .. } = self.spec;
        let FieldSpec { bare_number, delimiter, item_type, categories, categories_ordered, .. } = self.spec;
        let keys: [(&str, bool, &[FieldType]); 9] = [
            ("trueValues", true_values.is_some(), &[Boolean]),
            ("falseValues", false_values.is_some(), &[Boolean]),
            ("decimalChar", decimal_char.is_some(), &[Number]),
            ("groupChar", group_char.is_some(), &[Number, Integer]),
            ("bareNumber", bare_number.is_some(), &[Number, Integer]),
            ("delimiter", delimiter.is_some(), &[List]),
            ("itemType", item_type.is_some(), &[List]),
            ("categories", categories.is_some(), &[String, Integer]),
            ("categoriesOrdered", categories_ordered.is_some(), &[String, Integer]),
        ];
        for (key, given, types) in keys {
            if given && !types.contains(&self.spec.field_type) {
                let message = format!("has no meaning for the type {}", self.spec.field_type.as_str());
                self.notes.push(FeedProblem::new(key, message));
            }
        }
    }
}

#[cfg(test)]
mod tests;
