//! The mail about rejects that used up their retries.

use std::collections::BTreeMap;
use std::fmt::Write;

use askama::Template;

use super::Output;
use super::html::html;
use super::view::{OutputRow, Tone};
use crate::Code;
use crate::display::{count, one_line, thousands};

/// Maximum length of a text from the data, in characters.
const MAX_TEXT: usize = 200;

/// Rejects of a run that are not retried any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// The feed.
    pub feed: String,
    /// The run that rejected them last.
    pub run: String,
    /// The file of that run.
    pub file: String,
    /// The number of rejects.
    pub records: u64,
    /// How often they were retried.
    pub attempts: u32,
    /// The number of rejects under each code.
    pub by_code: BTreeMap<String, u64>,
    /// Where to find their rows.
    pub rows: Output,
}

#[derive(Template)]
#[template(path = "exhausted.html")]
struct Page {
    colour: &'static str,
    subject: String,
    title: String,
    headline: String,
    codes: Vec<(String, String, &'static str)>,
    rows: OutputRow,
    about_links: &'static str,
    advice: String,
    run: String,
}

impl Exhausted {
    /// The subject of the mail.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("EXHAUSTED: {}: {} given up", self.feed, count(self.records, "reject")), MAX_TEXT)
    }

    /// The mail as text.
    #[must_use]
    pub fn text(&self) -> String {
        let page = self.page();
        let mut text = format!("{}\n\n{}\n\nWhat is wrong with them\n", page.subject, page.headline);
        for (records, code, meaning) in &page.codes {
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {records:>11}  {code:<18}  {meaning}");
        }
        let _ = write!(text, "\nWhat to do\n{}\n\nTheir rows\n", page.advice);
        for line in page.rows.lines() {
            let _ = writeln!(text, "  {line}");
        }
        if !page.about_links.is_empty() {
            let _ = writeln!(text, "{}", page.about_links);
        }
        text + &format!("\nThe run\n  {}\n", page.run)
    }

    /// The mail as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        html(&self.page())
    }

    fn page(&self) -> Page {
        let codes = self.by_code.iter().map(|(code, records)| {
            (thousands(*records), one_line(code, MAX_TEXT), Code::of(code).map_or("", Code::meaning))
        });
        let (records, times) = (count(self.records, "record"), count(u64::from(self.attempts), "time"));
        let headline = format!(
            "Sluice retried {records} of {} {times} and rejected them each time, because something they refer to is \
             still missing. There will be no further retry.",
            self.file
        );
        let run = one_line(&self.run, MAX_TEXT);
        let rows = OutputRow::new(&self.rows);
        Page {
            colour: Tone::Warning.colour(),
            subject: self.subject(),
            title: one_line(&format!("{}: {} given up", self.feed, count(self.records, "reject")), MAX_TEXT),
            headline: one_line(&headline, 2 * MAX_TEXT),
            codes: codes.collect(),
            about_links: rows.about_links(),
            rows,
            advice: format!(
                "Import what is missing, or correct the rows. Then upload these rows again with all their columns; \
                 sluice rejects {run} --export FILE.csv writes them to a file."
            ),
            run,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exhausted(file: &str) -> Exhausted {
        Exhausted {
            feed: "orders".to_owned(),
            run: "orders-0123456789abcdef01234567".to_owned(),
            file: file.to_owned(),
            records: 1200,
            attempts: 5,
            by_code: BTreeMap::from([("reference-missing".to_owned(), 1200)]),
            rows: Output {
                name: "rejects.csv".to_owned(),
                location: "s3://data/output/orders/rejects.csv".to_owned(),
                bytes: None,
                link: Some("https://eu-central-1.console.aws.amazon.com/s3/object/data?prefix=rejects.csv".to_owned()),
                command: Some("aws s3 cp s3://data/output/orders/rejects.csv .".to_owned()),
            },
        }
    }

    #[test]
    fn says_how_many_why_where_and_what_to_do() {
        let exhausted = exhausted("orders.csv");
        assert_eq!(exhausted.subject(), "EXHAUSTED: orders: 1,200 rejects given up");
        let (text, html) = (exhausted.text(), exhausted.html());
        for part in [
            "1,200 records of orders.csv",
            "5 times",
            "reference-missing",
            "or not yet",
            "s3://data/output/orders/rejects.csv",
            "https://eu-central-1.console.aws.amazon.com/s3/object/data?prefix=rejects.csv",
            "aws s3 cp s3://data/output/orders/rejects.csv .",
            "do not expire",
            "upload these rows again",
            "orders-0123456789abcdef01234567",
        ] {
            assert!(text.contains(part) && html.contains(part), "{part}: {text}{html}");
        }
    }

    #[test]
    fn escapes_whatever_comes_from_data() {
        let exhausted = exhausted("<script>alert(1)</script>\r\nBcc: x\u{202e}");
        let (text, html) = (exhausted.text(), exhausted.html());
        assert!(html.contains("&#60;script&#62;") && !html.contains("<script"), "{html}");
        assert!(!text.contains("\nBcc") && !text.contains('\u{202e}'), "{text}");
    }
}
