//! SEMANTICS.md, `tests/promises.txt` and `docs/promises.md`: every promise names its tests, every named test exists, and the
//! page is current.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sluice_tests::{read, root};

const TABLE: &str = "tests/promises.txt";
const PAGE: &str = "docs/promises.md";
const PROMISES: u32 = 17;
/// The section that stands for "How a run ends".
const VERDICTS: &str = "verdicts";
/// The section that stands for "Datasets".
const DATASETS: &str = "datasets";

const HEAD: &str = "\
# The tests behind each promise

[SEMANTICS.md](../SEMANTICS.md) says what Sluice promises. This page lists the tests that prove each promise. It is generated from
[tests/promises.txt](../tests/promises.txt); [CONTRIBUTING.md](../CONTRIBUTING.md#making-a-promise) says how.

| suite | what it runs |
|---|---|
| `tests/steps` | the whole pipeline, in memory |
| `tests/faults` | the whole pipeline with injected faults, against the oracle in `tests/oracle` |
| `tests/static` | the template, the state machines and the documents |
| `tests/memory` | steps under an allocator that counts |
| `tests/mongodb` | the sink in MongoDB, with a real server |
| `tests/e2e` | a deployed stack |
| `crates/…` | one crate, beside its code |
";

/// The test functions of the workspace, each with the suites that have one of that name.
pub fn test_functions() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for folder in ["crates", "tests"] {
        collect(Path::new(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let path = folder.join(entry.unwrap().file_name());
        if root().join(&path).is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            for name in tests_in(&read(path.to_str().unwrap())) {
                found.entry(name).or_default().insert(suite(&path));
            }
        }
    }
}

/// The suite of a source file: `tests/steps`, `crates/engine`, `crates/lambdas/gate`.
fn suite(path: &Path) -> String {
    let parts: Vec<&str> = path.iter().map(|part| part.to_str().unwrap()).collect();
    let depth = if parts.starts_with(&["crates", "lambdas"]) { 3 } else { 2 };
    parts[..depth].join("/")
}

/// The functions of a source file that stand below `#[test]` or `#[tokio::test]`, or in a `proptest!`, which also writes `#[test]`.
fn tests_in(source: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some((_, rest)) = line.split_once("fn ").filter(|_| is_test) {
            names.extend(rest.split_once('(').map(|(name, _)| name.to_owned()));
            is_test = false;
        }
    }
    names
}

/// The titles of the promises in SEMANTICS.md, by their names: `R1`, …
fn titles(page: &str) -> BTreeMap<String, String> {
    let headings = page.lines().filter_map(|line| line.strip_prefix("### "));
    let titles = headings.filter_map(|heading| heading.split_once(". "));
    titles.map(|(name, title)| (name.to_owned(), title.to_owned())).collect()
}

/// The sections of the table: a promise, and its tests.
fn table(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.strip_prefix("  "), sections.last_mut()) {
            (Some(name), Some((_, names))) => names.push(name),
            (Some(name), None) => panic!("{TABLE}: {name} is above the first promise"),
            (None, _) => sections.push((line, Vec::new())),
        }
    }
    sections
}

/// `docs/promises.md`, as it has to be.
fn page() -> String {
    let (known, text, titles) = (test_functions(), read(TABLE), titles(&read("SEMANTICS.md")));
    let mut page = HEAD.to_owned();
    for (promise, names) in table(&text) {
        let other = if promise == DATASETS { "Files that belong together" } else { "How a run ends" };
        let title = titles.get(promise).map_or(other, String::as_str);
        page.push_str(&format!("\n## {promise}\n{title}.\n\n| test | suite |\n|---|---|\n"));
        for name in names {
            let suites = known.get(name).unwrap_or_else(|| panic!("{TABLE}: {promise} names {name}, which is no test"));
            let suites: Vec<String> = suites.iter().map(|suite| format!("`{suite}`")).collect();
            page.push_str(&format!("| `{name}` | {} |\n", suites.join(", ")));
        }
    }
    page
}

#[test]
fn every_promise_has_its_tests() {
    let (semantics, text) = (read("SEMANTICS.md"), read(TABLE));
    let numbered: Vec<String> = (1..=PROMISES).map(|number| format!("R{number}")).collect();
    let promised = titles(&semantics);
    assert_eq!(promised.len(), numbered.len());
    assert!(numbered.iter().all(|promise| promised.contains_key(promise)), "{promised:?}");

    let table = table(&text);
    let sections: Vec<&str> = table.iter().map(|(promise, _)| *promise).collect();
    let expected: Vec<&str> = numbered.iter().map(String::as_str).chain([VERDICTS, DATASETS]).collect();
    assert_eq!(sections, expected, "{TABLE} has a section for each promise, in order");
    for (promise, names) in table {
        assert!(!names.is_empty(), "{promise} names no test");
        let once: BTreeSet<&&str> = names.iter().collect();
        assert_eq!(once.len(), names.len(), "{promise} names a test twice");
        let link = format!("({PAGE}#{})", promise.to_lowercase());
        assert!(semantics.contains(&link), "SEMANTICS.md does not link to the tests of {promise}: {link}");
    }
}

/// With `UPDATE_PAGES=1`, writes the page instead.
#[test]
fn the_page_of_promises_is_current() {
    let expected = page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(root().join(PAGE), &expected).unwrap();
    }
    let command = "UPDATE_PAGES=1 cargo test --workspace --test static promises";
    assert!(read(PAGE) == expected, "{PAGE} is not current; write it anew with: {command}");
}
