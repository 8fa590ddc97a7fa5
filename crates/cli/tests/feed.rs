//! `sluice feed`, as a shell sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn project(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn feed(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluice")).arg("feed").args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_cases_of_the_projects_feeds_come_out_as_expected() {
    let tested = feed(&["test", project("feeds").to_str().unwrap()]);
    assert_eq!(tested.status.code(), Some(0), "{}", stdout(&tested));
    for case in ["products/clean-and-reject", "products/header", "sales/dates"] {
        assert!(stdout(&tested).contains(&format!("ok       {case}")), "{}", stdout(&tested));
    }
}

#[test]
fn a_case_that_comes_out_otherwise_is_shown_and_can_be_made_the_expected_one() {
    let folder = TempDir::new().unwrap();
    let case = folder.path().join("tests/sales/duplicates");
    std::fs::create_dir_all(&case).unwrap();
    std::fs::copy(project("feeds/sales.yaml"), folder.path().join("sales.yaml")).unwrap();
    for file in ["input.csv", "expected.json", "imported.csv", "rejects.csv"] {
        std::fs::copy(project("feeds/tests/sales/duplicates").join(file), case.join(file)).unwrap();
    }
    let path = folder.path().to_str().unwrap();
    assert_eq!(feed(&["test", path]).status.code(), Some(0));

    let yaml = std::fs::read_to_string(folder.path().join("sales.yaml")).unwrap();
    std::fs::write(folder.path().join("sales.yaml"), yaml.replace("duplicates: last", "duplicates: first")).unwrap();
    let tested = feed(&["test", path]);
    assert_eq!(tested.status.code(), Some(4), "{tested:?}");
    for line in ["FAILED   sales/duplicates", "--- imported.csv (expected)", "0 of 1 cases are as expected"] {
        assert!(stdout(&tested).contains(line), "{}", stdout(&tested));
    }
    assert_eq!(feed(&["test", path, "--update"]).status.code(), Some(0));
    let tested = feed(&["test", path]);
    assert!(stdout(&tested).contains("ok       sales/duplicates"), "{tested:?}");
}

#[test]
fn a_folder_without_cases_is_an_error() {
    let folder = TempDir::new().unwrap();
    assert_eq!(feed(&["test", folder.path().to_str().unwrap()]).status.code(), Some(2));
    std::fs::create_dir_all(folder.path().join("tests/orders/a")).unwrap();
    let tested = feed(&["test", folder.path().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&tested.stderr).contains("there is no feed"), "{tested:?}");
}

#[test]
fn every_problem_of_a_feed_is_told_with_its_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("orders.yaml");
    std::fs::write(
        &path,
        "version: 1\nname: orders\nschema: schema.json\nimport: {table: orders, key: [idd]}\nreprot: {}\n",
    )
    .unwrap();
    let json = |path: &Path| -> (Option<i32>, Value) {
        let checked = feed(&["check", path.to_str().unwrap(), "--format", "json"]);
        (checked.status.code(), serde_json::from_slice(&checked.stdout).unwrap())
    };
    let (code, told) = json(&path);
    assert_eq!(code, Some(4));
    let places = [0, 1].map(|at| (&told["errors"][at]["line"], &told["errors"][at]["column"]));
    assert_eq!(places, [(&3.into(), &9.into()), (&5.into(), &1.into())], "{told}");
    assert!(told["errors"][0]["message"].as_str().unwrap().starts_with("there is no file \"schema.json\""));
    assert_eq!(told["errors"][1]["hint"], "did you mean \"report\"?");

    // What is wrong with a schema beside the feed is told in that file.
    let yaml = std::fs::read_to_string(&path).unwrap().replace("reprot", "report");
    std::fs::write(&path, yaml).unwrap();
    let schema = folder.path().join("schema.json");
    std::fs::write(&schema, "{\"fields\": [\n  {\"name\": \"id\", \"type\": \"strng\"}\n]}\n").unwrap();
    let checked = feed(&["check", path.to_str().unwrap()]);
    assert!(stdout(&checked).contains(&format!("--> {}:2:26", schema.display())), "{}", stdout(&checked));
    assert!(stdout(&checked).contains("cannot be used: 1 error, 0 notes"), "{}", stdout(&checked));

    // A feed is found by the name of its file.
    let other = folder.path().join("orders-2.yaml");
    std::fs::copy(&path, &other).unwrap();
    let (_, told) = json(&other);
    assert_eq!((&told["errors"][0]["line"], &told["errors"][0]["column"]), (&2.into(), &7.into()), "{told}");
    assert_eq!(told["errors"][0]["hint"], "write \"name: orders-2\", or name the file \"orders.yaml\"");

    let good = feed(&["check", project("feeds/products.yaml").to_str().unwrap()]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
}

#[test]
fn a_first_feed_imports_the_file_from_which_it_was_made() {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("sales.yaml");
    let (file, path) = (project("examples/sales.csv"), made.to_str().unwrap());
    let new = feed(&["new", file.to_str().unwrap(), "--out", path]);
    assert_eq!(new.status.code(), Some(0), "{new:?}");
    // What is there is not overwritten.
    assert_eq!(feed(&["new", file.to_str().unwrap(), "--out", path]).status.code(), Some(2));
    let out = folder.path().join("out");
    let ran = Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(["run", file.to_str().unwrap(), "--feed", path, "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(!stdout(&ran).contains("type-error"), "{}", stdout(&ran));
}

#[test]
fn a_file_without_records_makes_no_feed() {
    let folder = TempDir::new().unwrap();
    let empty = folder.path().join("empty.csv");
    std::fs::write(&empty, " \n").unwrap();
    let new = feed(&["new", empty.to_str().unwrap()]);
    assert_eq!(new.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&new.stderr).contains("the file is empty"), "{new:?}");
}
