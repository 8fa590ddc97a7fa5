//! Labels of encodings: only other names of the same encoding are suggested.

use encoding_rs::{Encoding, REPLACEMENT};

use super::closest;

/// Prefixes that may be missing from the name of a code page.
const PREFIXES: [&str; 3] = ["windows-", "ibm", "iso-"];

/// Labels that are searched for a typo.
const LABELS: [&str; 20] = [
    "auto",
    "utf-8",
    "utf-16",
    "utf-16le",
    "utf-16be",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-15",
    "latin1",
    "ascii",
    "macintosh",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "gbk",
    "big5",
];

/// The label meant by an unknown one, if that is certain enough.
pub(crate) fn label(written: &str) -> Option<String> {
    let lower = written.trim().to_lowercase();
    if ["ansi", "windows-ansi"].contains(&lower.as_str()) {
        return Some("windows-1252".to_owned());
    }
    let bare: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = bare.trim_end_matches(|c: char| c.is_ascii_digit());
    let page = &bare[letters.len()..];
    let of_page = ["cp", "win", "windows", "ms", "codepage", "ibm", "dos"]
        .contains(&letters)
        .then(|| PREFIXES.iter().map(|prefix| format!("{prefix}{page}")).find(|label| is_label(label)))
        .flatten();
    let same = || {
        let is_same = |label: &&&str| label.chars().filter(char::is_ascii_alphanumeric).eq(bare.chars());
        LABELS.iter().find(is_same).map(|label| (*label).to_owned())
    };
    // `utf-8-sig` and `utf8mb4` are UTF-8.
    let utf_8 = || {
        (bare.starts_with("utf8") && !bare[4..].starts_with(|c: char| c.is_ascii_digit())).then(|| "utf-8".to_owned())
    };
    of_page.or_else(same).or_else(utf_8).or_else(|| closest(&lower, LABELS.into_iter()).map(str::to_owned))
}

fn is_label(label: &str) -> bool {
    Encoding::for_label(label.as_bytes()).is_some_and(|encoding| encoding != REPLACEMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_that_is_suggested_is_one() {
        for label in LABELS {
            assert!(label == "auto" || is_label(label), "{label}");
        }
    }

    #[test]
    fn only_the_same_encoding_is_suggested() {
        for (written, meant) in [
            ("windows1252", Some("windows-1252")),
            ("Win-1251", Some("windows-1251")),
            ("codepage 866", Some("ibm866")),
            ("ansi", Some("windows-1252")),
            ("uft-8", Some("utf-8")),
            ("utf-8-sig", Some("utf-8")),
            ("utf8mb4", Some("utf-8")),
            ("iso 8859 15", Some("iso-8859-15")),
            ("shiftjis", Some("shift_jis")),
            ("latin-1", Some("latin1")),
            ("cp850", None),
            ("ibm437", None),
            ("cp037", None),
            ("utf-32", None),
            ("iso-8859-12", None),
            ("ebcdic", None),
        ] {
            assert_eq!(label(written).as_deref(), meant, "{written}");
        }
    }
}
