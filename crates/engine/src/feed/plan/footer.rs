//! `source.footer`: checks and compiles what the last records of a file must be.

use super::PlanBuilder;
use crate::expression::Expression;
use crate::spec::{FooterSpec, SourceSpec};

/// The length of the end of a file in which a footer may be, in bytes: 64 KiB.
pub const FOOTER_BYTES: u64 = 64 * 1024;

/// The number of last records among which a footer begins, unless the feed says it.
const WITHIN: usize = 10;

/// Maximum number of last records among which a footer begins.
const MAX_WITHIN: usize = 1000;

/// What the last records of a file must be.
#[derive(Clone, Debug, PartialEq)]
pub struct FooterPlan {
    /// The content of the first cell of its first record.
    pub marker: Option<String>,
    /// What is true for its first record.
    pub(crate) when: Option<Expression>,
    /// The number of last records with content among which it begins.
    pub within: usize,
    /// The index of the cell with the number of records.
    pub count_cell: Option<usize>,
}

impl PlanBuilder<'_> {
    pub(super) fn footer(&mut self, source: &SourceSpec) -> Option<FooterPlan> {
        let FooterSpec { marker, when, within, count_cell } = source.footer.as_ref()?;
        let marker = marker.as_ref().map(|marker| marker.0.trim().to_owned());
        match &marker {
            None if when.is_none() && count_cell.is_none() => {
                let message =
                    "needs a marker, a when or a countCell: nothing else distinguishes a footer from a record";
                self.problem("source.footer", message);
            }
            Some(marker) if marker.is_empty() => self.problem("source.footer.marker", "is empty"),
            Some(marker)
                if source.comment_char.as_ref().is_some_and(|comment| marker.starts_with(comment.as_str())) =>
            {
                let message = format!("{marker:?} begins with the commentChar: such a line is a comment, not a record");
                self.problem("source.footer.marker", message);
            }
            Some(_) if *count_cell == Some(1) => {
                self.problem("source.footer.countCell", "is 1, but the first cell holds the marker");
            }
            _ => {}
        }
        let is_found = marker.is_some() || when.is_some();
        let within = within.map_or(if is_found { WITHIN } else { 1 }, |within| within as usize);
        if !is_found && within > 1 {
            let message = "has no effect without a marker or a when: the footer is then the last record";
            self.problem("source.footer.within", message);
        } else if !(1..=MAX_WITHIN).contains(&within) {
            self.problem("source.footer.within", format!("is {within}; expected 1 to {MAX_WITHIN} records"));
        }
        let count_cell = count_cell.map(|number| {
            if number == 0 {
                self.problem("source.footer.countCell", "is 0, but cells are numbered from 1");
            }
            number.saturating_sub(1) as usize
        });
        let when = when.as_ref().and_then(|when| self.over_columns("source.footer.when", when));
        Some(FooterPlan { marker, when, within, count_cell })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::FeedPlan;

    fn plan(source: &str) -> Result<Option<FooterPlan>, Vec<String>> {
        let feed = format!(
            "version: 1\nname: orders\nsource: {source}\n\
             schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\nimport: {{table: orders, key: [id]}}\n"
        );
        let problems = |problems: Vec<_>| problems.iter().map(ToString::to_string).collect();
        FeedPlan::from_yaml(&feed).map(|plan| plan.source.footer).map_err(problems)
    }

    #[test]
    fn every_key_has_its_place() {
        let found =
            plan("{footer: {marker: 99, when: 'row[\"a\"] == \"\"', within: 20, countCell: 3}}").unwrap().unwrap();
        assert_eq!((found.marker.as_deref(), found.within, found.count_cell), (Some("99"), 20, Some(2)));
        assert_eq!(found.when, Expression::over_columns("row['a'] == ''").ok());
        let within = |footer: &str| plan(&format!("{{footer: {footer}}}")).unwrap().unwrap().within;
        assert_eq!((within("{marker: END}"), within("{when: 'true'}"), within("{countCell: 2}")), (10, 10, 1));
    }

    #[test]
    fn contradictions_are_reported() {
        for (source, expected) in [
            (
                "{footer: {}}",
                &["source.footer: needs a marker, a when or a countCell: nothing else distinguishes a footer from a \
                   record"][..],
            ),
            (
                "{footer: {marker: ' ', countCell: 0, within: 1001}}",
                &[
                    "source.footer.marker: is empty",
                    "source.footer.countCell: is 0, but cells are numbered from 1",
                    "source.footer.within: is 1001; expected 1 to 1000 records",
                ],
            ),
            (
                "{footer: {marker: T, countCell: 1, within: 0}}",
                &[
                    "source.footer.countCell: is 1, but the first cell holds the marker",
                    "source.footer.within: is 0; expected 1 to 1000 records",
                ],
            ),
            (
                "{footer: {countCell: 2, within: 5}}",
                &["source.footer.within: has no effect without a marker or a when: the footer is then the last record"],
            ),
            (
                "{footer: {when: 'record.id'}}",
                &["source.footer.when: \"record\" is not a variable here; a column is row[\"record\"]"],
            ),
            (
                "{commentChar: '#', footer: {marker: '#end'}}",
                &["source.footer.marker: \"#end\" begins with the commentChar: such a line is a comment, not a record"],
            ),
            (
                "{trailer: {marker: END}}",
                &["source.trailer: is not a key of the feed language; did you mean \"footer\"?"],
            ),
        ] {
            assert_eq!(plan(source).err().unwrap_or_default(), expected, "{source}");
        }
    }
}
