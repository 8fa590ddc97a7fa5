//! `sluice check`, as a shell sees it: it reports what an import would report, before anything is uploaded.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const FEED: &str = r#"
version: 1
name: products
restructure:
  id: {from: SKU, clean: [trim]}
  name: {from: Name}
  price: {from: Price, clean: [trim]}
  owner: {from: Owner}
schema:
  fields:
    - {name: id, constraints: {required: true, pattern: "[A-Z]{2}-[0-9]+"}}
    - {name: name, constraints: {maxLength: 300}}
    - {name: price, type: number, constraints: {minimum: 0.01}}
    - {name: owner, sensitive: true}
validate:
  limits: {maxRejects: 100}
import: {table: products, key: [id]}
"#;

/// A feed and a file in a folder, and a folder for temporary files.
struct Case(TempDir);

impl Case {
    fn new(file: &[u8]) -> Self {
        let case = Self(TempDir::new().unwrap());
        std::fs::write(case.path("feed.yaml"), FEED).unwrap();
        std::fs::write(case.path("products.csv"), file).unwrap();
        std::fs::create_dir(case.path("tmp")).unwrap();
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command.current_dir(self.0.path()).env("TMPDIR", self.path("tmp")).env_remove("CLICOLOR_FORCE");
        command.args(["check", "products.csv", "--feed", "feed.yaml"]).args(more);
        command
    }

    /// Exit code and standard output. Asserts that no temporary file is left.
    fn check(&self, more: &[&str]) -> (Option<i32>, String) {
        let output = self.command(more).output().unwrap();
        assert_eq!(std::fs::read_dir(self.path("tmp")).unwrap().count(), 0, "something was left behind");
        (output.status.code(), stdout(&output))
    }

    fn json(&self) -> Vec<Value> {
        let (_, out) = self.check(&["--format", "json"]);
        out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn contains(text: &str, part: &str) {
    assert!(text.contains(part), "expected\n{part}\nin\n{text}");
}

#[test]
fn a_clean_file_would_be_imported_wholly() {
    let case = Case::new(b"SKU,Name,Price,Owner\nAB-1,Chair,5,x\nAB-2,Table,6,x\nAB-1,Chair,7,x\n");
    let (code, out) = case.check(&[]);
    assert_eq!(code, Some(0), "{out}");
    let whole = "\
products.csv: 3 records
            2  would be imported
            1  duplicate: another record of the file has the same key, and wins
            0  rejected

The gate would let the file pass.
";
    assert_eq!(out, whole);
}

#[test]
fn a_problem_is_shown_as_a_compiler_shows_it() {
    let case = Case::new("SKU,Name,Price,Owner\nAB-1,\"für\ndich\", 0,x\n".as_bytes());
    let (code, out) = case.check(&[]);
    assert_eq!(code, Some(3), "{out}");
    let shown = "\
error[constraint-error]: price: \"0\" must be at least 0.01 (constraint \"minimum\")
 --> products.csv:3:7 (record 1, column \"Price\")
  |
3 | dich\", 0,•••
  |       ^^ expected: at least 0.01
  = fix: correct the value, or widen `schema.fields[2].constraints.minimum`

By code (a record may have several)
  constraint-error             1 record          1 problem

products.csv: 1 record
            0  would be imported
            0  duplicate: another record of the file has the same key, and wins
            1  rejected

The gate would let the file pass, but nothing would be imported: no record is left to import.
";
    assert_eq!(out, shown);
}

#[test]
fn every_kind_of_broken_record_is_shown_with_its_place() {
    let long = "x".repeat(301);
    let file = [
        "SKU,Name,Price,Owner\n".as_bytes(),
        b"AB-1,one,1,secret,more\n",
        b"AB-2,two\n",
        b"AB-3,caf\xE9,1,secret\n",
        b",\x1b[2J,x,secret\n",
        format!("AB-5,{long},1,secret\n").as_bytes(),
    ]
    .concat();
    let (code, out) = Case::new(&file).check(&[]);
    assert_eq!(code, Some(3), "{out}");
    // If cells are missing or too many, all are masked, because any of them may be the sensitive one.
    contains(&out, ":2:19 (record 1)\n  |\n2 | •••,•••,•••,•••,•••\n  |                 ^^^ expected: the end");
    contains(&out, ":3:9 (record 2)\n  |\n3 | •••,•••\n  |        ^ expected: 4 cells\n");
    contains(
        &out,
        ":4:9 (record 3, column \"Name\")\n  |\n4 | AB-3,caf\\xE9,1,•••\n  |         ^^^^ expected: text in utf-8\n",
    );
    contains(&out, ":5:1 (record 4, column \"SKU\")\n  |\n5 | ,␛[2J,x,•••\n  | ^ expected: a value\n");
    contains(&out, "(record 4, column \"Price\")\n  |\n5 | ,␛[2J,x,•••\n  |       ^ expected: number\n");
    contains(&out, "xxx…,1,•••\n");
    contains(&out, "= cut: … stands for hidden parts of a line of 315 characters\n");
    assert!(!out.contains("secret") && !out.contains('\x1b'), "{out}");
}

#[test]
fn a_header_that_does_not_fit_is_shown_and_the_records_are_not_looked_at() {
    let case = Case::new(b"SKU,Name,Prcie,Owner\nAB-1,one,1,x\n");
    // If a field is sensitive, a header that does not fit is not quoted, because it may be a record.
    std::fs::write(case.path("feed.yaml"), FEED.replace(", sensitive: true", "")).unwrap();
    let (code, out) = case.check(&[]);
    assert_eq!(code, Some(4), "{out}");
    contains(&out, "error[missing-label]: price: the header has no column \"Price\"; did you mean \"Prcie\"?\n");
    contains(&out, " --> products.csv:1 (header)\n  |\n1 | SKU,Name,Prcie,Owner\n  = fix: add the column, or");
    contains(
        &out,
        "note[extra-label]: Prcie: column 3 is not read by the feed; it is not imported; to read it, name it",
    );
    contains(
        &out,
        " --> products.csv:1:10 (header, column \"Prcie\")\n  |\n1 | SKU,Name,Prcie,Owner\n  |          ^^^^^\n",
    );
    contains(
        &out,
        "products.csv: its records were not checked\n\nNothing would be imported: the file would not pass.\n",
    );
}

#[test]
fn a_file_that_is_no_csv_is_reported() {
    for (file, why) in [
        (&b""[..], "the file is empty"),
        (b"SKU,Name,Price,Owner\nAB-1,\"one,1,x\n", "the file ends inside a quoted cell"),
    ] {
        let (code, out) = Case::new(file).check(&[]);
        assert_eq!(code, Some(4), "{out}");
        contains(&out, &format!("error[source-error]: {why}"));
    }
}

#[test]
fn more_rejects_than_the_feed_allows_let_nothing_pass() {
    let file = format!("SKU,Name,Price,Owner\n{}AB-1,one,1,x\n", "bad,one,1,x\n".repeat(101));
    let (code, out) = Case::new(file.as_bytes()).check(&["--limit", "2"]);
    assert_eq!(code, Some(4));
    assert_eq!(out.matches("error[constraint-error]").count(), 2);
    contains(&out, "99 of 101 problems are not listed: --limit 0 lists all\n");
    contains(
        &out,
        "1  valid\n            0  duplicate: another record of the file has the same key, and wins\n          101  \
         rejected\n",
    );
    contains(&out, "  [too-many-rejects] 101 records were rejected; the feed allows 100\n");
    let (_, all) = Case::new(file.as_bytes()).check(&["--limit", "0"]);
    assert_eq!(all.matches("error[constraint-error]").count(), 101);
    assert!(!all.contains("not listed"));
}

#[test]
fn json_is_a_line_for_each_problem_and_a_summary() {
    let lines = Case::new(b"SKU,Name,Price,Owner,More\nAB-1,one,0,x,y\nAB-2,two,x,x,y\n").json();
    let [first, second, note, summary] = &lines[..] else { unreachable!("{lines:?}") };
    let expected = serde_json::json!({
        "kind": "finding", "level": "error", "code": "constraint-error", "file": "products.csv",
        "record": 1, "line": 2, "character": 10, "column": "Price", "field": "price", "value": "0",
        "message": "\"0\" must be at least 0.01 (constraint \"minimum\")", "expected": "at least 0.01",
        "fix": "correct the value, or widen `schema.fields[2].constraints.minimum`",
    });
    assert_eq!(*first, expected);
    assert_eq!((&second["code"], &second["record"]), (&"type-error".into(), &2.into()));
    assert_eq!((&note["level"], &note["record"], &note["character"]), (&"note".into(), &0.into(), &22.into()));
    let expected = serde_json::json!({
        "kind": "summary", "file": "products.csv", "records": 2, "importable": 0, "duplicates": 0, "rejected": 2,
        "passes": true, "reasons": [], "problems": 2, "problems_listed": 2, "notes": 1, "notes_listed": 1,
        "by_code": [
            {"code": "constraint-error", "records": 1, "problems": 1},
            {"code": "type-error", "records": 1, "problems": 1},
        ],
        "warnings": {},
    });
    assert_eq!(*summary, expected);
}

#[test]
fn csv_is_a_row_for_each_problem_and_safe_in_a_spreadsheet() {
    let case = Case::new(b"SKU,Name,Price,Owner\n=1+1,one,1,x\n\"a\nb\",two,1,x\n");
    let output = case.command(&["--format", "csv"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let mut rows = csv::Reader::from_reader(&*output.stdout);
    let value = rows.headers().unwrap().iter().position(|column| column == "value").unwrap();
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let values: Vec<&str> = rows.iter().map(|row| &row[value]).collect();
    assert_eq!(values, ["'=1+1", "a\nb"]);
    contains(&String::from_utf8(output.stderr).unwrap(), "products.csv: 2 records\n");
}

#[test]
fn colours_are_for_terminals() {
    let case = Case::new(b"SKU,Name,Price,Owner\nbad,one,1,x\n");
    let colourful = |command: &mut Command| stdout(&command.output().unwrap()).contains('\x1b');
    assert!(!colourful(&mut case.command(&[])));
    assert!(colourful(case.command(&[]).env("CLICOLOR_FORCE", "1")));
    assert!(!colourful(case.command(&[]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
}

#[test]
fn a_check_finds_what_an_import_finds() {
    let project = |file: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    for name in ["products", "sales"] {
        let (file, feed) = (project(&format!("examples/{name}.csv")), project(&format!("feeds/{name}.yaml")));
        let expected = std::fs::read(project(&format!("examples/{name}.expected.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_sluice"))
            .arg("check")
            .arg(file)
            .arg("--feed")
            .arg(feed)
            .args(["--format", "json"])
            .output()
            .unwrap();
        let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let (summary, findings) = lines.split_last().unwrap();
        for (number, known) in
            [("records", "read"), ("importable", "imported"), ("duplicates", "duplicate"), ("rejected", "rejected")]
        {
            assert_eq!(summary[number], expected[known], "{name}: {number}");
        }
        for code in summary["by_code"].as_array().unwrap() {
            assert_eq!(code["records"], expected["by_code"][code["code"].as_str().unwrap()], "{name}: {code}");
        }
        let errors: Vec<&Value> = findings.iter().filter(|finding| finding["level"] == "error").collect();
        assert_eq!(summary["problems"], errors.len());
        let records: Vec<u64> = errors.iter().map(|finding| finding["record"].as_u64().unwrap()).collect();
        assert!(records.is_sorted(), "in the order of the file");
    }
}

#[test]
fn a_command_line_that_cannot_be_used_ends_with_2() {
    let case = Case::new(b"");
    for more in [&["--format", "xml"][..], &["--limit", "many"], &["--feed", "none.yaml"]] {
        assert_eq!(case.check(more).0, Some(2), "{more:?}");
    }
}

#[test]
fn the_mark_is_on_the_line_and_the_character_that_is_meant() {
    let file: Vec<u8> = [
        &b"SKU,Name,Price,Owner\r\n"[..],
        b"AB-1,\"two\r\nl\xC3\xADnes, caf\xE9\",1,x\r\n",
        b"AB-2,\"a\r\n\r\nb\",none,x\r\n",
        b"AB-3,\"a\nb\",1\n",
    ]
    .concat();
    let (_, printed) = Case::new(&file).check(&[]);
    for expected in [
        "products.csv:3:11 (record 1, column \"Name\")\n  |\n3 | línes, caf\\xE9\",1,•••\n  |           ^^^^ expected",
        "products.csv:6:4 (record 2, column \"Price\")\n  |\n6 | b\",none,•••\n  |    ^^^^ expected",
        "products.csv:8:5 (record 3)\n  |\n8 | •••",
    ] {
        assert!(printed.contains(expected), "{expected}\n{printed}");
    }
}
