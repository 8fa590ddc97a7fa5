//! The position of a record in its file.

/// A position in a file, right before a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before the record.
    pub offset: u64,
    /// Number of the line on which the record begins, from 1.
    pub line: u64,
    /// Number of the record; the header is 0.
    pub record: u64,
}

impl Position {
    /// The start of a file with a header, so that the first data record gets number 1.
    pub const START: Self = Self { offset: 0, line: 1, record: 0 };
    /// The start of a file without a header, whose first record has number 1.
    pub const START_OF_DATA: Self = Self { offset: 0, line: 1, record: 1 };
}
