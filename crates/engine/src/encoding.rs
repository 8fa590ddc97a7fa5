//! Encodings: which one a file is in, and how its cells become text.
//!
//! UTF-8 and every single-byte encoding that contains ASCII are read where they lie: a delimiter, a
//! quote and a line break are the same single bytes there as in ASCII, so that byte ranges can be
//! cut ([`SourceText`]). In the others (UTF-16, `Shift_JIS`, GBK and such) the byte of a comma may be a part
//! of another character: such a file is decoded to UTF-8 once, as a stream ([`Transcoder`]), and then
//! read like any UTF-8 file.
//!
//! Nothing is ever replaced silently. What cannot be decoded makes its record a reject that names the
//! bytes; while transcoding, it is written as bytes that are not UTF-8 and say what they stand for
//! (`escape`), so that the same check finds them later.

mod detect;
mod escape;
mod evidence;
mod mark;
mod text;
mod transcode;

pub use detect::{Decision, EncodingPlan, SAMPLE_BYTES};
pub use encoding_rs::Encoding;
pub use escape::Undecodable;
pub use evidence::{Evidence, Mojibake};
pub use mark::unmark;
pub use text::SourceText;
pub use transcode::Transcoder;

#[cfg(test)]
mod tests;
