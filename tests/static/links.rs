//! The documents: every link leads to a file and a heading, and every path and every test that they name exists.

use std::fs;
use std::path::{Path, PathBuf};

use sluice_tests::{read, root};

use crate::promises::test_functions;

/// The documents at the root; those in `docs/` join them.
const AT_THE_ROOT: [&str; 5] = ["README.md", "ARCHITECTURE.md", "SEMANTICS.md", "CONTRIBUTING.md", "CHANGELOG.md"];
/// The folders with which a path in a document begins. Other paths are keys of objects, or files that a command writes.
const FOLDERS: [&str; 4] = ["crates/", "tests/", "tools/", "benches/"];
/// A name in backticks with at least this many underscores is a test.
const UNDERSCORES_OF_A_TEST: usize = 4;

/// The documents, by their paths in the repository.
fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = AT_THE_ROOT.iter().map(PathBuf::from).collect();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// A document without its blocks of code.
fn prose(path: &Path) -> String {
    let text = read(path.to_str().unwrap());
    text.split("```").step_by(2).collect()
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(path: &Path) -> Vec<String> {
    let headings = prose(path);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.map(|character| if character == ' ' { '-' } else { character }).collect()
}

/// The path, without `..` in it.
fn resolved(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path {
        if part == ".." {
            assert!(parts.pop(), "{} leads out of the repository", path.display());
        } else {
            parts.push(part);
        }
    }
    parts
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let mut wrong = Vec::new();
    for document in documents() {
        let text = prose(&document);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
        for target in targets.filter(|target| !target.starts_with("http")) {
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { document.clone() } else { resolved(&document.with_file_name(file)) };
            let leads = root().join(&file).exists()
                && (heading.is_empty() || anchors(&file).iter().any(|anchor| anchor == heading));
            if !leads {
                wrong.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_path_and_every_test_that_a_document_names_exists() {
    let tests = test_functions();
    let is_name = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    let mut wrong = Vec::new();
    for document in documents().into_iter().filter(|path| !path.ends_with("CHANGELOG.md")) {
        let text = prose(&document);
        for code in text.split('`').skip(1).step_by(2) {
            let is_path = FOLDERS.iter().any(|folder| code.starts_with(folder)) && !code.contains(['<', '*', '…', ' ']);
            let is_test = code.matches('_').count() >= UNDERSCORES_OF_A_TEST && code.chars().all(is_name);
            if (is_path && !root().join(code).exists()) || (is_test && !tests.contains_key(code)) {
                wrong.push(format!("{}: {code}", document.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
