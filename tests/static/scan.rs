//! What `make scan` may pass over: only what the template itself says, with a reason.

use std::collections::BTreeSet;

use serde_json::Value;
use sluice_tests::template::{expanded, list};
use sluice_tests::{read, root};

/// Fewer words than these are a label, not a reason.
const LEAST_WORDS: usize = 6;

#[test]
fn whatever_a_scan_passes_over_has_a_reason() {
    let mut found = 0;
    for (id, resource) in expanded()["Resources"].as_object().unwrap() {
        let metadata = &resource["Metadata"];
        assert!(metadata["cfn-lint"].is_null(), "{id}: cfn-lint is satisfied, not silenced");
        let mut checks = BTreeSet::new();
        for skip in list(&metadata["checkov"]["skip"]) {
            let check = skip["id"].as_str().unwrap_or_else(|| panic!("{id}: {skip} names no check"));
            assert!(check.starts_with("CKV"), "{id}: {check} is no check");
            assert!(checks.insert(check), "{id}: {check} stands there twice");
            let reason = skip["comment"].as_str().unwrap_or_default();
            assert!(reason.split_whitespace().count() >= LEAST_WORDS, "{id}: why is {check} passed over? {reason:?}");
            found += 1;
        }
    }
    assert!(found > 40, "{found}: the expanded template has lost its metadata");
    assert_eq!(expanded()["Metadata"], Value::Null, "a suppression stands beside what it is about");
}

#[test]
fn nothing_is_passed_over_from_outside_of_the_template() {
    let (make, template) = (read("Makefile"), read("template.yaml"));
    let scan = make.split("\nscan:").nth(1).unwrap().split("\n\n").next().unwrap();
    for word in ["skip-check", "soft-fail", "baseline", "ignore", "config", "external", "||", "-@", "\t-"] {
        assert!(!scan.contains(word), "{word} in {scan}");
    }
    assert!(!template.contains("checkov:skip"), "a comment is no place for a suppression: nobody checks its reason");
    for file in
        [".checkov.yaml", ".checkov.yml", ".cfnlintrc", ".cfnlintrc.yaml", ".cfnlintrc.yml", ".checkov.baseline"]
    {
        assert!(!root().join(file).exists(), "{file} hides findings");
    }
}

/// A finding fails `make check`, and so `make test`; the versions that find are pinned.
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
