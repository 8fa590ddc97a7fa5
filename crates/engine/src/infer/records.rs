//! The records of a text that comes in parts.

use std::sync::Arc;

use super::SourceGuess;
use crate::dialect::Dialect;
use crate::encoding::SourceText;
use crate::fixed::FixedReader;
use crate::record::{Position, QuoteCheck, QuoteFault, Reader};

/// Reads the records of a text part by part, with the reader that later reads the file.
pub struct Records {
    reader: Reader,
    quotes: QuoteCheck,
    /// Makes records of lines of fixed width.
    fixed: Option<FixedReader>,
}

impl Records {
    /// Creates a reader for a file with this guess.
    #[must_use]
    pub fn new(source: &SourceGuess) -> Self {
        let dialect = source.dialect();
        let reader = Reader::new(dialect, Position::START).skip_lines(source.skip_lines);
        let fixed = source.fixed.as_ref().map(|fixed| FixedReader::new(Arc::clone(&fixed.layout), SourceText::UTF_8));
        Self { reader, quotes: QuoteCheck::new(dialect), fixed }
    }

    /// Takes the next part and passes every complete record to `each`; a record with broken quotes is passed
    /// without cells. An empty part ends the text. `false` if a record is too long or the text ends within
    /// quotes; then nothing more can be read.
    pub fn push(&mut self, part: &str, mut each: impl FnMut(&[&str])) -> bool {
        self.push_lines(part, |_, cells| each(cells))
    }

    /// Like [`push`](Self::push), with the line on which each record begins.
    pub(super) fn push_lines(&mut self, part: &str, mut each: impl FnMut(u64, &[&str])) -> bool {
        if part.is_empty() {
            self.reader.end();
        } else {
            self.reader.push(part.as_bytes());
        }
        loop {
            match self.reader.advance() {
                Ok(true) => {
                    // The parts are valid UTF-8 and the marks are ASCII, so cells are valid too.
                    let text = |cell| std::str::from_utf8(cell).unwrap_or_default();
                    let row = self.reader.record();
                    let record = self.fixed.as_mut().map_or(row, |fixed| fixed.read(&row));
                    let broken = self.quotes.fault(&record).is_some_and(|fault: QuoteFault| fault.breaks_record());
                    let cells: Vec<&str> = if broken { Vec::new() } else { record.iter().map(text).collect() };
                    each(record.position.line, &cells);
                }
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
    }
}

impl SourceGuess {
    /// The guessed dialect.
    fn dialect(&self) -> Dialect {
        if self.fixed.is_some() {
            return Dialect::LINES;
        }
        Dialect {
            delimiter: self.delimiter,
            quote: self.quote.then_some(b'"'),
            double_quote: self.escape.is_none(),
            escape: self.escape,
            comment: self.comment,
            skip_initial_space: self.initial_space,
            ..Dialect::CANONICAL
        }
    }
}
