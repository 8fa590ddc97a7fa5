//! SEMANTICS.md: every promise is there, and every test that it names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sluice_tests::{read, root};

const PROMISES: u32 = 17;

/// The names of all test functions of the workspace, those of the oracle and of the page's own scripts among them.
fn test_functions() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for folder in ["crates", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.extend(tests_in(&fs::read_to_string(&path).unwrap()));
        }
    }
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

/// The promises of the page: number, and the tests that hold it.
fn promises(page: &str) -> Vec<(u32, Vec<String>)> {
    let mut promises: Vec<(u32, Vec<String>)> = Vec::new();
    let mut holding = false;
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("### R") {
            let number = title.split('.').next().and_then(|number| number.parse().ok());
            promises.push((number.unwrap_or_else(|| panic!("{line:?} has no number")), Vec::new()));
        } else if line.starts_with('#') {
            holding = false;
        }
        holding = line.starts_with("*Held by*") || (holding && !line.is_empty());
        if let Some((_, names)) = promises.last_mut().filter(|_| holding) {
            names.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    promises
}

#[test]
fn every_promise_has_its_tests() {
    let known = test_functions();
    let promises = promises(&read("SEMANTICS.md"));
    let numbers: Vec<u32> = promises.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=PROMISES).collect::<Vec<_>>());
    for (number, names) in promises {
        assert!(!names.is_empty(), "R{number} names no test");
        let unknown: Vec<&String> = names.iter().filter(|name| !known.contains(*name)).collect();
        assert!(unknown.is_empty(), "R{number} names tests that do not exist: {unknown:?}");
    }
}
