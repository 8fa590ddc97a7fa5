//! Which records of a file are omitted: they hold nothing that could be imported.
//!
//! Two kinds are known. An *empty* record has no content: each of its cells is empty or white space, however many cells
//! there are. A *repeated header* has the labels of the file in its cells, as files have that were put together from
//! several. Such a record is not restructured and not judged. It keeps its number, and is counted by the name of its kind.
//!
//! Nearly every record is known to be neither by the first byte of its first cell.

use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::header;
use crate::record::Record;
use crate::spec::LabelMatch;

/// The name of records without content.
pub const EMPTY: &str = "empty";

/// The name of records that are the header once more.
pub const REPEATED_HEADER: &str = "repeated-header";

/// What each part of a file may begin with, where files were put together.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Decides which records of a file are omitted.
pub struct Omit {
    /// The labels of the file; `None` where a record cannot be told to be a repeated header.
    labels: Option<Vec<String>>,
    matching: LabelMatch,
    text: SourceText,
    quote: Option<u8>,
    /// What the first cell of a header begins with in every encoding, unless something stands before its label.
    start: Vec<u8>,
    /// Whether a record may be omitted whose first cell begins with a byte.
    suspects: [bool; 256],
}

impl Omit {
    /// For the records of a file with these labels, whose text is like this.
    ///
    /// Where only one column has a name, a record that equals the header may be data.
    #[must_use]
    pub fn new(plan: &FeedPlan, labels: &[String], text: SourceText) -> Self {
        let matching = plan.labels.matching;
        let named = labels.iter().filter(|label| !label.trim().is_empty()).count();
        let labels = (named > 1).then(|| labels.to_vec());
        let first = labels.as_ref().and_then(|labels| labels.first()).map(|label| label.trim());
        // A backslash may show a byte that could not be decoded.
        let is_plain = |byte: &u8| byte.is_ascii() && *byte != b'\\';
        let start = match (matching, first) {
            (LabelMatch::Exact, Some(label)) => label.bytes().take_while(is_plain).collect(),
            _ => Vec::new(),
        };
        // White space and what is not ASCII may stand before a label, and a cell of it may be empty.
        let mut suspects = [false; 256];
        for (byte, suspect) in (0..=u8::MAX).zip(&mut suspects) {
            *suspect = !byte.is_ascii_graphic();
        }
        match (matching, first) {
            (_, None) => {}
            (LabelMatch::Exact, Some(label)) => {
                if let Some(byte) = label.bytes().next() {
                    suspects[usize::from(byte)] = true;
                }
            }
            // Signs before a label do not count, nor does case.
            (LabelMatch::Loose, Some(label)) => {
                let lower = |c: char| c.to_lowercase().next();
                let first = label.chars().find(|c| c.is_alphanumeric()).and_then(lower);
                for (byte, suspect) in (0..=u8::MAX).zip(&mut suspects) {
                    *suspect |= !byte.is_ascii_alphanumeric() || lower(char::from(byte)) == first;
                }
            }
        }
        Self { labels, matching, text, quote: plan.dialect.quote, start, suspects }
    }

    /// The name under which a record is omitted, where it is.
    #[inline]
    #[must_use]
    pub fn name(&self, record: &Record<'_>) -> Option<&'static str> {
        match record.get(0).and_then(<[u8]>::first) {
            Some(byte) if !self.suspects[usize::from(*byte)] => None,
            _ => self.look(record),
        }
    }

    /// The same, by all cells.
    #[inline(never)]
    fn look(&self, record: &Record<'_>) -> Option<&'static str> {
        if record.iter().all(|cell| self.is_blank(cell)) {
            Some(EMPTY)
        } else if self.is_header(record) {
            Some(REPEATED_HEADER)
        } else {
            None
        }
    }

    /// Whether a cell has no content.
    fn is_blank(&self, cell: &[u8]) -> bool {
        match cell.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => true,
            Some(byte) if byte.is_ascii_graphic() => false,
            Some(_) => {
                let cell = cell.strip_prefix(BOM).unwrap_or(cell);
                // The first character is enough for nearly every text, and has at most four bytes.
                let head = cell.get(..4).unwrap_or(cell);
                let begins = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
                let has_content = self.text.is_utf8() && begins.is_some_and(|c| !c.is_whitespace());
                !has_content && self.text.decode(cell).is_ok_and(|text| text.trim().is_empty())
            }
        }
    }

    /// Whether a record is the header once more.
    fn is_header(&self, record: &Record<'_>) -> bool {
        let Some(labels) = self.labels.as_ref().filter(|labels| labels.len() == record.len()) else { return false };
        let [first, rest @ ..] = &labels[..] else { return false };
        let mut cells = record.iter();
        let Some(cell) = cells.next() else { return false };
        // Many a text begins with the same letter.
        if cell.first().is_some_and(u8::is_ascii_graphic) && !cell.starts_with(&self.start) {
            return false;
        }
        self.is_label(first, self.without_bom(cell))
            && rest.iter().zip(cells).all(|(label, cell)| self.is_label(label, cell))
    }

    /// The first cell without the byte order mark that a part of the file began with. Quotes behind a mark do not open a
    /// cell, so they are still there.
    fn without_bom<'c>(&self, cell: &'c [u8]) -> &'c [u8] {
        let Some(rest) = cell.strip_prefix(BOM) else { return cell };
        match (rest, self.quote) {
            ([open, inner @ .., close], Some(quote)) if *open == quote && *close == quote => inner,
            _ => rest,
        }
    }

    fn is_label(&self, label: &str, cell: &[u8]) -> bool {
        let cell = self.text.show(cell);
        let (label, cell) = (label.trim(), cell.trim());
        label == cell || self.matching == LabelMatch::Loose && !label.is_empty() && header::same_loosely(label, cell)
    }
}

#[cfg(test)]
mod tests;
