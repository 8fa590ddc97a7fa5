//! Excel workbooks (`.xlsx`): a sheet becomes CSV, as a stream.
//!
//! A workbook is a ZIP archive of XML. Its parts are read as streams; memory holds the formats, the texts that cells share
//! (up to 64 MiB), and one row. No value passes through a float: a number is the text of the cell as the file has it, and only
//! a number with the format of a date becomes another text. Formulas are never evaluated. What could do harm or mislead
//! is refused by its name: [`WorkbookError`].

mod book;
mod error;
mod format;
mod reference;
mod seen;
mod serial;
mod sheet;
mod strings;
mod styles;
mod table;
mod text;
mod xml;

use std::io::{Read, Seek, Write};

use crate::archive::Archive;
use crate::display::one_line;
use crate::suggest;

pub use self::book::Sheet;
pub use self::error::WorkbookError;
pub use self::seen::Seen;
pub use self::table::{Layout, rows_above};

use self::book::{Book, TYPES, open};
use self::sheet::{Shared, SheetReader};
use self::strings::Strings;
use self::styles::Styles;
use self::table::Table;

/// Maximum length of a workbook in bytes: 256 MiB. A sheet with all 1,048,576 rows and 20 columns of 12 bytes each, which
/// Deflate does not shorten, is as long.
pub const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Maximum number of sheets that a message lists, and the length of their names in characters.
const LISTED: usize = 10;
const SHOWN: usize = 40;

/// A workbook whose list of sheets has been read.
pub struct Workbook<R> {
    archive: Archive<R>,
    book: Book,
}

/// Whether an archive is a document of an office program, and of which kind.
#[must_use]
pub fn document<R: Read + Seek>(archive: &Archive<R>) -> Option<Document> {
    let has = |folder: &str| archive.names().any(|name| name.starts_with(folder));
    let is_office = archive.names().any(|name| name.eq_ignore_ascii_case(TYPES));
    if is_office && has("xl/") {
        return Some(Document::Workbook);
    }
    if is_office {
        return Some(Document::Office);
    }
    (archive.names().next() == Some("mimetype") && has("META-INF/")).then_some(Document::OpenDocument)
}

/// A document of an office program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// An Excel workbook.
    Workbook,
    /// Another document of Microsoft Office, such as one of Word.
    Office,
    /// A document in the format of the OASIS, such as a spreadsheet (`.ods`).
    OpenDocument,
}

impl<R: Read + Seek> Workbook<R> {
    /// Reads what is in a workbook.
    ///
    /// # Errors
    /// If the archive is no workbook, is damaged or too large, or has something in it that is refused.
    pub fn open(archive: Archive<R>) -> Result<Self, WorkbookError> {
        let bytes = archive.limit().compressed;
        if bytes > MAX_BYTES {
            return Err(WorkbookError::TooLarge { bytes, most: MAX_BYTES });
        }
        match document(&archive) {
            Some(Document::Workbook) => {}
            other => {
                let found = match other {
                    Some(Document::OpenDocument) => "it is an OpenDocument, such as a spreadsheet (.ods)".to_owned(),
                    Some(_) => "it is another document of Microsoft Office".to_owned(),
                    None => {
                        let names: Vec<String> = archive.names().take(LISTED).map(shown).collect();
                        let then = if names.len() == 1 && names[0].ends_with(".xlsx\"") {
                            ": unpack it, and upload that"
                        } else {
                            ""
                        };
                        format!(
                            "it has {}{then}",
                            if names.is_empty() { "no files".to_owned() } else { names.join(", ") }
                        )
                    }
                };
                return Err(WorkbookError::None { found });
            }
        }
        let book = Book::read(&archive)?;
        Ok(Self { archive, book })
    }

    /// Its sheets with cells, in their order.
    #[must_use]
    pub fn sheets(&self) -> &[Sheet] {
        &self.book.sheets
    }

    /// The sheet that a feed reads: the one with this name, or the first that people see. Case does not count if no other
    /// name is meant exactly, as in Excel.
    ///
    /// # Errors
    /// If there is none.
    pub fn sheet(&self, name: Option<&str>) -> Result<&Sheet, WorkbookError> {
        let sheets = &self.book.sheets;
        let Some(name) = name else {
            let seen = sheets.iter().find(|sheet| !sheet.is_hidden);
            return seen.or(sheets.first()).ok_or(WorkbookError::NoSheets);
        };
        let lower = name.to_lowercase();
        let exactly = sheets.iter().find(|sheet| sheet.name == name);
        exactly.or_else(|| sheets.iter().find(|sheet| sheet.name.to_lowercase() == lower)).ok_or_else(|| {
            let names: Vec<String> = sheets.iter().take(LISTED).map(|sheet| shown(&sheet.name)).collect();
            let more = if sheets.len() > LISTED { ", …" } else { "" };
            let has = if names.is_empty() { "none".to_owned() } else { format!("{}{more}", names.join(", ")) };
            let hint = suggest::did_you_mean(name, sheets.iter().map(|sheet| &*sheet.name)).unwrap_or_default();
            WorkbookError::NoSheet { name: one_line(name, SHOWN), has, hint }
        })
    }

    /// Writes a sheet as CSV with commas, and returns what was seen. `name` is the name in the feed.
    ///
    /// # Errors
    /// If the workbook is damaged or too large, has something in it that is refused, or the text cannot be written.
    pub fn write(&self, name: Option<&str>, layout: Layout, out: &mut impl Write) -> Result<Seen, WorkbookError> {
        let sheet = self.sheet(name)?;
        let styles = match &self.book.styles {
            Some(part) => Styles::read(open(&self.archive, part)?)?,
            None => Styles::default(),
        };
        let strings = match &self.book.strings {
            Some(part) => Strings::read(open(&self.archive, part)?)?,
            None => Strings::default(),
        };
        let others = self.book.sheets.iter().filter(|other| name.is_none() && *other != sheet);
        let seen = Seen {
            sheet: sheet.name.clone(),
            is_hidden: sheet.is_hidden,
            others: others.map(|other| other.name.clone()).collect(),
            ..Seen::default()
        };
        let shared = Shared { strings: &strings, styles: &styles, from_1904: self.book.from_1904 };
        let table = Table::new(layout, self.archive.limit().bytes(), out);
        SheetReader::new(open(&self.archive, &sheet.part)?, shared, table, seen).read()
    }
}

fn shown(name: &str) -> String {
    format!("{:?}", one_line(name, SHOWN))
}

#[cfg(test)]
pub(crate) mod tests;
