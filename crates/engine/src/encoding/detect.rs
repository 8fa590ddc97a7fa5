//! Which encoding a file is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_8, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1255};

use super::evidence::Evidence;

/// How much of a file is looked at, in bytes: its first mebibyte, expanded.
pub const SAMPLE_BYTES: usize = 1024 * 1024;

/// What a feed says of the encoding of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodingPlan {
    /// It is this one.
    Declared(&'static Encoding),
    /// It is found out, for each file.
    Auto,
}

impl EncodingPlan {
    /// The encoding of a file, from its first bytes, expanded; `whole` where they are all of it.
    ///
    /// A byte order mark decides, whatever was declared. Without one, `Auto` takes UTF-16 where every
    /// other byte is zero, UTF-8 where the characters of several bytes that are UTF-8 outweigh the bytes that are not, and
    /// otherwise guesses as Firefox does.
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

/// The encoding of a file, and what speaks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// What was counted, where the bytes were neither all UTF-8 nor UTF-16.
    pub evidence: Option<Evidence>,
}

/// UTF-16 without a byte order mark. Delimiters, digits and line breaks have a zero byte there, in any
/// language; no other text has any.
fn utf16(sample: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // One character in twenty at least, and hardly any the other way round.
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
    // Hebrew whose lines run backwards is of the web of the nineties; no file of data is.
    let guess = match detector.guess(None, Utf8Detection::Deny) {
        visual if visual == ISO_8859_8 => WINDOWS_1255,
        guess => guess,
    };
    // The two agree on most of what western files hold; where they do, the commoner one it is. What is UTF-8 is not of either.
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

/// A sample may end in the middle of a character of UTF-8, which says nothing then.
fn without_cut_character(sample: &[u8]) -> &[u8] {
    let last = sample.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
    let is_cut = std::str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
    if is_cut { &sample[..sample.len() - last.len()] } else { sample }
}
