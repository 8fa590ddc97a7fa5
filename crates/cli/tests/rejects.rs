//! `sluice rejects`, as a shell sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

fn project(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn sluice(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluice")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Imports the sample of products into a folder, in many chunks. Returns the run and its reject file.
fn import(out: &Path, more: &[&str]) -> (String, String) {
    let (file, feed) = (project("examples/products.csv"), project("feeds/products.yaml"));
    let [file, feed, folder] = [&file, &feed, out].map(|path| path.to_str().unwrap());
    let ran = sluice(&[&["run", file, "--feed", feed, "--out", folder, "--chunk-bytes", "20000"], more].concat());
    assert_eq!(ran.status.code(), Some(3), "{ran:?}");
    // Unlike a stack, a run on its own accepts no repair, so the advice must not offer one.
    assert!(stdout(&ran).contains("Correct the rejected records in the file; rejects.csv says"), "{ran:?}");
    let outputs = out.join("output/products");
    let run = std::fs::read_dir(&outputs).unwrap().next().unwrap().unwrap().file_name().into_string().unwrap();
    let rejects = std::fs::read_to_string(outputs.join(&run).join("rejects.csv")).unwrap();
    (run, rejects)
}

#[test]
fn rejects_are_listed_and_exported_as_they_are() {
    let out = TempDir::new().unwrap();
    let (run, rejects) = import(out.path(), &[]);
    let folder = out.path().to_str().unwrap();
    let rows = csv::Reader::from_reader(rejects.as_bytes()).into_records().count();
    let exported = out.path().join("exported.csv");
    let export = |more: &[&str]| {
        let _ = std::fs::remove_file(&exported);
        let ran = sluice(&[&["rejects", &run, "--out", folder, "--export", exported.to_str().unwrap()], more].concat());
        assert_eq!(ran.status.code(), Some(0), "{ran:?}");
        (std::fs::read_to_string(&exported).unwrap_or_default(), stdout(&ran))
    };
    let (text, printed) = export(&[]);
    assert_eq!(text, rejects);
    assert!(
        printed.starts_with(&format!("{rows} rejects: {rows} open, 0 closed, 0 exhausted; {rows} written to ")),
        "{printed}"
    );

    let listed = stdout(&sluice(&["rejects", &run, "--out", folder]));
    assert_eq!(listed.lines().count(), rows + 1);
    assert!(listed.starts_with("record "), "{listed}");
    assert!(listed.lines().next().unwrap().contains(", open: ["), "{listed}");

    let (of_code, printed) = export(&["--code", "missing-cell"]);
    let found = csv::Reader::from_reader(of_code.as_bytes()).into_records().count();
    assert_eq!(found, rejects.matches("[missing-cell]").count());
    assert!(
        printed.contains(&format!("{found} written to ")) && printed.contains("with the code missing-cell"),
        "{printed}"
    );
    let (nothing, printed) = export(&["--code", "control-total"]);
    assert!(nothing.is_empty() && printed.contains("no file is made"), "{printed}");

    // An existing file is kept, and an unknown run is reported.
    std::fs::write(&exported, "mine").unwrap();
    let ran = sluice(&["rejects", &run, "--out", folder, "--export", exported.to_str().unwrap()]);
    assert_eq!(ran.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&exported).unwrap(), "mine");
    let other = sluice(&["rejects", "products-0123456789abcdef01234567", "--out", folder]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("there is no run"), "{other:?}");
    assert_eq!(other.status.code(), Some(4));
}

#[test]
fn rejects_of_a_run_that_was_not_merged_are_those_of_its_chunks() {
    let out = TempDir::new().unwrap();
    let (run, rejects) = import(out.path(), &["--keep"]);
    let folder = out.path().to_str().unwrap();
    let left = out.path().join("runs").join(&run);
    std::fs::remove_file(left.join("tally.json")).unwrap();
    std::fs::remove_file(left.join("outcomes/import/000002.json")).unwrap();
    std::fs::remove_dir_all(out.path().join("output")).unwrap();
    let exported = out.path().join("exported.csv");
    let ran = sluice(&["rejects", &run, "--out", folder, "--export", exported.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&exported).unwrap(), rejects);
    assert!(stdout(&ran).contains("0 were not checked and 1 were not imported to the end"), "{ran:?}");
}

#[test]
fn a_repair_on_this_machine_says_that_it_needs_the_run_before() {
    let out = TempDir::new().unwrap();
    let (run, _) = import(out.path(), &[]);
    let file = out.path().join("repair.csv");
    std::fs::copy(out.path().join("output/products").join(&run).join("rejects.csv"), &file).unwrap();
    let feed = project("feeds/products.yaml");
    let [file, feed, folder] = [&file, &feed, &out.path().join("again")].map(|path| path.to_str().unwrap().to_owned());
    for arguments in [vec!["run", &file, "--feed", &feed, "--out", &folder], vec!["check", &file, "--feed", &feed]] {
        let ran = sluice(&arguments);
        assert_eq!(ran.status.code(), Some(4), "{ran:?}");
        let printed = stdout(&ran) + &String::from_utf8_lossy(&ran.stderr);
        assert!(printed.contains("[invalid-repair]") && printed.contains(&run), "{printed}");
    }
}
