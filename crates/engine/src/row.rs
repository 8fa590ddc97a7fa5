//! A row of a file, read as a record of the source.

use crate::Problem;
use crate::record::Record;
use crate::reject::Place;

/// A row of a file, read.
#[derive(Debug)]
pub struct Row<'a> {
    /// In a repair, the number of the record in the parent's file; `None` if the row does not belong to the
    /// parent.
    pub number: Option<u64>,
    /// How often the record had been retried when the file was written.
    pub attempt: u32,
    /// In a repair of a feed with groups, its place among the rows that were rejected together.
    pub place: Option<Place>,
    /// The record, with the labels of the file. [`RowReader::text`](crate::row_reader::RowReader::text) says how its cells are decoded. `Err` holds
    /// its text as in `rejects.csv` if no record can be made of it.
    pub record: Result<Record<'a>, String>,
    /// Why the row must be rejected, whatever its cells.
    pub problem: Option<Problem>,
}
