//! The records of a text that comes in parts.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::SourceGuess;

/// A record beyond this is given up: the file is not what it was taken for.
const MAX_RECORD: usize = 1024 * 1024;

/// Tells the records of a text, part by part.
pub struct Records {
    reader: Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    ended: usize,
    skip_lines: u64,
}

impl Records {
    /// The records of a file that is as guessed.
    #[must_use]
    pub fn new(source: &SourceGuess) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.delimiter(source.delimiter).quoting(source.quote).comment(source.comment);
        builder.escape(source.escape).double_quote(source.escape.is_none());
        Self {
            reader: builder.build(),
            cells: vec![0; 4096],
            ends: vec![0; 64],
            filled: 0,
            ended: 0,
            skip_lines: source.skip_lines,
        }
    }

    /// Takes the next part, and hands every record that is complete to `each`. An empty part ends the
    /// text. `false` where a record is longer than 1 MiB: nothing more can be told then.
    pub fn push(&mut self, part: &str, mut each: impl FnMut(&[&str])) -> bool {
        let end = part.is_empty();
        let mut input = part.as_bytes();
        while self.skip_lines > 0 {
            let Some(at) = input.iter().position(|byte| *byte == b'\n') else { return true };
            input = &input[at + 1..];
            self.skip_lines -= 1;
        }
        // An empty input would end the text.
        if input.is_empty() && !end {
            return true;
        }
        loop {
            let (result, read, written, ends) =
                self.reader.read_record(input, &mut self.cells[self.filled..], &mut self.ends[self.ended..]);
            input = &input[read..];
            self.filled += written;
            self.ended += ends;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return true,
                ReadRecordResult::OutputFull if self.cells.len() >= MAX_RECORD => return false,
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    self.record(&mut each);
                    self.filled = 0;
                    self.ended = 0;
                    if input.is_empty() && !end {
                        return true;
                    }
                }
            }
        }
    }

    fn record(&self, each: &mut impl FnMut(&[&str])) {
        let mut begin = 0;
        let mut cells = Vec::with_capacity(self.ended);
        for end in &self.ends[..self.ended] {
            // The parts are texts, and marks are ASCII: what is between two is text.
            cells.push(std::str::from_utf8(&self.cells[begin..*end]).unwrap_or_default());
            begin = *end;
        }
        each(&cells);
    }
}
