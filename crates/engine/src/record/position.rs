//! Where a record stands in its file.

/// A place in a file, right before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub offset: u64,
    /// Number of the line it is on, from 1.
    pub line: u64,
    /// Number of the record that follows, from 0 for the header.
    pub record: u64,
}

impl Position {
    /// The start of a file with a header: the first data record will be number 1.
    pub const START: Self = Self { offset: 0, line: 1, record: 0 };
    /// The start of a file without a header: its first record is number 1.
    pub const START_OF_DATA: Self = Self { offset: 0, line: 1, record: 1 };
}
