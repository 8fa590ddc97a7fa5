//! `source.fixed`: checks and compiles the columns of fixed width.

use std::collections::HashSet;
use std::sync::Arc;

use super::PlanBuilder;
use crate::fixed::{FixedColumn, FixedLayout};
use crate::spec::{FeedProblem, FixedColumnSpec, FixedSpec, ShortLines, SourceFormat, SourceSpec};

/// The last position that a column may have: more than the characters of any record.
const LAST: u64 = 1 << 30;

impl SourceSpec {
    /// The columns of fixed width; `None` if the files have none.
    ///
    /// # Errors
    /// Every problem, each with its key.
    pub fn fixed_layout(&self) -> Result<Option<FixedLayout>, Vec<FeedProblem>> {
        let problem = |key: &str, message: String| Err(vec![FeedProblem::new(key, message)]);
        match (self.format, &self.fixed) {
            (SourceFormat::Fixed, Some(fixed)) => fixed.layout().map(Some),
            (SourceFormat::Fixed, None) => {
                problem("fixed", "is missing; expected the columns of the file, as its format is fixed".into())
            }
            (format, Some(_)) => problem("fixed", format!("is only for format: fixed; the format is {format}")),
            (_, None) => Ok(None),
        }
    }
}

impl FixedSpec {
    fn layout(&self) -> Result<FixedLayout, Vec<FeedProblem>> {
        let mut problems = Vec::new();
        if self.columns.is_empty() {
            problems.push(FeedProblem::new("fixed.columns", "is empty; expected at least one column"));
        }
        let mut columns: Vec<FixedColumn> = Vec::new();
        let mut seen = HashSet::new();
        for (at, column) in self.columns.iter().enumerate() {
            let path = format!("fixed.columns[{at}]");
            let label = column.label.trim();
            if label.is_empty() {
                problems.push(FeedProblem::new(format!("{path}.label"), "has no name"));
            } else if !seen.insert(label) {
                problems.push(FeedProblem::new(format!("{path}.label"), format!("{label:?} occurs twice")));
            }
            let before = columns.last().map_or(0, |before| before.end.unwrap_or(before.start));
            let is_last = at + 1 == self.columns.len();
            let (start, end) = column.position(before, is_last).unwrap_or_else(|(key, message)| {
                problems.push(FeedProblem::new(format!("{path}{key}"), message));
                (before, Some(before))
            });
            columns.push(FixedColumn { label: label.to_owned(), start, end });
        }
        let layout = FixedLayout { columns, fills: self.short_lines == ShortLines::Fill };
        if problems.is_empty() { Ok(layout) } else { Err(problems) }
    }
}

impl FixedColumnSpec {
    /// The number of characters before a column, and up to its end. `before` is the end of the column before it. An error has the end of
    /// its path.
    fn position(&self, before: usize, is_last: bool) -> Result<(usize, Option<usize>), (&'static str, String)> {
        let number = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
        for (key, value) in [(".start", self.start), (".width", self.width), (".end", self.end)] {
            if let Some(value) = value.filter(|value| !(1..=LAST).contains(value)) {
                return Err((key, format!("is {value}; expected a number from 1 to {LAST}")));
            }
        }
        let start = self.start.map_or(before, |start| number(start) - 1);
        if start < before {
            let message = format!(
                "is {}, but the column before it ends with character {before}; columns stand from left to right and do not \
                 overlap",
                start + 1
            );
            return Err((".start", message));
        }
        let end = match (self.width, self.end) {
            (Some(_), Some(_)) => return Err(("", "has width and end; expected one of them".into())),
            (Some(width), None) => Some(start + number(width)),
            (None, Some(end)) => Some(number(end)),
            (None, None) if is_last => None,
            (None, None) => {
                let message = "has neither width nor end; only the last column can go to the end of the line";
                return Err(("", message.into()));
            }
        };
        match end.filter(|end| *end <= start) {
            Some(end) => Err((".end", format!("is {end}, but the column begins with character {}", start + 1))),
            None => Ok((start, end)),
        }
    }
}

impl PlanBuilder<'_> {
    /// The columns of fixed width; `None` if the files have none.
    pub(super) fn fixed(&mut self, source: &SourceSpec) -> Option<Arc<FixedLayout>> {
        match source.fixed_layout() {
            Ok(layout) => layout.map(Arc::new),
            Err(problems) => {
                for FeedProblem { path, message, .. } in problems {
                    self.problem(format!("source.{path}"), message);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dialect::Dialect;
    use crate::feed::FeedPlan;

    fn plan(source: &str) -> Result<FeedPlan, Vec<String>> {
        let yaml = format!(
            "{{version: 1, name: a, source: {{{source}}}, schema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}, \
             import: {{table: a, key: [id]}}}}"
        );
        FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn widths_and_positions_are_places() {
        for (columns, fills, expected) in [
            ("columns: [{label: id, width: 8}]", false, "id 0..8"),
            ("columns: [{label: id, width: 8}, {label: ' b ', width: 2}], shortLines: fill", true, "id 0..8, b 8..10"),
            ("columns: [{label: id, start: 1, end: 10}, {label: b, start: 21, width: 5}]", false, "id 0..10, b 20..25"),
            ("columns: [{label: id, end: 10}, {label: b, end: 11}, {label: c}]", false, "id 0..10, b 10..11, c 11.."),
            ("columns: [{label: id, width: 3}, {label: c, start: 9}]", false, "id 0..3, c 8.."),
        ] {
            let plan =
                plan(&format!("format: fixed, fixed: {{{columns}}}, skipLines: 1, footer: {{marker: END}}")).unwrap();
            let fixed = plan.source.fixed.as_ref().unwrap();
            let end = |end: Option<usize>| end.map(|end| end.to_string()).unwrap_or_default();
            let shown =
                fixed.columns.iter().map(|column| format!("{} {}..{}", column.label, column.start, end(column.end)));
            assert_eq!((shown.collect::<Vec<_>>().join(", ").as_str(), fixed.fills), (expected, fills));
            assert_eq!((plan.dialect, plan.source.skip_lines), (Dialect::LINES, 1));
            assert_eq!(plan.source.columns, Some(fixed.labels()));
            assert!(plan.source.footer.is_some() && plan.json.is_none());
        }
    }

    #[test]
    fn mistakes_are_reported() {
        let of_csv =
            |key: &str| format!("source.{key}: describes CSV and has no meaning with format: fixed; remove it");
        let id = "fixed: {columns: [{label: id, width: 8}]}";
        for (source, expected) in [
            (
                "format: fixed".to_owned(),
                vec!["source.fixed: is missing; expected the columns of the file, as its format is fixed".to_owned()],
            ),
            (id.to_owned(), vec!["source.fixed: is only for format: fixed; the format is csv".to_owned()]),
            (
                "format: fixed, fixed: {columns: []}".to_owned(),
                vec!["source.fixed.columns: is empty; expected at least one column".to_owned()],
            ),
            (
                "format: fixed, fixed: {columns: [{label: id}, {label: id, width: 2, end: 3}, {label: ' ', start: 0, width: 1}]}"
                    .to_owned(),
                vec![
                    "source.fixed.columns[0]: has neither width nor end; only the last column can go to the end of the line"
                        .to_owned(),
                    "source.fixed.columns[1]: has width and end; expected one of them".to_owned(),
                    "source.fixed.columns[1].label: \"id\" occurs twice".to_owned(),
                    "source.fixed.columns[2].label: has no name".to_owned(),
                    "source.fixed.columns[2].start: is 0; expected a number from 1 to 1073741824".to_owned(),
                ],
            ),
            (
                "format: fixed, fixed: {columns: [{label: id, width: 8}, {label: b, start: 8, end: 9}, {label: c, start: 12, \
                 end: 11}]}"
                    .to_owned(),
                vec![
                    "source.fixed.columns[1].start: is 8, but the column before it ends with character 8; columns stand from \
                     left to right and do not overlap"
                        .to_owned(),
                    "source.fixed.columns[2].end: is 11, but the column begins with character 12".to_owned(),
                ],
            ),
            (
                format!("format: fixed, {id}, delimiter: ';', header: false, columns: [id], omit: {{repeatedHeader: false}}"),
                vec![of_csv("delimiter"), of_csv("header"), of_csv("columns"), of_csv("omit.repeatedHeader")],
            ),
            (
                format!("format: fixed, {id}, records: /a"),
                vec![
                    "source.records: is only for format: json, where it points to the array of records; the format is fixed"
                        .to_owned(),
                ],
            ),
        ] {
            assert_eq!(plan(&source).err().unwrap_or_default(), expected, "{source}");
        }
        let noted = plan(&format!("format: fixed, {id}, header: true")).unwrap().notes;
        assert!(noted[0].to_string().contains("set skipLines: 1"), "{noted:?}");
    }
}
