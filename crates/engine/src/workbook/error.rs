//! Why a workbook cannot be read.

use crate::archive::ArchiveError;

/// Why a workbook cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkbookError {
    /// The archive around it cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It is larger than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("the workbook has {bytes} bytes; at most {most} are read: save the sheet as CSV, and upload that")]
    TooLarge {
        /// Its length in bytes.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// A part of it is not as the format says.
    #[error("the workbook is damaged: {what} (in {part}); open it in a spreadsheet program and save it again")]
    Damaged {
        /// The part of the workbook.
        part: String,
        /// What is wrong there.
        what: String,
    },
    /// A part of it is not there.
    #[error("the workbook is damaged: {part} is missing in it; open it in a spreadsheet program and save it again")]
    Missing {
        /// The part of the workbook.
        part: String,
    },
    /// A part has a document type, by which a few bytes can stand for any number of them, or for a file of the reader.
    #[error(
        "the workbook has a document type definition (DTD, in {part}), which no spreadsheet program writes and which is not \
         read: open it in a spreadsheet program and save it again"
    )]
    Dtd {
        /// The part of the workbook.
        part: String,
    },
    /// It takes values from other workbooks.
    #[error(
        "the workbook has external links ({part}): its values may come from other workbooks and be out of date. Break the \
         links (in Excel: Data, Edit Links), and save it again"
    )]
    ExternalLinks {
        /// Where this was seen.
        part: String,
    },
    /// It has programs in it.
    #[error("the workbook has macros ({part}): save it as a workbook without macros (.xlsx)")]
    Macros {
        /// Where this was seen.
        part: String,
    },
    /// It is in the binary format of Excel.
    #[error("the file is a binary workbook (.xlsb): save it as an Excel workbook (.xlsx)")]
    Binary,
    /// There is no workbook in the archive.
    #[error("the file is a ZIP archive without a workbook in it ({found}); expected an Excel workbook (.xlsx)")]
    None {
        /// What is in it.
        found: String,
    },
    /// It has no sheet of cells.
    #[error("the workbook has no sheet with cells")]
    NoSheets,
    /// It does not have the sheet that the feed names.
    #[error("the workbook has no sheet {name:?} (source.sheet); it has {has}{hint}")]
    NoSheet {
        /// The sheet of the feed.
        name: String,
        /// Those that it has.
        has: String,
        /// The one that may be meant.
        hint: String,
    },
    /// The texts that its cells share take too much memory.
    #[error("the shared texts of the workbook take more than {most} bytes: save the sheet as CSV, and upload that")]
    TooMuchText {
        /// The limit in bytes.
        most: usize,
    },
    /// A row is too long.
    #[error("row {row} of the sheet has more than {most} bytes of text")]
    RowTooLong {
        /// The row.
        row: u32,
        /// The limit in bytes.
        most: usize,
    },
    /// The text of the sheet is beyond the limit of expansion.
    #[error(
        "the sheet becomes more than {most} bytes of CSV: cells far apart make empty cells between them. Remove what lies \
         outside of the table, or raise source.maxExpansion"
    )]
    TooSparse {
        /// The limit in bytes.
        most: u64,
    },
    /// It is a `rejects.csv` that was saved as a workbook.
    #[error(
        "the sheet has the columns _run and _record of rejects.csv: to repair rejects, save it as CSV in UTF-8 (spreadsheets \
         offer \"CSV UTF-8\"), and upload that"
    )]
    Rejects,
    /// Its text could not be written.
    #[error("the text of the sheet cannot be written: {reason}")]
    Write {
        /// Why.
        reason: String,
    },
}
