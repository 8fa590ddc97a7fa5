//! Decodes the bytes of a source.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use serde::{Deserialize, Serialize};

use super::{Undecodable, mark};
use crate::expand::Compression;

/// The encoding and compression in which a file came, which determine how its cells are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceText {
    /// The encoding of the file after expansion.
    encoding: &'static Encoding,
    /// The compression of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<Compression>,
    /// Whether an array of JSON was rewritten into lines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rewritten: bool,
    /// What the file was packed into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    packing: Option<Packing>,
    /// Whether these are records from a repair file, in which undecodable bytes have a form of their own.
    #[serde(skip)]
    repaired: bool,
}

/// What the text of a file is packed into, with a directory at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packing {
    /// A ZIP archive with one file.
    Zip,
    /// A workbook, of which a sheet is rewritten into CSV.
    Workbook,
}

impl SourceText {
    /// A UTF-8 file that is read as it came.
    pub const UTF_8: Self =
        Self { encoding: UTF_8, compression: None, rewritten: false, packing: None, repaired: false };

    /// The records that [`RepairReader`](crate::repair::RepairReader) makes from a repair file.
    pub const REPAIRED: Self = Self { repaired: true, ..Self::UTF_8 };

    /// A file in this encoding and compression.
    #[must_use]
    pub fn new(encoding: &'static Encoding, compression: Option<Compression>) -> Self {
        Self { encoding, compression, ..Self::UTF_8 }
    }

    /// The same for a file whose array of JSON is rewritten into lines.
    #[must_use]
    pub fn rewritten(self) -> Self {
        Self { rewritten: true, ..self }
    }

    /// The same for a file that was packed.
    #[must_use]
    pub fn packed(self, packing: Packing) -> Self {
        Self { packing: Some(packing), ..self }
    }

    /// Whether an array of JSON was rewritten into lines, so that a line is not one of the file.
    #[must_use]
    pub fn is_rewritten(self) -> bool {
        self.rewritten
    }

    /// Whether it is a sheet of a workbook that was rewritten into CSV.
    #[must_use]
    pub fn is_sheet(self) -> bool {
        self.packing == Some(Packing::Workbook)
    }

    /// The encoding in which the file came.
    #[must_use]
    pub fn encoding(self) -> &'static Encoding {
        self.encoding
    }

    /// The compression of the file.
    #[must_use]
    pub fn compression(self) -> Option<Compression> {
        self.compression
    }

    /// Whether these are records from a repair file. Their order is not that of the original file.
    #[must_use]
    pub fn is_repaired(self) -> bool {
        self.repaired
    }

    /// Whether the file is decoded to UTF-8 before it is read, because its byte ranges cannot be cut safely.
    #[must_use]
    pub fn decoded(self) -> bool {
        // Every single-byte encoding of the standard has ASCII in its lower half.
        self.encoding != UTF_8 && !self.encoding.is_single_byte()
    }

    /// Whether the source is derived from the file, so that its offsets differ from those of the file.
    #[must_use]
    pub fn is_made(self) -> bool {
        self.decoded() || self.compression.is_some() || self.rewritten || self.packing.is_some()
    }

    /// What offsets refer to: `the file`, `the expanded file`, `the decoded text`, `the rewritten array`, `the rewritten sheet`.
    #[must_use]
    pub fn place(self) -> &'static str {
        if self.rewritten {
            return "the rewritten array";
        }
        match (self.decoded(), self.packing, self.compression) {
            (_, Some(Packing::Workbook), _) => "the rewritten sheet",
            (true, ..) => "the decoded text",
            (false, Some(Packing::Zip), _) | (false, _, Some(_)) => "the expanded file",
            (false, None, None) => "the file",
        }
    }

    /// A note about a source that was derived from the file. A sheet has a note of its own, which says where its records are.
    #[must_use]
    pub fn note(self) -> Option<String> {
        if self.packing == Some(Packing::Workbook) {
            return None;
        }
        let encoding = self.encoding.name();
        let unpacked = self.packing.map(|_| "unpacked from a ZIP archive".to_owned());
        let expanded = self.compression.map(|compression| format!("expanded from {compression}"));
        let decoded = self.decoded().then(|| format!("decoded from {encoding} to UTF-8"));
        let rewritten = self.rewritten.then(|| "rewritten from an array into lines".to_owned());
        let steps: Vec<String> = unpacked.into_iter().chain(expanded).chain(decoded).chain(rewritten).collect();
        if steps.is_empty() {
            return None;
        }
        let lines = if self.rewritten {
            "record numbers to the array; the line of a record is that of the file, if no other record begins on it"
        } else {
            "line and record numbers to the file itself"
        };
        let made = steps.join(" and ");
        Some(format!("the file was {made}; byte offsets in messages refer to {}, {lines}", self.place()))
    }

    /// Decodes bytes.
    ///
    /// # Errors
    /// The first undecodable byte or surrogate.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
        if self.is_utf8() {
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok(Cow::Borrowed(text));
            }
        } else if let Some(text) = single_byte(self.encoding, bytes) {
            return Ok(text);
        }
        let bad = self.undecodable(bytes).next();
        // If the text is not decoded, one of its bytes is undecodable.
        bad.map_or(Ok(Cow::Borrowed("")), |(_, bad)| Err(bad))
    }

    /// Decodes bytes for display. Undecodable bytes are shown as `\x81` or `\uD83D` and are reported
    /// separately as `encoding-error`.
    #[must_use]
    pub fn show(self, bytes: &[u8]) -> Cow<'_, str> {
        if let Ok(text) = self.decode(bytes) {
            return text;
        }
        let mut shown = String::new();
        for Decoded { text, bad } in self.parts(bytes) {
            shown.push_str(&text);
            shown.extend(bad.map(|(_, bad)| bad.shown()));
        }
        Cow::Owned(shown)
    }

    /// Decodes bytes for `rejects.csv`. An undecodable byte becomes a mark such as `{\x81}`, which no other
    /// text produces; [`unmark`](super::unmark) reads it again.
    #[must_use]
    pub fn mark(self, bytes: &[u8]) -> Cow<'_, str> {
        match self.decode(bytes) {
            Ok(text) if !mark::needs_escape(&text) => text,
            _ => {
                let mut marked = String::new();
                for Decoded { text, bad } in self.parts(bytes) {
                    mark::escape(&text, &mut marked);
                    if let Some((_, bad)) = bad {
                        mark::write(bad, &mut marked);
                    }
                }
                Cow::Owned(marked)
            }
        }
    }

    /// The undecodable bytes or surrogates, with their offsets.
    pub fn undecodable(self, bytes: &[u8]) -> impl Iterator<Item = (usize, Undecodable)> {
        self.parts(bytes).filter_map(|part| part.bad)
    }

    /// The number of source bytes that one of them takes.
    #[must_use]
    pub fn undecodable_length(self) -> usize {
        if self.decoded() || self.repaired { Undecodable::WRITTEN } else { 1 }
    }

    /// Whether the source is UTF-8, as it came or decoded.
    #[must_use]
    pub fn is_utf8(self) -> bool {
        !self.encoding.is_single_byte()
    }

    fn parts(self, bytes: &[u8]) -> impl Iterator<Item = Decoded<'_>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let (part, length) =
                if self.is_utf8() { self.utf8_part(rest, at) } else { self.single_byte_part(rest, at) };
            at += length;
            Some(part)
        })
    }

    /// The part at the start of `rest`, which is at offset `at`, and its length.
    fn utf8_part(self, rest: &[u8], at: usize) -> (Decoded<'_>, usize) {
        let good = rest.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let broken = &rest[good.len()..];
        let text = Cow::Owned(good.to_owned());
        let Some(first) = broken.first() else { return (Decoded { text, bad: None }, rest.len()) };
        let (bad, length) = match Undecodable::read(broken).filter(|_| self.decoded() || self.repaired) {
            Some(bad) => (bad, Undecodable::WRITTEN),
            None => (Undecodable::Byte(*first), 1),
        };
        (Decoded { text, bad: Some((at + good.len(), bad)) }, good.len() + length)
    }

    fn single_byte_part(self, rest: &[u8], at: usize) -> (Decoded<'_>, usize) {
        let hole = |byte: &u8| !byte.is_ascii() && single_byte(self.encoding, &[*byte]).is_none();
        let good = rest.iter().position(hole).unwrap_or(rest.len());
        let text = single_byte(self.encoding, &rest[..good]).unwrap_or_default().into_owned();
        let bad = rest.get(good).map(|byte| (at + good, Undecodable::Byte(*byte)));
        (Decoded { text: Cow::Owned(text), bad }, good + usize::from(bad.is_some()))
    }
}

/// A text and the undecodable byte that follows it, with its offset.
struct Decoded<'a> {
    text: Cow<'a, str>,
    bad: Option<(usize, Undecodable)>,
}

/// Decodes bytes in a single-byte encoding; `None` if one of them is unassigned.
///
/// The Encoding Standard fills the holes of the Windows code pages with control characters (0x81 of
/// windows-1252 becomes U+0081), because browsers must show something. No producer means those.
fn single_byte<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let filled = |text: &str| text.contains(|c| ('\u{80}'..='\u{9f}').contains(&c));
    let holes = matches!(text, Cow::Owned(_)) && encoding.name().starts_with("windows-") && filled(&text);
    (!holes).then_some(text)
}
