//! The headline of a report: what happened, in a sentence or two.

use super::result::Gist;
use super::words::Words;
use super::{Failure, Report, Would};
use crate::display::{count, thousands};
use crate::{Tally, Verdict};

/// The verdict in a sentence or two. The headline of a dry run begins by saying so.
#[must_use]
pub fn headline(report: &Report) -> String {
    let headline = of_verdict(report);
    let attempt = match report.attempt {
        0 | 1 => String::new(),
        attempt => format!("This was attempt {attempt} at the run. "),
    };
    let words = Words::of(report.target.as_deref());
    let dry_run = if report.dry_run { format!("This was a dry run: {}. ", words.dry_run) } else { String::new() };
    format!("{dry_run}{attempt}{headline}")
}

fn of_verdict(report: &Report) -> String {
    match report.verdict {
        Verdict::Passed => passed(report),
        Verdict::Rejected if report.dry_run => {
            "The file as a whole does not pass the check: nothing of it would have been imported.".to_owned()
        }
        Verdict::Imported => imported(report),
        Verdict::Rejected => {
            let untouched = Words::of(report.target.as_deref()).untouched;
            format!("Nothing was imported: the file as a whole did not pass the check. {untouched}")
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
            "The numbers of this import do not add up. Do not rely on it until the cause is known.".to_owned()
        }
        Verdict::Failed => failed(report.failure.as_ref()),
    }
}

fn imported(report: &Report) -> String {
    let Some(tally) = &report.tally else { return "The import is done.".to_owned() };
    let (records, words) = (tally.records(), Words::of(report.target.as_deref()));
    let headline = match Gist::of(tally) {
        Gist::Empty => return format!("Nothing was imported: the file has {}.", no_records(report)),
        Gist::AllOmitted => return format!("Nothing was imported: {}.", all_omitted(tally, "was", "were")),
        Gist::Nothing | Gist::NothingNew => {
            let others = super::result::others(tally).join(", ");
            return format!("Nothing new was imported. Of {}: {others}.", count(tally.read, "record"));
        }
        Gist::AllRejected => format!("Nothing was imported: {} rejected.", all(records, "was", "were")),
        Gist::AllUnchanged => {
            let [one, several] = words.are_known;
            format!("Nothing is new: {}.", all(records, one, several))
        }
        Gist::AllStale => format!(
            "Nothing was imported: {} older than {} under the same {}.",
            all(records, "is", "are"),
            words.newer,
            if records == 1 { "key" } else { "keys" }
        ),
        Gist::Some if tally.rejected == 0 => {
            format!("The import is done: {} read, and none was rejected.{}", count(records, "record"), words.effect)
        }
        Gist::Some => format!(
            "The import is done: {}. {} of {} {} rejected.{}",
            if tally.left + tally.deleted == 0 { words.done } else { "every good record took its effect" },
            thousands(tally.rejected),
            count(records, "record"),
            if tally.rejected == 1 { "was" } else { "were" },
            words.effect,
        ),
    };
    headline + &omitted(tally)
}

/// `all 2,000 records were`, `the only record was`.
fn all(records: u64, one: &str, several: &str) -> String {
    if records == 1 { format!("the only record {one}") } else { format!("all {} {several}", count(records, "record")) }
}

/// The content of a file without records, as the end of a sentence.
pub(super) fn no_records(report: &Report) -> &'static str {
    if report.header { "a header and no records" } else { "no records" }
}

/// A sentence about omitted records; empty if there are none.
fn omitted(tally: &Tally) -> String {
    match tally.omitted {
        0 => String::new(),
        1 => " One other was omitted: there is nothing in it to import.".to_owned(),
        omitted => format!(" {} others were omitted: there is nothing in them to import.", thousands(omitted)),
    }
}

/// A clause for a file in which every record is omitted.
fn all_omitted(tally: &Tally, one: &str, several: &str) -> String {
    let why = if tally.omitted == 1 { "it holds nothing to import" } else { "they hold nothing to import" };
    format!("{} omitted, because {why}", all(tally.omitted, one, several))
}

fn passed(report: &Report) -> String {
    let Some(Would { imported, duplicate, rejected }) = report.would.as_ref() else {
        return "The file as a whole passes the check.".to_owned();
    };
    let tally = report.tally.unwrap_or_default();
    if tally.omitted > 0 && tally.records() == 0 {
        return format!("Nothing would have been imported: {}.", all_omitted(&tally, "is", "are"));
    }
    if tally.read == 0 {
        return format!("Nothing would have been imported: the file has {}.", no_records(report));
    }
    if *imported == 0 && tally.rejected + rejected == tally.records() {
        let all = all(tally.records(), "is", "are");
        return format!(
            "The file as a whole passes the check, but nothing of it would have been imported: {all} rejected."
        );
    }
    let mut headline =
        format!("The file as a whole passes the check: {} would have been imported", count(*imported, "record"));
    if *duplicate > 0 {
        headline.push_str(&format!(
            ", {} dropped because another record of the file has the same key",
            thousands(*duplicate)
        ));
    }
    if *rejected > 0 {
        headline.push_str(&format!(", {} rejected because of another record of the file", thousands(*rejected)));
    }
    if tally.rejected > 0 {
        headline.push_str(&format!(", {} rejected as invalid", thousands(tally.rejected)));
    }
    headline.push('.');
    headline
}

fn failed(failure: Option<&Failure>) -> String {
    match failure.map(|failure| failure.status.as_str()) {
        Some("ABORTED") => "Somebody stopped the import before it was done.",
        Some("SUCCEEDED" | "GONE") => {
            "The execution of this import is over, but it did not record a result. This is a failure of the system, \
             not of the data."
        }
        Some("TIMED_OUT") => {
            "The import ran out of time before it was done. This is a failure of the system, not of the data."
        }
        _ => "The import broke off before it was done. This is a failure of the system, not of the data.",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn table_of_imports() {
        let none = Tally::default();
        for (tally, expected) in [
            (none, "Nothing was imported: the file has a header and no records."),
            (
                Tally { read: 1_000, imported: 1_000, ..none },
                "The import is done: 1,000 records read, and none was rejected.",
            ),
            (
                Tally { read: 1_000, imported: 999, rejected: 1, ..none },
                "The import is done: every good record is in the table. 1 of 1,000 records was rejected.",
            ),
            (Tally { read: 2, rejected: 2, ..none }, "Nothing was imported: all 2 records were rejected."),
            (Tally { read: 1, rejected: 1, ..none }, "Nothing was imported: the only record was rejected."),
            (
                Tally { read: 1_823, unchanged: 1_823, ..none },
                "Nothing is new: all 1,823 records are already in the table with the same content.",
            ),
            (
                Tally { read: 3, stale: 3, ..none },
                "Nothing was imported: all 3 records are older than what the table holds under the same keys.",
            ),
            (
                Tally { read: 6, unchanged: 3, duplicate: 1, stale: 1, rejected: 1, ..none },
                "Nothing new was imported. Of 6 records: 3 unchanged, 1 duplicate, 1 stale, 1 rejected.",
            ),
        ] {
            assert_eq!(imported(&Report { tally: Some(tally), ..sample::imported() }), expected);
        }
        assert_eq!(imported(&Report { tally: None, ..sample::imported() }), "The import is done.");
        let report = Report { tally: Some(none), header: false, ..sample::imported() };
        assert_eq!(imported(&report), "Nothing was imported: the file has no records.");
    }

    #[test]
    fn omitted_records_are_named_apart_from_the_others() {
        for (tally, expected) in [
            (
                Tally { read: 4, omitted: 1, imported: 3, ..Tally::default() },
                "The import is done: 3 records read, and none was rejected. One other was omitted: there is nothing in it \
                 to import.",
            ),
            (
                Tally { read: 300, omitted: 300, ..Tally::default() },
                "Nothing was imported: all 300 records were omitted, because they hold nothing to import.",
            ),
        ] {
            assert_eq!(headline(&Report { tally: Some(tally), ..sample::imported() }), expected);
        }
    }

    #[test]
    fn a_dry_run_says_so_and_what_would_have_been() {
        assert_eq!(
            headline(&sample::passed()),
            "This was a dry run: nothing was written to the table. The file as a whole passes the check: 1,820 records \
             would have been imported, 25 dropped because another record of the file has the same key, 3 rejected because \
             of another record of the file, 152 rejected as invalid."
        );
        for report in sample::all().into_iter().map(|(_, report)| report).filter(|report| report.dry_run) {
            assert!(headline(&report).starts_with("This was a dry run: nothing was written to the table. "));
        }
    }

    #[test]
    fn a_dry_run_that_would_import_nothing_says_so() {
        let of = |tally, would| Report { tally: Some(tally), would: Some(would), ..sample::passed() };
        let report = of(Tally { read: 2, rejected: 2, ..Tally::default() }, Would::default());
        assert!(headline(&report).ends_with("nothing of it would have been imported: all 2 records are rejected."));
        let report = of(Tally::default(), Would::default());
        assert!(headline(&report).ends_with("Nothing would have been imported: the file has a header and no records."));
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

    #[test]
    fn a_collection_is_called_one() {
        let of = |verdict, tally| {
            let target = Some("collection".to_owned());
            headline(&Report { target, tally: Some(tally), verdict, ..sample::imported() })
        };
        let known = of(Verdict::Imported, Tally { read: 3, unchanged: 3, ..Tally::default() });
        assert_eq!(known, "Nothing is new: all 3 records are already in the collection with the same content.");
        let rejected = of(Verdict::Rejected, Tally { read: 3, withheld: 3, ..Tally::default() });
        assert!(rejected.ends_with(" The collection is as it was."), "{rejected}");
    }

    #[test]
    fn a_queue_has_words_of_its_own_and_its_effect() {
        let of = |tally| Report { target: Some("queue".to_owned()), tally: Some(tally), ..sample::imported() };
        let sent = headline(&of(Tally { read: 3, imported: 3, ..Tally::default() }));
        assert!(
            sent.starts_with(
                "The import is done: 3 records read, and none was rejected. The effect is at least once: "
            )
        );
        let known = of(Tally { read: 3, unchanged: 3, ..Tally::default() });
        assert_eq!(headline(&known), "Nothing is new: all 3 records were sent to the queue before.");
        let rejected = Report { verdict: Verdict::Rejected, ..known };
        assert!(headline(&rejected).ends_with(" Nothing was sent."));
        assert!(
            headline(&Report { dry_run: true, ..rejected })
                .starts_with("This was a dry run: nothing was sent to the queue. ")
        );
    }
}
