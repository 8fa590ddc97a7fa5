//! Decodes any encoding to UTF-8, as a stream.

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

use super::Undecodable;

/// The size of the pieces that are decoded, in bytes.
const PIECE: usize = 16 * 1024;

/// More than a malformed sequence and the bytes read after it: at most 4 + 3 bytes according to
/// `encoding_rs`.
const REMEMBERED: usize = 8;

/// Decodes bytes that come in pieces of any size to UTF-8, without a byte order mark. Undecodable bytes are
/// written in a form that is not UTF-8, which [`SourceText`](super::SourceText) reads.
pub struct Transcoder {
    decoder: Decoder,
    /// The last bytes that were read, because a malformed sequence may have begun in an earlier piece.
    read: Vec<u8>,
}

impl Transcoder {
    /// A decoder from this encoding.
    #[must_use]
    pub fn new(encoding: &'static Encoding) -> Self {
        Self { decoder: encoding.new_decoder_with_bom_removal(), read: Vec::new() }
    }

    /// Appends the decoded text of the next bytes to `out`: at most three times their length, and a few
    /// bytes.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.decode(bytes, false, out);
    }

    /// Ends the input and appends the rest.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.decode(&[], true, out);
    }

    fn decode(&mut self, mut bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        loop {
            let start = out.len();
            out.resize(start + PIECE, 0);
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut out[start..], last);
            out.truncate(start + written);
            let (now, rest) = bytes.split_at(read);
            self.remember(now);
            bytes = rest;
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => self.escape(length.into(), after.into(), out),
            }
        }
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.read.extend_from_slice(&bytes[bytes.len().saturating_sub(REMEMBERED)..]);
        let surplus = self.read.len().saturating_sub(REMEMBERED);
        self.read.drain(..surplus);
    }

    /// Writes the malformed sequence of this length that ends this many bytes before the last byte read.
    fn escape(&self, length: usize, after: usize, out: &mut Vec<u8>) {
        let end = self.read.len().saturating_sub(after);
        let mut malformed = &self.read[end.saturating_sub(length)..end];
        while let [first, rest @ ..] = malformed {
            let unit = rest.first().and_then(|second| self.surrogate([*first, *second]));
            unit.unwrap_or(Undecodable::Byte(*first)).write(out);
            malformed = if unit.is_some() { &rest[1..] } else { rest };
        }
    }

    /// Two bytes as a surrogate; `None` if they are not a surrogate.
    fn surrogate(&self, bytes: [u8; 2]) -> Option<Undecodable> {
        let unit = match self.decoder.encoding() {
            encoding if encoding == UTF_16LE => u16::from_le_bytes(bytes),
            encoding if encoding == UTF_16BE => u16::from_be_bytes(bytes),
            _ => return None,
        };
        (0xD800..=0xDFFF).contains(&unit).then_some(Undecodable::Surrogate(unit))
    }
}
