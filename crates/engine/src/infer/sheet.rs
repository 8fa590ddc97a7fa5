//! A first look at a workbook: which sheet is read, and where its labels are.

use super::SourceGuess;
use super::head::{self, Head};
use super::source::Shape;
use super::text;
use crate::workbook::{Sheet, rows_above};

/// Maximum number of sheets that a comment lists.
const LISTED: usize = 10;

/// Which sheet of a workbook is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetGuess {
    /// Its name, if there are others.
    pub(super) name: Option<String>,
    /// A comment about the workbook.
    remark: String,
}

impl SheetGuess {
    /// The first sheet that people see, of those in a workbook.
    #[must_use]
    pub fn first(sheets: &[Sheet]) -> Self {
        let first = sheets.iter().find(|sheet| !sheet.is_hidden).or(sheets.first());
        let shown = |sheet: &Sheet| {
            let hidden = if sheet.is_hidden { " (hidden)" } else { "" };
            format!("{}{hidden}", text::shown(&sheet.name))
        };
        let names: Vec<String> = sheets.iter().take(LISTED).map(shown).collect();
        let more = if sheets.len() > LISTED { ", …" } else { "" };
        let remark = match names.len() {
            1 => format!("An Excel workbook with one sheet, {}.", names[0]),
            _ => format!(
                "An Excel workbook with {} sheets: {}{more}. One of them is read.",
                sheets.len(),
                names.join(", ")
            ),
        };
        let name = first.filter(|_| sheets.len() > 1).map(|sheet| sheet.name.clone());
        Self { name, remark }
    }

    /// Guesses the layout of the sheet from the beginning of its text. `whole` says that this is all of it.
    #[must_use]
    pub fn source(self, text: &str, whole: bool) -> SourceGuess {
        let text = if whole { text } else { text.rfind('\n').map_or(text, |at| &text[..=at]) };
        let guess = SourceGuess { remarks: vec![self.remark.clone()], sheet: Some(self), ..SourceGuess::COMMAS };
        let cells = Shape::of(text, &guess).cells;
        // Every record has a cell for each label, so none of them ends with a delimiter.
        let Head { skip_lines, header, header_rows, below, remarks, .. } = head::find(text, &guess, cells, None);
        // Of several rows with labels, the last one is read.
        let skip_lines = skip_lines + (header_rows as u64).saturating_sub(1);
        let skip_lines = rows_above(text.as_bytes(), skip_lines);
        let remarks = guess.remarks.iter().cloned().chain(remarks).collect();
        SourceGuess { skip_lines, header, below, remarks, ..guess }
    }
}
