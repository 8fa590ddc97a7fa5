//! The mail as text.

use super::words::Words;
use std::fmt::Write;

use super::Report;
use super::equation::Equation;
use super::summary::{SummaryCell, SummaryView};
use super::view::{Fact, Listing, MAIL, OmittedRow, View, Warning, omitted};
use crate::{Omitted, Tally};

/// The report as the plain-text part of a mail.
#[must_use]
pub fn text(report: &Report) -> String {
    let view = View::new(report, &MAIL);
    let mut text = Text::default();
    text.line(&format!("{}: {}", view.verdict, view.file));
    text.line("");
    text.line(&view.headline);
    if view.causes.is_some() {
        text.heading("Look here first");
        text.line(&view.suspect);
        text.items(&view.causes, |cause| format!("- {cause}"));
    }
    text.facts("What failed", &view.failure);
    text.listing("Why chunks failed", &view.chunk_causes, |cause| format!("- {cause}"));
    text.listing("Why", &view.reasons, |reason| format!("- {reason}"));
    text.listing("What does not add up", &view.contradictions, |contradiction| format!("- {contradiction}"));
    text.advice(&view.advice);
    if let Some(equation) = &view.equation {
        text.heading("What became of the records");
        text.equation(equation);
    }
    view.summaries.iter().for_each(|summary| text.summary(summary));
    text.omitted(&view.omitted);
    if !view.codes.is_empty() {
        text.heading("What is wrong with the rejected records (one record may count under several codes)");
        let width = view.codes.iter().map(|row| row.number.len()).max().unwrap_or_default();
        for row in &view.codes {
            text.line(&format!("  {:>width$}  {:<16}  {}", row.number, row.code, row.meaning));
        }
    }
    text.warnings(&view.warnings);
    text.listing("Rejected records", &view.rejects, |row| {
        format!("  record {}, line {}: {}", row.record, row.line, row.errors)
    });
    text.listing("Noticed", &view.notes, |note| format!("- {note}"));
    if !view.outputs.is_empty() {
        text.heading("Where things are");
        for output in &view.outputs {
            let size = if output.size.is_empty() { String::new() } else { format!(" ({})", output.size) };
            text.line(&format!("  {}{size}", output.name));
            for line in output.lines() {
                text.line(&format!("    {line}"));
            }
        }
        if !view.about_links.is_empty() {
            text.line(view.about_links);
        }
    }
    text.facts("The run", &view.facts);
    if let Some(cost) = &view.cost {
        text.line(&format!("  Cost: about {}, estimated from {}", cost.total, cost.basis));
    }
    text.0
}

/// A tally as a written addition of several lines, followed by the omitted records. `report` is the report of the run, if it is
/// known.
#[must_use]
pub fn tally_text(tally: &Tally, all: &Omitted, dry_run: bool, report: Option<&Report>) -> String {
    let target = report.and_then(|report| report.target.as_deref());
    let items = report.and_then(|report| report.items);
    let mut text = Text::default();
    text.equation(&Equation::new(tally, all, dry_run, Words::of(target)).of_items(tally, items));
    text.omitted(&omitted(all));
    text.0
}

/// The omitted records by name, with the lines of the first ones: a heading and a line each. Empty if there
/// are none.
#[must_use]
pub fn omitted_text(all: &Omitted) -> String {
    let mut text = Text::default();
    text.omitted(&omitted(all));
    text.0
}

/// A text under construction. Writing to a string does not fail, so the results of `writeln!` are ignored.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}");
    }

    fn heading(&mut self, heading: &str) {
        self.line(&format!("\n{heading}"));
    }

    fn advice(&mut self, advice: &[String]) {
        if !advice.is_empty() {
            self.heading("What to do");
            for (number, sentence) in (1..).zip(advice) {
                self.line(&format!("{number}. {sentence}"));
            }
        }
    }

    fn warnings(&mut self, warnings: &[Warning]) {
        if !warnings.is_empty() {
            self.heading(
                "Warnings: valid records that somebody should look at (one record may count under several codes)",
            );
            for warning in warnings {
                self.line(&format!("  {}  {}  {}", warning.number, warning.code, warning.meaning));
                for sample in &warning.samples.items {
                    self.line(&format!("      {sample}"));
                }
                if !warning.samples.more.is_empty() {
                    self.line(&format!("      … {}", warning.samples.more));
                }
            }
        }
    }

    fn summary(&mut self, summary: &SummaryView) {
        self.heading(&format!("{} ({})", summary.file, summary.extent));
        let rows: Vec<&Vec<SummaryCell>> =
            [&summary.labels].into_iter().chain(summary.rows.iter().map(|row| &row.cells)).collect();
        let width = |at: usize| {
            let length = |row: &&Vec<SummaryCell>| row.get(at).map_or(0, |cell| cell.text.chars().count());
            rows.iter().map(length).max().unwrap_or_default()
        };
        for row in rows.iter().filter(|_| !summary.rows.is_empty()) {
            let mut line = String::new();
            for (at, SummaryCell { text, is_number }) in row.iter().enumerate() {
                let width = width(at);
                let cell = if *is_number { format!("  {text:>width$}") } else { format!("  {text:<width$}") };
                line.push_str(&cell);
            }
            self.line(line.trim_end());
        }
        summary.remarks.iter().for_each(|remark| self.line(&format!("  {remark}")));
    }

    fn omitted(&mut self, rows: &[OmittedRow]) {
        if !rows.is_empty() {
            self.heading("Omitted records");
            for OmittedRow { number, name, meaning, lines } in rows {
                self.line(&format!("  {number} {name}: {meaning} ({lines})"));
            }
        }
    }

    fn equation(&mut self, equation: &Equation) {
        let numbers = equation.terms.iter().map(|term| &term.number).chain([&equation.read, &equation.sum]);
        let width = numbers.map(String::len).max().unwrap_or_default();
        for (place, term) in equation.terms.iter().enumerate() {
            let plus = if place == 0 { ' ' } else { '+' };
            self.line(&format!("  {plus} {:>width$}  {:<9}  {}", term.number, term.word(), term.meaning));
        }
        self.line(&format!("    {}", "-".repeat(width)));
        let word = if equation.adds_up { "read" } else { "accounted for" };
        self.line(&format!("  = {:>width$}  {word}", equation.sum));
        if !equation.adds_up {
            self.line(&format!("  but {:>width$}  read", equation.read));
        }
        self.line(&format!("  {}", equation.verdict));
    }

    fn listing<T>(&mut self, heading: &str, listing: &Listing<T>, show: impl Fn(&T) -> String) {
        if listing.is_some() {
            self.heading(&format!("{heading} ({})", listing.extent));
            self.items(listing, show);
        }
    }

    fn items<T>(&mut self, listing: &Listing<T>, show: impl Fn(&T) -> String) {
        for item in &listing.items {
            self.line(&show(item));
        }
        if !listing.more.is_empty() {
            self.line(&format!("  … {}", listing.more));
        }
    }

    fn facts(&mut self, heading: &str, facts: &[Fact]) {
        if !facts.is_empty() {
            self.heading(heading);
            for fact in facts {
                self.line(&format!("  {}: {}", fact.name, fact.value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn shows_the_tally_as_an_addition() {
        let text = text(&sample::imported());
        let expected = "
What became of the records
    1,823  imported   written to the table by this run
  +     0  unchanged  the table already held them with the same content
  +    25  duplicate  another record of this file has the same key and was used instead
  +     0  stale      a later file has already written the same key
  +   152  rejected   something is wrong with them
    -----
  = 2,000  read
  The numbers add up.
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn shows_a_sum_that_is_not_what_was_read() {
        let text = text(&sample::inconsistent());
        let expected = "
  = 9,999  accounted for
  but 10,000  read
  The numbers do not add up: 1 record unaccounted for.
";
        assert!(text.replace("=  9", "= 9").contains(expected), "{text}");
    }

    #[test]
    fn a_dry_run_that_passed_names_what_was_withheld() {
        let text = text(&sample::passed());
        assert!(text.contains("+ 1,848  withheld   valid, but this was a dry run: nothing was written\n"), "{text}");
    }

    #[test]
    fn shows_warnings_with_their_first_records() {
        let text = text(&sample::imported());
        let expected = "
Warnings: valid records that somebody should look at (one record may count under several codes)
  12  date-window  a date is too early or too late
      record 5, line 6: updated: 2019-01-05 is before 2025-11-21 (today-1y), the first day this rule allows
";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("\n      … 7 more are not shown here.\n  1  compare  "), "{text}");
        assert!(!super::text(&sample::refused()).contains("Warnings"));
    }

    #[test]
    fn an_output_has_its_link_and_its_command() {
        let text = text(&sample::imported());
        let folder = "output/products/products-0123456789abcdef01234567";
        let bucket = "sluice-data-123456789012-eu-central-1";
        let expected = format!(
            "  Rejected records (21.9 kB)
    aws s3 cp s3://{bucket}/{folder}/rejects.csv .
    https://eu-central-1.console.aws.amazon.com/s3/object/{bucket}?region=eu-central-1&prefix={folder}/rejects.csv
The links open the console of AWS"
        );
        assert!(text.contains(&expected), "{text}");
    }

    #[test]
    fn what_nearly_every_record_has_stands_first() {
        let text = text(&sample::wrong_feed());
        let expected = "
Look here first
Nearly every record was rejected for the same reason, so the feed is more likely to be wrong than the file.
- updated (column \"Updated\"): type-error in 1,990 of 2,000 records, for example in record 1, line 2: \"2026-11-03\" is \
                        not a date in the format %d.%m.%Y
";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_failure_says_why_its_chunks_failed() {
        let text = text(&sample::failed());
        let expected = "
Why chunks failed (1)
- import failed on 2 chunks (chunk 3, records 501 to 750; chunk 7, records 1501 to 1750): Misconfigured: not able to write";
        assert!(text.contains(expected), "{text}");
        let mut report = sample::failed();
        report.failure.as_mut().unwrap().unexplained = 5;
        report.failure.as_mut().unwrap().chunks = 7;
        assert!(
            super::text(&report).contains("\n- the cause is unknown for 5 of 7 chunks\n"),
            "{}",
            super::text(&report)
        );
    }

    #[test]
    fn data_cannot_forge_a_line() {
        let text = text(&sample::hostile());
        assert!(!text.lines().any(|line| line.starts_with("FORGED")), "{text}");
        assert!(!text.contains(['\r', '\0', '\u{202e}']), "{text}");
    }
}
