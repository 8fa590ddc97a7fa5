//! Is an upload a repair file? Its first bytes tell.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::Sheet;
use crate::dialect::Dialect;
use crate::record::{Position, Reader};
use crate::reject::{RECORD, RUN};

/// What the first bytes of an upload tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is a file as any other.
    Other,
    /// It repairs rejects of the run that its first row says.
    Repair(String),
    /// It has the columns of one, and cannot be read as one.
    Broken(String),
    /// More of its bytes must be seen: its header is not complete.
    Unknown,
    /// More of its bytes must be seen: it has the header of one, and its first row is not complete.
    Unfinished,
}

/// Looks at the first bytes of an upload; `whole` where they are all of it.
///
/// A spreadsheet may have saved a repair file with other delimiters or in another encoding. That is told: it is not
/// guessed at, for then its cells may not be what they were either.
#[must_use]
pub fn look(head: &[u8], whole: bool) -> Look {
    // A byte order mark of UTF-16 is one, whatever follows.
    let (text, encoding) = match Encoding::for_bom(head).filter(|(encoding, _)| *encoding != encoding_rs::UTF_8) {
        Some((encoding, _)) => (Cow::Owned(encoding.decode(head).0.into_owned().into_bytes()), Some(encoding)),
        None => (Cow::Borrowed(head), None),
    };
    let mut unknown = false;
    for (delimiter, name) in [(b',', ""), (b';', "semicolons"), (b'\t', "tabs")] {
        let mut reader = Reader::new(Dialect { delimiter, ..Dialect::CANONICAL }, Position::START);
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
        let found = match (encoding, std::str::from_utf8(&text)) {
            (Some(encoding), _) => Some(format!("its encoding is {}", encoding.name())),
            // The last character may be cut off.
            (_, Err(error)) if whole || error.error_len().is_some() => {
                Some(format!("byte {} is not UTF-8", error.valid_up_to() + 1))
            }
            _ if delimiter != b',' => Some(format!("its cells are separated by {name}")),
            _ => None,
        };
        if let Some(found) = found {
            return Look::Broken(format!(
                "the file has the columns {RUN} and {RECORD} of rejects.csv, but {found}; save it as CSV, separated by \
                 commas, in UTF-8"
            ));
        }
        return match reader.advance() {
            Ok(true) => Look::Repair(sheet.run(&reader.record()).unwrap_or_default().to_owned()),
            Ok(false) if !whole => Look::Unfinished,
            Ok(false) => Look::Broken("the file has the header of rejects.csv and no rows".to_owned()),
            Err(error) => Look::Broken(format!("the first row of the repaired rejects cannot be read: {error}")),
        };
    }
    if unknown { Look::Unknown } else { Look::Other }
}
