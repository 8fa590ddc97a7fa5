//! `source.labels`: how labels are found, and how unexpected columns are treated.

use super::PlanBuilder;
use crate::spec::{ColumnPolicy, FeedSpec, FieldType, FieldsMatch, LabelMatch, LabelsSpec, SchemaSpec};

/// How labels are found, and how unexpected columns are treated.
#[derive(Clone, Debug)]
pub struct Labels {
    /// When a label counts as the name of a column.
    pub matching: LabelMatch,
    /// The policy for a column that no field reads.
    pub extra: ColumnPolicy,
    /// The policy for a column that a field reads and the file lacks.
    pub missing: ColumnPolicy,
    /// The policy for a second column of the same name.
    pub duplicate: ColumnPolicy,
    /// The policy for columns in another order.
    pub reordered: ColumnPolicy,
    /// The index of the field that receives the kept columns.
    pub keep_in: Option<usize>,
    /// Whether at least one field must find its column, even if all others may be missing.
    pub any: bool,
}

impl PlanBuilder<'_> {
    pub(super) fn labels(&mut self, spec: &FeedSpec, schema: &SchemaSpec) -> Labels {
        let labels = &spec.source.labels;
        let path = "source.labels";
        for (key, policy) in [("missing", labels.missing), ("reordered", labels.reordered)] {
            if policy == ColumnPolicy::Keep {
                self.problem(
                    format!("{path}.{key}"),
                    "cannot be keep, because there is nothing to keep; only extra and duplicate can",
                );
            }
        }
        let keeps = [labels.extra, labels.duplicate].contains(&ColumnPolicy::Keep);
        if keeps && labels.keep_in.is_none() {
            self.problem(
                format!("{path}.keepIn"),
                "is missing; it names the field of the type object that receives the kept columns",
            );
        }
        let keep_in =
            labels.keep_in.as_ref().and_then(|name| self.keep_in(&format!("{path}.keepIn"), name, spec, schema));
        if labels.keep_in.is_some() && !keeps {
            self.problem(format!("{path}.keepIn"), "names a field, but neither extra nor duplicate is keep");
        }
        // The feed's own settings win over those of a schema from elsewhere.
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
            let message = format!(
                "{name:?} is of the type {}; kept columns need a field of the type object",
                field_type.as_str()
            );
            self.problem(path, message);
        }
        if spec.restructure.contains_key(name) {
            self.problem(path, format!("{name:?} is already made by restructure"));
        }
        Some(index)
    }
}
