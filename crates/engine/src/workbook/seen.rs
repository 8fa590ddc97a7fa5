//! What is noted about a sheet.

use super::reference::letters;
use crate::display::{count, one_line};
use crate::{Code, Problem, Stage};

/// Maximum number of columns or sheets that a note lists.
const LISTED: usize = 5;

/// Maximum length of a name or a value in a note, in characters.
const SHOWN: usize = 40;

/// Things of one kind: how many there are, and the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Such {
    count: u64,
    first: String,
}

impl Such {
    /// Counts one. `first` names it, if it is the first.
    pub fn see(&mut self, first: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = first();
        }
        self.count += 1;
    }
}

/// What was seen in a sheet beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The name of the sheet, and whether people do not see it.
    pub(super) sheet: String,
    pub(super) is_hidden: bool,
    /// The names of the other sheets, if the feed does not say which one is read.
    pub(super) others: Vec<String>,
    /// How many rows are above the first record.
    pub(super) above: u32,
    /// Whether a cell has a line break.
    pub(super) has_breaks: bool,
    pub(super) merged: Such,
    pub(super) hidden_rows: Such,
    /// The hidden columns of the table.
    pub(super) hidden_columns: Vec<u32>,
    /// Formulas without a value.
    pub(super) uncached: Such,
    /// Errors in place of values.
    pub(super) errors: Such,
}

impl Seen {
    /// The notes about the sheet.
    #[must_use]
    pub fn notes(&self) -> Vec<Problem> {
        let note = |code, message| Problem::new(Stage::Split, code, message);
        let mut notes = vec![note(Code::SourceDecoded, self.source())];
        let Such { count: merged, first } = &self.merged;
        if *merged > 0 {
            let ranges =
                if *merged == 1 { "1 range of cells is".to_owned() } else { format!("{merged} ranges of cells are") };
            let message = format!(
                "{ranges} merged (first {first}): only the first cell of a range has a value, and the others are empty"
            );
            notes.push(note(Code::MergedCells, message));
        }
        notes.extend(self.hidden().map(|what| {
            note(Code::HiddenCells, format!("{what}: what people do not see is read like everything else"))
        }));
        let Such { count: uncached, first } = &self.uncached;
        if *uncached > 0 {
            let message = format!(
                "{} without a stored value (first {first}), and Sluice evaluates none: the cells are empty. Open the \
                 workbook in a spreadsheet program and save it again",
                if *uncached == 1 { "there is 1 formula".to_owned() } else { format!("there are {uncached} formulas") }
            );
            notes.push(note(Code::FormulaValue, message));
        }
        let Such { count: errors, first } = &self.errors;
        if *errors > 0 {
            let message =
                format!("{} an error in place of a value (first {first}), which is read as a text", holds(*errors));
            notes.push(note(Code::ErrorValue, message));
        }
        notes
    }

    /// What was read, and where its records are in the sheet.
    fn source(&self) -> String {
        let above = match self.above {
            0 => "record N is row N of the sheet".to_owned(),
            above => format!("record N is row N + {above} of the sheet"),
        };
        let lines = if self.has_breaks {
            "cells have line breaks, so the line of a record may be another number"
        } else {
            "lines are its rows"
        };
        let others: Vec<String> = self.others.iter().take(LISTED).map(|name| shown(name)).collect();
        let more = if self.others.len() > LISTED { ", …" } else { "" };
        let which = match self.others.len() {
            0 => String::new(),
            all => format!(
                ", the first that people see of {}: source.sheet names none, and {}{more} {} not read",
                count(all as u64 + 1, "sheet"),
                others.join(", "),
                if all == 1 { "is" } else { "are" }
            ),
        };
        format!("the file was rewritten into CSV from the sheet {}{which}; {above}, and {lines}", shown(&self.sheet))
    }

    /// What people do not see.
    fn hidden(&self) -> Option<String> {
        let sheet = self.is_hidden.then(|| "the sheet is hidden".to_owned());
        let Such { count: rows, first } = &self.hidden_rows;
        let rows = match rows {
            0 => None,
            1 => Some(format!("row {first} is hidden")),
            rows => Some(format!("{rows} rows with content are hidden (first {first})")),
        };
        let columns: Vec<String> = self.hidden_columns.iter().take(LISTED).map(|column| letters(*column)).collect();
        let columns = match self.hidden_columns.len() {
            0 => None,
            1 => Some(format!("column {} is hidden", columns[0])),
            all => Some(format!("columns {}{} are hidden", columns.join(", "), if all > LISTED { ", …" } else { "" })),
        };
        let parts: Vec<String> = sheet.into_iter().chain(rows).chain(columns).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

fn shown(name: &str) -> String {
    format!("{:?}", one_line(name, SHOWN))
}

fn holds(cells: u64) -> String {
    if cells == 1 { "1 cell holds".to_owned() } else { format!("{cells} cells hold") }
}
