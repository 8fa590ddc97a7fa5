//! Values that are never shown.
//!
//! The value of a sensitive field appears in no mail, message, listing, index or log. It is masked in one
//! place, after all problems of a record are known, so the code that reports a problem may show the value and
//! need not know what is sensitive. The replacement is made from the code and the feed alone, never from the
//! message, so nothing can slip through.

use crate::schema::Field;
use crate::{Code, Problem};

/// Which fields of a feed are sensitive, and what the feed expects of them.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    /// For each field of the plan, the expectation if it is sensitive.
    expected: Vec<Option<String>>,
    any: bool,
}

/// The replacement for a sensitive value in messages.
const NOT_SHOWN: &str = "the value is not shown, because it is sensitive";

impl Masks {
    /// The masks of fields, each with its expectation if it is sensitive.
    pub(crate) fn new(expected: Vec<Option<String>>) -> Self {
        let any = expected.iter().any(Option::is_some);
        Self { expected, any }
    }

    /// Whether there is a sensitive field.
    #[must_use]
    pub fn any(&self) -> bool {
        self.any
    }

    /// Whether a field is sensitive, by its index.
    #[must_use]
    pub fn is_sensitive(&self, field: usize) -> bool {
        self.expected.get(field).is_some_and(Option::is_some)
    }

    /// Masks the problems of sensitive fields; `fields` are those of the plan. A second call changes nothing.
    pub fn apply(&self, fields: &[Field], problems: &mut [Problem], is_empty: impl Fn(usize) -> bool) {
        if !self.any {
            return;
        }
        for problem in problems {
            let name = problem.field.as_deref();
            let index = name.and_then(|name| fields.iter().position(|field| field.name == name));
            let Some((index, Some(expected))) = index.and_then(|index| Some((index, self.expected.get(index)?))) else {
                continue;
            };
            if problem.code == Code::ConstraintError && is_empty(index) {
                problem.message = String::from("is empty, but a value is required");
                problem.value = None;
            } else {
                mask(problem, Some(expected));
            }
        }
    }
}

/// Removes everything from a problem that may come from a record. `expected` is what the feed expects.
pub fn mask(problem: &mut Problem, expected: Option<&str>) {
    problem.value = None;
    let meaning = problem.code.meaning();
    problem.message = match (problem.code, expected) {
        (Code::TypeError | Code::ConstraintError, Some(expected)) => {
            format!("{meaning}; expected {expected}; {NOT_SHOWN}")
        }
        _ => format!("{meaning}; {NOT_SHOWN}"),
    };
}

/// Masks the problems of a header. If columns of a feed with sensitive fields are missing, the file may have
/// no header, so its labels may be values of a record.
pub fn mask_header(masks: &Masks, problems: &mut [Problem], notes: &mut [Problem]) {
    if masks.any() && problems.iter().any(|problem| problem.code == Code::MissingLabel) {
        for problem in problems.iter_mut().chain(notes) {
            problem.column = None;
            mask(problem, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;
    use crate::feed::FeedPlan;

    const FEED: &str = "
version: 1
name: people
restructure:
  iban: {from: [Account, IBAN]}
  country: {from: IBAN}
  label: {value: 'row[\"Account\"] + \"!\"'}
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: iban, sensitive: true, constraints: {required: true, pattern: '[A-Z]{2}[0-9]+', minLength: 15}}
    - {name: country}
    - {name: label}
import: {table: people, key: [id]}
";

    fn plan() -> FeedPlan {
        FeedPlan::from_yaml(FEED).unwrap()
    }

    fn problem(code: Code, field: &str) -> Problem {
        Problem::new(Stage::Validate, code, "\"DE123\" is wrong").field(field).value("DE123")
    }

    #[test]
    fn masked_messages_come_from_code_and_feed_alone() {
        let plan = plan();
        for code in Code::ALL {
            let mut problems = [problem(*code, "iban"), problem(*code, "id")];
            plan.masks.apply(&plan.fields, &mut problems, |_| false);
            assert!(!format!("{:?}", problems[0]).contains("DE123"), "{:?}", problems[0]);
            assert!(problems[0].message.len() > 20 && problems[0].field.as_deref() == Some("iban"));
            assert_eq!(problems[1], problem(*code, "id"));
        }
    }

    #[test]
    fn the_expectation_is_shown() {
        let plan = plan();
        let mut problems = [problem(Code::ConstraintError, "iban")];
        for _ in 0..2 {
            plan.masks.apply(&plan.fields, &mut problems, |_| false);
        }
        assert_eq!(
            problems[0].message,
            "a value is missing, has the wrong form, or is not one of those allowed; expected type string, \
             minLength 15, pattern \"[A-Z]{2}[0-9]+\", required; the value is not shown, because it is sensitive"
        );
        plan.masks.apply(&plan.fields, &mut problems, |field| field == 1);
        assert_eq!(problems[0].message, "is empty, but a value is required");
    }

    #[test]
    fn a_field_made_from_a_sensitive_column_is_sensitive_too_and_a_note_says_so() {
        let plan = plan();
        let sensitive: Vec<bool> = (0..4).map(|field| plan.masks.is_sensitive(field)).collect();
        assert_eq!(sensitive, [false, true, true, true]);
        let noted: Vec<_> = plan.notes.iter().map(|note| note.path.as_str()).collect();
        assert_eq!(noted, ["schema.fields[2].sensitive", "schema.fields[3].sensitive"]);
    }

    #[test]
    fn labels_that_may_be_values_are_not_shown() {
        let plan = plan();
        let check = crate::header::check(&plan, &["1", "DE123456789012345"]);
        let (mut problems, mut notes) = (check.problems, check.notes);
        assert!(format!("{notes:?}").contains("DE123"));
        mask_header(&plan.masks, &mut problems, &mut notes);
        assert!(!format!("{problems:?}{notes:?}").contains("DE123"), "{problems:?} {notes:?}");
        let reported: Vec<_> = problems.iter().map(|problem| problem.field.as_deref()).collect();
        assert!(reported.contains(&Some("iban")), "{reported:?}");
    }
}
