//! The subject of a mail: always one line.

use super::Report;
use super::result::result;
use crate::display::is_disturbing;
use crate::display::thousands;

/// The subject if the feed could not be read. A readable feed without a subject has another default, which names the feed.
pub const SUBJECT_WITHOUT_FEED: &str = "{result}: {file}";

/// The placeholders that a feed's subject may use, in braces.
pub const PLACEHOLDERS: [&str; 12] = [
    "result",
    "verdict",
    "file",
    "feed",
    "read",
    "imported",
    "unchanged",
    "duplicate",
    "stale",
    "left",
    "deleted",
    "rejected",
];

/// Maximum length of a subject in characters. Mail programs show about 70; RFC 5322 allows a line of 998.
const MAX_CHARS: usize = 150;

/// Fills in the placeholders of a feed's subject. Unknown names in braces stay as they are.
///
/// `file` is the name of the upload without its folders. A number that the run did not count is shown as `?`.
/// The subject of a dry run always says so.
#[must_use]
pub fn subject(report: &Report, template: &str) -> String {
    let mut filled = String::new();
    if report.dry_run {
        filled.push_str("Dry run, nothing written: ");
    }
    let mut rest = template;
    // A single pass, so that braces in a file name are not expanded.
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| Some((value(report, name)?, after)));
        if let Some((value, after)) = value {
            filled.push_str(&value);
            rest = after;
        } else {
            filled.push('{');
            rest = after;
        }
    }
    filled.push_str(rest);
    one_line(&filled)
}

fn value(report: &Report, placeholder: &str) -> Option<String> {
    let number = |of: fn(&crate::Tally) -> u64| {
        report.tally.as_ref().map_or_else(|| "?".to_owned(), |tally| thousands(of(tally)))
    };
    match placeholder {
        "result" => Some(result(report)),
        "verdict" => Some(report.verdict.to_string()),
        "file" => Some(report.file.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()),
        "feed" => Some(report.feed.clone()),
        "read" => Some(number(|tally| tally.read)),
        "imported" => Some(number(|tally| tally.imported)),
        "unchanged" => Some(number(|tally| tally.unchanged)),
        "duplicate" => Some(number(|tally| tally.duplicate)),
        "stale" => Some(number(|tally| tally.stale)),
        "left" => Some(number(|tally| tally.left)),
        "deleted" => Some(number(|tally| tally.deleted)),
        "rejected" => Some(number(|tally| tally.rejected)),
        _ => None,
    }
}

/// Replaces control characters by spaces, collapses runs of spaces and cuts the text to the maximum length.
fn one_line(text: &str) -> String {
    let spaced = text.replace(is_disturbing, " ");
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn table_of_templates() {
        let report = sample::imported();
        for (template, expected) in [
            (SUBJECT_WITHOUT_FEED, "IMPORTED, 1,823 new or changed, 152 rejected: products.csv"),
            ("{verdict}: {file}", "IMPORTED: products.csv"),
            ("{unchanged} unchanged, {duplicate} duplicate, {stale} stale", "0 unchanged, 25 duplicate, 0 stale"),
            ("{feed}: {imported} of {read}, {rejected} rejected", "products: 1,823 of 2,000, 152 rejected"),
            ("{what} {verdict", "{what} {verdict"),
            ("{{verdict}}", "{IMPORTED}"),
            ("a\r\nBcc: x@example.com", "a Bcc: x@example.com"),
            ("", ""),
        ] {
            assert_eq!(subject(&report, template), expected, "{template:?}");
        }
    }

    #[test]
    fn a_dry_run_says_so_whatever_the_subject() {
        for (template, expected) in [
            (SUBJECT_WITHOUT_FEED, "Dry run, nothing written: PASSED, 1,820 to import, 155 rejected: products.csv"),
            ("{file}", "Dry run, nothing written: products.csv"),
        ] {
            assert_eq!(subject(&sample::passed(), template), expected);
        }
    }

    #[test]
    fn every_placeholder_is_known() {
        let report = sample::imported();
        assert!(PLACEHOLDERS.iter().all(|placeholder| value(&report, placeholder).is_some()));
    }

    #[test]
    fn is_one_line_whatever_the_data() {
        let mut report = sample::imported();
        report.file = format!("inbox/products/a\r\nBcc: x@example.com\u{2028}\0\u{202e}{{verdict}}{}", "ä".repeat(500));
        let line = subject(&report, "{file}");
        assert!(line.starts_with("a Bcc: x@example.com {verdict}ää") && line.ends_with("ä…"), "{line}");
        assert!(line.chars().count() == MAX_CHARS + 1 && !line.contains(is_disturbing), "{line}");
    }

    #[test]
    fn numbers_that_were_not_counted_are_question_marks() {
        assert_eq!(subject(&sample::refused(), "{verdict}: {imported} of {read}"), "REFUSED: ? of ?");
    }
}
