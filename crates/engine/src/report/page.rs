//! `report.html`: a self-contained page that loads nothing and runs no script.

use askama::Template;

use super::Report;
use super::html::html;
use super::view::{PAGE, View};

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    view: View,
}

/// The report as a self-contained page.
#[must_use]
pub fn page_html(report: &Report) -> String {
    html(&Page { view: View::new(report, &PAGE) })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn escapes_whatever_comes_from_data() {
        sample::assert_escaped(&page_html(&sample::hostile()));
    }

    #[test]
    fn loads_nothing_and_runs_nothing() {
        for (_, report) in sample::all() {
            let html = page_html(&report);
            assert!(html.contains("Content-Security-Policy\" content=\"default-src 'none'"), "{html}");
            assert!(!["<script", "<img", "<link", "url("].iter().any(|tag| html.contains(tag)), "{html}");
        }
    }

    #[test]
    fn shows_all_rejects_that_it_is_given() {
        let html = page_html(&sample::imported());
        assert_eq!(html.matches("class=\"reject\"").count(), sample::imported().rejects.shown.len());
        assert!(html.contains("first 12 of 152"), "{html}");
        assert!(
            html.contains("record 9, line 10: updated: ") && html.contains("… 7 more are not shown here."),
            "{html}"
        );
    }
}
