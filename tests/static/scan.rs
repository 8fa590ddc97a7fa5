//! What `make scan` may pass over: only findings that `tools/scan_answers.json` answers, with a reason.
//!
//! `make scan` itself fails on a finding without an answer, and on an answer without a finding.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;
use sluice_tests::template::{Stack, expanded};
use sluice_tests::{read, root};

/// Fewer words than these are a label, not a reason.
const LEAST_WORDS: usize = 6;

/// Our answer to what a check finds in some resources.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    check: String,
    demands: String,
    because: String,
    resources: Vec<String>,
}

#[test]
fn every_answer_to_a_finding_has_a_reason_and_stands_once() {
    let answers: Vec<Answer> = serde_json::from_str(&read("tools/scan_answers.json")).unwrap();
    let stack = Stack::example();
    let mut answered = BTreeSet::new();
    for Answer { check, demands, because, resources } in answers {
        assert!(check.starts_with("CKV"), "{check} is no check");
        assert!(!demands.is_empty() && !resources.is_empty(), "{check}");
        assert!(because.split_whitespace().count() >= LEAST_WORDS, "why is {check} passed over? {because:?}");
        for resource in resources {
            assert!(stack.resources.contains_key(&resource), "{check}: there is no resource {resource}");
            assert!(answered.insert((check.clone(), resource.clone())), "{resource}: {check} is answered twice");
        }
    }
    assert!(answered.len() > 20, "{answered:?}");
}

#[test]
fn nothing_else_hides_a_finding() {
    let (make, template) = (read("Makefile"), read("template.yaml"));
    let scan = make.split("\nscan:").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(scan.contains("cfn-lint --include-checks I -t template.yaml") && scan.contains("tools/scan.py"), "{scan}");
    let script = read("tools/scan.py");
    let command = script.split("CHECKOV = [").nth(1).unwrap().split("\n]").next().unwrap();
    for word in ["skip-check", "soft-fail", "baseline", "ignore", "config", "external", "||", "-@", "\t-"] {
        assert!(!scan.contains(word), "{word} in {scan}");
        assert!(!command.contains(word), "{word} in {command}");
    }
    assert!(!template.contains("checkov:skip"), "a comment is no place for an answer: nobody checks its reason");
    for (id, resource) in expanded()["Resources"].as_object().unwrap() {
        let metadata = &resource["Metadata"];
        assert!(metadata["cfn-lint"].is_null(), "{id}: cfn-lint is satisfied, not silenced");
        assert!(metadata["checkov"].is_null(), "{id}: answers stand in tools/scan_answers.json");
    }
    assert_eq!(expanded()["Metadata"], Value::Null);
    for file in
        [".checkov.yaml", ".checkov.yml", ".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml", ".checkov.baseline"]
    {
        assert!(!root().join(file).exists(), "{file} hides findings");
    }
}

/// A finding fails `make check` and `make test`, and the versions of the scanners are pinned.
#[test]
fn the_scan_is_a_part_of_the_tests() {
    let check = read("Makefile");
    let check = check.split("\ncheck:").nth(1).unwrap().split("\n\n").next().unwrap();
    assert!(check.contains(" scan\n"), "{check}");
    let tools = read("tools/requirements/check.txt");
    for tool in ["cfn-lint", "checkov"] {
        assert!(tools.lines().any(|line| line.starts_with(&format!("{tool}=="))), "{tool} is not pinned");
    }
}
