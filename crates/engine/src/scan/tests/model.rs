//! A model of a file's meaning, with the whole file in memory: no states, no pieces, no speed.

use crate::dialect::Dialect;

/// The records of a file, each with its offset.
pub struct Model {
    pub records: Vec<(usize, Vec<Vec<u8>>)>,
    /// Where each record ends, including the first byte of its line break.
    pub ends: Vec<usize>,
    /// Where an unfinished record begins if the file ends inside a quoted cell; it is not in `records`.
    pub unclosed: Option<usize>,
}

/// Reads a file.
pub fn read(bytes: &[u8], dialect: Dialect, skip_lines: u64) -> Model {
    let mut rest = Rest { bytes, at: if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 } };
    for _ in 0..skip_lines {
        rest.skip_line();
    }
    let mut model = Model { records: Vec::new(), ends: Vec::new(), unclosed: None };
    while let Some(first) = rest.peek() {
        let start = rest.at;
        if rest.skip_break() {
            if dialect.keep_blank_lines {
                model.records.push((start, vec![Vec::new()]));
                model.ends.push(start + 1);
            }
        } else if Some(first) == dialect.comment {
            rest.skip_line();
        } else if let Some(record) = rest.record(dialect) {
            model.records.push((start, record));
            let end = rest.at;
            model.ends.push(end + usize::from(rest.skip_break()));
        } else {
            model.unclosed = Some(start);
            return model;
        }
    }
    model
}

/// The line of a byte, from 1.
pub fn line(bytes: &[u8], at: usize) -> u64 {
    let mut before = Rest { bytes: &bytes[..at], at: 0 };
    let mut line = 1;
    while before.next().is_some() {
        before.at -= 1;
        if before.skip_break() {
            line += 1;
        } else {
            before.at += 1;
        }
    }
    line
}

struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn is_at(&self, bytes: &[u8]) -> bool {
        self.bytes[self.at..].starts_with(bytes)
    }

    fn next(&mut self) -> Option<u8> {
        self.at += 1;
        self.bytes.get(self.at - 1).copied()
    }

    fn skip_break(&mut self) -> bool {
        let length = match self.bytes[self.at..] {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        self.at += length;
        length > 0
    }

    fn skip_line(&mut self) {
        while self.at < self.bytes.len() && !self.skip_break() {
            self.at += 1;
        }
    }

    /// Reads up to the line break.
    fn record(&mut self, dialect: Dialect) -> Option<Vec<Vec<u8>>> {
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell(dialect)?);
            if !self.is_at(dialect.delimiter.as_bytes()) {
                return Some(cells);
            }
            self.at += dialect.delimiter.len();
        }
    }

    fn cell(&mut self, dialect: Dialect) -> Option<Vec<u8>> {
        while dialect.skip_initial_space && self.peek() == Some(b' ') {
            self.at += 1;
        }
        let mut text = Vec::new();
        if dialect.quote.is_some() && self.peek() == dialect.quote {
            self.at += 1;
            self.quoted(dialect, &mut text)?;
        }
        while let Some(byte) = self.peek() {
            if self.is_at(dialect.delimiter.as_bytes()) || byte == b'\r' || byte == b'\n' {
                break;
            }
            self.at += 1;
            let escapes = dialect.quote.is_none() && Some(byte) == dialect.escape;
            text.push(if escapes && self.peek().is_some() { self.next()? } else { byte });
        }
        Some(text)
    }

    /// Reads up to the closing quote, inclusive; `None` if there is none.
    fn quoted(&mut self, dialect: Dialect, text: &mut Vec<u8>) -> Option<()> {
        loop {
            let byte = self.next()?;
            if Some(byte) == dialect.quote {
                if !dialect.double_quote || self.peek() != dialect.quote {
                    return Some(());
                }
                text.push(self.next()?);
            } else if Some(byte) == dialect.escape {
                text.push(self.next()?);
            } else {
                text.push(byte);
            }
        }
    }
}
