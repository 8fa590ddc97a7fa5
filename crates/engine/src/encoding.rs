//! Encodings: detecting the encoding of a file, and decoding its cells.
//!
//! UTF-8 and all single-byte encodings that contain ASCII are read in place: delimiters, quotes and line
//! breaks are the same single bytes as in ASCII, so byte ranges can be cut ([`SourceText`]). In other
//! encodings (UTF-16, `Shift_JIS`, GBK and such) the byte of a comma may be part of another character. Such a
//! file is first decoded to UTF-8 as a stream ([`Transcoder`]) and then read like any UTF-8 file.
//!
//! Nothing is ever replaced silently. A record with undecodable bytes is rejected with a message that names
//! them. The transcoder writes such bytes in an invalid UTF-8 form that encodes their value (`escape`), so
//! the same check finds them later.

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
pub use text::{Packing, SourceText};
pub use transcode::Transcoder;

#[cfg(test)]
mod tests;
