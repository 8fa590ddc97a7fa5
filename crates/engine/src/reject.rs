//! `rejects.csv`: rejected records as they came, with the reasons. Corrected, it is uploaded again: see
//! [`repair`](crate::repair).
//!
//! The columns are those of the source, then `_run`, `_record`, `_line`, `_errors` and `_raw`. A record
//! with as many cells as the header fills the columns of the source; any other fills `_raw`. Whatever
//! the encoding of the source, the file is UTF-8; what could not be decoded stands there as a mark, `{\x81}`, which no other
//! text looks like ([`unmark`](crate::encoding::unmark)). A column of the source that has one of these names is written with another `_` before it ([`label`]), so that there is no doubt whose a column is.
//!
//! The file is made to be opened in a spreadsheet, which takes a cell that begins with `=`, `+`,
//! `-`, `@`, a tab or a carriage return for a formula (OWASP, "CSV Injection"). Such a cell gets an
//! apostrophe before it, unless it is a plain number; so does one that begins with an apostrophe and
//! goes on like that, so that [`unguard`] gives every cell back as it was.

use std::borrow::Cow;

use crate::encoding::SourceText;
use crate::record::{Position, Record, Rows};
use crate::{Code, Problem, decimal::Decimal};

/// The column of the run that rejected a record.
pub const RUN: &str = "_run";
/// The column of the number that the record has in that run's file.
pub const RECORD: &str = "_record";
/// The column of the line on which it begins there.
pub const LINE: &str = "_line";
/// The column of what is wrong with it.
pub const ERRORS: &str = "_errors";
/// The column of its text, where its cells are not those of the header.
pub const RAW: &str = "_raw";

/// The columns that follow those of the source.
pub const COLUMNS: [&str; 5] = [RUN, RECORD, LINE, ERRORS, RAW];

/// The column that a file has beside these which the retry of rejects has made: how often the record has been retried then.
pub const ATTEMPT: &str = "_attempt";

/// Whether a column of this name is one of ours.
#[must_use]
pub fn is_own(label: &str) -> bool {
    COLUMNS.contains(&label.trim()) || label.trim() == ATTEMPT
}

/// The name that a column of the source has here: its own, but for one that is called as one of ours is, with as many `_`
/// before it as there may be. That gets another `_`.
#[must_use]
pub fn label(name: &str) -> Cow<'_, str> {
    if is_own(&format!("_{}", name.trim_start_matches('_'))) && name.starts_with('_') {
        Cow::Owned(format!("_{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The column of the source that has this name here; `None` of a column of ours.
#[must_use]
pub fn source_label(label: &str) -> Option<&str> {
    if is_own(label) {
        return None;
    }
    let shorter = label.strip_prefix('_').filter(|shorter| shorter.starts_with('_'));
    Some(shorter.filter(|shorter| self::label(shorter) == label).unwrap_or(label))
}

/// Writes the header.
pub fn header(rows: &mut Rows, labels: &[String]) {
    let labels = labels.iter().map(|name| guard(&label(name)).into_owned());
    rows.row(labels.chain(COLUMNS.map(str::to_owned)));
}

/// Writes a record that a run has rejected of a source with these labels, whose text is like this, with what is wrong
/// with it.
pub fn row(rows: &mut Rows, run: &str, labels: &[String], text: SourceText, record: &Record<'_>, problems: &[Problem]) {
    // Where quotes are broken, the cells say nothing: the lines as they came do.
    let is_broken = problems.iter().any(|problem| problem.code == Code::QuoteError);
    if record.len() == labels.len() && !is_broken {
        let cells = record.iter().map(|cell| text.mark(cell));
        write(rows, cells, run, record.position, problems, "");
    } else {
        raw_row(rows, run, labels, record.position, &text.mark(record.raw), problems);
    }
}

/// Writes a record of which only the text is known, as [`SourceText::mark`] writes it.
pub fn raw_row(rows: &mut Rows, run: &str, labels: &[String], position: Position, raw: &str, problems: &[Problem]) {
    write(rows, labels.iter().map(|_| Cow::Borrowed("")), run, position, problems, raw);
}

fn write<'a>(
    rows: &mut Rows,
    cells: impl Iterator<Item = Cow<'a, str>>,
    run: &str,
    position: Position,
    problems: &[Problem],
    raw: &str,
) {
    for cell in cells {
        rows.cell(guard(&cell).as_bytes());
    }
    rows.cell(run);
    rows.number(position.record);
    rows.number(position.line);
    rows.cell(guard(&errors(problems)).as_bytes());
    rows.cell(guard(raw).as_bytes());
    rows.end();
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

/// What a spreadsheet may take for the beginning of a formula, the signs of full width included: some read them like the others.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn needs_guard(cell: &str) -> bool {
    let formula = cell.trim_start_matches('\'').starts_with(FORMULA);
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
            ("\n=1", "'\n=1"),
            ("＝1+1", "'＝1+1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("-5.30", "-5.30"),
            ("+7", "+7"),
            ("'tis", "'tis"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(guard(cell), guarded, "{cell:?}");
        }
    }

    #[test]
    fn table_of_labels() {
        for (name, here) in [
            ("SKU", "SKU"),
            ("_id", "_id"),
            ("run", "run"),
            ("_run", "__run"),
            ("__run", "___run"),
            ("_attempt", "__attempt"),
            ("_run_", "_run_"),
            ("__", "__"),
            ("", ""),
        ] {
            assert_eq!(label(name), here, "{name:?}");
            assert_eq!(source_label(here), Some(name), "{here:?}");
        }
        assert!(COLUMNS.iter().chain([&ATTEMPT]).all(|own| source_label(own).is_none()));
        assert_eq!(source_label(" _raw "), None);
    }

    proptest! {
        #[test]
        fn a_label_of_the_source_is_none_of_ours_and_comes_back(
            name in "[_ a-z]{0,3}(run|record|line|errors|raw|attempt|)[_a-z]{0,1}",
        ) {
            let name = name.trim();
            let here = label(name).into_owned();
            prop_assert!(!is_own(&here));
            prop_assert_eq!(source_label(&here), Some(name));
        }

        #[test]
        fn a_guarded_cell_is_safe_and_comes_back(cell in "['=+@\t\r\n＝＋－＠-]{0,3}[a-z0-9.]{0,3}") {
            let guarded = guard(&cell).into_owned();
            prop_assert!(!guarded.starts_with(['=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']));
            prop_assert!(!guarded.starts_with(['+', '-']) || guarded.parse::<Decimal>().is_ok());
            prop_assert_eq!(unguard(&guarded), cell);
        }
    }
}
