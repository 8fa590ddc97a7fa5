//! Which encoding a file is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_8, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1255};

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
    /// other byte is zero, UTF-8 where that is what the bytes are but for a few, and otherwise guesses as Firefox
    /// does.
    #[must_use]
    pub fn decide(self, sample: &[u8], whole: bool) -> &'static Encoding {
        match (Encoding::for_bom(sample), self) {
            (Some((encoding, _)), _) | (None, Self::Declared(encoding)) => encoding,
            (None, Self::Auto) => utf16(sample).unwrap_or_else(|| utf8_or_guess(sample, whole)),
        }
    }
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

fn utf8_or_guess(sample: &[u8], whole: bool) -> &'static Encoding {
    // A sample may end in the middle of a character.
    let cut = |error: &std::str::Utf8Error| !whole && error.error_len().is_none();
    let Err(_) = std::str::from_utf8(sample).map(drop).or_else(|error| if cut(&error) { Ok(()) } else { Err(error) })
    else {
        return UTF_8;
    };
    // Characters of several bytes that are UTF-8 are not so by accident: where nearly all are, the rest is
    // broken, to be told, and another encoding would make every one of them something else.
    let (mut good, mut bad) = (0, 0);
    for chunk in sample.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if good > 10 * bad {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    // Hebrew whose lines run backwards is of the web of the nineties; no file of data is.
    let guess = match detector.guess(None, Utf8Detection::Deny) {
        visual if visual == ISO_8859_8 => WINDOWS_1255,
        guess => guess,
    };
    // The two agree on most of what western files hold; where they do, the commoner one it is.
    let alike = guess.is_single_byte()
        && guess.decode_without_bom_handling(sample).0 == WINDOWS_1252.decode_without_bom_handling(sample).0;
    if alike { WINDOWS_1252 } else { guess }
}
