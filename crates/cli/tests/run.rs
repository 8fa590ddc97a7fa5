//! `sluice run`, as a shell sees it: the whole import on this machine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn project(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

fn sluice(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluice")).args(arguments).output().unwrap()
}

fn run(file: &Path, feed: &Path, out: &Path, more: &[&str]) -> Output {
    let paths = [file, feed, out].map(|path| path.to_str().unwrap());
    sluice(&[&["run", paths[0], "--feed", paths[1], "--out", paths[2]], more].concat())
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The content of a file that the only run of a feed wrote.
fn output(out: &Path, feed: &str, file: &str) -> Vec<u8> {
    let runs: Vec<_> = std::fs::read_dir(out.join("output").join(feed)).unwrap().collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    std::fs::read(runs[0].as_ref().unwrap().path().join(file)).unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn the_program_and_its_reports_name_their_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(stdout(&sluice(&["--version"])), format!("sluice {version}\n"));
    let out = TempDir::new().unwrap();
    run(&project("examples/products.csv"), &project("feeds/products.yaml"), out.path(), &["--dry-run"]);
    assert_eq!(json(&output(out.path(), "products", "report.json"))["sluice"], version);
    let page = String::from_utf8(output(out.path(), "products", "report.html")).unwrap();
    assert!(page.contains(&format!("<dt>Sluice</dt><dd>{version}</dd>")), "the page does not say its version");
}

/// Imports a sample at three chunk sizes, and compares with the numbers that its generator knows.
fn gives_the_known_numbers(name: &str, key: &str) {
    let expected = json(&std::fs::read(project(&format!("examples/{name}.expected.json"))).unwrap());
    let mut outputs = vec![];
    for chunk_bytes in ["8388608", "20000", "1500"] {
        let out = TempDir::new().unwrap();
        let (file, feed) = (project(&format!("examples/{name}.csv")), project(&format!("feeds/{name}.yaml")));
        let ran = run(&file, &feed, out.path(), &["--chunk-bytes", chunk_bytes]);
        // The sample has rejects.
        assert_eq!(code(&ran), Some(3), "{ran:?}");
        assert!(stdout(&ran).contains("The numbers add up."), "{ran:?}");

        let report = json(&output(out.path(), name, "report.json"));
        for number in ["read", "imported", "duplicate", "rejected"] {
            assert_eq!(report["tally"][number], expected[number], "{number} at {chunk_bytes}");
        }
        assert_eq!(report["by_code"], expected["by_code"], "at {chunk_bytes}");
        outputs.push((output(out.path(), name, "imported.csv"), output(out.path(), name, "rejects.csv")));
    }
    assert!(outputs.iter().all(|files| *files == outputs[0]), "the outputs depend on the size of the chunks");

    let mut imported = csv::Reader::from_reader(&*outputs[0].0);
    let column = imported.headers().unwrap().iter().position(|field| field == key).unwrap();
    let records: Vec<_> = imported.records().map(Result::unwrap).collect();
    for (key, record) in expected["winners"].as_object().unwrap() {
        let winner = records.iter().find(|row| &row[column] == key).unwrap();
        assert_eq!(winner[0], record.to_string(), "{key}");
    }
}

#[test]
fn products_gives_the_known_numbers_at_three_chunk_sizes() {
    gives_the_known_numbers("products", "id");
}

#[test]
fn sales_gives_the_known_numbers_at_three_chunk_sizes() {
    gives_the_known_numbers("sales", "uuid");
}

#[test]
fn called_again_it_answers_the_same() {
    let out = TempDir::new().unwrap();
    let call = || {
        let ran = run(&project("examples/sales.csv"), &project("feeds/sales.yaml"), out.path(), &[]);
        assert_eq!(code(&ran), Some(3), "{ran:?}");
        let report = json(&output(out.path(), "sales", "report.json"));
        let files = ["imported.csv", "rejects.csv", "sales.jsonl"].map(|file| output(out.path(), "sales", file));
        (report["tally"].clone(), files)
    };
    assert!(call() == call());
}

#[test]
fn intermediate_files_are_kept_only_where_that_is_asked_for() {
    let left = |more: &[&str]| {
        let out = TempDir::new().unwrap();
        let ran = run(&project("examples/products.csv"), &project("feeds/products.yaml"), out.path(), more);
        assert_eq!(code(&ran), Some(3), "{ran:?}");
        let runs = std::fs::read_dir(out.path().join("runs")).unwrap().next().unwrap().unwrap().path();
        let mut names: Vec<_> = std::fs::read_dir(runs).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        let names: Vec<String> = names.into_iter().map(|name| name.into_string().unwrap()).collect();
        (names, ["imported.csv", "rejects.csv"].map(|file| output(out.path(), "products", file)))
    };
    let (spared, outputs) = left(&["--chunk-bytes", "20000"]);
    assert_eq!(spared, ["gate.json", "manifest.json", "rejects", "run.json", "source.json", "tally.json"]);
    let (kept, same) = left(&["--chunk-bytes", "20000", "--keep"]);
    for folder in ["imported", "rejected", "restructured", "settled", "settled-keys"] {
        assert!(kept.iter().any(|name| name == folder), "{folder} is not in {kept:?}");
    }
    assert!(outputs == same);
}

#[test]
fn a_feed_that_was_changed_is_followed() {
    let out = TempDir::new().unwrap();
    let (file, feed) = (project("examples/sales.csv"), project("feeds/sales.yaml"));
    assert_eq!(code(&run(&file, &feed, out.path(), &[])), Some(3));
    let yaml = std::fs::read_to_string(&feed).unwrap().replace("maxRejectPercent: 5", "maxRejects: 8");
    let strict = out.path().join("strict.yaml");
    std::fs::write(&strict, yaml).unwrap();
    let ran = run(&file, &strict, out.path(), &[]);
    assert_eq!(code(&ran), Some(4), "{ran:?}");
    assert!(stdout(&ran).contains("REJECTED: sales.csv") && stdout(&ran).contains("[too-many-rejects]"), "{ran:?}");
}

#[test]
fn a_dry_run_reports_what_would_be_imported_and_writes_no_table() {
    let out = TempDir::new().unwrap();
    let (file, feed) = (project("examples/products.csv"), project("feeds/products.yaml"));
    let expected = json(&std::fs::read(project("examples/products.expected.json")).unwrap());
    let ran = run(&file, &feed, out.path(), &["--dry-run"]);
    assert_eq!(code(&ran), Some(3), "{ran:?}");
    assert!(stdout(&ran).contains("PASSED: products.csv") && stdout(&ran).contains("nothing was written"), "{ran:?}");
    let report = json(&output(out.path(), "products", "report.json"));
    assert_eq!(report["would"]["imported"], expected["imported"]);
    assert_eq!(report["would"]["duplicate"], expected["duplicate"]);
    assert_eq!(report["tally"]["rejected"], expected["rejected"]);
    let files = std::fs::read_dir(out.path().join("output/products")).unwrap().next().unwrap().unwrap().path();
    // The output lists exactly the files that exist.
    let mut names: Vec<_> = std::fs::read_dir(&files).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    let names = names.iter().map(|name| name.to_str().unwrap()).collect::<Vec<_>>().join(", ");
    assert!(stdout(&ran).contains(&format!("This dry run wrote {names} in {}", files.display())), "{ran:?}");
    let tables = std::fs::read_dir(files)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "jsonl"));
    assert_eq!(tables.count(), 0);

    let strict = out.path().join("strict.yaml");
    let yaml = std::fs::read_to_string(&feed).unwrap().replace("maxRejects: 500", "maxRejects: 8");
    std::fs::write(&strict, yaml).unwrap();
    let ran = run(&file, &strict, out.path(), &["--dry-run"]);
    assert_eq!(code(&ran), Some(4), "{ran:?}");
    assert!(stdout(&ran).contains("REJECTED: products.csv") && stdout(&ran).contains("nothing was written"), "{ran:?}");
}

#[test]
fn a_run_that_fails_is_reported() {
    let out = TempDir::new().unwrap();
    // The archive cannot be written, because a file is in the place of its folder.
    std::fs::write(out.path().join("archive"), "").unwrap();
    let ran = run(&project("examples/sales.csv"), &project("feeds/sales.yaml"), out.path(), &[]);
    assert_eq!(code(&ran), Some(5), "{ran:?}");
    assert!(stdout(&ran).contains("FAILED: sales.csv"), "{ran:?}");
    let mail = std::fs::read_to_string(out.path().join("mail/0001.txt")).unwrap();
    assert!(mail.contains("Subject: FAILED: sales.csv"), "{mail}");
}

#[test]
fn a_broken_feed_is_reported_with_every_problem_and_nothing_is_made() {
    let out = TempDir::new().unwrap();
    let feed = out.path().join("feed.yaml");
    std::fs::write(&feed, "version: 1\nname: sales\nshcema: {}\n").unwrap();
    let ran = run(&project("examples/sales.csv"), &feed, &out.path().join("made"), &[]);
    assert_eq!(code(&ran), Some(4), "{ran:?}");
    let error = String::from_utf8(ran.stderr).unwrap();
    assert!(error.contains("did you mean \"schema\"") && error.contains("schema: is missing"), "{error}");
    assert!(!out.path().join("made").exists());
}

#[test]
fn a_feed_is_read_with_the_files_beside_it() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("a.csv"), b"id;price\ncaf\xE9;2\n").unwrap();
    std::fs::write(
        path("prices.yaml"),
        "{version: 1, name: prices, source: {delimiter: ';', encoding: windows-1252}, schema: prices.schema.json, \
         import: {table: prices, key: [id]}}",
    )
    .unwrap();
    let ran = run(&path("a.csv"), &path("prices.yaml"), &path("out"), &[]);
    assert_eq!(code(&ran), Some(4));
    let error = String::from_utf8(ran.stderr).unwrap();
    assert!(error.contains("schema: there is no file \"prices.schema.json\" beside the feed"), "{error}");

    let schema = r#"{"fields": [{"name": "id", "constraints": {"required": true}}, {"name": "price"}]}"#;
    std::fs::write(path("prices.schema.json"), schema).unwrap();
    let ran = run(&path("a.csv"), &path("prices.yaml"), &path("out"), &[]);
    assert_eq!(code(&ran), Some(0), "{ran:?}");
    let imported = String::from_utf8(output(&path("out"), "prices", "imported.csv")).unwrap();
    assert_eq!(imported, "_record,id,price\n1,café,2\n");
}

#[test]
fn a_command_line_that_cannot_be_used_ends_with_2() {
    for arguments in [&["run"][..], &["run", "no-such-file.csv", "--feed", "no.yaml", "--out", "x"], &["walk"]] {
        assert_eq!(code(&sluice(arguments)), Some(2), "{arguments:?}");
    }
}

/// An order before its product is rejected. Once a run into the same folder has imported the product, the order is imported.
#[test]
fn references_are_looked_up_in_what_the_runs_of_the_folder_have_left() {
    let work = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = work.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let schema = "schema: {fields: [{name: id, constraints: {required: true}}";
    let products = write(
        "products.yaml",
        &format!("version: 1\nname: products\n{schema}]}}\nimport: {{table: products, key: [id]}}\n"),
    );
    let rule = "validate: {rules: [reference: {field: sku, table: products, key: id}]}";
    let orders = write(
        "orders.yaml",
        &format!(
            "version: 1\nname: orders\n{schema}, {{name: sku}}]}}\n{rule}\nimport: {{table: orders, key: [id]}}\n"
        ),
    );
    let (file, catalogue) = (write("orders.csv", "id,sku\n1,A\n2,B\n3,\n"), write("products.csv", "id\nA\n"));
    let out = TempDir::new().unwrap();
    let rejected = |expected: u64| {
        assert_eq!(code(&run(&file, &orders, out.path(), &[])), Some(if expected > 0 { 3 } else { 0 }));
        let report = json(&output(out.path(), "orders", "report.json"));
        assert_eq!(report["by_code"]["reference-missing"].as_u64().unwrap_or_default(), expected);
        assert_eq!(report["tally"]["imported"], 3 - expected);
    };
    rejected(2);
    assert_eq!(code(&run(&catalogue, &products, out.path(), &[])), Some(0));
    rejected(1);

    let check = |format: &str| {
        let checked =
            sluice(&["check", file.to_str().unwrap(), "--feed", orders.to_str().unwrap(), "--format", format]);
        assert_eq!(code(&checked), Some(0), "{checked:?}");
        stdout(&checked)
    };
    assert_eq!(check("text").matches("Not checked here: whether keys are in products.").count(), 1);
    let summary: Value = serde_json::from_str(check("json").lines().last().unwrap()).unwrap();
    assert_eq!(summary["references_not_checked"], serde_json::json!(["products"]));
}

/// Runs or checks a file with a feed of two fields. Returns the exit code, the output and the folder.
fn of_two_fields(records: &str, command: &str) -> (Option<i32>, String, TempDir) {
    let work = TempDir::new().unwrap();
    let path = |name: &str| work.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.csv"), format!("Id,Day\n{records}")).unwrap();
    std::fs::write(
        path("days.yaml"),
        "version: 1\nname: days\nrestructure: {id: {from: Id}, day: {from: Day, date: \"%d.%m.%Y\"}}\n\
         schema: {fields: [{name: id, constraints: {required: true}}, {name: day, type: date}]}\n\
         import: {table: days, key: [id]}\nreport: {recipients: [imports@example.com]}\n",
    )
    .unwrap();
    let (file, feed, out) = (path("a.csv"), path("days.yaml"), path("out"));
    let ran = match command {
        "check" => sluice(&["check", &file, "--feed", &feed]),
        _ => run(Path::new(&file), Path::new(&feed), Path::new(&out), &[]),
    };
    (code(&ran), stdout(&ran), work)
}

/// The mail of the only run of a folder.
fn mail(work: &TempDir) -> String {
    std::fs::read_to_string(work.path().join("out/mail/0001.txt")).unwrap()
}

#[test]
fn a_file_without_records_is_reported_in_words() {
    let (code, printed, work) = of_two_fields("", "run");
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("\nNothing was imported: the file has a header and no records.\n"), "{printed}");
    let mail = mail(&work);
    assert!(mail.contains("Subject: IMPORTED, nothing: a header and no records: days: a.csv\n"), "{mail}");
    assert!(of_two_fields("", "check").1.contains("nothing would be imported: the file has no records"));
}

#[test]
fn where_one_field_fails_in_nearly_every_record_the_feed_is_suspected() {
    let records = |good: u64| {
        let bad = (good..10).map(|id| format!("{id},2026-11-{:02}\n", id + 1));
        (0..good).map(|id| format!("{id},01.11.2026\n")).chain(bad).collect::<String>()
    };
    let sentence =
        "day (column \"Day\"): type-error in 10 of 10 records, for example in record 1, line 2: \"2026-11-01\" is not";
    let (code, printed, work) = of_two_fields(&records(0), "run");
    assert_eq!(code, Some(3), "{printed}");
    for part in [
        "Nothing was imported: all 10 records were rejected.",
        "so the feed is more likely to be wrong than the file.",
        sentence,
        "look at what the feed days says of the field \"day\"",
    ] {
        assert!(printed.contains(part), "{part:?} is not in {printed}");
    }
    let mail = mail(&work);
    assert!(mail.contains("Subject: IMPORTED, nothing: 10 of 10 rejected: days: a.csv\n"), "{mail}");
    assert!(mail.contains(sentence), "{mail}");
    assert!(of_two_fields(&records(0), "check").1.contains(sentence));

    // With one good record in ten, nearly every record is rejected. With two, it is not.
    assert!(of_two_fields(&records(1), "run").1.contains("type-error in 9 of 10 records"));
    for command in ["run", "check"] {
        assert!(!of_two_fields(&records(2), command).1.contains("likelier"), "{command}");
    }
}
