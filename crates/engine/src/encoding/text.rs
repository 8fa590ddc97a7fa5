//! How the bytes of a source become text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use serde::{Deserialize, Serialize};

use super::{Undecodable, mark};
use crate::expand::Compression;

/// How a file came, and with that, how the cells of its source become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceText {
    /// The encoding in which the file came, once it was expanded.
    encoding: &'static Encoding,
    /// How it was compressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<Compression>,
    /// Whether these are records that a repair has made: they hold what could not be decoded in a form of their own.
    #[serde(skip)]
    repaired: bool,
}

impl SourceText {
    /// A file in UTF-8 that is read as it came.
    pub const UTF_8: Self = Self { encoding: UTF_8, compression: None, repaired: false };

    /// The records that [`RepairReader`](crate::repair::RepairReader) makes of the rows of a repair file.
    pub const REPAIRED: Self = Self { encoding: UTF_8, compression: None, repaired: true };

    /// A file that came in this encoding, compressed or not.
    #[must_use]
    pub fn new(encoding: &'static Encoding, compression: Option<Compression>) -> Self {
        Self { encoding, compression, repaired: false }
    }

    /// The encoding in which the file came.
    #[must_use]
    pub fn encoding(self) -> &'static Encoding {
        self.encoding
    }

    /// How the file was compressed.
    #[must_use]
    pub fn compression(self) -> Option<Compression> {
        self.compression
    }

    /// Whether these are records that a repair has made. They are not in the order of the bytes of their file.
    #[must_use]
    pub fn is_repaired(self) -> bool {
        self.repaired
    }

    /// Whether the file is decoded to UTF-8 before it is read: its encoding has no safe byte ranges.
    #[must_use]
    pub fn decoded(self) -> bool {
        // Every single-byte encoding of the standard has ASCII in its lower half.
        self.encoding != UTF_8 && !self.encoding.is_single_byte()
    }

    /// Whether the source is made from the file, and offsets are not those of the file.
    #[must_use]
    pub fn is_made(self) -> bool {
        self.decoded() || self.compression.is_some()
    }

    /// What an offset is an offset of: `the file`, `the expanded file`, `the decoded text`.
    #[must_use]
    pub fn place(self) -> &'static str {
        match (self.decoded(), self.compression) {
            (true, _) => "the decoded text",
            (false, Some(_)) => "the expanded file",
            (false, None) => "the file",
        }
    }

    /// What is to be told of a source that was made from the file.
    #[must_use]
    pub fn note(self) -> Option<String> {
        let encoding = self.encoding.name();
        let made = match (self.compression, self.decoded()) {
            (None, false) => return None,
            (Some(compression), false) => format!("expanded from {compression}"),
            (None, true) => format!("decoded from {encoding} to UTF-8"),
            (Some(compression), true) => format!("expanded from {compression} and decoded from {encoding} to UTF-8"),
        };
        Some(format!(
            "the file was {made}; offsets in messages are those of {}, lines and records are the file's own",
            self.place()
        ))
    }

    /// Bytes as text.
    ///
    /// # Errors
    /// What cannot be decoded first.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
        if self.is_utf8() {
            if let Ok(text) = std::str::from_utf8(bytes) {
                return Ok(Cow::Borrowed(text));
            }
        } else if let Some(text) = single_byte(self.encoding, bytes) {
            return Ok(text);
        }
        let bad = self.undecodable(bytes).next();
        // Where a text is not decoded, one of its bytes cannot be.
        bad.map_or(Ok(Cow::Borrowed("")), |(_, bad)| Err(bad))
    }

    /// Bytes as text. What cannot be decoded is shown as `\x81` or `\uD83D`, and is told as
    /// `encoding-error` beside it: never replaced silently.
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

    /// Bytes as text for `rejects.csv`. What cannot be decoded becomes a mark, such as `{\x81}`, which no other text is
    /// written as; [`unmark`](super::unmark) reads that again.
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

    /// What cannot be decoded, and where it stands in the bytes.
    pub fn undecodable(self, bytes: &[u8]) -> impl Iterator<Item = (usize, Undecodable)> {
        self.parts(bytes).filter_map(|part| part.bad)
    }

    /// How many bytes of the source one of these takes.
    #[must_use]
    pub fn undecodable_length(self) -> usize {
        if self.decoded() || self.repaired { Undecodable::WRITTEN } else { 1 }
    }

    /// Whether the source is in UTF-8, as it came or decoded.
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

    /// The part at the start of `rest`, which stands at `at`, and its length.
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

/// A text, and what follows it and cannot be decoded, with its place.
struct Decoded<'a> {
    text: Cow<'a, str>,
    bad: Option<(usize, Undecodable)>,
}

/// Bytes in a single-byte encoding as text; `None` where one of them is not assigned.
///
/// The Encoding Standard fills the holes of the Windows code pages with control characters (0x81 of windows-1252
/// becomes U+0081), because browsers must show something. No one who wrote a file meant those.
fn single_byte<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let filled = |text: &str| text.contains(|c| ('\u{80}'..='\u{9f}').contains(&c));
    let holes = matches!(text, Cow::Owned(_)) && encoding.name().starts_with("windows-") && filled(&text);
    (!holes).then_some(text)
}
