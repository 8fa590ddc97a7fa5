//! The mail as plain HTML. It uses only tables and inline styles, because mail programs support little else.

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

    /// Mail programs honour inline styles; the dark styles override them, so each coloured element needs a
    /// dark class.
    #[test]
    fn every_colour_of_an_element_has_a_dark_one() {
        for (name, report) in sample::all() {
            let html = mail_html(&report);
            assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"), "{name}");
            let (_, body) = html.split_once("<body").unwrap();
            for element in body.split('<').filter_map(|text| text.split_once('>')).map(|(element, _)| element) {
                let badge = element.contains("color:#ffffff;font-size:13px");
                let coloured = ["color:#", "background:#", "solid #1d2127", "solid #e3e6ea"];
                if coloured.iter().any(|colour| element.contains(colour)) && !badge {
                    let (_, classes) = element.split_once("class=\"").unwrap_or_else(|| panic!("{name}: <{element}>"));
                    for class in classes.split('"').next().unwrap().split(' ') {
                        assert!(html.contains(&format!("\n.{class} {{")), "{name}: <{element}>");
                    }
                }
            }
        }
    }

    #[test]
    fn has_no_script_no_image_and_no_style_sheet() {
        for (_, report) in sample::all() {
            let html = mail_html(&report);
            assert!(!["<script", "<img", "<link", "url("].iter().any(|tag| html.contains(tag)), "{html}");
        }
    }
}
