//! Where the columns that a feed reads are not in the header: is the file written another way, or does it begin elsewhere?
//!
//! Other delimiters and other first lines are tried on the first bytes of the file. What is suggested was tried: with it, the
//! columns are there.

use super::check;
use crate::dialect::Dialect;
use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::record::{Position, Reader};
use crate::{Code, Problem, Stage};

/// How many bytes of a file are looked at: 64 KiB.
pub const HEAD_BYTES: u64 = 64 * 1024;

/// Up to which line labels are looked for.
const LINES: u64 = 30;

/// Delimiters that files have.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A way to read the first lines of a file.
struct Way {
    delimiter: u8,
    /// The line on which the labels stand.
    line: u64,
    /// How many columns that the feed reads are missing then.
    missing: usize,
    /// The header as it stands in the file.
    header: Vec<u8>,
}

/// What to change in the feed, so that the columns which it reads are found; `None` where no such change is known. `head` is
/// the start of the text of the file, `problems` what was wrong with its header.
#[must_use]
pub fn advise(plan: &FeedPlan, text: SourceText, head: &[u8], problems: &[Problem]) -> Option<Problem> {
    let missing = count(problems);
    if missing == 0 || plan.source.columns.is_some() {
        return None;
    }
    let ways = (0..LINES).flat_map(|skip| delimiters(plan.dialect).map(move |delimiter| (delimiter, skip)));
    let ways = ways.filter_map(|(delimiter, skip)| Way::of(plan, text, head, delimiter, skip));
    // Of those that find as much, the first: the lines in their order, the feed's own delimiter before others.
    let best = ways.min_by_key(|way| way.missing)?;
    if best.missing * 2 > missing {
        return None;
    }
    let message = best.told(plan, missing, sep_line(head));
    Some(Problem::new(Stage::Split, Code::DialectError, message))
}

fn count(problems: &[Problem]) -> usize {
    problems.iter().filter(|problem| problem.code == Code::MissingLabel).count()
}

/// Delimiters to be tried: the feed's own first.
fn delimiters(dialect: Dialect) -> impl Iterator<Item = u8> {
    let special = [dialect.quote, dialect.escape, dialect.comment];
    let others =
        DELIMITERS.into_iter().filter(move |byte| *byte != dialect.delimiter && !special.contains(&Some(*byte)));
    std::iter::once(dialect.delimiter).chain(others)
}

impl Way {
    fn of(plan: &FeedPlan, text: SourceText, head: &[u8], delimiter: u8, skip: u64) -> Option<Self> {
        let dialect = Dialect { delimiter, ..plan.dialect };
        let mut reader = Reader::new(dialect, Position::START).skip_lines(skip);
        reader.push(head);
        reader.end();
        let record = reader.next_record().ok()??;
        let labels: Vec<_> = record.iter().map(|label| text.show(label)).collect();
        let labels: Vec<&str> = labels.iter().map(AsRef::as_ref).collect();
        let missing = count(&check(plan, &labels).problems);
        Some(Self { delimiter, line: record.position.line, missing, header: record.raw.to_vec() })
    }

    fn told(&self, plan: &FeedPlan, missing: usize, sep_line: bool) -> String {
        let (skip, skipped) = (self.line - 1, plan.source.skip_lines);
        let mut told = vec![match missing {
            1 => "a column that the feed reads is not in the header".to_owned(),
            _ => format!("{missing} columns that the feed reads are not in the header"),
        }];
        if skip != skipped {
            let was = if skipped > 0 { format!(" (it is {skipped})") } else { String::new() };
            let why = if sep_line && skip == 1 {
                "line 1 is the sep= line of a spreadsheet, and the labels stand on line 2".to_owned()
            } else {
                format!("the labels stand on line {}", self.line)
            };
            told.push(format!("{why}: set source.skipLines: {skip}{was}"));
        }
        if self.delimiter != plan.dialect.delimiter {
            let number = |of: u8| memchr::memchr_iter(of, &self.header).count();
            let named = |of: u8| format!("{:?}", char::from(of).to_string());
            let has = match number(plan.dialect.delimiter) {
                0 => format!("no {}", named(plan.dialect.delimiter)),
                some => format!("{some} of {}", named(plan.dialect.delimiter)),
            };
            let (count, delimiter) = (number(self.delimiter), named(self.delimiter));
            told.push(format!(
                "the line of the labels has {has} but {count} of {delimiter}: set source.delimiter: {delimiter}"
            ));
        }
        if self.missing > 0 {
            let is = if self.missing == 1 { "column is" } else { "columns are" };
            told.push(format!("{} {is} missing then", self.missing));
        }
        told.join("; ")
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
        FeedPlan::from_yaml(&yaml).map_err(|problems| format!("{problems:?}")).unwrap()
    }

    fn told(source: &str, file: &str) -> Option<String> {
        let plan = plan(source);
        let mut reader = Reader::new(plan.dialect, Position::START).skip_lines(plan.source.skip_lines);
        reader.push(file.as_bytes());
        reader.end();
        let labels: Vec<_> = reader.next_record().unwrap().unwrap().iter().map(<[u8]>::to_vec).collect();
        let problems = check(&plan, &labels).problems;
        advise(&plan, SourceText::UTF_8, file.as_bytes(), &problems).map(|found| found.message)
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
                Some(format!(
                    "{three}; the line of the labels has no \",\" but 2 of \";\": set source.delimiter: \";\""
                )),
            ),
            (
                "delimiter: ';'",
                &format!("\u{feff}sep=;\r\n{semicolons}"),
                Some(format!(
                    "{three}; line 1 is the sep= line of a spreadsheet, and the labels stand on line 2: set source.skipLines: 1"
                )),
            ),
            (
                "",
                &format!("sep=;\n{semicolons}"),
                Some(format!(
                    "{three}; line 1 is the sep= line of a spreadsheet, and the labels stand on line 2: set \
                     source.skipLines: 1; the line of the labels has no \",\" but 2 of \";\": set source.delimiter: \";\""
                )),
            ),
            (
                "",
                "Stock list\n\"Branch\",7\n\n\nMade by,me\n\nid,name,price\n1,a,2\n",
                Some(format!("{three}; the labels stand on line 7: set source.skipLines: 6")),
            ),
            (
                "skipLines: 2",
                "id,name,price\n1,a,2\n2,b,3\n",
                Some(format!("{three}; the labels stand on line 1: set source.skipLines: 0 (it is 2)")),
            ),
            (
                "delimiter: ';'",
                "id\tname\tcost\n",
                Some(format!(
                    "{three}; the line of the labels has no \";\" but 2 of \"\\t\": set source.delimiter: \"\\t\"; 1 column is \
                     missing then"
                )),
            ),
        ] {
            assert_eq!(told(source, file), expected, "{file}");
        }
    }
}
