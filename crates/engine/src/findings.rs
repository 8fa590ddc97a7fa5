//! Findings of rules, counted by code, with the first records as samples.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::display::one_line;
use crate::{Code, Problem};

/// Maximum length of a sample's message in characters, because it may quote a cell of any length.
const MAX_MESSAGE: usize = 500;

/// The findings of rules of one severity in a chunk or a file: by code, the number of records and the first
/// of them.
///
/// Adding up the findings of all chunks in order gives those of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Findings(BTreeMap<Code, Finding>);

/// The findings under one code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The number of records.
    pub records: u64,
    /// The first findings, in the order of the file: at most [`Findings::SAMPLES`].
    pub samples: Vec<Sample>,
}

/// A finding for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Number of the record in the file, from 1.
    pub record: u64,
    /// The line on which the record begins, from 1.
    pub line: u64,
    /// The target field, if the finding concerns one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What was found and what was expected.
    pub message: String,
}

impl Findings {
    /// Maximum number of samples under a code, one for each of the first records.
    pub const SAMPLES: usize = 5;

    /// Adds the findings of a record. It counts once under each code.
    pub fn add<'a>(&mut self, record: u64, line: u64, problems: impl Iterator<Item = &'a Problem>) {
        let mut seen = BTreeSet::new();
        for problem in problems {
            if !seen.insert(problem.code) {
                continue;
            }
            let finding = self.0.entry(problem.code).or_default();
            finding.records += 1;
            if finding.samples.len() < Self::SAMPLES {
                let message = one_line(&problem.message, MAX_MESSAGE);
                finding.samples.push(Sample { record, line, field: problem.field.clone(), message });
            }
        }
    }

    /// Adds the findings of a later part of the file.
    pub fn extend(&mut self, later: &Self) {
        for (code, found) in &later.0 {
            let finding = self.0.entry(*code).or_default();
            finding.records += found.records;
            let room = Self::SAMPLES.saturating_sub(finding.samples.len());
            finding.samples.extend(found.samples.iter().take(room).cloned());
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings by code.
    pub fn iter(&self) -> impl Iterator<Item = (Code, &Finding)> {
        self.0.iter().map(|(code, finding)| (*code, finding))
    }
}

impl std::fmt::Display for Sample {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "record {}, line {}: ", self.record, self.line)?;
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stage;

    fn problem(code: Code) -> Problem {
        Problem::new(Stage::Validate, code, "0 is too little").field("price")
    }

    /// Findings of records with these numbers, each with two of one code and one of another.
    fn findings(records: std::ops::Range<u64>) -> Findings {
        let mut findings = Findings::default();
        for record in records {
            let problems = [problem(Code::Range), problem(Code::Range), problem(Code::Compare)];
            findings.add(record, record + 1, problems.iter());
        }
        findings
    }

    #[test]
    fn a_record_counts_once_under_each_code() {
        let found = findings(1..3);
        let counts: Vec<_> = found.iter().map(|(code, found)| (code, found.records)).collect();
        assert_eq!(counts, [(Code::Range, 2), (Code::Compare, 2)]);
        let json = serde_json::to_string(&found).unwrap();
        assert!(json.starts_with("{\"range\":{\"records\":2,"), "{json}");
        assert_eq!(serde_json::from_str::<Findings>(&json).unwrap(), found);
    }

    #[test]
    fn what_chunks_have_found_adds_up_to_what_the_file_has() {
        for cut in [1, 3, 7, 20] {
            let mut sum = findings(1..cut);
            sum.extend(&findings(cut..20));
            assert_eq!(sum, findings(1..20), "{cut}");
        }
        let (_, found) = findings(1..20).0.pop_first().unwrap();
        assert_eq!((found.records, found.samples.len()), (19, Findings::SAMPLES));
        assert_eq!(found.samples[0].to_string(), "record 1, line 2: price: 0 is too little");
    }

    #[test]
    fn a_long_message_is_cut_visibly() {
        let mut findings = Findings::default();
        findings.add(1, 2, [Problem::new(Stage::Validate, Code::Regex, "x".repeat(5_000))].iter());
        let (_, found) = findings.0.pop_first().unwrap();
        assert!(found.samples[0].message.ends_with("x… (5,000 characters in all)"));
    }
}
