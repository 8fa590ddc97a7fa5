//! Is an upload a repair file? Its first bytes tell.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::saved::Separator;
use super::{Saved, Sheet};
use crate::dialect::Dialect;
use crate::record::{Position, Reader};
use crate::reject::{RECORD, RUN};

/// What the first bytes of an upload tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is a file as any other.
    Other,
    /// It repairs rejects of a run.
    Repair {
        /// The run, as its first row says it.
        run: String,
        /// How it was saved.
        saved: Saved,
    },
    /// It has the columns of one, and cannot be read as one.
    Broken(String),
    /// More of its bytes must be seen: its header is not complete.
    Unknown,
    /// More of its bytes must be seen: it has the header of one, and its first row is not complete.
    Unfinished,
}

/// Looks at the first bytes of an upload; `whole` where they are all of it.
///
/// A spreadsheet may have saved a repair file with semicolons or tabs, or in UTF-16 with a byte order mark: under one of the
/// delimiters its header has our columns, and a byte order mark is certain. An old encoding is not guessed at, because then
/// its cells may not be what they were.
#[must_use]
pub fn look(head: &[u8], whole: bool) -> Look {
    let utf16 = Encoding::for_bom(head).filter(|(encoding, _)| *encoding != encoding_rs::UTF_8);
    let text = match utf16 {
        Some((encoding, _)) => Cow::Owned(encoding.decode(head).0.into_owned().into_bytes()),
        None => Cow::Borrowed(head),
    };
    let sep_line = has_sep_line(&text);
    let mut unknown = false;
    for delimiter in Separator::ALL {
        let saved = Saved { delimiter, sep_line };
        let dialect = Dialect { delimiter: delimiter.byte(), ..Dialect::CANONICAL };
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
        // The last character may be cut off.
        let bad = std::str::from_utf8(&text).err().filter(|error| whole || error.error_len().is_some());
        if let Some(error) = bad.filter(|_| utf16.is_none()) {
            return Look::Broken(format!(
                "the file has the columns {RUN} and {RECORD} of rejects.csv, but byte {} is not UTF-8; save it as CSV in \
                 UTF-8 (spreadsheets offer \"CSV UTF-8\")",
                error.valid_up_to() + 1
            ));
        }
        let mut first = reader.advance();
        // A row that a spreadsheet left empty belongs to no run; it is omitted later.
        while matches!(first, Ok(true)) && reader.record().iter().all(|cell| cell.trim_ascii().is_empty()) {
            first = reader.advance();
        }
        return match first {
            Ok(true) => Look::Repair { run: sheet.run(&reader.record()).unwrap_or_default().to_owned(), saved },
            Ok(false) if !whole => Look::Unfinished,
            Ok(false) => Look::Broken("the file has the header of rejects.csv and no rows".to_owned()),
            Err(error) => Look::Broken(format!("the first row of the repaired rejects cannot be read: {error}")),
        };
    }
    if unknown { Look::Unknown } else { Look::Other }
}

/// Whether a text begins with a line such as `sep=;`.
fn has_sep_line(text: &[u8]) -> bool {
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    matches!(text, [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', b',' | b';' | b'\t', b'\r' | b'\n', ..])
}
