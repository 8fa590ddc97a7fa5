//! `rejects.csv`: rejected records as they came, with the reasons.
//!
//! The columns are those of the source, then `_record`, `_line`, `_errors` and `_raw`. A record
//! with as many cells as the header fills the columns of the source; any other fills `_raw`. Whatever
//! the encoding of the source, the file is UTF-8; what could not be decoded is shown as `\x81`.
//!
//! The file is made to be opened in a spreadsheet, which takes a cell that begins with `=`, `+`,
//! `-`, `@`, a tab or a carriage return for a formula (OWASP, "CSV Injection"). Such a cell gets an
//! apostrophe before it, unless it is a plain number; so does one that begins with an apostrophe and
//! goes on like that, so that [`unguard`] gives every cell back as it was.

use std::borrow::Cow;

use crate::encoding::SourceText;
use crate::record::{Record, Rows};
use crate::{Problem, decimal::Decimal};

/// The columns that follow those of the source.
pub const COLUMNS: [&str; 4] = ["_record", "_line", "_errors", "_raw"];

/// Writes the header.
pub fn header(rows: &mut Rows, labels: &[String]) {
    let labels = labels.iter().map(|label| guard(label));
    rows.row(labels.chain(COLUMNS.map(Cow::Borrowed)).map(Cow::into_owned));
}

/// Writes a record of the source, whose text is like this, with what is wrong with it.
pub fn row(rows: &mut Rows, labels: &[String], text: SourceText, record: &Record<'_>, problems: &[Problem]) {
    let whole = record.len() == labels.len();
    let cells: Vec<Cow<'_, str>> =
        if whole { record.iter().map(|cell| text.show(cell)).collect() } else { vec![Cow::Borrowed(""); labels.len()] };
    let raw = if whole { Cow::Borrowed("") } else { text.show(record.raw) };
    let position = [record.position.record.to_string(), record.position.line.to_string()].map(Cow::Owned);
    let own = position.into_iter().chain([Cow::Owned(errors(problems)), raw]);
    rows.row(cells.into_iter().chain(own).map(|cell| guard(&cell).into_owned()));
}

/// What is wrong with a record, as a text for people.
#[must_use]
pub fn errors(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Keeps a spreadsheet from taking a cell for a formula.
#[must_use]
pub fn guard(cell: &str) -> Cow<'_, str> {
    if needs_guard(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// Undoes [`guard`].
#[must_use]
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| needs_guard(rest)).unwrap_or(cell)
}

fn needs_guard(cell: &str) -> bool {
    let formula = cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']);
    formula && cell.parse::<Decimal>().is_err()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn table_of_cells() {
        for (cell, guarded) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+49 30 1234", "'+49 30 1234"),
            ("-", "'-"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("-5.30", "-5.30"),
            ("+7", "+7"),
            ("'tis", "'tis"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), guarded, "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn a_guarded_cell_is_safe_and_comes_back(cell in "['=+@\t\r-]{0,3}[a-z0-9.]{0,3}") {
            let guarded = guard(&cell).into_owned();
            prop_assert!(!guarded.starts_with(['=', '@', '\t', '\r']));
            prop_assert!(!guarded.starts_with(['+', '-']) || guarded.parse::<Decimal>().is_ok());
            prop_assert_eq!(unguard(&guarded), cell);
        }
    }
}
