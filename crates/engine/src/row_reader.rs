//! Turns what a file holds into records of the source, where the file does not hold them as they are.
//!
//! The records of most files are read as they come. Others are made first: a row of a repair becomes the record
//! that it repairs, a line of JSON the record of what its pointers find, and a line of fixed width the record of its cells.

use crate::encoding::SourceText;
use crate::fixed::FixedReader;
use crate::json::LineReader;
use crate::record::Record;
use crate::repair::RepairReader;
use crate::row::Row;

/// Turns what a file holds into records of the source.
pub enum RowReader {
    /// The rows of a repair.
    Repair(Box<RepairReader>),
    /// Lines of JSON.
    Json(Box<LineReader>),
    /// Lines with columns of fixed width.
    Fixed(Box<FixedReader>),
}

impl RowReader {
    /// Reads a row and turns it into a record.
    pub fn read<'s>(&'s mut self, row: &Record<'s>) -> Row<'s> {
        match self {
            Self::Repair(repair) => repair.read(row),
            Self::Json(lines) => {
                let text = lines.text();
                let (record, problem) = match lines.read(row) {
                    Ok(record) => (Ok(record), None),
                    Err(problem) => (Err(text.mark(row.raw).into_owned()), Some(problem)),
                };
                Row { number: None, attempt: 0, place: None, record, problem }
            }
            Self::Fixed(lines) => {
                Row { number: None, attempt: 0, place: None, record: Ok(lines.read(row)), problem: None }
            }
        }
    }

    /// How the cells of the records are decoded.
    #[must_use]
    pub fn text(&self) -> SourceText {
        match self {
            Self::Repair(_) => SourceText::REPAIRED,
            Self::Json(_) => SourceText::UTF_8,
            Self::Fixed(lines) => lines.text(),
        }
    }

    /// The reader of a repair, if the file is one.
    #[must_use]
    pub fn repair(&self) -> Option<&RepairReader> {
        match self {
            Self::Repair(repair) => Some(repair),
            Self::Json(_) | Self::Fixed(_) => None,
        }
    }
}
