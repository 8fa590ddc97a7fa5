//! Detects the encoding of a file.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_8, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1255};

use super::evidence::Evidence;

/// How much of a file is examined, in bytes: its first mebibyte after expansion.
pub const SAMPLE_BYTES: usize = 1024 * 1024;

/// The encoding as the feed declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingPlan {
    /// The declared encoding.
    Declared(&'static Encoding),
    /// Detected for each file.
    Auto,
}

impl EncodingPlan {
    /// The encoding of a file, from its first bytes after expansion; `whole` says that they are all of it.
    ///
    /// A byte order mark wins over the declaration. Without one, `Auto` chooses UTF-16 if every other byte is
    /// zero; UTF-8 if the valid multi-byte characters outweigh the invalid bytes; and otherwise guesses as
    /// Firefox does.
    #[must_use]
    pub fn decide(self, sample: &[u8], whole: bool) -> Decision {
        let sure = |encoding| Decision { encoding, evidence: None };
        match (Encoding::for_bom(sample), self) {
            (Some((encoding, _)), _) | (None, Self::Declared(encoding)) => sure(encoding),
            (None, Self::Auto) => match utf16(sample) {
                Some(encoding) => sure(encoding),
                None => utf8_or_guess(sample, whole),
            },
        }
    }
}

/// The encoding of a file, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// The counts, if the bytes were neither all UTF-8 nor UTF-16.
    pub evidence: Option<Evidence>,
}

/// UTF-16 without a byte order mark. Its delimiters, digits and line breaks contain a zero byte in any
/// language; no other text contains any.
fn utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // At least one character in twenty, and hardly any the other way round.
    let many = |zeros: usize, others: usize| zeros * 40 > sample.len() && zeros > 10 * others;
    match (many(odd, even), many(even, odd)) {
        (true, _) => Some(UTF_16LE),
        (_, true) => Some(UTF_16BE),
        _ => None,
    }
}

fn utf8_or_guess(sample: &[u8], whole: bool) -> Decision {
    let sample = if whole { sample } else { without_cut_character(sample) };
    if std::str::from_utf8(sample).is_ok() {
        return Decision { encoding: UTF_8, evidence: None };
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    // Visual Hebrew exists on web pages of the nineties, but not in data files.
    let guess = match detector.guess(None, Utf8Detection::Deny) {
        visual if visual == ISO_8859_8 => WINDOWS_1255,
        guess => guess,
    };
    // Other encodings often agree with windows-1252 on western text; then windows-1252, the most common one, is
    // chosen. Valid UTF-8 sequences are evidence for neither, so they are left out.
    let mut rest = Vec::new();
    for chunk in sample.utf8_chunks() {
        rest.extend(chunk.valid().bytes().filter(u8::is_ascii));
        rest.extend_from_slice(chunk.invalid());
    }
    let decode = |encoding: &'static Encoding| encoding.decode_without_bom_handling(&rest).0;
    let alike = guess.is_single_byte() && decode(guess) == decode(WINDOWS_1252);
    let evidence = Evidence::of(sample, if alike { WINDOWS_1252 } else { guess });
    let encoding = if evidence.is_utf8() { UTF_8 } else { evidence.guess };
    Decision { encoding, evidence: Some(evidence) }
}

/// Drops an incomplete UTF-8 character at the end of a sample, which is no evidence.
fn without_cut_character(sample: &[u8]) -> &[u8] {
    let last = sample.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    let is_cut = std::str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
    if is_cut { &sample[..sample.len() - last.len()] } else { sample }
}
