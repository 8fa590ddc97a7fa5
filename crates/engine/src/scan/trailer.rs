//! The trailer: a last record that is not data and states what the file should contain.

use crate::encoding::SourceText;
use crate::record::Position;
use crate::{Code, Problem, Stage};

/// The last record of a file that should end with a trailer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Where it begins.
    pub position: Position,
    /// Its cells.
    pub cells: Vec<Vec<u8>>,
}

/// What a trailer must contain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailerPlan {
    /// The content of its first cell.
    pub marker: Option<String>,
    /// The index of the cell with the number of records.
    pub count_cell: Option<usize>,
}

impl TrailerPlan {
    /// Checks the end of a file. `text` says how bytes become text. White space around cells is ignored.
    #[must_use]
    pub fn check(&self, text: SourceText, found: Option<&Trailer>, records: u64) -> Vec<Problem> {
        let Some(trailer) = found else {
            let message = format!("the file ends without a trailer; expected a last record {}", self.expected());
            return vec![problem(Code::MissingTrailer, message)];
        };
        let line = trailer.position.line;
        let cell = |index: usize| trailer.cells.get(index).map(|cell| text.show(cell.trim_ascii()).into_owned());
        if let Some(marker) = &self.marker {
            let first = cell(0).unwrap_or_default();
            if first != marker.trim() {
                let message = format!(
                    "the last record (line {line}) begins with {first:?}, so the trailer is missing and the end of \
                     the file may be lost; expected a last record {}",
                    self.expected()
                );
                return vec![problem(Code::MissingTrailer, message).value(&first)];
            }
        }
        let Some(index) = self.count_cell else { return Vec::new() };
        let number = index + 1;
        let Some(count) = cell(index) else {
            let has = trailer.cells.len();
            let message =
                format!("the trailer (line {line}) has {has} cells; expected the number of records in cell {number}");
            return vec![problem(Code::WrongRecordCount, message)];
        };
        let message = match count.parse::<u64>() {
            // A smaller number may be right, because omitted records do not count and only the gate knows
            // them.
            Ok(count) if count <= records => return Vec::new(),
            Ok(count) => format!(
                "the trailer (line {line}) says {count} records, but the file has {records} between header and trailer"
            ),
            Err(_) => {
                format!("cell {number} of the trailer (line {line}) holds {count:?}; expected the number of records")
            }
        };
        vec![problem(Code::WrongRecordCount, message).value(&count)]
    }

    /// Checks the count in a trailer against the number of records, without those that were omitted.
    #[must_use]
    pub fn check_count(&self, cells: &[String], records: u64, omitted: u64) -> Option<Problem> {
        let count = cells.get(self.count_cell?)?.trim();
        if count.parse() == Ok(records) {
            return None;
        }
        let but = match omitted {
            0 => String::new(),
            1 => ", not counting 1 omitted record".to_owned(),
            _ => format!(", not counting {omitted} omitted records"),
        };
        let message =
            format!("the trailer says {count} records, but the file has {records} between header and trailer{but}");
        Some(Problem::new(Stage::Gate, Code::WrongRecordCount, message).value(count))
    }

    /// The expected trailer, as a phrase after "a last record".
    fn expected(&self) -> String {
        let marker = self.marker.as_ref().map(|marker| format!("that begins with {:?}", marker.trim()));
        let count = self.count_cell.map(|index| format!("with the number of records in cell {}", index + 1));
        marker.into_iter().chain(count).collect::<Vec<_>>().join(", ")
    }
}

fn problem(code: Code, message: String) -> Problem {
    Problem::new(Stage::Split, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(marker: Option<&str>, count_cell: Option<usize>, cells: Option<&[&str]>) -> Vec<String> {
        let plan = TrailerPlan { marker: marker.map(str::to_owned), count_cell };
        let trailer = cells.map(|cells| Trailer {
            position: Position { offset: 90, line: 12, record: 11 },
            cells: cells.iter().map(|cell| cell.as_bytes().to_vec()).collect(),
        });
        plan.check(SourceText::UTF_8, trailer.as_ref(), 10).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_trailer_that_is_right_is_no_problem() {
        // A count that is too low is reported at once; one that is too high only when the omitted records are
        // known.
        for cells in [&["TRL", "10"][..], &[" TRL ", " 0000000010 ", "99.50"], &["TRL", "9"]] {
            assert_eq!(reported(Some("TRL"), Some(1), Some(cells)), Vec::<String>::new());
        }
        assert_eq!(reported(None, Some(0), Some(&["10"])), Vec::<String>::new());
        assert_eq!(reported(Some("TRL"), None, Some(&["TRL"])), Vec::<String>::new());
    }

    #[test]
    fn the_count_is_of_records_that_are_not_omitted() {
        let plan = TrailerPlan { marker: None, count_cell: Some(1) };
        let reported = |count: &str, records, omitted| {
            let cells = ["END".to_owned(), count.to_owned()];
            plan.check_count(&cells, records, omitted).map(|problem| problem.to_string())
        };
        assert_eq!((reported(" 010 ", 10, 0), reported("10", 10, 3)), (None, None));
        for (count, records, omitted, expected) in [
            ("9", 10, 0, "says 9 records, but the file has 10 between header and trailer"),
            (
                "10",
                9,
                1,
                "says 10 records, but the file has 9 between header and trailer, not counting 1 omitted record",
            ),
            (
                "10",
                8,
                2,
                "says 10 records, but the file has 8 between header and trailer, not counting 2 omitted records",
            ),
        ] {
            assert_eq!(reported(count, records, omitted), Some(format!("[wrong-record-count] the trailer {expected}")));
        }
        assert_eq!(TrailerPlan::default().check_count(&["END".to_owned()], 1, 0), None);
    }

    #[test]
    fn a_wrong_trailer_is_reported() {
        for (cells, expected) in [
            (
                None,
                "[missing-trailer] the file ends without a trailer; expected a last record that begins with \"TRL\", \
                 with the number of records in cell 2",
            ),
            (
                Some(&["4711", "10"][..]),
                "[missing-trailer] the last record (line 12) begins with \"4711\", so the trailer is missing and the \
                 end of the file may be lost; expected a last record that begins with \"TRL\", with the number of \
                 records in cell 2",
            ),
            (
                Some(&["TRL"]),
                "[wrong-record-count] the trailer (line 12) has 1 cells; expected the number of records in cell 2",
            ),
            (
                Some(&["TRL", "11"]),
                "[wrong-record-count] the trailer (line 12) says 11 records, but the file has 10 between header and trailer",
            ),
            (
                Some(&["TRL", "ten"]),
                "[wrong-record-count] cell 2 of the trailer (line 12) holds \"ten\"; expected the number of records",
            ),
            (
                Some(&["TRL", "-10"]),
                "[wrong-record-count] cell 2 of the trailer (line 12) holds \"-10\"; expected the number of records",
            ),
        ] {
            assert_eq!(reported(Some("TRL"), Some(1), cells), [expected]);
        }
    }
}
