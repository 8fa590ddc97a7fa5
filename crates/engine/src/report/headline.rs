//! What happened, in one sentence for the person who answers for the file.

use super::number::{count, thousands};
use super::{Failure, Report, Would};
use crate::{Tally, Verdict};

/// The verdict in a sentence or two, of a dry run also that it was one.
pub(super) fn headline(report: &Report) -> String {
    let headline = of_verdict(report);
    let attempt = match report.attempt {
        0 | 1 => String::new(),
        attempt => format!("This was attempt {attempt} at the run. "),
    };
    let dry_run = if report.dry_run { "This was a dry run: nothing was written. " } else { "" };
    format!("{dry_run}{attempt}{headline}")
}

fn of_verdict(report: &Report) -> String {
    match report.verdict {
        Verdict::Passed => passed(report.would.as_ref()),
        Verdict::Rejected if report.dry_run => {
            "The file as a whole does not pass the check: nothing of it would have been imported.".to_owned()
        }
        Verdict::Imported => imported(report.tally.as_ref()),
        Verdict::Rejected => {
            "Nothing was imported: the file as a whole did not pass the check. The table is as it was.".to_owned()
        }
        Verdict::Skipped => {
            "Nothing was imported: an earlier run has imported a file with exactly the same content, and the feed says that \
             this is enough. Nothing was checked."
                .to_owned()
        }
        Verdict::Refused => {
            "The file was not accepted: no import was started, and the file is still in the inbox.".to_owned()
        }
        Verdict::Inconsistent => {
            "The numbers of this import do not add up. Do not rely on it before somebody has found out why.".to_owned()
        }
        Verdict::Failed => failed(report.failure.as_ref()),
    }
}

fn imported(tally: Option<&Tally>) -> String {
    match tally {
        Some(tally) if tally.read == 0 => "The file holds no records: there was nothing to import.".to_owned(),
        Some(tally) if tally.rejected == 0 => {
            format!("The import is done: {} read, and none was rejected.", count(tally.read, "record"))
        }
        Some(tally) => format!(
            "The import is done: every good record is in the table. {} of {} {} rejected.",
            thousands(tally.rejected),
            count(tally.read, "record"),
            if tally.rejected == 1 { "was" } else { "were" },
        ),
        None => "The import is done.".to_owned(),
    }
}

fn passed(would: Option<&Would>) -> String {
    let Some(Would { imported, duplicate, rejected }) = would else {
        return "The file as a whole passes the check.".to_owned();
    };
    let mut headline =
        format!("The file as a whole passes the check: {} would have gone to the table", count(*imported, "record"));
    if *duplicate > 0 {
        headline.push_str(&format!(", {} left out for another one with the same key", thousands(*duplicate)));
    }
    if *rejected > 0 {
        headline.push_str(&format!(", {} rejected for what another record of the file holds", thousands(*rejected)));
    }
    headline.push('.');
    headline
}

fn failed(failure: Option<&Failure>) -> String {
    match failure.map(|failure| failure.status.as_str()) {
        Some("ABORTED") => "The import was stopped by somebody before it was done.",
        Some("SUCCEEDED" | "GONE") => {
            "The import ended without a word: its execution is over, and nobody has told how it went. That is a failure of \
             the system, not of the data."
        }
        Some("TIMED_OUT") => {
            "The import ran out of time before it was done. That is a failure of the system, not of the data."
        }
        _ => "The import broke off before it was done. That is a failure of the system, not of the data.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn table_of_imports() {
        let tally = |read, rejected| Some(Tally { read, imported: read - rejected, rejected, ..Tally::default() });
        for (tally, expected) in [
            (tally(0, 0), "The file holds no records: there was nothing to import."),
            (tally(1_000, 0), "The import is done: 1,000 records read, and none was rejected."),
            (
                tally(1_000, 1),
                "The import is done: every good record is in the table. 1 of 1,000 records was rejected.",
            ),
            (None, "The import is done."),
        ] {
            assert_eq!(imported(tally.as_ref()), expected);
        }
    }

    #[test]
    fn a_dry_run_says_so_and_what_would_have_been() {
        assert_eq!(
            headline(&sample::passed()),
            "This was a dry run: nothing was written. The file as a whole passes the check: 1,820 records would have \
             gone to the table, 25 left out for another one with the same key, 3 rejected for what another record of \
             the file holds."
        );
        for report in sample::all().into_iter().map(|(_, report)| report).filter(|report| report.dry_run) {
            assert!(headline(&report).starts_with("This was a dry run: nothing was written. "));
        }
    }

    #[test]
    fn a_later_attempt_says_so() {
        let report = Report { attempt: 2, ..sample::failed() };
        assert!(headline(&report).starts_with("This was attempt 2 at the run. The import broke off"));
        assert!(!headline(&sample::failed()).contains("attempt"));
    }

    #[test]
    fn every_verdict_has_its_own_sentence() {
        let sentences: std::collections::BTreeSet<_> =
            sample::all().iter().map(|(_, report)| headline(report)).collect();
        assert_eq!(sentences.len(), sample::all().len());
    }
}
