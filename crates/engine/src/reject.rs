//! `rejects.csv`: rejected records as they came, with the reasons. Once corrected, it is uploaded again: see
//! [`repair`](crate::repair).
//!
//! The columns are those of the source, then `_run`, `_record`, `_line`, `_errors` and `_raw`. A record with
//! as many cells as the header fills the columns of the source; any other record fills `_raw`. The file is
//! UTF-8, whatever the encoding of the source. An undecodable byte becomes a mark such as `{\x81}`, which no
//! other text produces ([`unmark`](crate::encoding::unmark)). A column of the source with one of our names
//! gets another `_` in front ([`label`]), so that each name is unambiguous. A feed with groups adds `_group` ([`Place`]).
//!
//! People open this file in spreadsheets, which take a cell that begins with `=`, `+`, `-`, `@`, a tab or a
//! carriage return for a formula (OWASP, "CSV Injection"). Such a cell gets a leading apostrophe, unless it
//! is a plain number. A cell that begins with an apostrophe followed by such text gets one too, so that
//! [`unguard`] restores every cell.

mod place;

use std::borrow::Cow;
use std::fmt::Write;

use memchr::memchr;

use crate::encoding::SourceText;
use crate::record::{Position, Record, Rows};
use crate::{Code, Problem, decimal::Decimal};

pub use place::Place;

/// The column for the id of the run that rejected the record.
pub const RUN: &str = "_run";
/// The column for the record's number in that run's file.
pub const RECORD: &str = "_record";
/// The column for the line on which the record begins.
pub const LINE: &str = "_line";
/// The column for the reasons.
pub const ERRORS: &str = "_errors";
/// The column for the record's text, used if its cells do not match the header.
pub const RAW: &str = "_raw";

/// The columns that follow those of the source.
pub const COLUMNS: [&str; 5] = [RUN, RECORD, LINE, ERRORS, RAW];

/// The additional column of files that a retry of rejects writes: how often the record has been retried.
pub const ATTEMPT: &str = "_attempt";

/// The additional column of a feed with groups: the [`Place`] of the record among those that were rejected together.
pub const GROUP: &str = "_group";

/// Whether this label is one of ours.
#[must_use]
pub fn is_own(label: &str) -> bool {
    COLUMNS.contains(&label.trim()) || [ATTEMPT, GROUP].contains(&label.trim())
}

/// The label of a source column in `rejects.csv`. A label that equals one of ours, or one of ours with extra
/// leading `_`, gets another `_` in front.
#[must_use]
pub fn label(name: &str) -> Cow<'_, str> {
    if is_own(&format!("_{}", name.trim_start_matches('_'))) && name.starts_with('_') {
        Cow::Owned(format!("_{name}"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The label of a source column as the source has it; `None` for one of our columns.
#[must_use]
pub fn source_label(label: &str) -> Option<&str> {
    if is_own(label) {
        return None;
    }
    let shorter = label.strip_prefix('_').filter(|shorter| shorter.starts_with('_'));
    Some(shorter.filter(|shorter| self::label(shorter) == label).unwrap_or(label))
}

/// Writes the header; that of a feed with groups has the column `_group`.
pub fn header(rows: &mut Rows, labels: &[String], has_groups: bool) {
    let labels = labels.iter().map(|name| guard(&label(name)).into_owned());
    rows.row(labels.chain(COLUMNS.map(str::to_owned)).chain(has_groups.then(|| GROUP.to_owned())));
}

/// What a reject has beside its record.
#[derive(Clone, Copy, Debug)]
pub struct Reject<'a> {
    /// The id of the run.
    pub run: &'a str,
    /// Why it was rejected.
    pub problems: &'a [Problem],
    /// In a feed with groups, its place among the records that were rejected together.
    pub place: Option<Place>,
}

/// Writes a record that a run has rejected, with its problems. `labels` and `text` describe the source.
pub fn row(rows: &mut Rows, labels: &[String], text: SourceText, record: &Record<'_>, reject: Reject<'_>) {
    // The cells of a record with broken quotes mean nothing, so its raw lines are written.
    let is_broken = reject.problems.iter().any(|problem| problem.code == Code::QuoteError);
    if record.len() == labels.len() && !is_broken {
        // Nearly every record is UTF-8 without a brace, which begins a mark. It needs no look at each cell.
        let plain = text.is_utf8() && memchr(b'{', record.raw).is_none();
        if let Some(cells) = record.text().filter(|_| plain) {
            write(rows, cells.iter().map(Cow::Borrowed), record.position, "", reject);
        } else {
            let cells = record.iter().map(|cell| text.mark(cell));
            write(rows, cells, record.position, "", reject);
        }
    } else {
        raw_row(rows, labels, record.position, &text.mark(record.raw), reject);
    }
}

/// Writes a record of which only the text is known, in the form that [`SourceText::mark`] writes.
pub fn raw_row(rows: &mut Rows, labels: &[String], position: Position, raw: &str, reject: Reject<'_>) {
    write(rows, labels.iter().map(|_| Cow::Borrowed("")), position, raw, reject);
}

fn write<'a>(
    rows: &mut Rows,
    cells: impl Iterator<Item = Cow<'a, str>>,
    position: Position,
    raw: &str,
    Reject { run, problems, place }: Reject<'_>,
) {
    for cell in cells {
        rows.cell(guard(&cell).as_bytes());
    }
    rows.cell(run);
    rows.number(position.record);
    rows.number(position.line);
    rows.cell(guard(&errors(problems)).as_bytes());
    rows.cell(guard(raw).as_bytes());
    if let Some(place) = place {
        rows.cell(place.to_string());
    }
    rows.end();
}

/// All problems of a record as one text for people.
#[must_use]
pub fn errors(problems: &[Problem]) -> String {
    let mut text = String::new();
    for problem in problems {
        if !text.is_empty() {
            text.push_str("; ");
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{problem}");
    }
    text
}

/// Protects a cell from being taken for a formula by a spreadsheet.
#[must_use]
pub fn guard(cell: &str) -> Cow<'_, str> {
    if needs_guard(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// Undoes [`guard`].
#[must_use]
pub fn unguard(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| needs_guard(rest)).unwrap_or(cell)
}

/// Characters with which spreadsheets begin a formula. Some spreadsheets also accept the full-width signs.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

fn needs_guard(cell: &str) -> bool {
    // Most cells begin with one of these.
    if cell.is_empty() || cell.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return false;
    }
    let formula = cell.trim_start_matches('\'').starts_with(FORMULA);
    formula && cell.parse::<Decimal>().is_err()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::Dialect;
    use crate::record::Reader;

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
            ("_group", "__group"),
            ("_run_", "_run_"),
            ("__", "__"),
            ("", ""),
        ] {
            assert_eq!(label(name), here, "{name:?}");
            assert_eq!(source_label(here), Some(name), "{here:?}");
        }
        assert!(COLUMNS.iter().chain([&ATTEMPT, &GROUP]).all(|own| source_label(own).is_none()));
        assert_eq!(source_label(" _raw "), None);
    }

    proptest! {
        #[test]
        fn a_label_of_the_source_is_none_of_ours_and_comes_back(
            name in "[_ a-z]{0,3}(run|record|line|errors|raw|attempt|group|)[_a-z]{0,1}",
        ) {
            let name = name.trim();
            let here = label(name).into_owned();
            prop_assert!(!is_own(&here));
            prop_assert_eq!(source_label(&here), Some(name));
        }

        #[test]
        fn a_record_is_written_as_cell_by_cell(
            raw in r#"([a-c{}x81é=,\\\\]|"[a-c{}\n]{0,3}""x"|,){1,8}"#, bad in any::<bool>(), latin in any::<bool>(),
        ) {
            let mut bytes = raw.into_bytes();
            bytes.extend(bad.then_some(0x81));
            bytes.push(b'\n');
            let text = if latin { SourceText::new(encoding_rs::WINDOWS_1252, None) } else { SourceText::UTF_8 };
            let mut reader = Reader::new(Dialect::CANONICAL, Position::START_OF_DATA);
            reader.push(&bytes);
            let record = reader.next_record().unwrap().unwrap();
            let labels = vec![String::new(); record.len()];
            let (mut ours, mut theirs) = (Rows::default(), Rows::default());
            row(&mut ours, &labels, text, &record, Reject { run: "r", problems: &[], place: None });
            for cell in record.iter() {
                theirs.cell(guard(&text.mark(cell)).as_bytes());
            }
            theirs.row(["r", "1", "1", "", ""]);
            prop_assert_eq!(ours.as_bytes(), theirs.as_bytes());
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
