//! Writes canonical CSV: commas, double quotes where needed, LF.

use csv_core::{WriteResult, Writer, WriterBuilder};

/// Rows of canonical CSV in a buffer, which its owner empties as it likes.
pub struct Rows {
    writer: Writer,
    buffer: Vec<u8>,
}

impl Default for Rows {
    fn default() -> Self {
        Self { writer: WriterBuilder::new().build(), buffer: Vec::new() }
    }
}

impl Rows {
    /// Appends a row.
    pub fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let mut first = true;
        for cell in cells {
            if !first {
                self.put(|writer, room| (0, writer.delimiter(room)));
            }
            first = false;
            let mut rest = cell.as_ref();
            let mut done = false;
            while !done {
                let (result, read) = self.fill(rest);
                rest = &rest[read..];
                done = matches!(result, WriteResult::InputEmpty);
            }
        }
        self.put(|writer, room| (0, writer.terminator(room)));
    }

    /// The rows so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// Forgets the rows so far, keeping the buffer.
    pub fn clear(&mut self) {
        self.buffer.clear();
    }

    fn fill(&mut self, input: &[u8]) -> (WriteResult, usize) {
        let start = self.buffer.len();
        // A cell may double in length, and be quoted.
        self.buffer.resize(start + 2 * input.len() + 2, 0);
        let (result, read, written) = self.writer.field(input, &mut self.buffer[start..]);
        self.buffer.truncate(start + written);
        (result, read)
    }

    fn put(&mut self, step: impl Fn(&mut Writer, &mut [u8]) -> (usize, (WriteResult, usize))) {
        let start = self.buffer.len();
        // A closing quote and a delimiter or a line break: three bytes at most; room for more.
        self.buffer.resize(start + 8, 0);
        let (_, (_, written)) = step(&mut self.writer, &mut self.buffer[start..]);
        self.buffer.truncate(start + written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_the_csv_crate_writes() {
        let rows = [vec!["a", "b,c", "d\"e"], vec!["", "line\nbreak", "\r"], vec![" x ", "=1+1", "ü"]];
        let mut ours = Rows::default();
        let mut theirs = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            ours.row(row);
            theirs.write_record(row).unwrap();
        }
        assert_eq!(ours.as_bytes(), theirs.into_inner().unwrap());
    }
}
