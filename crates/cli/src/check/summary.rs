//! The summary of a check.

use std::collections::BTreeMap;

use sluice_contract::documents::{GateDocument, Manifest};
use sluice_engine::display::{count, thousands};
use sluice_engine::report::{omitted_text, suspect};
use sluice_engine::{Cause, Findings, Omitted, Problem};

use super::visible;
use crate::ending::Ending;

/// The summary of a check.
#[derive(Debug, Default)]
pub struct Summary {
    /// The name of the file.
    pub file: String,
    /// Whether the file has a problem that prevents reading its records.
    pub unreadable: bool,
    /// The number of records that were read.
    pub records: u64,
    /// The number of records that pass the checks.
    pub valid: u64,
    /// How many of these lose to another record with the same key.
    pub duplicates: u64,
    /// The number of records that do not pass.
    pub rejected: u64,
    /// Records with nothing to import, by name.
    pub omitted: Omitted,
    /// Whether the gate would accept the file.
    pub go: bool,
    /// The reasons why it would not.
    pub reasons: Vec<String>,
    /// How often each code occurred.
    pub codes: BTreeMap<String, CodeCount>,
    /// The reasons for which nearly every record was rejected.
    pub causes: Vec<Cause>,
    /// Valid records that broke a rule of severity `warn`.
    pub warnings: Findings,
    /// The number of problems.
    pub problems: u64,
    /// The number of listed problems.
    pub listed: u64,
    /// The number of notes on the file.
    pub notes: u64,
    /// The number of listed notes.
    pub notes_listed: u64,
    /// Tables whose keys were not checked.
    pub references: Vec<String>,
}

/// How often a code occurred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeCount {
    /// The number of records with it.
    pub records: u64,
    /// The number of problems; a record may have several.
    pub problems: u64,
}

impl Summary {
    /// The summary of a run's documents. The caller counts what it lists.
    pub fn new(file: &str, manifest: &Manifest, gate: &GateDocument) -> Self {
        let by_code: BTreeMap<String, u64> =
            gate.by_code.iter().chain(&gate.by_code_here).map(|(code, records)| (code.clone(), *records)).collect();
        let records = |(code, records): (&String, &u64)| (code.clone(), CodeCount { records: *records, problems: 0 });
        Self {
            file: visible::text(file),
            unreadable: !manifest.problems.is_empty(),
            records: gate.read,
            valid: gate.valid.saturating_sub(gate.rejected_here),
            duplicates: gate.losers,
            rejected: gate.rejected_in_all(),
            omitted: gate.omitted.clone(),
            go: gate.reasons.is_empty() && gate.contradictions.is_empty(),
            reasons: reasons(&gate.reasons).chain(gate.contradictions.iter().cloned()).collect(),
            causes: gate.causes.of_nearly_all(&by_code, gate.records()),
            codes: by_code.iter().map(records).collect(),
            warnings: gate.warnings.clone(),
            ..Self::default()
        }
    }

    /// The summary of a file that would be refused before it is read.
    pub fn refused(file: &str, why: &[Problem]) -> Self {
        let reasons = reasons(why).collect();
        Self { file: visible::text(file), unreadable: true, reasons, ..Self::default() }
    }

    /// Counts a problem.
    pub fn count(&mut self, problem: &Problem) {
        self.problems += 1;
        self.codes.entry(problem.code.as_str().to_owned()).or_default().problems += 1;
    }

    /// The number of records that would be imported.
    pub fn importable(&self) -> u64 {
        if self.go { self.valid.saturating_sub(self.duplicates) } else { 0 }
    }

    /// The ending, the same as that of an import.
    pub fn ending(&self) -> Ending {
        match (self.go, self.rejected) {
            (false, _) => Ending::Refused,
            (true, 0) => Ending::Good,
            (true, _) => Ending::Rejects,
        }
    }

    /// How much is not listed, in a sentence; empty if everything is.
    pub fn not_listed(&self) -> String {
        let more = [(self.problems, self.listed, "problem"), (self.notes, self.notes_listed, "note")];
        let more: Vec<String> = more
            .into_iter()
            .filter(|(all, listed, _)| all > listed)
            .map(|(all, listed, noun)| format!("{} of {} are not listed", thousands(all - listed), count(all, noun)))
            .collect();
        if more.is_empty() { String::new() } else { format!("{}: --limit 0 lists all", more.join(", ")) }
    }

    /// The summary for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.codes.is_empty() {
            text.push_str("By code (a record may have several)\n");
            for (code, CodeCount { records, problems }) in &self.codes {
                let records = if *records == 0 { "the file".to_owned() } else { count(*records, "record") };
                text.push_str(&format!("  {code:<18} {records:>18} {:>18}\n", count(*problems, "problem")));
            }
            text.push('\n');
        }
        text.push_str(&self.warned());
        text.push_str(&self.suspected());
        text.push_str(&format!("{}: ", self.file));
        if self.unreadable {
            text.push_str("its records were not checked\n");
        } else {
            text.push_str(&self.tally());
        }
        if !self.references.is_empty() {
            text.push_str(&format!("\nNot checked here: whether keys are in {}.\n", self.references.join(", ")));
        }
        if self.go && self.importable() == 0 {
            let why = if self.records == 0 { "the file has no records" } else { "no record is left to import" };
            text.push_str(&format!("\nThe gate would let the file pass, but nothing would be imported: {why}.\n"));
        } else if self.go {
            text.push_str("\nThe gate would let the file pass.\n");
        } else {
            text.push_str("\nNothing would be imported: the file would not pass.\n");
            self.reasons.iter().for_each(|reason| text.push_str(&format!("  {}\n", visible::text(reason))));
        }
        text
    }

    /// The reasons for which nearly every record was rejected, and what is more likely to be wrong then.
    fn suspected(&self) -> String {
        if self.causes.is_empty() {
            return String::new();
        }
        let records = self.records.saturating_sub(self.omitted.records());
        let causes = self.causes.iter().map(|cause| format!("  {}\n", visible::text(&cause.sentence(records))));
        format!("{}\n{}\n", suspect(&self.causes, records), causes.collect::<String>())
    }

    /// The warnings by code, each with its first records.
    fn warned(&self) -> String {
        if self.warnings.is_empty() {
            return String::new();
        }
        let mut text = "Warnings: these records would be imported (a record may have several)\n".to_owned();
        for (code, finding) in self.warnings.iter() {
            text.push_str(&format!("  {:<18} {:>18}\n", code.as_str(), count(finding.records, "record")));
            for sample in &finding.samples {
                text.push_str(&format!("    {}\n", visible::text(&sample.to_string())));
            }
            let more = finding.records.saturating_sub(finding.samples.len() as u64);
            if more > 0 {
                text.push_str(&format!("    … {} more\n", thousands(more)));
            }
        }
        text.push('\n');
        text
    }

    fn tally(&self) -> String {
        let mut lines = vec![];
        if self.go {
            lines.push((self.importable(), "would be imported"));
            lines.push((self.duplicates, "duplicate: another record of the file has the same key, and wins"));
        } else {
            lines.push((self.valid.saturating_sub(self.duplicates), "valid"));
            lines.push((self.duplicates, "duplicate: another record of the file has the same key, and wins"));
        }
        lines.push((self.rejected, "rejected"));
        if !self.omitted.is_empty() {
            lines.push((self.omitted.records(), "omitted: nothing in them to import"));
        }
        let lines = lines.iter().map(|(number, what)| format!("  {:>11}  {what}\n", thousands(*number)));
        let tally = format!("{}\n{}", count(self.records, "record"), lines.collect::<String>());
        tally + &omitted_text(&self.omitted)
    }
}

fn reasons(problems: &[Problem]) -> impl Iterator<Item = String> {
    problems.iter().map(ToString::to_string)
}
