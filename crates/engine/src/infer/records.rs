//! The records of a text that comes in parts.

use super::SourceGuess;
use crate::dialect::Dialect;
use crate::record::{Position, Reader};

/// Tells the records of a text, part by part: with the reader that later reads the file.
pub struct Records {
    reader: Reader,
}

impl Records {
    /// The records of a file that is as guessed.
    #[must_use]
    pub fn new(source: &SourceGuess) -> Self {
        let dialect = Dialect {
            delimiter: source.delimiter,
            quote: source.quote.then_some(b'"'),
            double_quote: source.escape.is_none(),
            escape: source.escape,
            comment: source.comment,
            ..Dialect::CANONICAL
        };
        Self { reader: Reader::new(dialect, Position::START).skip_lines(source.skip_lines) }
    }

    /// Takes the next part, and hands every record that is complete to `each`. An empty part ends the
    /// text. `false` where a record is longer than a record may be, or the text ends within quotes:
    /// nothing more can be told then.
    pub fn push(&mut self, part: &str, mut each: impl FnMut(&[&str])) -> bool {
        if part.is_empty() {
            self.reader.end();
        } else {
            self.reader.push(part.as_bytes());
        }
        loop {
            match self.reader.advance() {
                Ok(true) => {
                    // The parts are texts, and marks are ASCII: what is between two is text.
                    let text = |cell| std::str::from_utf8(cell).unwrap_or_default();
                    let cells: Vec<&str> = self.reader.record().iter().map(text).collect();
                    each(&cells);
                }
                Ok(false) => return true,
                Err(_) => return false,
            }
        }
    }
}
