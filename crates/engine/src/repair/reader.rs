//! Turns the rows of a repair file into records of the source.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::Sheet;
use crate::dialect::Dialect;
use crate::encoding::{SourceText, unmark};
use crate::fixed::FixedLayout;
use crate::json::LineReader;
use crate::record::{LARGEST_MAX_RECORD, MadeCells, Position, QuoteCheck, QuoteFault, Reader, Record, Rows};
use crate::reject::{RAW, RECORD, RUN, unguard};
use crate::row::Row;
use crate::spec::Quotes;
use crate::{Code, Problem, Stage};

/// Positions of records in `_raw` do not start at 0, because a byte order mark there is data.
pub(super) const WITHIN: Position = Position { offset: 1, ..Position::START };

/// The run whose rejects are repaired, and the format of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parent {
    /// The id of the run.
    pub run: String,
    /// How the producer writes its files, and so `_raw`.
    pub producer: Producer,
    /// The columns of the producer's file, in the order of the cells of `_raw`; `None` if they are no longer
    /// known.
    pub columns: Option<Vec<String>>,
}

/// How a producer writes its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    /// How records and cells are separated.
    pub dialect: Dialect,
    /// How the feed treats broken quotes.
    pub quotes: Quotes,
    /// Whether the feed leaves out an empty cell at the end of a record.
    pub ignores_trailing: bool,
    /// How the text of a record becomes its cells.
    pub form: RawForm,
}

/// How the text of a record becomes its cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawForm {
    /// The dialect separates them. With broken quotes, the text may hold several records.
    Separated,
    /// It is JSON, and the columns are pointers.
    Json,
    /// They have fixed widths.
    Fixed(Arc<FixedLayout>),
}

/// Turns the rows of a repair file into records of the source.
pub struct RepairReader {
    sheet: Sheet,
    parent: Parent,
    /// For each label of the sheet, its index among the columns of the producer's file.
    raw_places: Vec<Option<usize>>,
    /// The record under construction: written as a row, then parsed again.
    row: Rows,
    reader: Reader,
    /// Checks the rows of the file itself, which are canonical CSV.
    row_quotes: QuoteCheck,
    /// Checks `_raw`.
    raw_quotes: QuoteCheck,
    /// Reads `_raw` if it is JSON.
    lines: Option<LineReader>,
}

impl RepairReader {
    /// Creates a reader for a file with these columns that repairs rejects of this run.
    #[must_use]
    pub fn new(sheet: Sheet, parent: Parent) -> Self {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let columns = parent.columns.as_deref().unwrap_or_default();
        // Columns of the same name correspond by their order.
        let place = |label: &str, before: usize| {
            let mut same = (0..columns.len()).filter(|at| columns[*at] == label);
            same.nth(before)
        };
        let mut raw_places = Vec::new();
        for label in sheet.labels() {
            let before = seen.entry(label).or_default();
            raw_places.push(place(label, *before));
            *before += 1;
        }
        let reader = Reader::new(Dialect::CANONICAL, WITHIN).max_record(LARGEST_MAX_RECORD);
        let (row_quotes, raw_quotes) = (QuoteCheck::new(Dialect::CANONICAL), QuoteCheck::new(parent.producer.dialect));
        let lines =
            (parent.producer.form == RawForm::Json).then(|| LineReader::new(sheet.labels(), SourceText::REPAIRED));
        Self { sheet, parent, raw_places, row: Rows::default(), reader, row_quotes, raw_quotes, lines }
    }

    /// The labels of the records that this reader makes.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        self.sheet.labels()
    }

    /// The number of a row's record in the parent's file; `None` if the row belongs to another run or has no
    /// valid number.
    #[must_use]
    pub fn record_of(&self, row: &Record<'_>) -> Option<u64> {
        self.sheet.record_of(&self.parent.run, row)
    }

    /// Whether a row has its record in `_raw` only.
    #[must_use]
    pub fn is_raw(&self, row: &Record<'_>) -> bool {
        self.sheet.raw_alone(row).is_some()
    }

    /// Reads a row and turns it into a record.
    pub fn read<'s>(&'s mut self, row: &Record<'s>) -> Row<'s> {
        let text = || String::from_utf8_lossy(row.raw).into_owned();
        if let Some(problem) = self.not_ours(row) {
            return Row { number: None, attempt: 0, place: None, record: Err(text()), problem: Some(problem) };
        }
        let number = self.sheet.record(row);
        let (attempt, place) = (self.sheet.attempt(row), self.sheet.place(row));
        let raw = self.sheet.raw_alone(row);
        let problem = number.is_none().then(|| self.no_record(row));
        self.row.clear();
        if let Some(raw) = raw {
            if let Err(unreadable) = self.write_raw(raw) {
                let problem = problem.unwrap_or(unreadable);
                return Row { number, attempt, place, record: Err(raw.to_owned()), problem: Some(problem) };
            }
        } else {
            for cell in self.sheet.cells(row) {
                self.row.cell(std::str::from_utf8(cell).map_or(Cow::Borrowed(cell), |text| unmark(unguard(text))));
            }
            self.row.end();
        }
        self.reader.push(self.row.as_bytes());
        match self.reader.advance() {
            Ok(true) => {
                let mut record = self.reader.record();
                record.position = row.position;
                Row { number, attempt, place, record: Ok(record), problem }
            }
            // The reader wrote exactly one record, so only its length can be the problem.
            Ok(false) | Err(_) => {
                let message = "the row is longer than a record can be";
                let problem = Problem::new(Stage::Restructure, Code::RawError, message);
                Row { number, attempt, place, record: Err(text()), problem: Some(problem) }
            }
        }
    }

    /// Returns why a row must be rejected whatever its cells; `None` if there is no reason.
    fn not_ours(&self, row: &Record<'_>) -> Option<Problem> {
        let problem = |code, message| Some(Problem::new(Stage::Restructure, code, message));
        if let Some(fault) = self.row_quotes.fault(row).filter(QuoteFault::breaks_record) {
            return Some(fault.problem(Stage::Restructure));
        }
        let (found, expected) = (row.len(), self.sheet.all().len());
        if found != expected {
            let (code, by) = if found > expected {
                (Code::ExtraCell, format!("{} too many", found - expected))
            } else {
                (Code::MissingCell, format!("{} too few", expected - found))
            };
            return problem(code, format!("the row has {found} cells, but the header has {expected}: {by}"));
        }
        let run = self.sheet.run(row);
        if run == Some(&self.parent.run) {
            return None;
        }
        let message = format!(
            "the row belongs to {}, but the first row of this file belongs to {}; upload the rejects of each run as a separate file",
            match run {
                Some("") => "no run".to_owned(),
                Some(run) => format!("run {run}"),
                None => "a run whose name is not UTF-8".to_owned(),
            },
            self.parent.run
        );
        let problem = Problem::new(Stage::Restructure, Code::OtherRun, message).column(RUN);
        Some(problem.value(run.unwrap_or_default()))
    }

    /// The problem of a row without a valid record number.
    fn no_record(&self, row: &Record<'_>) -> Problem {
        let found = self.sheet.record_text(row);
        let message = format!("{found:?} is not the number of a record; expected the number from rejects.csv");
        Problem::new(Stage::Restructure, Code::UnknownRecord, message).column(RECORD).value(found)
    }

    /// Writes the record of a line with columns of fixed width as a row.
    fn write_line(&mut self, layout: &FixedLayout, raw: &str) -> Result<(), Problem> {
        let problem = |code, message: String| Err(Problem::new(Stage::Restructure, code, message).column(RAW));
        let line = unmark(raw);
        if memchr::memchr2(b'\n', b'\r', &line).is_some() {
            return problem(Code::RawError, "holds more than one line; expected one".into());
        }
        let cells = layout.cells(SourceText::REPAIRED, &line);
        let (found, expected) = (cells.len(), layout.columns.len());
        if found != expected {
            let code = if found > expected { Code::ExtraCell } else { Code::MissingCell };
            let message = format!(
                "has {} characters, but the columns of the file take {}; correct it here, in the format of the original file, \
                 or fill in the columns instead",
                FixedLayout::characters(SourceText::REPAIRED, &line),
                layout.length()
            );
            return problem(code, message);
        }
        for label in self.sheet.labels() {
            let place = layout.columns.iter().position(|column| column.label == *label);
            self.row.cell(place.and_then(|at| line.get(cells[at].clone())).unwrap_or_default());
        }
        self.row.end();
        Ok(())
    }

    /// Parses `_raw` and writes its record as a row.
    fn write_raw(&mut self, raw: &str) -> Result<(), Problem> {
        let problem = |code, message: String| Err(Problem::new(Stage::Restructure, code, message).column(RAW));
        if let Some(lines) = &mut self.lines {
            // A person may have written it on several lines, which are white space to JSON.
            let (bytes, whole) = (unmark(raw), MadeCells::default());
            let record = lines.read(&whole.record(WITHIN, &bytes)).map_err(|problem| problem.column(RAW))?;
            record.iter().for_each(|cell| self.row.cell(cell));
            self.row.end();
            return Ok(());
        }
        if let RawForm::Fixed(layout) = &self.parent.producer.form {
            return self.write_line(&layout.clone(), raw);
        }
        let Some(columns) = &self.parent.columns else {
            let message = "the columns of the original file are no longer known, because the run's intermediate files \
                           were deleted; expected the cells in their own columns";
            return problem(Code::RawError, message.into());
        };
        let mut reader = Reader::new(self.parent.producer.dialect, WITHIN).max_record(LARGEST_MAX_RECORD);
        reader.push(&unmark(raw));
        reader.end();
        match reader.advance() {
            Ok(true) => {}
            Ok(false) => return problem(Code::RawError, "holds no record; expected one".into()),
            Err(_) => {
                return problem(Code::RawError, "cannot be read: a closing quote is missing".into());
            }
        }
        let record = reader.record();
        let fault = self.raw_quotes.fault(&record).filter(QuoteFault::breaks_record);
        if let Some(fault) = fault.filter(|_| self.parent.producer.quotes == Quotes::Strict) {
            return Err(fault.problem(Stage::Restructure).column(RAW));
        }
        let record =
            if self.parent.producer.ignores_trailing { record.without_trailing(columns.len()) } else { record };
        let (found, expected) = (record.len(), columns.len());
        if found != expected {
            let code = if found > expected { Code::ExtraCell } else { Code::MissingCell };
            return problem(
                code,
                format!(
                    "has {found} cells, but the file had {expected} columns; correct it here, in the format of the \
                     original file, or fill in the columns instead"
                ),
            );
        }
        for place in &self.raw_places {
            self.row.cell(place.and_then(|at| record.get(at)).unwrap_or_default());
        }
        self.row.end();
        match reader.advance() {
            Ok(false) => Ok(()),
            _ => problem(Code::RawError, "holds more than one record; expected one".into()),
        }
    }
}
