//! The result of a run in a few words: `IMPORTED, 1,823 new or changed, 152 rejected`.

use super::Report;
use super::equation::{Equation, TermKind};
use super::headline::no_records;
use super::words::Words;
use crate::display::thousands;
use crate::{Omitted, Tally, Verdict};

/// The gist of an import's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gist {
    /// The file has no records.
    Empty,
    /// Every record was omitted.
    AllOmitted,
    /// Every record was rejected.
    AllRejected,
    /// The table already held every record.
    AllUnchanged,
    /// The table holds something newer for every record.
    AllStale,
    /// No record was written, and the table holds none of them.
    Nothing,
    /// No record was written; the table already holds some of them, or something newer.
    NothingNew,
    /// Some records were written, or deleted something.
    Some,
}

impl Gist {
    pub(super) fn of(tally: &Tally) -> Self {
        let records = tally.records();
        match *tally {
            Tally { read: 0, .. } => Self::Empty,
            _ if records == 0 => Self::AllOmitted,
            Tally { imported: 1.., .. } | Tally { deleted: 1.., .. } => Self::Some,
            Tally { rejected, .. } if rejected == records => Self::AllRejected,
            Tally { unchanged, .. } if unchanged == records => Self::AllUnchanged,
            Tally { stale, .. } if stale == records => Self::AllStale,
            Tally { unchanged: 0, stale: 0, duplicate: 0, left: 0, .. } => Self::Nothing,
            _ => Self::NothingNew,
        }
    }

    /// Whether somebody should look at the file, because none of its records are in the table.
    pub(super) fn is_disappointing(self) -> bool {
        matches!(self, Self::Empty | Self::AllOmitted | Self::AllRejected | Self::AllStale | Self::Nothing)
    }
}

/// The numbers of a tally that are not 0, each with its word, except for the imported records.
pub(super) fn others(tally: &Tally) -> Vec<String> {
    let terms = Equation::new(tally, &Omitted::default(), false, Words::of(None)).terms;
    let terms = terms.into_iter().filter(|term| term.is_some() && term.kind != TermKind::Imported);
    terms.map(|term| format!("{} {}", term.number, term.word())).collect()
}

/// The verdict, and the numbers in a few words if the run counted any.
#[must_use]
pub fn result(report: &Report) -> String {
    let words = match report.verdict {
        Verdict::Imported => imported(report),
        Verdict::Passed => passed(report),
        Verdict::Rejected => report.tally.as_ref().map_or_else(String::new, of_read),
        Verdict::Skipped | Verdict::Refused | Verdict::Inconsistent | Verdict::Failed => String::new(),
    };
    if words.is_empty() { report.verdict.to_string() } else { format!("{}, {words}", report.verdict) }
}

fn imported(report: &Report) -> String {
    let Some(tally) = &report.tally else { return String::new() };
    match Gist::of(tally) {
        Gist::Empty => format!("nothing: {}", no_records(report)),
        Gist::AllRejected => format!("nothing: {}", of_read(tally)),
        Gist::AllOmitted | Gist::AllStale | Gist::Nothing => format!("nothing: {}", others(tally).join(", ")),
        Gist::AllUnchanged | Gist::NothingNew => format!("nothing new: {}", others(tally).join(", ")),
        Gist::Some => {
            let counts = [(tally.imported, "new or changed"), (tally.deleted, "deleted"), (tally.rejected, "rejected")];
            let counts = counts.iter().filter(|(count, _)| *count > 0);
            counts.map(|(count, word)| format!("{} {word}", thousands(*count))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn passed(report: &Report) -> String {
    let (Some(tally), Some(would)) = (&report.tally, &report.would) else { return String::new() };
    let rejected = tally.rejected + would.rejected;
    match (tally.records(), would.imported) {
        (0, _) if tally.omitted > 0 => format!("nothing to import: {} omitted", thousands(tally.omitted)),
        (0, _) => format!("nothing to import: {}", no_records(report)),
        (read, 0) => format!("nothing to import: {} of {} rejected", thousands(rejected), thousands(read)),
        (_, good) if rejected == 0 => format!("{} to import", thousands(good)),
        (_, good) => format!("{} to import, {} rejected", thousands(good), thousands(rejected)),
    }
}

/// `731 of 2,000 rejected`; empty if no record was rejected.
fn of_read(tally: &Tally) -> String {
    if tally.rejected == 0 {
        return String::new();
    }
    format!("{} of {} rejected", thousands(tally.rejected), thousands(tally.records()))
}

#[cfg(test)]
mod tests {
    use super::super::{Would, sample};
    use super::*;

    #[test]
    fn table_of_results() {
        let none = Tally::default();
        for (tally, expected) in [
            (none, "IMPORTED, nothing: a header and no records"),
            (Tally { read: 2, rejected: 2, ..none }, "IMPORTED, nothing: 2 of 2 rejected"),
            (Tally { read: 5, stale: 5, ..none }, "IMPORTED, nothing: 5 stale"),
            (Tally { read: 5, omitted: 5, ..none }, "IMPORTED, nothing: 5 omitted"),
            (Tally { read: 5, omitted: 3, rejected: 2, ..none }, "IMPORTED, nothing: 2 of 2 rejected"),
            (Tally { read: 5, omitted: 3, imported: 2, ..none }, "IMPORTED, 2 new or changed"),
            (Tally { read: 1_823, unchanged: 1_823, ..none }, "IMPORTED, nothing new: 1,823 unchanged"),
            (
                Tally { read: 10, unchanged: 7, duplicate: 2, rejected: 1, ..none },
                "IMPORTED, nothing new: 7 unchanged, 2 duplicate, 1 rejected",
            ),
            (Tally { read: 1_823, imported: 1_823, ..none }, "IMPORTED, 1,823 new or changed"),
            (
                Tally { read: 2_000, imported: 1_823, duplicate: 25, rejected: 152, ..none },
                "IMPORTED, 1,823 new or changed, 152 rejected",
            ),
        ] {
            assert_eq!(result(&Report { tally: Some(tally), ..sample::imported() }), expected);
        }
        for (tally, expected) in [
            (Tally { read: 5, left: 5, ..none }, "IMPORTED, nothing new: 5 left"),
            (Tally { read: 5, deleted: 5, ..none }, "IMPORTED, 5 deleted"),
            (
                Tally { read: 9, imported: 2, left: 1, deleted: 5, rejected: 1, ..none },
                "IMPORTED, 2 new or changed, 5 deleted, 1 rejected",
            ),
        ] {
            assert_eq!(result(&Report { tally: Some(tally), ..sample::imported() }), expected);
        }
        let empty = Report { tally: Some(none), header: false, ..sample::imported() };
        assert_eq!(result(&empty), "IMPORTED, nothing: no records");
    }

    #[test]
    fn table_of_other_verdicts() {
        for (report, expected) in [
            (sample::passed(), "PASSED, 1,820 to import, 155 rejected"),
            (
                Report {
                    tally: Some(Tally { read: 2, rejected: 2, ..Tally::default() }),
                    would: Some(Would::default()),
                    ..sample::passed()
                },
                "PASSED, nothing to import: 2 of 2 rejected",
            ),
            (
                Report { tally: Some(Tally::default()), would: Some(Would::default()), ..sample::passed() },
                "PASSED, nothing to import: a header and no records",
            ),
            (sample::rejected(), "REJECTED, 731 of 2,000 rejected"),
            (Report { tally: Some(Tally::default()), ..sample::rejected() }, "REJECTED"),
            (sample::skipped(), "SKIPPED"),
            (sample::refused(), "REFUSED"),
            (sample::inconsistent(), "INCONSISTENT"),
            (sample::failed(), "FAILED"),
        ] {
            assert_eq!(result(&report), expected);
        }
    }
}
