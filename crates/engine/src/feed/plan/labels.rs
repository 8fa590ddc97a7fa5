//! `source.labels`: how labels are found, and what becomes of columns that are not as expected.

use super::Check;
use crate::spec::{ColumnPolicy, FeedSpec, FieldType, FieldsMatch, LabelMatch, LabelsSpec, SchemaSpec};

/// How labels are found, and what becomes of columns that are not as expected.
#[derive(Clone, Debug)]
pub struct Labels {
    /// What makes a label the name of a column.
    pub matching: LabelMatch,
    /// A column that no field reads.
    pub extra: ColumnPolicy,
    /// A column that a field reads and the file does not have.
    pub missing: ColumnPolicy,
    /// A second column of one name.
    pub duplicate: ColumnPolicy,
    /// Columns in another order.
    pub reordered: ColumnPolicy,
    /// The field that takes what is kept, by its index.
    pub keep_in: Option<usize>,
    /// Whether at least one field must find its column, whatever else is missing.
    pub any: bool,
}

impl Check<'_> {
    pub(super) fn labels(&mut self, spec: &FeedSpec, schema: &SchemaSpec) -> Labels {
        let labels = &spec.source.labels;
        let path = "source.labels";
        for (key, policy) in [("missing", labels.missing), ("reordered", labels.reordered)] {
            if policy == ColumnPolicy::Keep {
                self.problem(
                    format!("{path}.{key}"),
                    "is keep, which goes with extra and duplicate: there is nothing to keep",
                );
            }
        }
        let keeps = [labels.extra, labels.duplicate].contains(&ColumnPolicy::Keep);
        if keeps && labels.keep_in.is_none() {
            self.problem(
                format!("{path}.keepIn"),
                "is missing: it names the field, of the type object, that takes what is kept",
            );
        }
        let keep_in =
            labels.keep_in.as_ref().and_then(|name| self.keep_in(&format!("{path}.keepIn"), name, spec, schema));
        if labels.keep_in.is_some() && !keeps {
            self.problem(format!("{path}.keepIn"), "names a field, but neither extra nor duplicate is keep");
        }
        // What the feed says itself goes before what a schema from elsewhere says.
        let said = *labels != LabelsSpec::default();
        let matching = schema.fields_match.filter(|_| !said);
        let policy = |reject: bool| if reject { ColumnPolicy::RejectFile } else { ColumnPolicy::Ignore };
        let (extra, missing, reordered) = match matching {
            None => (labels.extra, labels.missing, labels.reordered),
            Some(FieldsMatch::Exact) => (policy(true), policy(true), policy(true)),
            Some(FieldsMatch::Equal) => (policy(true), policy(true), policy(false)),
            Some(FieldsMatch::Subset) => (policy(false), policy(true), policy(false)),
            Some(FieldsMatch::Superset) => (policy(true), policy(false), policy(false)),
            Some(FieldsMatch::Partial) => (policy(false), policy(false), policy(false)),
        };
        Labels {
            matching: labels.r#match,
            extra,
            missing,
            duplicate: labels.duplicate,
            reordered,
            keep_in,
            any: matching == Some(FieldsMatch::Partial),
        }
    }

    fn keep_in(&mut self, path: &str, name: &str, spec: &FeedSpec, schema: &SchemaSpec) -> Option<usize> {
        let index = self.field(path, name)?;
        let field_type = schema.fields[index].field_type;
        if field_type != FieldType::Object {
            let message = format!("{name:?} is of the type {}; what is kept needs an object", field_type.as_str());
            self.problem(path, message);
        }
        if spec.restructure.contains_key(name) {
            self.problem(path, format!("{name:?} is made by restructure already"));
        }
        Some(index)
    }
}
