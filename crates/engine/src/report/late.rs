//! The mail about a feed of which no file came for longer than it says.

use askama::Template;

use super::html::html;
use super::view::Tone;
use crate::display::one_line;
use crate::feed::Every;

/// Maximum length of a text from the data, in characters.
const MAX_TEXT: usize = 200;

/// A feed that waits for a file for longer than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Late {
    /// The feed.
    pub feed: String,
    /// The longest time between two files, as the feed says.
    pub every: Every,
    /// Since when it waits: RFC 3339, UTC.
    pub since: String,
    /// The key of the file that came then; `None` if no file came since the wait began.
    pub file: Option<String>,
}

#[derive(Template)]
#[template(path = "late.html")]
struct Page {
    colour: &'static str,
    subject: String,
    title: String,
    headline: String,
    file: String,
    advice: String,
}

impl Late {
    /// The subject of the mail.
    #[must_use]
    pub fn subject(&self) -> String {
        one_line(&format!("LATE: {}", self.title()), MAX_TEXT)
    }

    /// The mail as text.
    #[must_use]
    pub fn text(&self) -> String {
        let Page { subject, headline, file, advice, .. } = self.page();
        format!("{subject}\n\n{headline}\n\nThe last file\n  {file}\n\nWhat to do\n{advice}\n")
    }

    /// The mail as HTML.
    #[must_use]
    pub fn html(&self) -> String {
        html(&self.page())
    }

    fn title(&self) -> String {
        format!("{}: no file for more than {}", self.feed, self.every)
    }

    fn page(&self) -> Page {
        let Self { feed, every, since, file } = self;
        let headline = format!(
            "The feed {feed} has waited for a file since {since}. It says that no more than {every} pass between two files."
        );
        let advice = format!(
            "Ask those who deliver the files. sluice runs --feed {feed} lists what came, also files that Sluice refused, which do not \
             count. If the files come less often now, change expect.every in the feed. The next mail about this feed comes \
             when it is late again after another file."
        );
        let none = "none since Sluice began to wait for one";
        Page {
            colour: Tone::Warning.colour(),
            subject: self.subject(),
            title: one_line(&self.title(), MAX_TEXT),
            headline: one_line(&headline, 2 * MAX_TEXT),
            file: one_line(file.as_deref().unwrap_or(none), MAX_TEXT),
            advice: one_line(&advice, 3 * MAX_TEXT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late(file: Option<&str>) -> Late {
        Late {
            feed: "orders".to_owned(),
            every: "1d".parse().unwrap(),
            since: "2026-11-21T02:33:00Z".to_owned(),
            file: file.map(str::to_owned),
        }
    }

    #[test]
    fn says_since_when_what_was_expected_and_what_to_do() {
        for (file, shown) in [
            (Some("inbox/orders/2026-11-21.csv"), "inbox/orders/2026-11-21.csv"),
            (None, "none since Sluice began to wait for one"),
        ] {
            let late = late(file);
            assert_eq!(late.subject(), "LATE: orders: no file for more than 1 day");
            let (text, html) = (late.text(), late.html());
            for part in [
                "orders: no file for more than 1 day",
                "since 2026-11-21T02:33:00Z",
                "no more than 1 day pass between two files",
                "sluice runs --feed orders",
                "expect.every",
                shown,
            ] {
                assert!(text.contains(part) && html.contains(part), "{part}: {text}{html}");
            }
        }
    }

    #[test]
    fn escapes_whatever_comes_from_data() {
        let late = late(Some("inbox/orders/<script>alert(1)</script>\r\nBcc: x\u{202e}"));
        let (text, html) = (late.text(), late.html());
        assert!(html.contains("&#60;script&#62;") && !html.contains("<script"), "{html}");
        assert!(!text.contains("\nBcc") && !text.contains('\u{202e}'), "{text}");
    }
}
