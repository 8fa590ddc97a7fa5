//! A report prepared for display: the mail and the page share it.
//!
//! Each text from the data is one capped line without control characters, each cap states the real count, and
//! numbers are already formatted. Nothing here is markup.

use super::equation::Equation;
use super::headline::headline;
use super::result::Gist;
use super::summary::SummaryView;
use super::words::Words;
use super::{Cost, Failure, Output, RejectListing, Report};
use crate::display::{amount, bytes, count, dollars, duration, one_line, thousands};
use crate::omitted::{EMPTY, REPEATED_HEADER};
use crate::{Cause, Code, Finding, Omitted, OmittedRecords, Verdict};

/// How much of a report is shown.
pub(super) struct Limits {
    /// Maximum number of items of a list.
    pub items: usize,
    /// Maximum length of a text in characters.
    pub chars: usize,
}

/// The limits of a mail, which should be readable on a phone.
pub(super) const MAIL: Limits = Limits { items: 10, chars: 300 };

/// The limits of a page: 1,000 items of 2,000 characters are 2 MB at most.
pub(super) const PAGE: Limits = Limits { items: 1_000, chars: 2_000 };

/// An advice may be a command with two keys of up to 1,024 bytes, each byte escaped to four characters. A cut
/// command would be useless.
const ADVICE_CHARS: usize = 10_000;

/// The cause of a failed chunk names a permission and its purpose, which take more room than a problem of a
/// cell.
const CAUSE_CHARS: usize = 1_000;

/// What readers must know about the links.
const ABOUT_LINKS: &str = "The links open the console of AWS, which asks for a sign-in. Links and commands work for those who may read the bucket, and \
     do not expire.";

/// The displayed content of a report.
pub(super) struct View {
    pub verdict: String,
    /// The colour scheme.
    pub tone: Tone,
    pub headline: String,
    /// The reasons for which nearly every record was rejected.
    pub causes: Listing<String>,
    /// A sentence that says what is more likely to be wrong than the file.
    pub suspect: String,
    /// The name of the upload without its folders.
    pub file: String,
    pub description: String,
    pub failure: Vec<Fact>,
    pub chunk_causes: Listing<String>,
    pub reasons: Listing<String>,
    pub contradictions: Listing<String>,
    pub advice: Vec<String>,
    pub equation: Option<Equation>,
    pub omitted: Vec<OmittedRow>,
    pub codes: Vec<CodeRow>,
    pub warnings: Vec<Warning>,
    pub rejects: Listing<RejectRow>,
    pub notes: Listing<String>,
    pub summaries: Vec<SummaryView>,
    pub outputs: Vec<OutputRow>,
    /// A sentence about the links to the outputs; empty if there are none.
    pub about_links: &'static str,
    pub facts: Vec<Fact>,
    pub cost: Option<CostView>,
}

/// The colour scheme of a verdict.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Everything is fine.
    Good,
    /// Somebody should look at the file.
    Warning,
    /// Somebody should look at the system.
    Bad,
}

/// The first items of a list.
pub(super) struct Listing<T> {
    pub items: Vec<T>,
    /// `3`, or if the list is cut, `first 10 of 152`.
    pub extent: String,
    /// A sentence with the number of items that are not shown; empty if all are.
    pub more: String,
}

/// A code and the number of records that have it.
pub(super) struct CodeRow {
    pub number: String,
    pub code: String,
    pub meaning: &'static str,
}

/// A name under which records were omitted.
pub(super) struct OmittedRow {
    pub number: String,
    pub name: String,
    /// What the name means.
    pub meaning: &'static str,
    /// The lines of the first of these records.
    pub lines: String,
}

/// A code of valid records that broke a rule of severity `warn`.
pub(super) struct Warning {
    pub number: String,
    pub code: String,
    pub meaning: &'static str,
    pub samples: Listing<String>,
}

/// A rejected record.
pub(super) struct RejectRow {
    pub record: String,
    pub line: String,
    pub errors: String,
}

/// A file that the run wrote.
pub(super) struct OutputRow {
    pub name: String,
    pub location: String,
    pub size: String,
    /// An `https` address; empty if there is none.
    pub link: String,
    /// Empty if there is none.
    pub command: String,
}

/// A named fact about the run.
pub(super) struct Fact {
    pub name: &'static str,
    pub value: String,
}

/// The cost of the run.
pub(super) struct CostView {
    pub total: String,
    /// The prices behind it.
    pub basis: String,
    pub lines: Vec<CostRow>,
}

/// An item of the cost.
pub(super) struct CostRow {
    pub what: String,
    pub amount: String,
    pub dollars: String,
}

impl View {
    pub(super) fn new(report: &Report, limits: &Limits) -> Self {
        let Limits { items, chars } = *limits;
        let texts = |texts: Vec<String>| {
            let total = texts.len() as u64;
            Listing::new(texts.iter().map(|text| one_line(text, chars)), total, items)
        };
        let outputs: Vec<OutputRow> = report.outputs.iter().map(OutputRow::new).collect();
        let about_links = outputs.iter().map(OutputRow::about_links).max().unwrap_or_default();
        Self {
            verdict: report.verdict.to_string(),
            tone: Tone::of(report),
            headline: headline(report),
            causes: causes(report, limits),
            suspect: suspect(&report.causes, report.tally.map_or(0, |tally| tally.records())),
            file: one_line(report.file.trim_end_matches('/').rsplit('/').next().unwrap_or_default(), chars),
            description: one_line(&report.description, chars),
            failure: report.failure.as_ref().map(|failure| failure_facts(failure, chars)).unwrap_or_default(),
            chunk_causes: chunk_causes(report.failure.as_ref(), items),
            reasons: texts(report.reasons.iter().map(ToString::to_string).collect()),
            contradictions: texts(report.contradictions.clone()),
            advice: report.advice.iter().map(|text| one_line(text, ADVICE_CHARS)).collect(),
            equation: report.tally.as_ref().map(|tally| {
                Equation::new(tally, &report.omitted, report.dry_run, Words::of(report.target.as_deref()))
                    .of_items(tally, report.items)
            }),
            omitted: omitted(&report.omitted),
            codes: codes(report),
            warnings: warnings(report, limits),
            rejects: rejects(&report.rejects, limits),
            notes: texts(report.notes.iter().map(ToString::to_string).collect()),
            summaries: report.summaries.iter().map(|table| SummaryView::new(table, limits)).collect(),
            outputs,
            about_links,
            facts: facts(report, chars),
            cost: report.cost.as_ref().map(CostView::new),
        }
    }
}

impl Tone {
    fn of(report: &Report) -> Self {
        let disappointing = match report.verdict {
            Verdict::Imported => report.tally.is_some_and(|tally| Gist::of(&tally).is_disappointing()),
            Verdict::Passed => report.would.is_some_and(|would| would.imported == 0),
            _ => false,
        };
        match report.verdict {
            Verdict::Imported | Verdict::Passed if disappointing || !report.causes.is_empty() => Self::Warning,
            Verdict::Imported | Verdict::Passed => Self::Good,
            Verdict::Rejected | Verdict::Skipped | Verdict::Refused => Self::Warning,
            Verdict::Inconsistent | Verdict::Failed => Self::Bad,
        }
    }

    /// The class name for style sheets.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    /// A background colour on which white text is readable.
    pub(super) fn colour(self) -> &'static str {
        match self {
            Self::Good => "#1a7f4b",
            Self::Warning => "#a15c00",
            Self::Bad => "#b3261e",
        }
    }
}

impl<T> Listing<T> {
    /// The first `max` of `total` items.
    fn new(items: impl Iterator<Item = T>, total: u64, max: usize) -> Self {
        let items: Vec<T> = items.take(max).collect();
        let shown = items.len() as u64;
        let (extent, more) = if shown < total {
            let are = if total - shown == 1 { "is" } else { "are" };
            (
                format!("first {} of {}", thousands(shown), thousands(total)),
                format!("{} more {are} not shown here.", thousands(total - shown)),
            )
        } else {
            (thousands(total), String::new())
        };
        Self { items, extent, more }
    }

    /// Whether there are any items, shown or not.
    pub(super) fn is_some(&self) -> bool {
        self.extent != "0"
    }
}

impl OutputRow {
    /// The command, which says the location too; the location alone if there is none.
    pub(super) fn way(&self) -> &str {
        if self.command.is_empty() { &self.location } else { &self.command }
    }

    /// The lines of a text about it.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        [self.way(), self.link.as_str()].into_iter().filter(|line| !line.is_empty())
    }

    /// What readers must know of the link; empty if there is none.
    pub(super) fn about_links(&self) -> &'static str {
        if self.link.is_empty() { "" } else { ABOUT_LINKS }
    }

    pub(super) fn new(output: &Output) -> Self {
        Self {
            name: one_line(&output.name, PAGE.chars),
            // An S3 key has at most 1,024 bytes, so this never cuts the location that people copy.
            location: one_line(&output.location, PAGE.chars),
            size: output.bytes.map(bytes).unwrap_or_default(),
            link: output
                .link
                .iter()
                .filter(|link| link.starts_with("https://"))
                .map(|link| one_line(link, ADVICE_CHARS))
                .collect(),
            command: output.command.iter().map(|command| one_line(command, ADVICE_CHARS)).collect(),
        }
    }
}

impl CostView {
    fn new(cost: &Cost) -> Self {
        let lines = cost.lines.iter().map(|line| CostRow {
            what: one_line(&line.what, PAGE.chars),
            amount: amount(line.amount),
            dollars: dollars(line.dollars),
        });
        let basis = match &*cost.basis {
            "" => "published prices".to_owned(),
            basis => one_line(basis, PAGE.chars),
        };
        Self { total: dollars(cost.dollars), basis, lines: lines.collect() }
    }
}

fn causes(report: &Report, limits: &Limits) -> Listing<String> {
    let read = report.tally.map_or(0, |tally| tally.records());
    let sentences = report.causes.iter().map(|cause| one_line(&cause.sentence(read), limits.chars));
    Listing::new(sentences, report.causes.len() as u64, limits.items)
}

/// A sentence that says what is more likely to be wrong than the file if nearly every one of `read` records
/// was rejected for the same reason; empty otherwise.
#[must_use]
pub fn suspect(causes: &[Cause], read: u64) -> String {
    causes.first().map_or_else(String::new, |cause| {
        format!(
            "{} was rejected for the same reason, so {} is more likely to be wrong than the file.",
            if cause.records == read { "Every record" } else { "Nearly every record" },
            cause.suspect()
        )
    })
}

fn codes(report: &Report) -> Vec<CodeRow> {
    let mut codes: Vec<_> = report.by_code.iter().collect();
    codes.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
    let row = |(code, number): (&String, &u64)| CodeRow {
        number: thousands(*number),
        code: one_line(code, PAGE.chars),
        meaning: Code::of(code).map_or("", Code::meaning),
    };
    codes.into_iter().map(row).collect()
}

/// The omitted records by name.
pub(super) fn omitted(omitted: &Omitted) -> Vec<OmittedRow> {
    let row = |(name, found): (&str, &OmittedRecords)| OmittedRow {
        number: thousands(found.records),
        name: one_line(name, PAGE.chars),
        meaning: match name {
            EMPTY => "no cell has content",
            REPEATED_HEADER => "the same as the header",
            _ => "by a condition of the feed",
        },
        lines: lines(found),
    };
    omitted.iter().map(row).collect()
}

/// The lines of the first omitted records: `line 4`, `lines 4, 5, 6, 7, 8 and 295 more`.
fn lines(found: &OmittedRecords) -> String {
    let lines: Vec<String> = found.first.iter().map(|place| thousands(place.line)).collect();
    let more = found.records.saturating_sub(lines.len() as u64);
    let word = if found.records == 1 { "line" } else { "lines" };
    let more = if more == 0 { String::new() } else { format!(" and {} more", thousands(more)) };
    format!("{word} {}{more}", lines.join(", "))
}

fn warnings(report: &Report, limits: &Limits) -> Vec<Warning> {
    let mut found: Vec<_> = report.warnings.iter().collect();
    found.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.records));
    let warning = |(code, finding): (Code, &Finding)| Warning {
        number: thousands(finding.records),
        code: code.to_string(),
        meaning: code.meaning(),
        samples: Listing::new(
            finding.samples.iter().map(|sample| one_line(&sample.to_string(), limits.chars)),
            finding.records,
            limits.items,
        ),
    };
    found.into_iter().map(warning).collect()
}

fn rejects(listing: &RejectListing, limits: &Limits) -> Listing<RejectRow> {
    let rows = listing.shown.iter().map(|reject| RejectRow {
        record: thousands(reject.record),
        line: thousands(reject.line),
        errors: one_line(&reject.errors(), limits.chars),
    });
    Listing::new(rows, listing.total, limits.items)
}

fn facts(report: &Report, chars: usize) -> Vec<Fact> {
    let of_several = |fact: &Fact| fact.name != "Attempt" || report.attempt > 1;
    let mut facts = vec![
        Fact { name: "File", value: format!("{} ({})", one_line(&report.file, PAGE.chars), bytes(report.bytes)) },
        Fact { name: "Feed", value: one_line(&report.feed, chars) },
        Fact { name: "Run", value: one_line(&report.run_id, chars) },
        Fact { name: "Attempt", value: thousands(u64::from(report.attempt)) },
        Fact { name: "Began", value: one_line(&report.started_at, chars) },
        Fact { name: "Ended", value: one_line(&report.ended_at, chars) },
    ];
    facts.retain(of_several);
    if let Some(earlier) = &report.same_content_as {
        facts.push(Fact { name: "Same content as", value: one_line(earlier, chars) });
    }
    if let Some(took) = duration(&report.started_at, &report.ended_at) {
        facts.push(Fact { name: "Took", value: took });
    }
    if let Some(parent) = &report.parent {
        facts.push(Fact { name: parent.kind.words(), value: one_line(&parent.run_id, chars) });
    }
    if report.chunks > 0 {
        facts.push(Fact { name: "Processed in", value: count(report.chunks, "chunk") });
    }
    if !report.sluice.is_empty() {
        facts.push(Fact { name: "Sluice", value: one_line(&report.sluice, chars) });
    }
    if let Some(unsent) = &report.unsent {
        facts.push(Fact { name: "Mail", value: one_line(unsent, chars) });
    }
    facts
}

fn chunk_causes(failure: Option<&Failure>, items: usize) -> Listing<String> {
    let causes: Vec<String> = failure.into_iter().flat_map(Failure::why).collect();
    Listing::new(causes.iter().map(|cause| one_line(cause, CAUSE_CHARS)), causes.len() as u64, items)
}

fn failure_facts(failure: &Failure, chars: usize) -> Vec<Fact> {
    let text = |text: &Option<String>| text.as_deref().map(|text| one_line(text, chars));
    [
        ("Status", Some(one_line(&failure.status, chars))),
        ("Error", text(&failure.error)),
        ("Cause", text(&failure.cause)),
        ("Execution", Some(one_line(&failure.execution_arn, chars))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(Fact { name, value: value? }))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Would, sample};
    use super::*;
    use crate::Place;
    use crate::Tally;

    #[test]
    fn a_cap_says_so_with_the_real_count() {
        let view = View::new(&sample::imported(), &MAIL);
        assert_eq!(view.rejects.items.len(), 10);
        assert_eq!(view.rejects.extent, "first 10 of 152");
        assert_eq!(view.rejects.more, "142 more are not shown here.");
        let all = Listing::new(["a", "b"].into_iter(), 2, 2);
        assert_eq!((all.extent.as_str(), all.more.as_str()), ("2", ""));
    }

    #[test]
    fn only_a_link_to_a_server_is_shown() {
        let view = View::new(&sample::imported(), &MAIL);
        assert!(view.outputs[0].link.starts_with("https://eu-central-1.console.aws.amazon.com/s3/object/"));
        assert!(view.outputs[0].command.starts_with("aws s3 cp s3://") && !view.about_links.is_empty());
        let view = View::new(&sample::hostile(), &MAIL);
        assert_eq!(view.outputs[0].link, "");
        assert_eq!(View::new(&sample::refused(), &MAIL).about_links, "");
    }

    #[test]
    fn who_was_not_sent_the_mail_is_a_fact() {
        let unsent = "1 of 2 recipients did not get it (a@x.de): refused".to_owned();
        let view = View::new(&Report { unsent: Some(unsent.clone()), ..sample::imported() }, &PAGE);
        assert!(view.facts.iter().any(|fact| fact.name == "Mail" && fact.value == unsent));
        assert!(!View::new(&sample::imported(), &PAGE).facts.iter().any(|fact| fact.name == "Mail"));
    }

    #[test]
    fn an_import_of_nothing_is_not_green() {
        let tone = |tally| Tone::of(&Report { tally: Some(tally), ..sample::imported() }).word();
        let none = Tally::default();
        for (tally, expected) in [
            (none, "warning"),
            (Tally { read: 2, rejected: 2, ..none }, "warning"),
            (Tally { read: 2, stale: 2, ..none }, "warning"),
            (Tally { read: 2, unchanged: 2, ..none }, "good"),
            (Tally { read: 2, unchanged: 1, rejected: 1, ..none }, "good"),
            (Tally { read: 2, imported: 1, rejected: 1, ..none }, "good"),
        ] {
            assert_eq!(tone(tally), expected, "{tally:?}");
        }
        let would = |imported| Report { would: Some(Would { imported, ..Would::default() }), ..sample::passed() };
        assert_eq!((Tone::of(&would(0)).word(), Tone::of(&would(1)).word()), ("warning", "good"));
        assert_eq!(Tone::of(&sample::wrong_feed()).word(), "warning");
    }

    #[test]
    fn what_nearly_every_record_has_points_at_the_feed() {
        let view = View::new(&sample::wrong_feed(), &MAIL);
        assert!(view.suspect.ends_with("so the feed is more likely to be wrong than the file."), "{}", view.suspect);
        assert!(
            view.causes.items[0].starts_with("updated (column \"Updated\"): type-error in 1,990 of 2,000 records, for")
        );
        let elsewhere = Cause { code: Code::ReferenceMissing.to_string(), ..sample::wrong_feed().causes.remove(0) };
        assert!(suspect(std::slice::from_ref(&elsewhere), 1_990).starts_with("Every record"));
        assert!(suspect(&[elsewhere], 2_000).contains("the table in which the keys should be"));
        assert!(View::new(&sample::imported(), &MAIL).suspect.is_empty());
    }

    #[test]
    fn the_facts_name_the_version_of_sluice() {
        let version = |report: &Report| {
            let facts = View::new(report, &MAIL).facts;
            facts.into_iter().find(|fact| fact.name == "Sluice").map(|fact| fact.value)
        };
        assert_eq!(version(&sample::imported()).as_deref(), Some("0.1.0"));
        assert_eq!(version(&Report { sluice: String::new(), ..sample::imported() }), None);
    }

    #[test]
    fn codes_stand_by_count() {
        let view = View::new(&sample::imported(), &MAIL);
        let numbers: Vec<_> = view.codes.iter().map(|row| row.number.as_str()).collect();
        assert_eq!(numbers, ["49", "47", "28", "26", "9", "8", "1"]);
    }

    #[test]
    fn warnings_stand_by_count_with_their_first_records() {
        let view = View::new(&sample::imported(), &MAIL);
        let shown: Vec<_> = view
            .warnings
            .iter()
            .map(|warning| (warning.number.as_str(), warning.code.as_str(), warning.samples.more.as_str()))
            .collect();
        assert_eq!(shown, [("12", "date-window", "7 more are not shown here."), ("1", "compare", "")]);
        assert!(view.warnings[0].samples.items[0].starts_with("record 5, line 6: updated: "));
    }

    #[test]
    fn omitted_records_stand_by_name_with_their_first_lines() {
        let mut found = Omitted::default();
        for record in 1..=2_000 {
            found.add(EMPTY, Place { record, line: record + 1 });
        }
        found.add(REPEATED_HEADER, Place { record: 2_001, line: 2_002 });
        let rows: Vec<_> = omitted(&found).into_iter().map(|row| (row.number, row.name, row.lines)).collect();
        let row = |[number, name, lines]: [&str; 3]| (number.to_owned(), name.to_owned(), lines.to_owned());
        assert_eq!(
            rows,
            [["2,000", EMPTY, "lines 2, 3, 4, 5, 6 and 1,995 more"], ["1", REPEATED_HEADER, "line 2,002"]].map(row)
        );
    }

    #[test]
    fn a_long_text_is_cut_visibly() {
        let mut report = sample::imported();
        report.rejects.shown[0].problems[0].message = "x".repeat(5_000);
        let view = View::new(&report, &MAIL);
        assert!(view.rejects.items[0].errors.ends_with("x… (5,015 characters in all)"));
    }
}
