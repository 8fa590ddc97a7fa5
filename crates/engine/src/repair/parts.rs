//! Takes a row apart whose `_raw` holds several records.
//!
//! A record with broken quotes swallows the records that follow it, and comes back in `_raw` with every line of them.
//! Corrected there, it is several records again. Each becomes a row of its own, which says the same of its origin: so the
//! steps that follow number and count each of them like any other record, and the reject is closed once.

use super::Sheet;
use super::reader::WITHIN;
use crate::dialect::Dialect;
use crate::record::{LARGEST_MAX_RECORD, Reader, Record};
use crate::reject::guard;

/// Takes rows of a repair file apart.
pub struct Parts {
    sheet: Sheet,
    /// Between the cells of the file.
    delimiter: u8,
    /// How `_raw` is written: as the files of the producer are.
    dialect: Dialect,
}

impl Parts {
    /// For a file with these columns, with this delimiter between its cells, whose `_raw` is written in this dialect.
    #[must_use]
    pub fn new(sheet: Sheet, delimiter: u8, dialect: Dialect) -> Self {
        Self { sheet, delimiter, dialect }
    }

    /// The records that stand in `_raw` of a row, where there are several. Text that cannot be read to its end is one of
    /// them, so that nothing is lost: the row that it becomes is rejected.
    #[must_use]
    pub fn of<'a>(&self, row: &Record<'a>) -> Option<Vec<&'a str>> {
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

    /// Appends a row for each part: the row as it is, with the part in `_raw`. Every cell gets quotes, so that a row
    /// is the same whatever the delimiter.
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

    /// The rows that a row becomes.
    fn parts(dialect: Dialect, row: &str) -> String {
        let parts = Parts::new(Sheet::of(HEADER.split(',')).unwrap(), b',', dialect);
        let mut reader = Reader::new(Dialect::CANONICAL, Position::START_OF_DATA);
        reader.push(row.as_bytes());
        reader.end();
        let record = reader.next_record().unwrap().unwrap();
        let mut rows = Vec::new();
        if let Some(found) = parts.of(&record) {
            parts.write(&record, &found, &mut rows);
        }
        String::from_utf8(rows).unwrap()
    }

    #[test]
    fn each_record_of_raw_becomes_a_row() {
        let semicolons = Dialect { delimiter: b';', ..Dialect::CANONICAL };
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
