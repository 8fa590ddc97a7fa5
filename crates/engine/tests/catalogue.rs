//! `docs/rules.md` has a complete section for every code, and no other sections. Every rule is documented in its file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;

use sluice_engine::Code;

const CATALOGUE: &str = include_str!("../../../docs/rules.md");
/// The parts of a section, in their order.
const PARTS: [&str; 4] = ["**What.** ", "**Why.** ", "**Example.** ", "**How to fix.** "];
/// What a problem can concern.
const CONCERNS: [&str; 7] = [
    "a record",
    "a record, as a warning",
    "a record, or the file",
    "a record, or the file as a note",
    "the file",
    "the file, as a note",
    "the file, or as a note",
];

/// The sections of codes: each code with the paragraphs below its heading.
fn sections() -> Vec<(&'static str, Vec<&'static str>)> {
    let sections = CATALOGUE.split("\n### ").skip(1).map(|section| {
        let section = section.split("\n## ").next().unwrap();
        let mut paragraphs = section.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
        (paragraphs.next().unwrap().trim_matches('`'), paragraphs.collect())
    });
    sections.collect()
}

#[test]
fn every_code_has_a_section_and_every_section_a_code() {
    let documented: Vec<&str> = sections().iter().map(|(code, _)| *code).collect();
    let once: BTreeSet<&str> = documented.iter().copied().collect();
    assert_eq!(documented.len(), once.len(), "a code has more than one section");
    let codes: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let missing: Vec<_> = codes.difference(&once).collect();
    let unknown: Vec<_> = once.difference(&codes).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "without a section: {missing:?}; without a code: {unknown:?}");
}

#[test]
fn every_section_has_all_parts() {
    for (code, paragraphs) in sections() {
        let (facts, parts) = paragraphs.split_first().unwrap_or_else(|| panic!("{code} has no parts"));
        let facts = facts.strip_prefix("Stage: ").and_then(|facts| facts.strip_suffix('.'));
        let (stages, rest) =
            facts.and_then(|facts| facts.split_once(". Concerns: ")).unwrap_or_else(|| panic!("{code}"));
        let (concerns, retryable) = rest.split_once(". Retryable: ").unwrap_or_else(|| panic!("{code}"));
        let known = Code::of(code).unwrap_or_else(|| panic!("{code} is not a code"));
        let declared: Vec<_> = known.stages().iter().map(|stage| format!("{stage:?}").to_lowercase()).collect();
        assert_eq!(stages, declared.join(", "), "{code}");
        assert!(CONCERNS.contains(&concerns), "{code}: {concerns}");
        assert_eq!(retryable, if known.is_retryable() { "yes" } else { "no" }, "{code}");
        assert_eq!(parts.len(), PARTS.len(), "{code} has {} parts", parts.len());
        for (part, heading) in parts.iter().zip(PARTS) {
            let text = part.strip_prefix(heading).unwrap_or_else(|| panic!("{code}: {heading}is missing"));
            assert!(text.len() > 5 && text.ends_with(['.', '`']), "{code}: {heading}{text}");
        }
    }
}

/// The rules by their files.
const RULES: [(&str, &str); 9] = [
    ("at_most_one", include_str!("../src/rules/at_most_one.rs")),
    ("compare", include_str!("../src/rules/compare.rs")),
    ("date_window", include_str!("../src/rules/date_window.rs")),
    ("one_of", include_str!("../src/rules/one_of.rs")),
    ("prohibited", include_str!("../src/rules/prohibited.rs")),
    ("range", include_str!("../src/rules/range.rs")),
    ("reference", include_str!("../src/rules/reference.rs")),
    ("regex", include_str!("../src/rules/regex.rs")),
    ("required_together", include_str!("../src/rules/required_together.rs")),
];

#[test]
fn every_rule_says_what_it_checks_and_why_with_an_example_and_how_to_fix() {
    for (name, source) in RULES {
        let doc: Vec<&str> = source.lines().take_while(|line| line.starts_with("//!")).collect();
        let doc = doc.join("\n");
        let mut at = 0;
        for heading in ["# What it checks", "# Why", "# Example", "# How to fix"] {
            let heading = format!("//! {heading}\n");
            at += doc[at..].find(&heading).unwrap_or_else(|| panic!("{name}: {heading}is missing or out of order"));
        }
        assert!(doc.contains(&format!("//! - {name}: {{")), "{name} has no example of itself");
        assert!(
            Code::ALL.iter().any(|code| {
                // The code of a reference has the suffix `-missing`.
                let code = code.as_str();
                code.strip_suffix("-missing").unwrap_or(code) == name.replace('_', "-")
            }),
            "{name} has no code of its name"
        );
    }
}
