//! The mail as plain HTML: tables and inline styles, for mail programs read little else.

use askama::Template;

use super::Report;
use super::html::html;
use super::view::{MAIL, View};

#[derive(Template)]
#[template(path = "mail.html")]
struct Page {
    view: View,
}

/// The report as the HTML part of a mail.
#[must_use]
pub fn mail_html(report: &Report) -> String {
    html(&Page { view: View::new(report, &MAIL) })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn escapes_whatever_comes_from_data() {
        sample::assert_escaped(&mail_html(&sample::hostile()));
    }

    #[test]
    fn shows_the_sum_and_what_was_read() {
        let html = mail_html(&sample::imported());
        assert!(html.contains(">2,000<") && html.contains(">1,823<") && html.contains("The numbers add up."), "{html}");
        assert!(html.contains("first 10 of 152") && html.contains("142 more are not shown here."), "{html}");
        assert!(
            html.contains("record 9, line 10: updated: ") && html.contains("… 7 more are not shown here."),
            "{html}"
        );
    }

    #[test]
    fn has_no_script_no_image_and_no_style_sheet() {
        for (_, report) in sample::all() {
            let html = mail_html(&report);
            assert!(!["<script", "<img", "<link", "url("].iter().any(|tag| html.contains(tag)), "{html}");
        }
    }
}
