//! Compares the results of a case with the expected ones.

use similar::TextDiff;

/// Maximum number of lines of a difference.
const MAX_LINES: usize = 60;

/// How a text differs from the expected one; `None` if it does not.
pub fn difference(name: &str, expected: Option<&str>, found: Option<&str>) -> Option<String> {
    match (expected, found) {
        (expected, found) if expected == found => None,
        (Some(_), None) => Some(format!("{name} is expected, but was not produced\n")),
        (expected, found) => {
            let diff = TextDiff::from_lines(expected.unwrap_or_default(), found.unwrap_or_default());
            let old = if expected.is_some() { "expected" } else { "not expected" };
            let mut diff = diff.unified_diff();
            let text =
                diff.context_radius(1).header(&format!("{name} ({old})"), &format!("{name} (found)")).to_string();
            let lines: Vec<&str> = text.lines().collect();
            let shown = lines[..lines.len().min(MAX_LINES)].join("\n") + "\n";
            let more = lines.len().saturating_sub(MAX_LINES);
            Some(if more == 0 { shown } else { format!("{shown}… and {more} more lines\n") })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_differences() {
        assert_eq!(difference("a.csv", Some("1\n"), Some("1\n")), None);
        assert_eq!(difference("a.csv", None, None), None);
        for (expected, found, shown) in [
            (
                Some("1\n2\n3\n"),
                Some("1\n2\n4\n"),
                "--- a.csv (expected)\n+++ a.csv (found)\n@@ -2,2 +2,2 @@\n 2\n-3\n+4\n",
            ),
            (None, Some("1\n"), "--- a.csv (not expected)\n+++ a.csv (found)\n@@ -0,0 +1 @@\n+1\n"),
            (Some("1\n"), None, "a.csv is expected, but was not produced\n"),
        ] {
            assert_eq!(difference("a.csv", expected, found).as_deref(), Some(shown));
        }
        let long = "line\n".repeat(500);
        assert!(difference("a.csv", None, Some(&long)).unwrap().ends_with("… and 443 more lines\n"));
    }
}
