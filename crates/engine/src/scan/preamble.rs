//! What stands before the records of a file: a byte order mark, and lines that are skipped.

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Where the records of a file may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Offset of the first byte that is read as a record or as what lies between records.
    pub offset: u64,
    /// Number of its line, from 1.
    pub line: u64,
}

/// Looks for the origin of a file. Its lines are skipped whatever is in them: quotes have no meaning there.
#[derive(Clone, Debug)]
pub struct Preamble {
    skip_lines: u64,
    at: Origin,
    /// Bytes of a byte order mark that were found; `None` where that is decided.
    bom: Option<usize>,
    after_cr: bool,
}

impl Preamble {
    pub(super) fn new(skip_lines: u64) -> Self {
        Self { skip_lines, at: Origin { offset: 0, line: 1 }, bom: Some(0), after_cr: false }
    }

    /// Reads the next bytes from the start of the file; answers where the records begin, once that is known. Takes
    /// no more bytes then.
    pub fn push(&mut self, bytes: &[u8]) -> Option<Origin> {
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

    /// Where the records begin of a file that ends here.
    #[must_use]
    pub fn end(mut self) -> Origin {
        self.end_bom();
        self.at
    }
}

impl Preamble {
    /// Decides whether what was found is a byte order mark. What is none belongs to the first line.
    fn end_bom(&mut self) {
        if let Some(found) = self.bom.take()
            && (found == BOM.len() || self.skip_lines > 0)
        {
            self.at.offset = found as u64;
        }
    }

    /// Skips a byte; `false` where it is behind the lines to skip.
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
