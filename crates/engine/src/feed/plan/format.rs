//! `source.format`: what goes with which format, and how a sheet is found.

use super::PlanBuilder;
use crate::spec::{FeedSpec, HeaderPlace, SourceFormat, SourceSpec};

/// How the records of a workbook are found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkbookPlan {
    /// The name of the sheet. `None` for the first one that is not hidden.
    pub sheet: Option<String>,
}

impl PlanBuilder<'_> {
    /// How a workbook is read; `None` if the files are something else.
    pub(super) fn workbook(&mut self, spec: &FeedSpec) -> Option<WorkbookPlan> {
        let SourceSpec { format, sheet, .. } = &spec.source;
        if *format != SourceFormat::Xlsx {
            if sheet.is_some() {
                let message = format!("is only for format: xlsx, where it names the sheet; the format is {format}");
                self.problem("source.sheet", message);
            }
            return None;
        }
        if sheet.as_ref().is_some_and(|sheet| sheet.trim().is_empty()) {
            self.problem("source.sheet", "is empty; expected the name of a sheet. Without it, the first sheet is read");
        }
        Some(WorkbookPlan { sheet: sheet.clone() })
    }

    /// Reports the keys that say something about another format.
    pub(super) fn only_its_own(&mut self, source: &SourceSpec) {
        let SourceSpec { format, .. } = source;
        let plain = SourceSpec::default();
        // What separates and encodes cells, and what says where they are.
        let of_text = [
            ("delimiter", source.delimiter != plain.delimiter),
            ("quoteChar", source.quote_char != plain.quote_char),
            ("doubleQuote", source.double_quote != plain.double_quote),
            ("quotes", source.quotes != plain.quotes),
            ("escapeChar", source.escape_char != plain.escape_char),
            ("commentChar", source.comment_char != plain.comment_char),
            ("skipInitialSpace", source.skip_initial_space != plain.skip_initial_space),
            ("blankLines", source.blank_lines != plain.blank_lines),
            ("trailingDelimiter", source.trailing_delimiter != plain.trailing_delimiter),
        ];
        let of_rows = [
            ("skipLines", source.skip_lines != plain.skip_lines),
            ("header", source.header != plain.header),
            ("headerWithin", source.header_within != plain.header_within),
            ("headerRows", source.header_rows != plain.header_rows),
            ("columns", source.columns != plain.columns),
            ("omit.repeatedHeader", source.omit.repeated_header != plain.omit.repeated_header),
            ("footer", source.footer != plain.footer),
            ("labels", source.labels != plain.labels),
        ];
        // The rows of a sheet are filled up to the labels, so these must be known before the header is looked for.
        if *format == SourceFormat::Xlsx
            && (source.header == HeaderPlace::Find || source.header_rows != plain.header_rows)
        {
            let key = if source.header == HeaderPlace::Find { "header" } else { "headerRows" };
            let message = "is not possible with format: xlsx; say with skipLines in which row the labels are";
            self.problem(format!("source.{key}"), message);
        }
        let encoding = [("encoding", source.encoding != plain.encoding)];
        let (rows, encoding) = match format {
            SourceFormat::Csv => return,
            SourceFormat::Json | SourceFormat::Jsonl | SourceFormat::Fixed => (&of_rows[..], &[][..]),
            SourceFormat::Xlsx => (&[][..], &encoding[..]),
        };
        // Lines of fixed width may have these.
        let of_lines = if *format == SourceFormat::Fixed { &["skipLines", "footer", "labels"][..] } else { &[] };
        let given = of_text.iter().chain(rows).chain(encoding).filter(|(key, given)| *given && !of_lines.contains(key));
        for (key, _) in given {
            let message = match *key {
                "encoding" => format!("describes text and has no meaning with format: {format}; remove it"),
                _ => format!("describes CSV and has no meaning with format: {format}; remove it"),
            };
            self.problem(format!("source.{key}"), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::FeedPlan;
    use crate::spec::FeedProblem;

    fn compile(source: &str) -> Result<FeedPlan, Vec<String>> {
        let yaml = format!(
            "version: 1\nname: a\nsource: {{{source}}}\nschema: {{fields: [{{name: id, constraints: {{required: true}}}}]}}\n\
             import: {{table: a, key: [id]}}\n"
        );
        FeedPlan::from_yaml(&yaml).map_err(|problems| problems.iter().map(FeedProblem::located).collect())
    }

    #[test]
    fn a_feed_reads_a_sheet() {
        for (source, sheet) in [("format: xlsx", None), ("format: xlsx, sheet: Stock 1", Some("Stock 1"))] {
            let plan = compile(source).unwrap();
            assert_eq!(plan.workbook.map(|workbook| workbook.sheet), Some(sheet.map(str::to_owned)));
            assert!(plan.json.is_none());
        }
        assert!(compile("").unwrap().workbook.is_none());
        let plan = compile(
            "format: xlsx, skipLines: 2, header: false, columns: [id], footer: {marker: END}, labels: {extra: reject_file}, \
             omit: {repeatedHeader: false}, sameContent: skip, maxExpansion: 200",
        );
        assert_eq!(plan.map(|plan| (plan.source.skip_lines, plan.max_expansion)).unwrap(), (2, 200));
    }

    /// A key that says what holds anyway is no error, but its author should know.
    #[test]
    fn a_key_of_text_without_an_effect_is_noted() {
        let plan = compile("format: xlsx, delimiter: ',', encoding: utf-8, skipLines: 0").unwrap();
        let notes: Vec<String> = plan.notes.iter().map(FeedProblem::located).collect();
        let expected = [
            "line 3, column 24: source.delimiter: describes CSV, and has no effect with format: xlsx",
            "line 3, column 40: source.encoding: describes text, and has no effect with format: xlsx",
        ];
        assert_eq!(notes, expected);
    }

    #[test]
    fn what_does_not_go_with_a_workbook_is_reported() {
        for (source, expected) in [
            (
                "format: xlsx, delimiter: ';'",
                "line 3, column 35: source.delimiter: describes CSV and has no meaning with format: xlsx; remove it",
            ),
            (
                "format: xlsx, blankLines: keep",
                "line 3, column 36: source.blankLines: describes CSV and has no meaning with format: xlsx; remove it",
            ),
            (
                "format: xlsx, encoding: latin1",
                "line 3, column 34: source.encoding: describes text and has no meaning with format: xlsx; remove it",
            ),
            (
                "format: xlsx, records: /a",
                "line 3, column 33: source.records: is only for format: json, where it points to the array of records; the \
                 format is xlsx",
            ),
            (
                "sheet: Stock",
                "line 3, column 17: source.sheet: is only for format: xlsx, where it names the sheet; the format is csv",
            ),
            (
                "format: jsonl, sheet: Stock",
                "line 3, column 32: source.sheet: is only for format: xlsx, where it names the sheet; the format is jsonl",
            ),
            (
                "format: xlsx, sheet: ' '",
                "line 3, column 31: source.sheet: is empty; expected the name of a sheet. Without it, the first sheet is read",
            ),
            (
                "format: xlsx, headerRows: 2",
                "line 3, column 36: source.headerRows: is not possible with format: xlsx; say with skipLines in which row the labels \
                 are",
            ),
            (
                "format: xlsx, header: find",
                "line 3, column 32: source.header: is not possible with format: xlsx; say with skipLines in which row the labels are",
            ),
            ("format: xls", "line 3, column 18: source.format: \"xls\" is not allowed here; did you mean \"xlsx\"?"),
        ] {
            assert_eq!(compile(source).err().unwrap_or_default(), [expected], "{source}");
        }
    }
}
