//! The problems of a record as a cell of a row that a step writes for the next.
//!
//! A problem is its stage, code and severity, and then its field, column, value and message, each with its length, or `-` if there is
//! none. This says exactly what JSON would say, for a fraction of the time.

use super::{Code, Problem, Stage};
use crate::severity::Severity;

/// How a cell with all problems of a record begins.
const ALL: &str = "[all]";
/// How a cell begins to whose problems the judge may add others.
const SO_FAR: &str = "[so far]";

/// The stages that find problems of a record, by their names.
const STAGES: [(Stage, &str); 6] = [
    (Stage::Restructure, "restructure"),
    (Stage::Validate, "validate"),
    (Stage::Import, "import"),
    (Stage::Gate, "gate"),
    (Stage::Split, "split"),
    (Stage::Intake, "intake"),
];
const SEVERITIES: [(Severity, &str); 3] =
    [(Severity::Reject, "reject"), (Severity::Warn, "warn"), (Severity::Abort, "abort")];

/// Appends the problems of a record as a cell; nothing if there are none. `is_all` says that the judge has nothing to add.
pub fn write(problems: &[Problem], is_all: bool, cell: &mut String) {
    if problems.is_empty() {
        return;
    }
    cell.push_str(if is_all { ALL } else { SO_FAR });
    for Problem { stage, code, severity, field, column, value, message } in problems {
        for name in [name_of(&STAGES, stage), code.as_str(), name_of(&SEVERITIES, severity)] {
            cell.push_str(name);
            cell.push(' ');
        }
        for text in [field.as_deref(), column.as_deref(), value.as_deref(), Some(message.as_str())] {
            match text {
                Some(text) => {
                    number(text.len(), cell);
                    cell.push(':');
                    cell.push_str(text);
                }
                None => cell.push('-'),
            }
            cell.push(' ');
        }
    }
}

/// Whether a cell holds problems. Any other cell that is not empty is the name of an omitted record.
#[must_use]
pub fn has_problems(cell: &str) -> bool {
    cell.starts_with('[')
}

/// Appends the problems of a cell that holds some, and says whether they are all of the record. `None` if the cell is not one that
/// [`write`] makes.
pub fn read(cell: &str, problems: &mut Vec<Problem>) -> Option<bool> {
    let (is_all, mut rest) = match cell.strip_prefix(ALL) {
        Some(rest) => (true, rest),
        None => (false, cell.strip_prefix(SO_FAR)?),
    };
    while !rest.is_empty() {
        let stage = find(&STAGES, word(&mut rest)?)?;
        let name = word(&mut rest)?;
        let code = *Code::ALL.iter().find(|code| code.as_str() == name)?;
        let severity = find(&SEVERITIES, word(&mut rest)?)?;
        let mut problem = Problem::new(stage, code, String::new()).severity(severity);
        for place in [&mut problem.field, &mut problem.column, &mut problem.value] {
            text_if_any(&mut rest, place)?;
        }
        problem.message = text(&mut rest)?;
        problems.push(problem);
    }
    Some(is_all)
}

/// Takes what precedes the next space.
fn word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (word, after) = rest.split_once(' ')?;
    *rest = after;
    Some(word)
}

/// Takes a text with its length.
fn text(rest: &mut &str) -> Option<String> {
    let (length, after) = rest.split_once(':')?;
    let (text, after) = after.split_at_checked(length.parse().ok()?)?;
    *rest = after.strip_prefix(' ')?;
    Some(text.to_owned())
}

/// Takes a text into its place, or the sign that there is none.
fn text_if_any(rest: &mut &str, place: &mut Option<String>) -> Option<()> {
    match rest.strip_prefix("- ") {
        Some(after) => *rest = after,
        None => *place = Some(text(rest)?),
    }
    Some(())
}

fn name_of<T: PartialEq>(names: &[(T, &'static str)], wanted: &T) -> &'static str {
    names.iter().find(|(one, _)| one == wanted).map_or("", |(_, name)| name)
}

fn find<T: Copy>(names: &[(T, &'static str)], wanted: &str) -> Option<T> {
    names.iter().find(|(_, name)| *name == wanted).map(|(one, _)| *one)
}

/// Appends a number.
fn number(number: usize, cell: &mut String) {
    if number >= 10 {
        self::number(number / 10, cell);
    }
    let digit = u32::try_from(number % 10).unwrap_or_default();
    cell.extend(char::from_digit(digit, 10));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems() -> impl Strategy<Value = Vec<Problem>> {
        let text = || "|[a-z]{1,9}|[-:\\[\\] \"\n0-9é,]{0,12}|\\PC{0,120}";
        let some = || prop::option::of(text());
        let stage = prop::sample::select(STAGES.map(|(stage, _)| stage).to_vec());
        let severity = prop::sample::select(SEVERITIES.map(|(severity, _)| severity).to_vec());
        let code = prop::sample::select(Code::ALL);
        let problem = (stage, code, severity, some(), some(), some(), text()).prop_map(
            |(stage, code, severity, field, column, value, message)| Problem {
                stage,
                code,
                severity,
                field,
                column,
                value,
                message,
            },
        );
        prop::collection::vec(problem, 1..5)
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(problems in problems(), is_all: bool, cut in any::<prop::sample::Index>()) {
            let (mut cell, mut read_back) = (String::new(), Vec::new());
            write(&problems, is_all, &mut cell);
            prop_assert!(has_problems(&cell));
            prop_assert_eq!(read(&cell, &mut read_back), Some(is_all));
            prop_assert_eq!(&read_back, &problems);
            // A cell that was cut is noticed, or has fewer problems.
            let cut = cut.index(cell.len());
            if cell.is_char_boundary(cut) {
                read_back.clear();
                let whole = read(&cell[..cut], &mut read_back);
                prop_assert!(whole.is_none() || problems.starts_with(&read_back) && read_back.len() < problems.len());
            }
        }
    }

    #[test]
    fn no_problems_are_an_empty_cell() {
        let mut cell = String::new();
        write(&[], true, &mut cell);
        assert_eq!(cell, "");
    }

    #[test]
    fn a_cell_is_readable() {
        let problem = Problem::new(Stage::Validate, Code::TypeError, "\"x\" is no number").field("price").value("x");
        let (mut cell, mut problems) = (String::new(), Vec::new());
        write(&[problem], false, &mut cell);
        assert_eq!(cell, "[so far]validate type-error reject 5:price - 1:x 16:\"x\" is no number ");
        for other in ["[]", "[{\"stage\":\"validate\"}]", "[all]x", "[all]validate no-code reject - - - 1:x "] {
            assert_eq!(read(other, &mut problems), None, "{other}");
        }
    }
}
