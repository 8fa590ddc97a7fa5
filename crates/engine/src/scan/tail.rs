//! The last records of a file, which may be a footer.

use super::{FilePlan, ScanError, Scanner};
use crate::record::{Position, Reader};

/// One of the last records of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailRecord {
    /// Where it begins.
    pub position: Position,
    /// Its cells.
    pub cells: Vec<Vec<u8>>,
}

impl TailRecord {
    /// Reads all records of these bytes, the first of which begins at a position.
    pub(super) fn read(scanner: &Scanner, position: Position, bytes: &[u8]) -> Result<Vec<Self>, ScanError> {
        let limit = usize::try_from(scanner.sizes.record).unwrap_or(usize::MAX);
        let mut reader = Reader::new(scanner.dialect, position).max_record(limit);
        reader.push(bytes);
        reader.end();
        let mut records = Vec::new();
        while let Some(record) = reader.next_record()? {
            records.push(Self { position: record.position, cells: record.iter().map(<[u8]>::to_vec).collect() });
        }
        let begins = records.first().is_some_and(|first| first.position == position);
        if begins { Ok(records) } else { Err(ScanError::Changed(position)) }
    }
}

impl FilePlan {
    /// Ends the data before one of the last records, by its index in `tail`, and returns this record and those
    /// behind it. The chunks before it stay as they are.
    pub fn end_before(&mut self, index: usize) -> Vec<TailRecord> {
        let taken = self.tail.split_off(index.min(self.tail.len()));
        let Some(Position { offset, record, .. }) = taken.first().map(|first| first.position) else { return taken };
        self.chunks.retain(|chunk| chunk.range.start < offset);
        if let Some(last) = self.chunks.last_mut() {
            last.range.end = offset;
            last.records = record - last.first_record;
        }
        self.records -= taken.len() as u64;
        taken
    }
}
