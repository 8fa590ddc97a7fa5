//! `source.header`, `headerWithin` and `headerRows`: where the header of a file is.

use std::ops::RangeInclusive;

use super::labels::Labels;
use super::{FeedPlan, PlanBuilder};
use crate::mapping::{Mapping, Source};
use crate::schema::Field;
use crate::spec::{ColumnPolicy, HeaderPlace, SourceSpec};

/// How many records a header may have.
const ROWS: RangeInclusive<u64> = 1..=5;

/// On how many lines a header may be looked for.
const WITHIN: RangeInclusive<u64> = 1..=1000;

/// On how many lines a header is looked for, if the feed does not say.
const DEFAULT_WITHIN: u64 = 20;

/// Where the header of a file is, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderPlan {
    /// The number of records of which it consists, at least 1.
    pub rows: usize,
    /// The number of lines among which it is looked for; `None` if it is the first record.
    pub within: Option<u64>,
}

impl Default for HeaderPlan {
    fn default() -> Self {
        Self { rows: 1, within: None }
    }
}

impl HeaderPlan {
    /// Whether it is the first record of the file, and no other.
    #[must_use]
    pub fn is_first_record(&self) -> bool {
        *self == Self::default()
    }
}

impl FeedPlan {
    /// Whether a file cannot be read without the column of a field, by its index.
    #[must_use]
    pub fn needs_column(&self, field: usize) -> bool {
        let required = self.fields.get(field).is_some_and(|field| field.constraints.required);
        self.mappings.get(field).is_some_and(|mapping| needs_column(&self.labels, field, mapping, required))
    }
}

fn needs_column(labels: &Labels, field: usize, mapping: &Mapping, required: bool) -> bool {
    matches!(mapping.source, Source::Column(_) | Source::First(_))
        && labels.keep_in != Some(field)
        && (labels.missing == ColumnPolicy::RejectFile
            || required && mapping.read("").is_ok_and(|text| text.is_empty()))
}

impl PlanBuilder<'_> {
    pub(super) fn header(&mut self, source: &SourceSpec) -> HeaderPlan {
        let rows = source.header_rows;
        if !ROWS.contains(&rows) {
            let message = format!("is {rows}; expected a number from {} to {}", ROWS.start(), ROWS.end());
            self.problem("source.headerRows", message);
        } else if rows > 1 && source.header == HeaderPlace::None {
            self.problem("source.headerRows", format!("is {rows}, but header: false says that there is no header"));
        }
        let within = source.header_within.unwrap_or(DEFAULT_WITHIN);
        if !WITHIN.contains(&within) {
            let message =
                format!("is {within}; expected a number of lines from {} to {}", WITHIN.start(), WITHIN.end());
            self.problem("source.headerWithin", message);
        } else if source.header_within.is_some() && source.header != HeaderPlace::Find {
            self.problem(
                "source.headerWithin",
                "is only for header: find, which looks for the header on so many lines",
            );
        }
        HeaderPlan {
            rows: usize::try_from(rows).unwrap_or(1).max(1),
            within: (source.header == HeaderPlace::Find).then_some(within),
        }
    }

    /// A header is found by the columns that a file must have, so there must be some.
    pub(super) fn findable(&mut self, header: HeaderPlan, labels: &Labels, mappings: &[Mapping], fields: &[Field]) {
        let needs = |(at, mapping): (usize, &Mapping)| {
            needs_column(labels, at, mapping, fields.get(at).is_some_and(|field| field.constraints.required))
        };
        if header.within.is_some() && !labels.any && !mappings.iter().enumerate().any(needs) {
            let message = "is find, but no column must be there, so every record could be the header; make a field required \
                           that is read from a column, or write labels.missing: reject_file";
            self.problem("source.header", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(source: &str, name: &str) -> Result<HeaderPlan, Vec<String>> {
        let yaml = format!(
            "{{version: 1, name: a, source: {{{source}}}, restructure: {{{name}}}, schema: {{fields: [{{name: id, constraints: \
             {{required: true}}}}, {{name: name}}]}}, import: {{table: a, key: [id]}}}}"
        );
        let plan = FeedPlan::from_yaml(&yaml).map(|plan| plan.source.header);
        plan.map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_header_has_its_place() {
        for (source, rows, within) in [
            ("", 1, None),
            ("header: true", 1, None),
            ("headerRows: 2", 2, None),
            ("header: find", 1, Some(20)),
            ("header: find, headerWithin: 1000, headerRows: 5, skipLines: 3", 5, Some(1000)),
        ] {
            assert_eq!(plan(source, ""), Ok(HeaderPlan { rows, within }), "{source}");
        }
        assert_eq!(plan("header: find, labels: {missing: ignore}", "").map(|plan| plan.within), Ok(Some(20)));
    }

    #[test]
    fn mistakes_are_reported() {
        let nothing = "source.header: is find, but no column must be there, so every record could be the header; make a field \
                       required that is read from a column, or write labels.missing: reject_file";
        for (source, name, expected) in [
            ("header: maybe", "", "source.header: expected true, false or find, found the text \"maybe\""),
            ("headerRows: 0", "", "source.headerRows: is 0; expected a number from 1 to 5"),
            ("headerRows: 6", "", "source.headerRows: is 6; expected a number from 1 to 5"),
            (
                "header: false, columns: [id, name], headerRows: 2",
                "",
                "source.headerRows: is 2, but header: false says that there is no header",
            ),
            (
                "header: find, headerWithin: 1001",
                "",
                "source.headerWithin: is 1001; expected a number of lines from 1 to 1000",
            ),
            (
                "headerWithin: 5",
                "",
                "source.headerWithin: is only for header: find, which looks for the header on so many lines",
            ),
            (
                "header: find, columns: [id]",
                "",
                "source.columns: the header names the columns; set header: false if there is none",
            ),
            ("header: find, labels: {missing: ignore}", "id: {value: 'row[\"x\"]'}", nothing),
            ("header: find", "id: {value: 'row[\"x\"]'}, name: {join: {columns: [a, b]}}", nothing),
        ] {
            let found = plan(source, name).unwrap_err();
            assert!(found.len() == 1 && found[0].ends_with(expected), "{found:?} {expected}");
        }
    }
}
