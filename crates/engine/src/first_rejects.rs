//! The first rejected records of a chunk or a file, as a report lists them. All rejects are in `rejects.csv`.

use serde::{Deserialize, Serialize};

use crate::display::one_line;
use crate::{Problem, reject};

/// Maximum length of a message in characters, because it may quote a cell of any length.
const MAX_MESSAGE: usize = 500;

/// Maximum length of a value in characters.
const MAX_VALUE: usize = 100;

/// The total length of messages, in characters, after which further problems of a record are only counted. The page of a
/// report shows no more of a record.
const MAX_MESSAGES: usize = 2_000;

/// The first rejected records of a chunk or a file, in the order of the file.
///
/// Adding up those of all chunks gives those of the file. The memory is bounded: at most 100 records of about 2,600
/// characters, which is 260 KB.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FirstRejects(Vec<RejectLine>);

/// A rejected record and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectLine {
    /// Number of the record in the file, from 1.
    pub record: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What is wrong with it: the first problems, with long messages and values cut.
    pub problems: Vec<Problem>,
    /// The number of its further problems.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
}

impl FirstRejects {
    /// Maximum number of records kept.
    pub const MAX: usize = 100;

    /// Adds a rejected record. Records must be added in the order of the file.
    pub fn add(&mut self, record: u64, line: u64, problems: &[Problem]) {
        if self.0.len() < Self::MAX {
            self.0.push(RejectLine::new(record, line, problems));
        }
    }

    /// Adds other records of the file.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by_key(|line| line.record);
        self.0.truncate(Self::MAX);
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The records.
    #[must_use]
    pub fn into_lines(self) -> Vec<RejectLine> {
        self.0
    }
}

impl RejectLine {
    fn new(record: u64, line: u64, problems: &[Problem]) -> Self {
        let mut shown = Vec::new();
        let mut characters = 0;
        for problem in problems {
            if characters >= MAX_MESSAGES {
                break;
            }
            let message = one_line(&problem.message, MAX_MESSAGE);
            characters += message.chars().count();
            let value = problem.value.as_deref().map(|value| one_line(value, MAX_VALUE));
            shown.push(Problem { value, message, ..problem.clone() });
        }
        let more = (problems.len() - shown.len()) as u64;
        Self { record, line, problems: shown, more }
    }

    /// What is wrong with it, as a text for people.
    #[must_use]
    pub fn errors(&self) -> String {
        let errors = reject::errors(&self.problems);
        if self.more == 0 { errors } else { format!("{errors}; and {} more", self.more) }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Stage};

    fn problem(message: &str) -> Problem {
        Problem::new(Stage::Validate, Code::TypeError, message).field("price").value(message)
    }

    fn rejects(records: impl Iterator<Item = u64>) -> FirstRejects {
        let mut rejects = FirstRejects::default();
        for record in records {
            rejects.add(record, record + 1, &[problem("\"n/a\" is not a number")]);
        }
        rejects
    }

    #[test]
    fn the_first_of_chunks_and_phases_add_up_to_those_of_the_file() {
        let expected = rejects(1..=300);
        assert_eq!(expected.0.len(), FirstRejects::MAX);
        for cut in [1, 3, 99, 100, 101, 250] {
            let mut sum = rejects(1..cut);
            sum.extend(rejects(cut..=300));
            assert_eq!(sum, expected, "{cut}");
        }
        let mut phases = rejects((1..=300).filter(|record| record % 3 > 0));
        phases.extend(rejects((1..=300).filter(|record| record % 3 == 0)));
        assert_eq!(phases, expected);
    }

    #[test]
    fn long_texts_and_many_problems_are_cut_visibly() {
        let mut rejects = FirstRejects::default();
        rejects.add(1, 2, &vec![problem(&"x".repeat(5_000)); 7]);
        rejects.add(2, 3, &[problem("a"), problem("b")]);
        let [long, short] = &rejects.into_lines()[..] else { panic!("two records were added") };
        assert_eq!((long.problems.len(), long.more), (4, 3));
        let Problem { value, message, .. } = &long.problems[0];
        assert!(message.ends_with("x… (5,000 characters in all)"), "{message}");
        assert!(value.as_ref().is_some_and(|value| value.chars().count() < 150));
        assert!(long.errors().ends_with("; and 3 more"));
        assert_eq!(short.errors(), "[type-error] price: a; [type-error] price: b");
    }
}
