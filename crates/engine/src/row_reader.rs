//! Turns what a file holds into records of the source, where the file does not hold them as they are.
//!
//! The records of most files are read as they come. Others are made first: a row of a repair becomes the record
//! that it repairs.

use crate::encoding::SourceText;
use crate::record::Record;
use crate::repair::RepairReader;
use crate::row::Row;

/// Turns what a file holds into records of the source.
pub enum RowReader {
    /// The rows of a repair.
    Repair(RepairReader),
}

impl RowReader {
    /// Reads a row and turns it into a record.
    pub fn read<'s>(&'s mut self, row: &Record<'s>) -> Row<'s> {
        match self {
            Self::Repair(repair) => repair.read(row),
        }
    }

    /// How the cells of the records are decoded.
    #[must_use]
    pub fn text(&self) -> SourceText {
        match self {
            Self::Repair(_) => SourceText::REPAIRED,
        }
    }

    /// The reader of a repair, if the file is one.
    #[must_use]
    pub fn repair(&self) -> Option<&RepairReader> {
        match self {
            Self::Repair(repair) => Some(repair),
        }
    }
}
