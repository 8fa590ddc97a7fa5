//! Turns an upload into the text that is read: detects, expands and decodes it as a stream.
//!
//! [`inspect`] examines the first bytes. [`Unpacker`] produces the text if the file itself cannot be read; [`unpack_archive`]
//! produces that of a ZIP archive or of a workbook, which have their directories at their ends. All are pure functions of
//! the bytes and the feed, so a repetition gives the same result.

mod archive;
mod foreign;

use crate::archive::ArchiveError;
use crate::encoding::{Decision, EncodingPlan, Evidence, Mojibake, SAMPLE_BYTES, SourceText, Transcoder};
use crate::expand::{Compression, ExpandError, Expander, ExpansionLimit};
use crate::json::{JsonError, Pointer, Rewriter};
use crate::workbook::WorkbookError;
use crate::{Code, Problem, Stage};

pub use self::archive::{ArchiveReading, unpack_archive};
pub use self::foreign::{foreign, no_workbook};

/// The format of a file, and observations about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// How its bytes are decoded.
    pub text: SourceText,
    /// The evidence for its encoding, if that was a guess.
    pub evidence: Option<Evidence>,
    /// Whether the encoding is undecided: the examined part is pure ASCII, and the file goes on.
    pub is_open: bool,
    /// Text that was encoded twice.
    pub mojibake: Option<Mojibake>,
    /// What was examined: `the file`, or `the first MiB of the file`.
    pub part: &'static str,
}

/// Detects the format of a file from its first [`SAMPLE_BYTES`] bytes; `whole` says that they are all of it.
///
/// A file that cannot be expanded is reported when it is unpacked, not here.
#[must_use]
pub fn inspect(plan: EncodingPlan, head: &[u8], whole: bool) -> Inspection {
    let Some(compression) = Compression::of(head) else {
        return Inspection::of(plan, head, whole, None);
    };
    // The ratio applies to the whole file; the sample size limits this part.
    let mut expander = Expander::new(compression, ExpansionLimit { compressed: u64::MAX, ratio: u32::MAX });
    let (mut rest, mut sample) = (head, Vec::new());
    let mut complete = false;
    while sample.len() < SAMPLE_BYTES {
        if !matches!(expander.advance(&mut rest, &mut sample), Ok(true)) {
            complete = expander.finish(&mut sample).is_ok() && whole;
            break;
        }
    }
    if sample.len() > SAMPLE_BYTES {
        sample.truncate(SAMPLE_BYTES);
        complete = false;
    }
    Inspection::of(plan, &sample, complete, Some(compression))
}

impl Inspection {
    fn of(plan: EncodingPlan, sample: &[u8], whole: bool, compression: Option<Compression>) -> Self {
        let Decision { encoding, evidence } = plan.decide(sample, whole);
        Self {
            text: SourceText::new(encoding, compression),
            is_open: plan == EncodingPlan::Auto && !whole && encoding == encoding_rs::UTF_8 && sample.is_ascii(),
            evidence,
            mojibake: (encoding == encoding_rs::UTF_8).then(|| Mojibake::of(sample)).flatten(),
            part: match (whole, compression.is_some()) {
                (true, _) => "the file",
                (false, false) => "the first MiB of the file",
                (false, true) => "the start of the expanded file",
            },
        }
    }

    /// Notes about the encoding of the file.
    #[must_use]
    pub fn notes(&self) -> Vec<Problem> {
        let note = |code, message| Problem::new(Stage::Split, code, message);
        let detected = self.evidence.as_ref().map(|it| note(Code::EncodingDetected, it.describe(self.part)));
        let open = self.is_open.then(|| {
            let message = format!(
                "the file is read as UTF-8: {} contains only ASCII, and the rest was not examined; if the rest is in \
                 another encoding, declare source.encoding",
                self.part
            );
            note(Code::EncodingDetected, message)
        });
        let twice = self.mojibake.as_ref().map(|it| note(Code::DoubleEncoding, it.describe(self.part)));
        detected.into_iter().chain(open).chain(twice).collect()
    }
}

/// Why a file cannot be unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// It cannot be expanded.
    #[error(transparent)]
    Expand(#[from] ExpandError),
    /// It is not JSON, or does not hold the array of records.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// It is a ZIP archive that cannot be unpacked.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It is a ZIP archive with something else in it than text.
    #[error("{name:?} in the ZIP archive is {what}")]
    Inside {
        /// The file in the archive.
        name: String,
        /// What it is, and what to do.
        what: String,
    },
    /// It is another kind of file than the feed says.
    #[error("the file is {what}")]
    Other {
        /// What it is, and what to do.
        what: String,
    },
    /// It is a workbook that cannot be read.
    #[error(transparent)]
    Workbook(#[from] WorkbookError),
    /// Its text cannot be written.
    #[error("the text of the file cannot be written: {reason}")]
    Write {
        /// Why.
        reason: String,
    },
}

impl UnpackError {
    /// The problem of the file.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let code = match self {
            Self::Expand(_) => Code::ExpansionError,
            Self::Json(_) => Code::JsonError,
            Self::Archive(error) | Self::Workbook(WorkbookError::Archive(error)) => match error {
                ArchiveError::Damaged { .. } | ArchiveError::TooLarge { .. } | ArchiveError::TooManyEntries { .. } => {
                    Code::ExpansionError
                }
                _ => Code::SourceError,
            },
            Self::Workbook(_) => Code::WorkbookError,
            Self::Inside { .. } | Self::Other { .. } | Self::Write { .. } => Code::SourceError,
        };
        Problem::new(Stage::Split, code, self.to_string())
    }
}

/// Produces the text of a file whose bytes come in pieces: expands it if it is compressed, decodes it to UTF-8 if its
/// byte ranges cannot be cut safely, and rewrites an array of JSON into lines.
pub struct Unpacker {
    expander: Option<Expander>,
    transcoder: Option<Transcoder>,
    rewriter: Option<Rewriter>,
    is_utf8: bool,
    expanded: Vec<u8>,
    /// The text of an array, before it is rewritten.
    decoded: Vec<u8>,
}

impl Unpacker {
    /// Creates an unpacker for a file of `bytes` bytes, which may expand to `max_expansion` times as much.
    #[must_use]
    pub fn new(text: SourceText, bytes: u64, max_expansion: u32) -> Self {
        let limit = ExpansionLimit { compressed: bytes, ratio: max_expansion };
        Self {
            expander: text.compression().map(|compression| Expander::new(compression, limit)),
            transcoder: text.decoded().then(|| Transcoder::new(text.encoding())),
            rewriter: None,
            is_utf8: text.is_utf8(),
            expanded: Vec::new(),
            decoded: Vec::new(),
        }
    }

    /// Rewrites the array of JSON that a pointer points to, if there is a pointer.
    #[must_use]
    pub fn rewriting(mut self, records: Option<&Pointer>) -> Self {
        self.rewriter = records.map(|records| Rewriter::new(records.clone(), self.is_utf8));
        self
    }

    /// Takes some of the bytes of `input`, and appends their text. `false` if the input is used up.
    ///
    /// # Errors
    /// If the file cannot be expanded further, or is not JSON. The unpacker cannot be used any more.
    pub fn advance(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<bool, UnpackError> {
        self.expanded.clear();
        let went = match &mut self.expander {
            Some(expander) => expander.advance(input, &mut self.expanded)?,
            None => {
                let went = !input.is_empty();
                self.expanded.extend_from_slice(std::mem::take(input));
                went
            }
        };
        self.decode(out)?;
        Ok(went)
    }

    /// Ends the input and appends the rest.
    ///
    /// # Errors
    /// If the file ends within compressed data, or within JSON.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), UnpackError> {
        self.expanded.clear();
        if let Some(expander) = self.expander.take() {
            expander.finish(&mut self.expanded)?;
        }
        self.decode(out)?;
        if let Some(transcoder) = self.transcoder {
            let Some(rewriter) = &mut self.rewriter else {
                transcoder.finish(out);
                return Ok(());
            };
            self.decoded.clear();
            transcoder.finish(&mut self.decoded);
            rewriter.push(&self.decoded, out)?;
        }
        Ok(self.rewriter.map_or(Ok(()), Rewriter::finish)?)
    }

    fn decode(&mut self, out: &mut Vec<u8>) -> Result<(), JsonError> {
        match (&mut self.transcoder, &mut self.rewriter) {
            (Some(transcoder), None) => transcoder.push(&self.expanded, out),
            (None, None) => out.append(&mut self.expanded),
            (None, Some(rewriter)) => rewriter.push(&self.expanded, out)?,
            (Some(transcoder), Some(rewriter)) => {
                self.decoded.clear();
                transcoder.push(&self.expanded, &mut self.decoded);
                rewriter.push(&self.decoded, out)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1252};
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn unpack(text: SourceText, file: &[u8], piece: usize) -> Result<Vec<u8>, UnpackError> {
        let records = text.is_rewritten().then(Pointer::default);
        let mut unpacker = Unpacker::new(text, file.len() as u64, 100).rewriting(records.as_ref());
        let mut out = Vec::new();
        for mut piece in file.chunks(piece) {
            while unpacker.advance(&mut piece, &mut out)? {}
        }
        unpacker.finish(&mut out)?;
        Ok(out)
    }

    #[test]
    fn a_compressed_file_is_looked_into() {
        let (auto, declared) = (EncodingPlan::Auto, EncodingPlan::Declared(WINDOWS_1252));
        for (plan, file, encoding, compression) in [
            (auto, b"a,b\n".to_vec(), UTF_8, None),
            (declared, b"a,b\n".to_vec(), WINDOWS_1252, None),
            (auto, gzip(b"a,b\n"), UTF_8, Some(Compression::Gzip)),
            (auto, gzip(&utf16("a,b\n1,2\n")), UTF_16LE, Some(Compression::Gzip)),
            (declared, gzip(b"\xFF\xFEa\0"), UTF_16LE, Some(Compression::Gzip)),
            (declared, gzip(b""), WINDOWS_1252, Some(Compression::Gzip)),
            // Too short to be expanded; `Unpacker` reports that later.
            (auto, gzip(b"a,b\n")[..9].to_vec(), UTF_8, Some(Compression::Gzip)),
        ] {
            assert_eq!(inspect(plan, &file, true).text, SourceText::new(encoding, compression));
        }
    }

    #[test]
    fn what_was_not_looked_at_is_reported() {
        let reported = |plan, head: &[u8], whole| {
            let notes: Vec<String> = inspect(plan, head, whole).notes().iter().map(ToString::to_string).collect();
            notes.join("|")
        };
        let auto = EncodingPlan::Auto;
        assert_eq!(
            reported(auto, b"a,b\n", false),
            "[encoding-detected] the file is read as UTF-8: the first MiB of the file contains only ASCII, and the rest was not \
             examined; if the rest is in another encoding, declare source.encoding"
        );
        assert!(reported(auto, b"caf\xE9\n", false).contains("in the first MiB of the file, 1 byte is not UTF-8"));
        assert!(reported(auto, b"caf\xE9\n", true).contains("in the file, 1 byte is not UTF-8"));
        for (plan, head, whole) in [
            (auto, &b"a,b\n"[..], true),
            (auto, "ä,b\n".as_bytes(), false),
            (auto, b"\xEF\xBB\xBFa,b\n", false),
            (EncodingPlan::Declared(UTF_8), b"a,b\n", false),
        ] {
            assert_eq!(reported(plan, head, whole), "", "{plan:?} {head:?}");
        }
    }

    #[test]
    fn a_sample_of_a_compressed_file_is_as_long_as_any_other() {
        // Bytes after the first mebibyte do not count, even in the same piece.
        let long = [vec![b'a'; SAMPLE_BYTES], b"\xE9".repeat(100)].concat();
        assert_eq!(inspect(EncodingPlan::Auto, &gzip(&long), true).text.encoding(), UTF_8);
        let short = [vec![b'a'; SAMPLE_BYTES - 200], b"\xE9".repeat(100)].concat();
        assert_ne!(inspect(EncodingPlan::Auto, &gzip(&short), true).text.encoding(), UTF_8);
    }

    proptest! {
        #[test]
        fn a_compressed_file_in_utf16_is_expanded_and_then_decoded(text in ".{0,200}", piece in 1..50usize) {
            let text = text.replace('\u{feff}', "");
            let file = gzip(&utf16(&text));
            let unpacked = unpack(SourceText::new(UTF_16LE, Some(Compression::Gzip)), &file, piece);
            prop_assert_eq!(unpacked, Ok(text.into_bytes()));
        }

        /// Compressed, in UTF-16, or plain: the lines are the same.
        #[test]
        fn an_array_is_rewritten_after_it_is_expanded_and_decoded(numbers in prop::collection::vec(any::<u16>(), 0..50), piece in 1..50usize) {
            let array = serde_json::to_string_pretty(&numbers).unwrap();
            let lines = unpack(SourceText::UTF_8.rewritten(), array.as_bytes(), piece).unwrap();
            let found: Vec<u16> = lines.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()?.parse().ok()).collect();
            prop_assert_eq!(found, numbers);
            let other = SourceText::new(UTF_16LE, Some(Compression::Gzip)).rewritten();
            prop_assert_eq!(unpack(other, &gzip(&utf16(&array)), piece), Ok(lines));
            let cut = utf16(&array);
            let error = unpack(SourceText::new(UTF_16LE, None).rewritten(), &cut[..cut.len() - 2], piece).unwrap_err();
            prop_assert_eq!(error.problem().code, Code::JsonError);
        }

        #[test]
        fn any_file_is_looked_at(file in prop::collection::vec(any::<u8>(), 0..300), whole: bool) {
            let _ = inspect(EncodingPlan::Auto, &file, whole);
        }
    }
}
