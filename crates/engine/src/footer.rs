//! The footer: the last records of a file, which are not data and may state what the file should contain.
//!
//! It is looked for among the last records that have content, in at most the last [`FOOTER_BYTES`](crate::feed::FOOTER_BYTES) of the file. It
//! begins with the last record that matches, or with those directly before it that match too, and goes to the end
//! of the file. A match before that is an ordinary record, so that a footer never takes more of the data than it must.

use std::borrow::Cow;

use crate::dialect::Dialect;
use crate::encoding::SourceText;
use crate::expression::{Column, Columns};
use crate::feed::{FeedPlan, FooterPlan};
use crate::fixed::FixedLayout;
use crate::header;
use crate::record::Position;
use crate::scan::{FilePlan, TailRecord};
use crate::{Code, Problem, RunContext, Stage};

/// The footer of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Footer {
    /// Where its first record begins.
    pub position: Position,
    /// The texts of the cells of that record, to which counts and control totals refer.
    pub cells: Vec<String>,
    /// The number of its records.
    pub records: u64,
}

/// Takes the footer of a file off its data. `Err` says that the file lacks the footer that the feed describes;
/// without a description, there is none.
///
/// # Errors
/// The problem of a file whose last records are no footer. Its data stays as it is.
pub fn take(
    feed: &FeedPlan,
    file: &mut FilePlan,
    text: SourceText,
    run: &RunContext,
) -> Result<Option<Footer>, Box<Problem>> {
    let Some(plan) = &feed.source.footer else { return Ok(None) };
    if let Some(fixed) = &feed.source.fixed {
        // A footer is often shorter than the records, so its line is read as if spaces followed.
        let fixed = FixedLayout { fills: true, ..(**fixed).clone() };
        for record in &mut file.tail {
            // The line as it was, because nothing but the delimiter separates its cells.
            let line = record.cells.join(Dialect::LINES.delimiter.as_bytes());
            record.cells = fixed.cells(text, &line).into_iter().map(|cell| line[cell].to_vec()).collect();
        }
    }
    let labels: Vec<Cow<'_, str>> = match &feed.source.columns {
        Some(columns) => columns.iter().map(Cow::from).collect(),
        None => file.labels.iter().flatten().map(|label| text.show(label)).collect(),
    };
    let rows = file.tail.iter().enumerate().rev().map(|(at, record)| (at, Row { feed, labels: &labels, text, record }));
    // Spreadsheets leave rows without content behind.
    let last: Vec<_> = rows.filter(|(_, row)| row.has_content()).take(plan.within).collect();
    let behind = last.iter().take_while(|(_, row)| !row.is_footer(plan, run)).count();
    let matches = last.iter().skip(behind).take_while(|(_, row)| row.is_footer(plan, run));
    let Some(at) = matches.map(|(at, _)| *at).last() else {
        let records: Vec<_> = last.iter().map(|(_, row)| row.record).collect();
        return Err(Box::new(missing(plan, text, &records)));
    };
    let taken = file.end_before(at);
    Ok(taken.first().map(|first| Footer {
        position: first.position,
        cells: first.cells.iter().map(|cell| text.show(cell).into_owned()).collect(),
        records: taken.len() as u64,
    }))
}

/// A record at the end of a file, with the labels of its cells.
struct Row<'a> {
    feed: &'a FeedPlan,
    labels: &'a [Cow<'a, str>],
    text: SourceText,
    record: &'a TailRecord,
}

impl Row<'_> {
    fn has_content(&self) -> bool {
        self.record.cells.iter().any(|cell| !self.text.show(cell).trim().is_empty())
    }

    fn is_footer(&self, plan: &FooterPlan, run: &RunContext) -> bool {
        let first = || self.record.cells.first().map(|cell| self.text.show(cell));
        let is_marked = |marker: &String| first().is_some_and(|cell| cell.trim() == marker.trim());
        // What cannot be decided is no match. Then the footer is missing, and the file is not imported.
        plan.marker.as_ref().is_none_or(is_marked)
            && plan.when.as_ref().is_none_or(|when| when.holds(self, run) == Ok(true))
    }
}

impl Columns for Row<'_> {
    fn column(&self, label: &str) -> Option<Column<'_>> {
        let matching = self.feed.labels.matching;
        let at = self.labels.iter().position(|other| header::same(matching, other, label))?;
        let Some(cell) = self.record.cells.get(at) else { return Some(Column::Absent) };
        Some(self.text.decode(cell).map_or(Column::Undecodable, Column::Text))
    }
}

/// The problem of a file without the footer. `last` are its last records, the last one first.
fn missing(plan: &FooterPlan, text: SourceText, last: &[&TailRecord]) -> Problem {
    let problem = |message: String| Problem::new(Stage::Split, Code::MissingFooter, message);
    let expected = plan.expected();
    let ([last, ..], Some(first)) = (last, last.last()) else {
        return problem(format!("the file ends without a footer; expected {expected}"));
    };
    let begins = last.cells.first().map(|cell| text.show(cell).trim().to_owned()).unwrap_or_default();
    let (from, line) = (first.position.line, last.position.line);
    let which = if from == line {
        format!("the last record (line {line}) is no footer")
    } else {
        format!("none of the last records (lines {from} to {line}) is a footer")
    };
    let message = format!(
        "{which}, so the end of the file may be lost: it ends with a record that begins with {begins:?}; expected {expected}"
    );
    problem(message).value(&begins)
}

impl Footer {
    /// Checks the count in the footer of a file with this number of records before it. A smaller count may be
    /// right, because omitted records do not count and only the gate knows them: see [`Footer::check_count`].
    #[must_use]
    pub fn check(&self, plan: &FooterPlan, records: u64) -> Option<Problem> {
        let (index, line) = (plan.count_cell?, self.position.line);
        let number = index + 1;
        let problem = |message: String| Problem::new(Stage::Split, Code::WrongRecordCount, message);
        let Some(count) = self.cells.get(index).map(|cell| cell.trim()) else {
            let has = self.cells.len();
            return Some(problem(format!(
                "the footer (line {line}) has {has} cells; expected the number of records in cell {number}"
            )));
        };
        let message = match count.parse::<u64>() {
            Ok(count) if count <= records => return None,
            Ok(count) => format!(
                "the footer (line {line}) says {count} records, but the file has {records} between header and footer"
            ),
            Err(_) => {
                format!("cell {number} of the footer (line {line}) holds {count:?}; expected the number of records")
            }
        };
        Some(problem(message).value(count))
    }

    /// Checks the count in the cells of a footer against the number of records, without those that were omitted.
    #[must_use]
    pub fn check_count(plan: &FooterPlan, cells: &[String], records: u64, omitted: u64) -> Option<Problem> {
        let count = cells.get(plan.count_cell?)?.trim();
        if count.parse() == Ok(records) {
            return None;
        }
        let but = match omitted {
            0 => String::new(),
            1 => ", not counting 1 omitted record".to_owned(),
            _ => format!(", not counting {omitted} omitted records"),
        };
        let message =
            format!("the footer says {count} records, but the file has {records} between header and footer{but}");
        Some(Problem::new(Stage::Gate, Code::WrongRecordCount, message).value(count))
    }

    /// A note that the records behind the first one belong to the footer too, so that nobody misses them.
    #[must_use]
    pub fn note(&self) -> Option<Problem> {
        let (line, records) = (self.position.line, self.records);
        let message = format!(
            "the footer begins on line {line} and has {records} records up to the end of the file; they are not imported"
        );
        (records > 1).then(|| Problem::new(Stage::Split, Code::Footer, message))
    }
}

impl FooterPlan {
    /// The expected footer, as a phrase.
    fn expected(&self) -> String {
        let marker = self.marker.as_ref().map(|marker| format!("that begins with {:?}", marker.trim()));
        let when = self.when.as_ref().map(|_| "for which source.footer.when is true".to_owned());
        let count = self.count_cell.map(|index| format!("with the number of records in cell {}", index + 1));
        let record = if self.within == 1 {
            "a last record".to_owned()
        } else {
            format!("a record among the last {}", self.within)
        };
        format!("{record} {}", marker.into_iter().chain(when).chain(count).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests;
