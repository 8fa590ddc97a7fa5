//! Counts rejected records by code and field. If one field fails in nearly every record, the feed is more
//! likely to be wrong than the file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::display::{one_line, thousands};
use crate::{Code, Problem};

/// Maximum length of an example's message in characters, because it may quote a cell of any length.
const MAX_MESSAGE: usize = 500;

/// Rejected records of a chunk or a file, counted by code and field, in the order of their first occurrence.
///
/// Adding up the causes of all chunks in order gives those of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Causes(Vec<Cause>);

/// A code, the field in which it was found, and the number of records with both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    /// The code.
    pub code: String,
    /// The target field, if the code concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The column of the file, if the code concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The number of records.
    pub records: u64,
    /// The first of these records; `None` if only the number is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// An example of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Number of the record in the file, from 1.
    pub record: u64,
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What was found and what was expected.
    pub message: String,
}

impl Causes {
    /// Maximum number of pairs of code and field. Further pairs are ignored, so a record with thousands of
    /// broken fields costs little; a field that fails in nearly every record appears early.
    pub const MAX: usize = 100;

    /// Adds the problems of a rejected record. The record counts once under each pair of code and field.
    pub fn add<'a>(&mut self, record: u64, line: u64, problems: impl Iterator<Item = &'a Problem>) {
        let mut counted = Vec::new();
        for problem in problems {
            let field = problem.field.as_deref();
            let at = match self.find(problem.code.as_str(), field) {
                Some(at) => at,
                None if self.0.len() < Self::MAX => {
                    self.0.push(Cause {
                        code: problem.code.to_string(),
                        field: problem.field.clone(),
                        column: problem.column.clone(),
                        records: 0,
                        example: Some(Example { record, line, message: one_line(&problem.message, MAX_MESSAGE) }),
                    });
                    self.0.len() - 1
                }
                None => continue,
            };
            if !counted.contains(&at) {
                counted.push(at);
                self.0[at].records += 1;
            }
        }
    }

    /// Adds the causes of a later part of the file.
    pub fn extend(&mut self, later: &Self) {
        for cause in &later.0 {
            match self.find(&cause.code, cause.field.as_deref()) {
                Some(at) => self.0[at].records += cause.records,
                None if self.0.len() < Self::MAX => self.0.push(cause.clone()),
                None => {}
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The causes of at least nine in ten of `read` records (of at least two). A code that no single field
    /// reaches alone is listed without a field, as `by_code` counts it; codes of the gate and the table have
    /// no fields at all.
    #[must_use]
    pub fn of_nearly_all(&self, by_code: &BTreeMap<String, u64>, read: u64) -> Vec<Cause> {
        let nearly_all = |records: u64| read > 1 && records.saturating_mul(10) >= read.saturating_mul(9);
        let mut found: Vec<Cause> = self.0.iter().filter(|cause| nearly_all(cause.records)).cloned().collect();
        for (code, records) in by_code {
            // A record that is rejected because of another one is no cause.
            let is_cause = *code != Code::ItemRejected.as_str();
            if is_cause && nearly_all(*records) && !found.iter().any(|cause| cause.code == *code) {
                let example = self.0.iter().find(|cause| cause.code == *code).and_then(|cause| cause.example.clone());
                found.push(Cause { code: code.clone(), field: None, column: None, records: *records, example });
            }
        }
        found.sort_by_key(|cause| std::cmp::Reverse(cause.records));
        found
    }

    fn find(&self, code: &str, field: Option<&str>) -> Option<usize> {
        self.0.iter().position(|cause| cause.code == code && cause.field.as_deref() == field)
    }
}

impl Cause {
    /// What is more likely to be wrong than the records of the file.
    #[must_use]
    pub fn suspect(&self) -> &'static str {
        if self.blames_the_feed() { "the feed" } else { "the table in which the keys should be" }
    }

    /// Whether the feed is the likely culprit, and not another table.
    #[must_use]
    pub fn blames_the_feed(&self) -> bool {
        self.code != Code::ReferenceMissing.as_str()
    }

    /// The cause in a sentence or two. `read` is the number of records read.
    #[must_use]
    pub fn sentence(&self, read: u64) -> String {
        let place = match (&self.field, &self.column) {
            (Some(field), Some(column)) if field != column => format!("{field} (column {column:?})"),
            (Some(name), _) | (None, Some(name)) => name.clone(),
            (None, None) => "the records".to_owned(),
        };
        let mut sentence =
            format!("{place}: {} in {} of {} records", self.code, thousands(self.records), thousands(read));
        if let Some(Example { record, line, message }) = &self.example {
            sentence.push_str(&format!(", for example in record {record}, line {line}: {message}"));
        }
        sentence
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;

    fn problem(code: Code, field: &str, message: &str) -> Problem {
        Problem::new(Stage::Validate, code, message).field(field).column("Price")
    }

    /// Causes of records with these numbers: each has a type error twice, every third also a range error.
    fn causes(records: std::ops::Range<u64>) -> Causes {
        let mut causes = Causes::default();
        for record in records {
            let mut problems = vec![problem(Code::TypeError, "price", &format!("\"n/a {record}\" is not a number")); 2];
            if record % 3 == 0 {
                problems.push(problem(Code::Range, "stock", "-1 is too little"));
            }
            causes.add(record, record + 1, problems.iter());
        }
        causes
    }

    #[test]
    fn what_chunks_have_found_adds_up_to_what_the_file_has() {
        for cut in 1..=20 {
            let mut sum = causes(1..cut);
            sum.extend(&causes(cut..20));
            assert_eq!(sum, causes(1..20), "{cut}");
        }
        let counts: Vec<u64> = causes(1..20).0.iter().map(|cause| cause.records).collect();
        assert_eq!(counts, [19, 6]);
    }

    #[test]
    fn what_nearly_every_record_has_is_named_with_field_column_code_and_example() {
        let found = causes(1..20).of_nearly_all(&BTreeMap::new(), 20);
        assert_eq!(
            found.iter().map(|cause| cause.sentence(20)).collect::<Vec<_>>(),
            [
                "price (column \"Price\"): type-error in 19 of 20 records, for example in record 1, line 2: \"n/a 1\" is not \
                 a number"
            ]
        );
    }

    #[test]
    fn table_of_shares() {
        for (records, read, expected) in
            [(18, 20, 1), (17, 20, 0), (2, 2, 1), (1, 2, 0), (1, 1, 0), (0, 0, 0), (89, 99, 0), (90, 99, 1)]
        {
            let found = causes(1..records + 1).of_nearly_all(&BTreeMap::new(), read);
            assert_eq!(found.len(), expected, "{records} of {read}");
        }
    }

    #[test]
    fn a_code_that_no_single_field_has_so_often_stands_by_itself() {
        let by_code = BTreeMap::from([("duplicate-key".to_owned(), 20), ("type-error".to_owned(), 19)]);
        let found = causes(1..20).of_nearly_all(&by_code, 20);
        let shown: Vec<_> = found.iter().map(|cause| (cause.code.as_str(), cause.field.as_deref())).collect();
        assert_eq!(shown, [("duplicate-key", None), ("type-error", Some("price"))]);
        assert_eq!(found[0].sentence(20), "the records: duplicate-key in 20 of 20 records");
    }

    #[test]
    fn a_record_with_thousands_of_broken_fields_is_capped() {
        let problems: Vec<_> = (0..5_000).map(|n| problem(Code::TypeError, &format!("f{n}"), "x")).collect();
        let mut causes = Causes::default();
        causes.add(1, 2, problems.iter());
        causes.add(2, 3, problems.iter());
        assert_eq!(causes.0.len(), Causes::MAX);
        assert!(causes.0.iter().all(|cause| cause.records == 2));
    }
}
