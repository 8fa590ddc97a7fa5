//! What precedes the records of a file: a byte order mark and skipped lines.

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Where the records of a file may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Offset of the first byte after the preamble.
    pub offset: u64,
    /// Number of its line, from 1.
    pub line: u64,
}

/// Finds the origin of a file. Quotes have no meaning in skipped lines.
#[derive(Clone, Debug)]
pub struct Preamble {
    skip_lines: u64,
    at: Origin,
    /// Where the data begins, if that is known, and the number of bytes read so far.
    known: Option<(Origin, u64)>,
    /// Bytes of a byte order mark found so far; `None` once that is decided.
    bom: Option<usize>,
    after_cr: bool,
}

impl Preamble {
    /// Searches for the origin of a file of which these many lines are skipped.
    #[must_use]
    pub fn new(skip_lines: u64) -> Self {
        Self { skip_lines, at: Origin { offset: 0, line: 1 }, known: None, bom: Some(0), after_cr: false }
    }

    /// A preamble that ends where the data is known to begin.
    pub(super) fn up_to(origin: Origin) -> Self {
        Self { known: Some((origin, 0)), ..Self::new(0) }
    }

    /// Reads the next bytes from the start of the file. Returns the origin once it is known; further bytes
    /// are then ignored.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Origin> {
        if let Some((origin, read)) = &mut self.known {
            *read += bytes.len() as u64;
            return (origin.offset < *read).then_some(*origin);
        }
        for byte in bytes {
            if let Some(found) = self.bom {
                if BOM.get(found) == Some(byte) {
                    self.bom = Some(found + 1);
                    continue;
                }
                self.end_bom();
            }
            if !self.skip(*byte) {
                return Some(self.at);
            }
        }
        None
    }

    /// The origin of a file that ends here.
    #[must_use]
    pub fn end(mut self) -> Origin {
        if let Some((origin, _)) = self.known {
            return origin;
        }
        self.end_bom();
        self.at
    }
}

impl Preamble {
    /// Decides whether the bytes are a byte order mark. If not, they belong to the first line.
    fn end_bom(&mut self) {
        if let Some(found) = self.bom.take()
            && (found == BOM.len() || self.skip_lines > 0)
        {
            self.at.offset = found as u64;
        }
    }

    /// Skips a byte; `false` if it is after the lines to skip.
    fn skip(&mut self, byte: u8) -> bool {
        let of_line_break = self.after_cr && byte == b'\n';
        self.after_cr = false;
        if !of_line_break {
            if self.skip_lines == 0 {
                return false;
            }
            if matches!(byte, b'\r' | b'\n') {
                self.skip_lines -= 1;
                self.at.line += 1;
                self.after_cr = byte == b'\r';
            }
        }
        self.at.offset += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_origins() {
        for (text, skip_lines, offset, line) in [
            (&b""[..], 0, 0, 1),
            (b"a", 0, 0, 1),
            (b"\xef\xbb\xbf", 0, 3, 1),
            (b"\xef\xbb\xbfa", 0, 3, 1),
            (b"\xef\xbba", 0, 0, 1),
            (b"\xef\xbb", 0, 0, 1),
            (b"\xef\xbb\xbf\xef\xbb\xbf", 0, 3, 1),
            (b"\xef\xbba\nb", 1, 4, 2),
            (b"\xef\xbb", 1, 2, 1),
            (b"\xef\xbb\xbfa\nb", 1, 5, 2),
            (b"\"a\nb\"\nc", 1, 3, 2),
            (b"a\r\nb", 1, 3, 2),
            (b"a\r\rb", 1, 2, 2),
            (b"a\r\r\nb", 2, 4, 3),
            (b"\n\nb", 2, 2, 3),
            (b"\n\n", 3, 2, 3),
            (b"a", 1, 1, 1),
            (b"a\r", 1, 2, 2),
        ] {
            for piece in 1..=text.len().max(1) {
                let mut preamble = Preamble::new(skip_lines);
                let found = text.chunks(piece).find_map(|piece| preamble.push(piece));
                assert_eq!(found.unwrap_or_else(|| preamble.end()), Origin { offset, line }, "{text:?} {skip_lines}");
            }
        }
    }
}
