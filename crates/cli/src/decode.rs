//! Decodes a file to UTF-8 while it is read.

use std::io::{ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// How much is read and decoded at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// A file as UTF-8, in pieces.
pub struct Decoded<R> {
    file: R,
    decoder: Decoder,
    encoding: &'static Encoding,
    bytes: Vec<u8>,
    text: Vec<u8>,
    /// The number of decoded bytes.
    offset: u64,
    ended: bool,
}

/// Why a file cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// It cannot be read.
    #[error("the file cannot be read further")]
    Read(#[from] std::io::Error),
    /// It contains bytes that are invalid in its encoding.
    #[error("the bytes before byte {before} are not {encoding}")]
    Malformed {
        /// The number of bytes that were read until the error was certain.
        before: u64,
        /// The encoding.
        encoding: &'static str,
    },
}

impl<R: Read> Decoded<R> {
    /// Creates a decoder. A byte order mark at the start overrides the encoding and is dropped.
    pub fn new(file: R, encoding: &'static Encoding) -> Self {
        let (bytes, text) = (vec![0; PIECE], Vec::new());
        Self { file, decoder: encoding.new_decoder(), encoding, bytes, text, offset: 0, ended: false }
    }

    /// The next piece of text; `None` after the last.
    ///
    /// # Errors
    /// If the rest cannot be decoded. Invalid bytes are never replaced.
    pub fn next(&mut self) -> Result<Option<&[u8]>, DecodeError> {
        if self.ended {
            return Ok(None);
        }
        let length = loop {
            match self.file.read(&mut self.bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.ended = length == 0;
        self.text.clear();
        let mut at = 0;
        loop {
            let filled = self.text.len();
            self.text.resize(filled + PIECE, 0);
            let bytes = &self.bytes[at..length];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.text[filled..], self.ended);
            at += read;
            self.text.truncate(filled + written);
            match result {
                DecoderResult::OutputFull => {}
                DecoderResult::InputEmpty => {
                    self.offset += length as u64;
                    return Ok(Some(&self.text));
                }
                DecoderResult::Malformed(..) => {
                    let before = self.offset + at as u64;
                    return Err(DecodeError::Malformed { before, encoding: self.encoding.name() });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1252};

    use super::*;

    fn decode(bytes: &[u8], encoding: &'static Encoding) -> Result<String, String> {
        let mut decoded = Decoded::new(bytes, encoding);
        let mut text = Vec::new();
        while let Some(piece) = decoded.next().map_err(|error| error.to_string())? {
            text.extend_from_slice(piece);
        }
        Ok(String::from_utf8(text).unwrap())
    }

    #[test]
    fn a_byte_order_mark_decides_and_is_no_text() {
        assert_eq!(decode(b"\xef\xbb\xbfa\xc3\xa4", WINDOWS_1252).as_deref(), Ok("a\u{e4}"));
        assert_eq!(decode(b"\xff\xfea\0\xe4\0", UTF_8).as_deref(), Ok("a\u{e4}"));
        assert_eq!(decode(b"a\xe4", WINDOWS_1252).as_deref(), Ok("a\u{e4}"));
        assert_eq!(decode(b"a\0", UTF_16LE).as_deref(), Ok("a"));
    }

    #[test]
    fn characters_may_lie_across_pieces() {
        let text = format!("a{}", "\u{20ac}".repeat(PIECE));
        assert_eq!(decode(text.as_bytes(), UTF_8), Ok(text));
    }

    #[test]
    fn what_is_not_in_the_encoding_is_never_replaced() {
        assert_eq!(decode(b"abc\xe4d", UTF_8), Err("the bytes before byte 4 are not UTF-8".into()));
        assert_eq!(decode(b"abc\xe4", UTF_8), Err("the bytes before byte 4 are not UTF-8".into()));
    }
}
