//! Detects records to omit because they contain nothing to import.
//!
//! There are two kinds. An *empty* record has no content: each of its cells is empty or white space, however
//! many there are. A *repeated header* has the labels of the file as its cells, as in files joined from
//! several. Such a record is neither restructured nor judged. It keeps its number and is counted under the
//! name of its kind. The conditions of the feed, which need the columns of a record, are tried by the
//! [`Restructurer`](super::Restructurer).
//!
//! The first byte of the first cell excludes both kinds for nearly every record.

use crate::encoding::SourceText;
use crate::feed::FeedPlan;
use crate::header;
use crate::omitted::{EMPTY, REPEATED_HEADER};
use crate::record::Record;
use crate::spec::LabelMatch;

/// Each part of a joined file may begin with a byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Decides which records of a file are omitted.
pub struct Omit {
    /// Whether records without content are omitted.
    empty: bool,
    /// The records of the header; none if repeated headers are not omitted or cannot be recognized.
    headers: Vec<Header>,
    matching: LabelMatch,
    text: SourceText,
    quote: Option<u8>,
    /// Whether an empty cell at the end of a record is left out.
    ignores_trailing: bool,
    /// For each byte, whether a record whose first cell begins with it may be omitted.
    suspects: [bool; 256],
}

/// A record of the header.
struct Header {
    labels: Vec<String>,
    /// The first bytes of such a record in any encoding, unless something precedes its label.
    start: Vec<u8>,
}

impl Header {
    fn new(labels: &[String], matching: LabelMatch) -> Self {
        // A backslash may stand for an undecodable byte.
        let is_plain = |byte: &u8| byte.is_ascii() && *byte != b'\\';
        let start = match (matching, labels.first()) {
            (LabelMatch::Exact, Some(label)) => label.trim().bytes().take_while(is_plain).collect(),
            _ => Vec::new(),
        };
        Self { labels: labels.to_vec(), start }
    }
}

impl Omit {
    /// Creates the check for a file with these labels and this encoding.
    ///
    /// If only one column has a name, a record that equals the header may be data.
    #[must_use]
    pub fn new(plan: &FeedPlan, labels: &[String], text: SourceText) -> Self {
        Self::of_rows(plan, std::slice::from_ref(&labels), text)
    }

    /// The same for a file whose header has several records: each of them may be repeated.
    #[must_use]
    pub fn of_rows<R: AsRef<[String]>>(plan: &FeedPlan, rows: &[R], text: SourceText) -> Self {
        let matching = plan.labels.matching;
        let is_named = |row: &&R| row.as_ref().iter().filter(|label| !label.trim().is_empty()).count() > 1;
        let rows = rows.iter().filter(|_| plan.omit.repeated_header).filter(is_named);
        let headers: Vec<Header> = rows.map(|row| Header::new(row.as_ref(), matching)).collect();
        // White space and non-ASCII characters may precede a label, or make a cell blank.
        let mut suspects = [false; 256];
        for (byte, suspect) in (0..=u8::MAX).zip(&mut suspects) {
            *suspect = !byte.is_ascii_graphic();
        }
        for label in headers.iter().filter_map(|header| header.labels.first()).map(|label| label.trim()) {
            match matching {
                LabelMatch::Exact => {
                    if let Some(byte) = label.bytes().next() {
                        suspects[usize::from(byte)] = true;
                    }
                }
                // Punctuation before a label and its case are ignored.
                LabelMatch::Loose => {
                    let lower = |c: char| c.to_lowercase().next();
                    let first = label.chars().find(|c| c.is_alphanumeric()).and_then(lower);
                    for (byte, suspect) in (0..=u8::MAX).zip(&mut suspects) {
                        *suspect |= !byte.is_ascii_alphanumeric() || lower(char::from(byte)) == first;
                    }
                }
            }
        }
        Self {
            empty: plan.omit.empty,
            headers,
            matching,
            text,
            quote: plan.dialect.quote,
            ignores_trailing: plan.source.ignores_trailing,
            suspects,
        }
    }

    /// The name under which a record is omitted; `None` if it is data.
    #[inline]
    #[must_use]
    pub fn name(&self, record: &Record<'_>) -> Option<&'static str> {
        match record.get(0).and_then(<[u8]>::first) {
            Some(byte) if !self.suspects[usize::from(*byte)] => None,
            _ => self.examine(record),
        }
    }

    /// The same decision from all cells.
    #[inline(never)]
    fn examine(&self, record: &Record<'_>) -> Option<&'static str> {
        if self.empty && record.iter().all(|cell| self.is_blank(cell)) {
            Some(EMPTY)
        } else if self.headers.iter().any(|header| self.is_header(header, record)) {
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
                // The first character decides for nearly every text, and has at most four bytes.
                let head = cell.get(..4).unwrap_or(cell);
                let begins = head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
                let has_content = self.text.is_utf8() && begins.is_some_and(|c| !c.is_whitespace());
                !has_content && self.text.decode(cell).is_ok_and(|text| text.trim().is_empty())
            }
        }
    }

    /// Whether a record repeats one of the header.
    fn is_header(&self, Header { labels, start }: &Header, record: &Record<'_>) -> bool {
        let record = if self.ignores_trailing { record.without_trailing(labels.len()) } else { *record };
        if record.len() != labels.len() {
            return false;
        }
        let [first, rest @ ..] = &labels[..] else { return false };
        let mut cells = record.iter();
        let Some(cell) = cells.next() else { return false };
        // Many texts begin with the same letter, so more bytes are compared first.
        if cell.first().is_some_and(u8::is_ascii_graphic) && !cell.starts_with(start) {
            return false;
        }
        self.is_label(first, self.without_bom(cell))
            && rest.iter().zip(cells).all(|(label, cell)| self.is_label(label, cell))
    }

    /// The first cell without the byte order mark of a joined part. Quotes after the mark do not open a cell,
    /// so they are still present.
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
