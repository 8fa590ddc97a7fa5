//! Suggests another delimiter, another first line, another number of header lines or another format if the columns that a feed reads are not in the
//! header.
//!
//! Each suggestion was tried on the first bytes of the file: the columns were found, or the first line is JSON.

use super::{check, join};
use crate::dialect::{Delimiter, Dialect};
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::json::walk;
use crate::record::{Position, Reader};
use crate::workbook::rows_above;
use crate::{Code, Problem, Stage};

/// How much of the start of a file is needed, in bytes: 64 KiB.
pub const HEAD_BYTES: u64 = 64 * 1024;

/// The last line on which labels are searched.
const LINES: u64 = 30;

/// The numbers of records that a header may have.
const ROWS: [usize; 3] = [1, 2, 3];

/// Common delimiters.
const DELIMITERS: [Delimiter; 4] =
    [Delimiter::byte(b','), Delimiter::byte(b';'), Delimiter::byte(b'\t'), Delimiter::byte(b'|')];

/// A candidate: how the first lines of a file could be read.
struct Candidate {
    delimiter: Delimiter,
    /// The line on which the labels begin.
    line: u64,
    /// The number of records that hold them.
    rows: usize,
    /// The number of columns of the feed that this candidate does not find.
    missing: usize,
    /// The raw header.
    header: Vec<u8>,
}

/// Returns what to change in the feed so that its columns are found; `None` if no change helps. `head` is the
/// start of the file's text, `problems` are those of its header.
#[must_use]
pub fn advise(plan: &FeedPlan, text: SourceText, head: &[u8], problems: &[Problem]) -> Option<Problem> {
    let missing = count(problems);
    if missing == 0 || plan.source.columns.is_some() {
        return None;
    }
    if is_json(head) {
        let message = "the file is JSON, and the feed reads CSV: set source.format to jsonl (a record on each line) or json (an \
                       array), and name its members by pointers, such as /id; or ask for the data as CSV";
        return Some(Problem::new(Stage::Split, Code::DialectError, message));
    }
    let own = plan.source.header.rows;
    // The labels of a sheet are in one row.
    let others = ROWS.into_iter().filter(|rows| *rows != own && plan.workbook.is_none());
    let rows = std::iter::once(own).chain(others);
    let ways = rows.flat_map(|rows| (0..LINES).map(move |skip| (rows, skip)));
    let ways = ways.flat_map(|way| delimiters(plan).map(move |delimiter| (way, delimiter)));
    let candidates =
        ways.filter_map(|((rows, skip), delimiter)| Candidate::of(plan, text, head, delimiter, skip, rows));
    // Among equals the first wins: the feed's own number of records comes first, then lines in their order, and the feed's own
    // delimiter before others.
    let best = candidates.min_by_key(|candidate| candidate.missing)?;
    if best.missing * 2 > missing {
        return None;
    }
    let message = best.message(plan, head, missing, sep_line(head));
    Some(Problem::new(Stage::Split, Code::DialectError, message))
}

/// Whether a file begins with an object or an array of JSON, as far as its first line goes.
fn is_json(head: &[u8]) -> bool {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head).trim_ascii_start();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    matches!(line, [b'{' | b'[', ..]) && walk(line, |_| true)
}

fn count(problems: &[Problem]) -> usize {
    problems.iter().filter(|problem| problem.code == Code::MissingLabel).count()
}

/// The delimiters to try: the feed's own first. A sheet has no other.
fn delimiters(plan: &FeedPlan) -> impl Iterator<Item = Delimiter> {
    let (dialect, is_sheet) = (plan.dialect, plan.workbook.is_some());
    let special = [dialect.quote, dialect.escape, dialect.comment];
    let others = DELIMITERS
        .into_iter()
        .filter(move |other| !is_sheet && *other != dialect.delimiter && !special.contains(&other.only()));
    std::iter::once(dialect.delimiter).chain(others)
}

impl Candidate {
    fn of(
        plan: &FeedPlan,
        text: SourceText,
        head: &[u8],
        delimiter: Delimiter,
        skip: u64,
        rows: usize,
    ) -> Option<Self> {
        let dialect = Dialect { delimiter, ..plan.dialect };
        let mut reader = Reader::new(dialect, Position::START).skip_lines(skip);
        reader.push(head);
        reader.end();
        let (mut records, mut line, mut header) = (Vec::new(), None, Vec::new());
        while records.len() < rows {
            let record = reader.next_record().ok()??;
            line.get_or_insert(record.position.line);
            header.extend_from_slice(record.raw);
            records.push(record.iter().map(<[u8]>::to_vec).collect());
        }
        let labels = join(&records, text);
        let labels: Vec<_> = labels.iter().map(|label| text.show(label)).collect();
        let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        let missing = count(&check(plan, &labels).problems);
        Some(Self { delimiter, line: line?, rows, missing, header })
    }

    fn message(&self, plan: &FeedPlan, head: &[u8], missing: usize, sep_line: bool) -> String {
        // Of a sheet, rows are skipped, which may have line breaks.
        let skip = if plan.workbook.is_some() { rows_above(head, self.line - 1) } else { self.line - 1 };
        let skipped = plan.source.skip_lines;
        let mut parts = vec![match missing {
            1 => "a column that the feed reads is not in the header".to_owned(),
            _ => format!("{missing} columns that the feed reads are not in the header"),
        }];
        if plan.source.header.within.is_some_and(|within| self.line <= skipped + within) {
            // The feed looks on this line.
        } else if plan.source.header.within.is_some() && skip >= skipped {
            parts.push(format!(
                "the labels are on line {}: set source.headerWithin: {}",
                self.line,
                self.line - skipped
            ));
        } else if skip != skipped {
            let was = if skipped > 0 { format!(" (it is {skipped})") } else { String::new() };
            let why = if sep_line && skip == 1 {
                "line 1 is the sep= line of a spreadsheet, and the labels are on line 2".to_owned()
            } else {
                format!("the labels are on line {}", self.line)
            };
            parts.push(format!("{why}: set source.skipLines: {skip}{was}"));
        }
        match self.rows {
            rows if rows == plan.source.header.rows => {}
            1 => parts.push("they are in one record: remove source.headerRows".to_owned()),
            rows => parts.push(format!("they are in {rows} records: set source.headerRows: {rows}")),
        }
        if self.delimiter != plan.dialect.delimiter {
            let number = |of: Delimiter| of.count(&self.header);
            let named = |of: Delimiter| format!("{:?}", of.to_string());
            let has = match number(plan.dialect.delimiter) {
                0 => format!("no {}", named(plan.dialect.delimiter)),
                some => format!("{some} of {}", named(plan.dialect.delimiter)),
            };
            let (count, delimiter) = (number(self.delimiter), named(self.delimiter));
            parts.push(format!(
                "the header line has {has} but {count} of {delimiter}: set source.delimiter: {delimiter}"
            ));
        }
        if self.missing > 0 {
            let is = if self.missing == 1 { "column is" } else { "columns are" };
            parts.push(format!("{} {is} still missing then", self.missing));
        }
        parts.join("; ")
    }
}

/// Whether a text begins with a line such as `sep=;`.
fn sep_line(head: &[u8]) -> bool {
    let head = head.strip_prefix("\u{feff}".as_bytes()).unwrap_or(head);
    head.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"sep=")) && matches!(head.get(5), Some(b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(source: &str) -> FeedPlan {
        let yaml = format!(
            "{{version: 1, name: a, source: {{{source}}}, schema: {{fields: [{{name: id, constraints: {{required: true}}}}, \
             {{name: name}}, {{name: price, type: number}}]}}, import: {{table: a, key: [id]}}}}"
        );
        FeedPlan::from_yaml(&yaml).unwrap()
    }

    fn reported(source: &str, file: &str) -> Option<String> {
        let plan = plan(source);
        let mut reader = Reader::new(plan.dialect, Position::START).skip_lines(plan.source.skip_lines);
        reader.push(file.as_bytes());
        reader.end();
        let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
        while rows.len() < plan.source.header.rows {
            rows.push(reader.next_record().unwrap().unwrap().iter().map(<[u8]>::to_vec).collect());
        }
        let labels = join(&rows, SourceText::UTF_8);
        let problems = check(&plan, &labels).problems;
        advise(&plan, SourceText::UTF_8, file.as_bytes(), &problems).map(|found| found.message)
    }

    #[test]
    fn labels_of_several_records_are_suggested() {
        let yaml = "{version: 1, name: a, schema: {fields: [{name: Price Net, constraints: {required: true}}, {name: Price Gross}, \
                    {name: ID}]}, import: {table: a, key: [Price Net]}}";
        let plan = FeedPlan::from_yaml(yaml).unwrap();
        let file = "Prices of today\n,Price,\nID,Net,Gross\n1,2,3\n";
        let problems = check(&plan, &["Prices of today"]).problems;
        let found = advise(&plan, SourceText::UTF_8, file.as_bytes(), &problems).map(|found| found.message);
        let expected = "3 columns that the feed reads are not in the header; the labels are on line 2: set source.skipLines: 1; \
                        they are in 2 records: set source.headerRows: 2";
        assert_eq!(found.as_deref(), Some(expected));
    }

    #[test]
    fn what_is_suggested_was_tried() {
        let three = "3 columns that the feed reads are not in the header";
        let semicolons = "id;name;price\n1;a;2\n";
        for (source, file, expected) in [
            ("", "id,name,price\n", None),
            ("", "ID,Title,Cost\n1,a,2\n", None),
            ("", "id,name,cost\n1,a,2\n", None),
            (
                "",
                semicolons,
                Some(format!("{three}; the header line has no \",\" but 2 of \";\": set source.delimiter: \";\"")),
            ),
            (
                "delimiter: ';'",
                &format!("\u{feff}sep=;\r\n{semicolons}"),
                Some(format!(
                    "{three}; line 1 is the sep= line of a spreadsheet, and the labels are on line 2: set source.skipLines: 1"
                )),
            ),
            (
                "",
                &format!("sep=;\n{semicolons}"),
                Some(format!(
                    "{three}; line 1 is the sep= line of a spreadsheet, and the labels are on line 2: set \
                     source.skipLines: 1; the header line has no \",\" but 2 of \";\": set source.delimiter: \";\""
                )),
            ),
            (
                "",
                "Stock list\n\"Branch\",7\n\n\nMade by,me\n\nid,name,price\n1,a,2\n",
                Some(format!("{three}; the labels are on line 7: set source.skipLines: 6")),
            ),
            (
                "skipLines: 2",
                "id,name,price\n1,a,2\n2,b,3\n",
                Some(format!("{three}; the labels are on line 1: set source.skipLines: 0 (it is 2)")),
            ),
            (
                "",
                "{\"id\":1,\"name\":\"a\"}\n{\"id\":2}\n",
                Some(
                    "the file is JSON, and the feed reads CSV: set source.format to jsonl (a record on each line) or json (an \
                     array), and name its members by pointers, such as /id; or ask for the data as CSV"
                        .to_owned(),
                ),
            ),
            ("", "[id],[name]\n1,a\n", None),
            (
                "headerRows: 2",
                "id,name,price\n1,a,2\n2,b,3\n",
                Some(format!("{three}; they are in one record: remove source.headerRows")),
            ),
            (
                "",
                "i,na,pri\n d,me,ce\n1,a,2\n",
                None,
            ),
            (
                "header: find, headerWithin: 2, skipLines: 1",
                "t\nt\nt\nt\nid,name,price\n1,a,2\n",
                Some(format!("{three}; the labels are on line 5: set source.headerWithin: 4")),
            ),
            (
                "header: find",
                "t\nid;name;price\n1;a;2\n",
                Some(format!("{three}; the header line has no \",\" but 2 of \";\": set source.delimiter: \";\"")),
            ),
            (
                "delimiter: ';'",
                "id\tname\tcost\n",
                Some(format!(
                    "{three}; the header line has no \";\" but 2 of \"\\t\": set source.delimiter: \"\\t\"; 1 column is \
                     still missing then"
                )),
            ),
        ] {
            assert_eq!(reported(source, file), expected, "{file}");
        }
    }
}
