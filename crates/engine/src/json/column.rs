//! The columns of a text, for messages.

/// The number of characters in the bytes of a line: those of UTF-8, or the bytes themselves.
pub(super) fn characters(bytes: &[u8], is_utf8: bool) -> u64 {
    if is_utf8 { bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64 } else { bytes.len() as u64 }
}
