//! Splits rows whose `_raw` holds several records.
//!
//! A record with broken quotes swallows the records that follow it, and `_raw` of its reject holds the lines
//! of all of them. Once its quotes are corrected, `_raw` holds several records. Each becomes a row of its own
//! with the same origin, so that later steps number and count it like any other record, and the reject is
//! closed once.

use super::Sheet;
use super::reader::WITHIN;
use crate::dialect::Dialect;
use crate::record::{LARGEST_MAX_RECORD, Reader, Record};
use crate::reject::guard;

/// Splits rows of a repair file by the records in their `_raw`.
pub struct RawSplitter {
    sheet: Sheet,
    /// The delimiter of the repair file.
    delimiter: u8,
    /// The dialect of the producer's files, in which `_raw` is written.
    dialect: Dialect,
}

impl RawSplitter {
    /// Creates a splitter for a repair file with these columns and delimiter, whose `_raw` is in this
    /// dialect.
    #[must_use]
    pub fn new(sheet: Sheet, delimiter: u8, dialect: Dialect) -> Self {
        Self { sheet, delimiter, dialect }
    }

    /// The records in a row's `_raw` if there are several, `None` otherwise. Text that cannot be parsed to
    /// its end counts as one record, so that nothing is lost; its row will be rejected.
    #[must_use]
    pub fn split<'a>(&self, row: &Record<'a>) -> Option<Vec<&'a str>> {
        let raw = self.sheet.raw_alone(row)?;
        let mut reader = Reader::new(self.dialect, WITHIN).max_record(LARGEST_MAX_RECORD);
        reader.push(raw.as_bytes());
        reader.end();
        let mut parts = Vec::new();
        loop {
            // Positions are counted from the byte before `_raw`.
            let start = usize::try_from(reader.position().offset - WITHIN.offset).ok()?;
            match reader.next_record() {
                Ok(Some(record)) => {
                    let at = usize::try_from(record.position.offset - WITHIN.offset).ok()?;
                    parts.push(raw.get(at..at + record.raw.len())?);
                }
                Ok(None) => break,
                Err(_) => {
                    parts.push(raw.get(start..)?);
                    break;
                }
            }
        }
        (parts.len() > 1).then_some(parts)
    }

    /// Appends a row for each record: a copy of the row with that record in `_raw`. Every cell is quoted, so
    /// that it may contain any delimiter.
    pub fn write(&self, row: &Record<'_>, parts: &[&str], out: &mut Vec<u8>) {
        for part in parts {
            let guarded = guard(part);
            for (at, cell) in row.iter().enumerate() {
                if at > 0 {
                    out.push(self.delimiter);
                }
                out.push(b'"');
                let cell = if self.sheet.is_raw(at) { guarded.as_bytes() } else { cell };
                for byte in cell {
                    out.extend(std::iter::repeat_n(*byte, if *byte == b'"' { 2 } else { 1 }));
                }
                out.push(b'"');
            }
            out.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Position;

    const HEADER: &str = "id,name,_run,_record,_line,_errors,_raw";

    /// The rows that a row is split into.
    fn parts(dialect: Dialect, row: &str) -> String {
        let parts = RawSplitter::new(Sheet::of(HEADER.split(',')).unwrap(), b',', dialect);
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START_OF_DATA);
        reader.push(row.as_bytes());
        reader.end();
        let record = reader.next_record().unwrap().unwrap();
        let mut rows = Vec::new();
        if let Some(found) = parts.split(&record) {
            parts.write(&record, &found, &mut rows);
        }
        String::from_utf8(rows).unwrap()
    }

    #[test]
    fn each_record_of_raw_becomes_a_row() {
        let semicolons = Dialect { delimiter: b';'.into(), ..Dialect::CANONICAL };
        for (dialect, row, expected) in [
            (Dialect::CANONICAL, ",,R,7,9,e,\"1,a\"", ""),
            (Dialect::CANONICAL, "1,a,R,7,9,e,", ""),
            (Dialect::CANONICAL, "1,a,R,7,9,e,\"1,a\n2,b\"", ""),
            (Dialect::CANONICAL, ",,R,7,9,e,\"1,\"\"a\n2,b\"\"\"", ""),
            (
                Dialect::CANONICAL,
                ",,R,7,9,e,\"1,a\n\r\n2,b\n\"",
                "\"\",\"\",\"R\",\"7\",\"9\",\"e\",\"1,a\"\n\"\",\"\",\"R\",\"7\",\"9\",\"e\",\"2,b\"\n",
            ),
            (
                semicolons,
                ",,R,7,9,\"e \"\"f\"\"\",\"1;a\n2;b\"",
                "\"\",\"\",\"R\",\"7\",\"9\",\"e \"\"f\"\"\",\"1;a\"\n\"\",\"\",\"R\",\"7\",\"9\",\"e \"\"f\"\"\",\"2;b\"\n",
            ),
            (
                semicolons,
                ",,R,7,9,e,\"'=1;a\n=2;b\"",
                "\"\",\"\",\"R\",\"7\",\"9\",\"e\",\"'=1;a\"\n\"\",\"\",\"R\",\"7\",\"9\",\"e\",\"'=2;b\"\n",
            ),
            (
                semicolons,
                ",,R,7,9,e,\"1;a\n2;\"\"b\n3;c\"",
                "\"\",\"\",\"R\",\"7\",\"9\",\"e\",\"1;a\"\n\"\",\"\",\"R\",\"7\",\"9\",\"e\",\"2;\"\"b\n3;c\"\n",
            ),
        ] {
            assert_eq!(parts(dialect, row), expected, "{row:?}");
        }
    }
}
