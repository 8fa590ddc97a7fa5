//! The texts that the cells of a workbook share.

use std::io::Read;

use super::error::WorkbookError;
use super::text::unescape;
use super::xml::{Node, Xml};

/// Maximum size of all shared texts: 64 MiB, which stays in memory while the sheet is read. That is a million texts of 60
/// bytes.
pub(super) const MAX_TEXT: usize = 64 * 1024 * 1024;

/// What each text costs beside its bytes.
const EACH: usize = size_of::<u32>();

/// The shared texts.
#[derive(Default)]
pub(super) struct Strings {
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
}

impl Strings {
    /// Reads the part that holds them.
    pub fn read<R: Read>(mut xml: Xml<R>) -> Result<Self, WorkbookError> {
        let mut strings = Self::default();
        let mut piece = String::new();
        xml.children([], |xml, _, []| {
            xml.children([], |xml, child, []| {
                if child != "si" {
                    return xml.skip();
                }
                string(xml, &mut piece, &mut strings.text)?;
                let most = MAX_TEXT.saturating_sub(strings.ends.len() * EACH);
                let end = u32::try_from(strings.text.len()).ok().filter(|_| strings.text.len() <= most);
                strings.ends.push(end.ok_or(WorkbookError::TooMuchText { most: MAX_TEXT })?);
                Ok(())
            })
        })?;
        Ok(strings)
    }

    /// A text by its number, from 0.
    pub fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.text.get(start as usize..end as usize)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }
}

/// Appends the text of an element that has just begun: its runs, whatever their format, and not how it is pronounced.
/// `piece` is room for the text before its escapes are read.
pub(super) fn string<R: Read>(xml: &mut Xml<R>, piece: &mut String, out: &mut String) -> Result<(), WorkbookError> {
    let depth = xml.depth();
    let mut is_text = false;
    piece.clear();
    loop {
        let is_other = match xml.next()? {
            Node::Start(tag) => {
                is_text = tag.name() == "t";
                !is_text && tag.name() != "r"
            }
            Node::End => {
                if std::mem::take(&mut is_text) {
                    unescape(piece, out);
                    piece.clear();
                }
                false
            }
            Node::Text(text) => {
                if is_text {
                    piece.push_str(&text);
                }
                false
            }
            Node::Other => false,
            Node::Eof => return Ok(()),
        };
        if is_other {
            xml.skip()?;
        }
        if xml.depth() < depth {
            return Ok(());
        }
        if piece.len() > MAX_TEXT {
            return Err(WorkbookError::TooMuchText { most: MAX_TEXT });
        }
    }
}
