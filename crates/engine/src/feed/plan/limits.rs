//! `validate.limits`: checks and compiles what the gate accepts.

use super::PlanBuilder;
use crate::decimal::Decimal;
use crate::schema::Field;
use crate::spec::{FeedSpec, FieldType, TotalSpec};

/// What the gate accepts.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Maximum number of rejects.
    pub max_rejects: Option<u64>,
    /// Maximum share of rejected records, in percent.
    pub max_reject_percent: Option<Decimal>,
    /// Minimum number of records.
    pub min_records: Option<u64>,
    /// Control totals.
    pub totals: Vec<Total>,
}

/// A control total.
#[derive(Clone, Debug)]
pub struct Total {
    /// The index of the summed field.
    pub field: usize,
    /// The expected sum.
    pub expected: Expected,
}

/// The expected value of a sum.
#[derive(Clone, Debug)]
pub enum Expected {
    /// This number.
    Value(Decimal),
    /// The number in the cell of the footer at this index.
    FooterCell(usize),
}

impl PlanBuilder<'_> {
    pub(super) fn limits(&mut self, spec: &FeedSpec, fields: &[Field]) -> Limits {
        let limits = &spec.validate.limits;
        let path = "validate.limits.maxRejectPercent";
        let percent = limits.max_reject_percent.as_ref();
        let percent = percent.and_then(|percent| self.take(path, percent.0.trim_end_matches('%').parse::<Decimal>()));
        if percent.as_ref().is_some_and(|percent| *percent < Decimal::from(0) || *percent > Decimal::from(100)) {
            self.problem(path, "is not between 0 and 100");
        }
        let mut totals = Vec::new();
        for (index, total) in limits.totals.iter().enumerate() {
            let path = format!("validate.limits.totals[{index}]");
            let field = self.total_field(&path, &total.field, fields);
            let expected = self.total_expected(&path, total, spec.source.footer.is_some());
            if let (Some(field), Some(expected)) = (field, expected) {
                totals.push(Total { field, expected });
            }
        }
        let (max_rejects, min_records) = (limits.max_rejects, limits.min_records);
        Limits { max_rejects, max_reject_percent: percent, min_records, totals }
    }

    /// The field that is summed.
    fn total_field(&mut self, path: &str, name: &str, fields: &[Field]) -> Option<usize> {
        let path = format!("{path}.field");
        let index = self.field(&path, name)?;
        let field_type = fields.get(index)?.field_type;
        if matches!(field_type, FieldType::Integer | FieldType::Number) {
            return Some(index);
        }
        let of = field_type.as_str();
        self.problem(path, format!("is of the type {of}; only fields of the types integer and number have a sum"));
        None
    }

    /// The expected sum.
    fn total_expected(&mut self, path: &str, total: &TotalSpec, has_footer: bool) -> Option<Expected> {
        match (&total.equals, total.footer_cell) {
            (Some(value), None) => {
                self.take(&format!("{path}.equals"), value.0.parse::<Decimal>()).map(Expected::Value)
            }
            (None, Some(number)) => {
                let path = format!("{path}.footerCell");
                if !has_footer {
                    self.problem(&path, "names a cell of the footer, but the feed has no source.footer");
                }
                let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
                if index.is_none() {
                    self.problem(path, "is 0, but cells are counted from 1");
                }
                index.map(Expected::FooterCell)
            }
            (Some(_), Some(_)) => {
                self.problem(path, "has both equals and footerCell; a total is compared with one of them");
                None
            }
            (None, None) => {
                self.problem(path, "has neither equals nor footerCell; one of them says what the sum must be");
                None
            }
        }
    }
}
