//! The trailer: a last record that is no data and says what the file should hold.

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

/// What a trailer must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailerPlan {
    /// What its first cell holds.
    pub marker: Option<String>,
    /// The index of the cell that holds the number of records before it.
    pub count_cell: Option<usize>,
}

impl TrailerPlan {
    /// Holds the end of a file against the plan; `text` says how its bytes become text. White space around cells does not count.
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
            Ok(count) if count == records => return Vec::new(),
            Ok(count) => format!(
                "the trailer (line {line}) says {count} records, but the file has {records} between header and trailer"
            ),
            Err(_) => {
                format!("cell {number} of the trailer (line {line}) holds {count:?}; expected the number of records")
            }
        };
        vec![problem(Code::WrongRecordCount, message).value(&count)]
    }

    /// What was expected, after "a last record".
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

    fn told(marker: Option<&str>, count_cell: Option<usize>, cells: Option<&[&str]>) -> Vec<String> {
        let plan = TrailerPlan { marker: marker.map(str::to_owned), count_cell };
        let trailer = cells.map(|cells| Trailer {
            position: Position { offset: 90, line: 12, record: 11 },
            cells: cells.iter().map(|cell| cell.as_bytes().to_vec()).collect(),
        });
        plan.check(SourceText::UTF_8, trailer.as_ref(), 10).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_trailer_that_is_right_is_no_problem() {
        for cells in [&["TRL", "10"][..], &[" TRL ", " 0000000010 ", "99.50"]] {
            assert_eq!(told(Some("TRL"), Some(1), Some(cells)), Vec::<String>::new());
        }
        assert_eq!(told(None, Some(0), Some(&["10"])), Vec::<String>::new());
        assert_eq!(told(Some("TRL"), None, Some(&["TRL"])), Vec::<String>::new());
    }

    #[test]
    fn a_trailer_that_is_wrong_is_told() {
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
                Some(&["TRL", "9"]),
                "[wrong-record-count] the trailer (line 12) says 9 records, but the file has 10 between header and trailer",
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
            assert_eq!(told(Some("TRL"), Some(1), cells), [expected]);
        }
    }
}
