//! Prints how a run ended.

use sluice_contract::documents::Origin;
use sluice_contract::keys;
use sluice_engine::display::thousands;
use sluice_engine::report::{Failure, ParentKind, Report, Would, headline, suspect, tally_text};
use sluice_engine::{Code, Finding};
use sluice_platform::ledger::{Conclusion, MailState, RunEntry};

/// How a run ended: verdict, numbers, reasons, advice and locations. Parts that come from the report are
/// missing if there is none.
pub fn ending(entry: &RunEntry, conclusion: &Conclusion, report: Option<&Report>) -> String {
    // The report of another attempt does not apply.
    let report = report.filter(|report| report.attempt == entry.attempt());
    let mut text = format!("\n{}: {}\n", conclusion.verdict, keys::file_name(&entry.upload.key));
    if let Some(line) = parent(entry) {
        text.push_str(&line);
    }
    let dry_run = keys::is_dry_run(&entry.upload.key);
    match report {
        Some(report) => text.push_str(&format!("\n{}\n", headline(report))),
        None if dry_run => text.push_str("\nThis was a dry run: nothing was imported.\n"),
        None => {}
    }
    if let Some(report) = report.filter(|report| !report.causes.is_empty()) {
        let read = report.tally.map_or(0, |tally| tally.records());
        section(&mut text, &suspect(&report.causes, read), report.causes.iter().map(|cause| cause.sentence(read)));
    }
    if let Some(tally) = &conclusion.tally {
        text.push_str(&format!("\n{}", tally_text(tally, &conclusion.omitted, dry_run, report)));
    }
    if let Some(Would { imported, duplicate, rejected }) = report.and_then(|report| report.would) {
        let [imported, duplicate, rejected] = [imported, duplicate, rejected].map(thousands);
        let what = [
            format!("{imported} would have been imported"),
            format!("{duplicate} would have been dropped because another record of the file has the same key"),
            format!("{rejected} would have been rejected because of another record of the file"),
        ];
        section(&mut text, "What an import would have done with the valid records", what.into_iter());
    }
    section(&mut text, "Why", conclusion.reasons.iter().map(ToString::to_string));
    if report.is_none() {
        section(&mut text, "What failed", conclusion.causes.iter().cloned());
    }
    if let Some(report) = report {
        section(&mut text, "What does not add up", report.contradictions.iter().cloned());
        let failure = report.failure.iter().flat_map(|failure| failure.error.iter().chain(&failure.cause));
        section(&mut text, "What failed", failure.cloned());
        section(&mut text, "Why chunks failed", report.failure.iter().flat_map(Failure::why));
        section(&mut text, "Warnings", report.warnings.iter().map(|(code, finding)| warning(code, finding)));
        section(&mut text, "What to do", report.advice.iter().cloned());
        let outputs = report.outputs.iter().map(|output| format!("{}: {}", output.name, output.location));
        section(&mut text, "Where things are", outputs);
    }
    text
}

/// A line that names the parent run.
fn parent(entry: &RunEntry) -> Option<String> {
    let kind = match &entry.origin {
        Origin::Upload | Origin::Join { .. } => return None,
        Origin::Repair { .. } => ParentKind::Repair,
        Origin::Rerun { .. } => ParentKind::Rerun,
    };
    entry.origin.parent().map(|parent| format!("{} {parent}.\n", kind.words()))
}

/// The number of valid records that a rule warned about, with the first of them.
fn warning(code: Code, finding: &Finding) -> String {
    let first = finding.samples.first().map(ToString::to_string).unwrap_or_default();
    match finding.records {
        1 => format!("[{code}] 1 record: {first}"),
        records => format!("[{code}] {records} records, the first of which is {first}"),
    }
}

fn section(text: &mut String, heading: &str, items: impl Iterator<Item = String>) {
    for (place, item) in items.enumerate() {
        if place == 0 {
            text.push_str(&format!("\n{heading}\n"));
        }
        text.push_str(&format!("  {}\n", printable(&item)));
    }
}

/// Removes control characters, so that the content of a cell cannot control the terminal.
pub fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{FFFD}")
}

/// What happened to the mail, in a sentence.
pub fn mail(mail: Option<&MailState>) -> String {
    match mail {
        Some(MailState::Sent(id)) => format!("The mail was sent ({}).", printable(id)),
        Some(MailState::Partly { sent, failed }) => {
            format!("The mail was sent ({}), but not to all: {}", printable(sent), printable(failed))
        }
        Some(MailState::Failed(reason)) => format!("The mail could not be sent: {}", printable(reason)),
        Some(MailState::NoRecipients) => "No mail was sent: there are no recipients.".to_owned(),
        None => "It is not yet known whether a mail was sent.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::documents::Upload;
    use sluice_contract::{Tally, Verdict};
    use sluice_engine::{Omitted, Place, Problem, Sample, Stage};

    use super::*;

    /// A run and its conclusion.
    fn failed() -> (RunEntry, Conclusion) {
        let conclusion = Conclusion {
            verdict: Verdict::Failed,
            at: String::new(),
            tally: None,
            omitted: Omitted::default(),
            reasons: Vec::new(),
            causes: vec!["import failed on 6 chunks".to_owned()],
            usage: None,
            next: None,
        };
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/products/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: String::new(),
            bytes: 0,
            last_modified: String::new(),
            sequencer: String::new(),
        };
        let run = "products-0123456789abcdef01234567".parse().unwrap();
        (RunEntry::new(run, "products", upload, Origin::Upload, ""), conclusion)
    }

    #[test]
    fn a_failure_is_reported_from_the_ledger_where_there_is_no_report() {
        let (entry, conclusion) = failed();
        let text = ending(&entry, &conclusion, None);
        assert!(text.contains("\nWhat failed\n  import failed on 6 chunks\n"), "{text}");
    }

    #[test]
    fn a_warning_names_the_first_record_and_says_how_many_there_are() {
        let sample = Sample { record: 3, line: 4, field: Some("price".to_owned()), message: "0 is low".to_owned() };
        for (records, expected) in [
            (1, "[range] 1 record: record 3, line 4: price: 0 is low"),
            (12, "[range] 12 records, the first of which is record 3, line 4: price: 0 is low"),
        ] {
            assert_eq!(warning(Code::Range, &Finding { records, samples: vec![sample.clone()] }), expected);
        }
    }

    #[test]
    fn a_rejected_file_shows_numbers_reasons_and_mail() {
        let mut omitted = Omitted::default();
        omitted.add("empty", Place { record: 4, line: 5 });
        let conclusion = Conclusion {
            verdict: Verdict::Rejected,
            at: String::new(),
            tally: Some(Tally { read: 11, omitted: 1, rejected: 8, withheld: 2, ..Tally::default() }),
            omitted,
            reasons: vec![Problem::new(Stage::Gate, Code::TooManyRejects, "8 of 10 records\u{1b}[2J")],
            causes: Vec::new(),
            usage: None,
            next: None,
        };
        let (entry, _) = failed();
        let entry = RunEntry { mail: Some(MailState::NoRecipients), ..entry };
        let text = ending(&entry, &conclusion, None);
        assert!(text.starts_with("\nREJECTED: a.csv\n\n"), "{text}");
        assert!(text.contains("+  1  omitted    nothing in them to import: 1 empty\n"), "{text}");
        assert!(text.contains("= 11  read\n  The numbers add up.\n"), "{text}");
        assert!(text.contains("\nOmitted records\n  1 empty: no cell has content (line 5)\n"), "{text}");
        assert!(text.contains("\nWhy\n  [too-many-rejects] 8 of 10 records\u{FFFD}[2J\n"), "{text}");
        assert_eq!(mail(entry.mail.as_ref()), "No mail was sent: there are no recipients.");
    }
}
