//! Detects repair files by the first bytes of an upload.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::format::Separator;
use super::{SavedFormat, Sheet};
use crate::dialect::Dialect;
use crate::record::{Position, Reader};
use crate::reject::{RECORD, RUN};

/// What the first bytes of an upload show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detection {
    /// An ordinary file.
    Other,
    /// A file that repairs rejects of a run.
    Repair {
        /// The run id in the first row.
        run: String,
        /// The delimiter with which the file was saved.
        saved: SavedFormat,
    },
    /// A file with the columns of a repair file that cannot be read as one, with the reason.
    Broken(String),
    /// Undecided: the header is not complete yet, more bytes are needed.
    Unknown,
    /// The header is that of a repair file, but the first row is not complete yet: more bytes are needed.
    Unfinished,
}

/// Detects a repair file by the first bytes of an upload. `whole` says that these bytes are the entire
/// upload.
///
/// A spreadsheet may have saved the file with semicolons or tabs, or in UTF-16 with a byte order mark. The
/// right delimiter is the one under which the header has our columns, and a byte order mark is certain.
/// Legacy encodings are not guessed, because a wrong guess would change cells.
#[must_use]
pub fn detect(head: &[u8], whole: bool) -> Detection {
    let utf16 = Encoding::for_bom(head).filter(|(encoding, _)| *encoding != encoding_rs::UTF_8);
    let text = match utf16 {
        Some((encoding, _)) => Cow::Owned(encoding.decode(head).0.into_owned().into_bytes()),
        None => Cow::Borrowed(head),
    };
    let sep_line = has_sep_line(&text);
    let mut unknown = false;
    for delimiter in Separator::ALL {
        let saved = SavedFormat { delimiter, sep_line };
        let dialect = Dialect { delimiter: delimiter.byte().into(), ..Dialect::CANONICAL };
        let mut reader = Reader::new(dialect, Position::START).skip_lines(saved.skip_lines());
        reader.push(&text);
        if whole {
            reader.end();
        }
        match reader.advance() {
            Ok(true) => {}
            Ok(false) => {
                unknown |= !whole;
                continue;
            }
            Err(_) => continue,
        }
        let Some(sheet) = Sheet::of(reader.record().iter()) else { continue };
        // The head may end within a character.
        let bad = std::str::from_utf8(&text).err().filter(|error| whole || error.error_len().is_some());
        if let Some(error) = bad.filter(|_| utf16.is_none()) {
            return Detection::Broken(format!(
                "the file has the columns {RUN} and {RECORD} of rejects.csv, but byte {} is not UTF-8; save it as CSV in \
                 UTF-8 (spreadsheets offer \"CSV UTF-8\")",
                error.valid_up_to() + 1
            ));
        }
        let mut first = reader.advance();
        // A row that a spreadsheet left empty has no run id; a later step omits it.
        while matches!(first, Ok(true)) && reader.record().iter().all(|cell| cell.trim_ascii().is_empty()) {
            first = reader.advance();
        }
        return match first {
            Ok(true) => Detection::Repair { run: sheet.run(&reader.record()).unwrap_or_default().to_owned(), saved },
            Ok(false) if !whole => Detection::Unfinished,
            Ok(false) => Detection::Broken("the file has the header of rejects.csv and no rows".to_owned()),
            Err(error) => Detection::Broken(format!("the first row of the repaired rejects cannot be read: {error}")),
        };
    }
    if unknown { Detection::Unknown } else { Detection::Other }
}

/// Whether a text begins with a line such as `sep=;`.
fn has_sep_line(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    matches!(text, [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', b',' | b';' | b'\t', b'\r' | b'\n', ..])
}
