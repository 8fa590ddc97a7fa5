//! The mails about a set of a dataset: how it was joined, and what it waits for.

use askama::Template;

use super::html::html;
use super::view::Tone;
use crate::display::one_line;

/// Maximum length of a line, in characters.
const MAX_TEXT: usize = 200;
/// Maximum number of lines of a section. The report for programs has all.
const MAX_LINES: usize = 50;

/// A mail about a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetNotice {
    /// What happened, in a word: `PUBLISHED`, `STOPPED`, `FAILED` or `INCOMPLETE`.
    pub word: &'static str,
    /// Whether people have to do something.
    pub is_warning: bool,
    /// The dataset.
    pub dataset: String,
    /// The set.
    pub set: String,
    /// What happened, in a sentence.
    pub headline: String,
    /// What there is to know.
    pub sections: Vec<SetSection>,
    /// What to do.
    pub advice: String,
}

/// A part of the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetSection {
    /// Its title.
    pub title: String,
    /// Its lines.
    pub lines: Vec<String>,
}

#[derive(Template)]
#[template(path = "set.html")]
struct Page {
    colour: &'static str,
    word: &'static str,
    subject: String,
    title: String,
    headline: String,
    sections: Vec<SetSection>,
    advice: String,
}

impl SetNotice {
    /// The subject of the mail.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("{}: {}", self.word, self.title()), MAX_TEXT)
    }

    /// The mail as text.
    #[must_use]
    pub fn text(&self) -> String {
        let Page { subject, headline, sections, advice, .. } = self.page();
        let mut text = format!("{subject}\n\n{headline}\n");
        for SetSection { title, lines } in sections {
            text.push_str(&format!("\n{title}\n"));
            for line in lines {
                text.push_str(&format!("  {line}\n"));
            }
        }
        text + &format!("\nWhat to do\n{advice}\n")
    }

    /// The mail as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        html(&self.page())
    }

    fn title(&self) -> String {
        format!("{}: {}", self.dataset, self.set)
    }

    fn page(&self) -> Page {
        let section = |section: &SetSection| {
            let mut lines: Vec<String> =
                section.lines.iter().take(MAX_LINES).map(|line| one_line(line, MAX_TEXT)).collect();
            let more = section.lines.len().saturating_sub(MAX_LINES);
            if more > 0 {
                lines.push(format!("and {more} more"));
            }
            SetSection { title: one_line(&section.title, MAX_TEXT), lines }
        };
        let tone = if self.is_warning { Tone::Warning } else { Tone::Good };
        Page {
            colour: tone.colour(),
            word: self.word,
            subject: self.subject(),
            title: one_line(&self.title(), MAX_TEXT),
            headline: one_line(&self.headline, 2 * MAX_TEXT),
            sections: self.sections.iter().map(section).collect(),
            advice: one_line(&self.advice, 3 * MAX_TEXT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(file: &str) -> SetNotice {
        SetNotice {
            word: "INCOMPLETE",
            is_warning: true,
            dataset: "customer-orders".to_owned(),
            set: "20230828".to_owned(),
            headline: "The set waits for items since 2026-11-21T02:33:00Z.".to_owned(),
            sections: vec![SetSection { title: "Files".to_owned(), lines: vec![file.to_owned(); 60] }],
            advice: "Ask those who deliver the files.".to_owned(),
        }
    }

    #[test]
    fn text_and_html_say_the_same() {
        let notice = notice("customers: customers_20230828.csv");
        assert_eq!(notice.subject(), "INCOMPLETE: customer-orders: 20230828");
        for part in ["waits for items", "Files", "customers: customers_20230828.csv", "and 10 more", "Ask those"] {
            assert!(notice.text().contains(part) && notice.html().contains(part), "{part}: {}", notice.text());
        }
    }

    #[test]
    fn escapes_whatever_comes_from_data() {
        let notice = notice("<script>alert(1)</script>\r\nBcc: x\u{202e}");
        let (text, html) = (notice.text(), notice.html());
        assert!(html.contains("&#60;script&#62;") && !html.contains("<script"), "{html}");
        assert!(!text.contains("\nBcc") && !text.contains('\u{202e}'), "{text}");
    }
}
