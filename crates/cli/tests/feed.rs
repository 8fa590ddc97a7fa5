//! `sluice feed`, as a shell sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

#[path = "../../engine/src/workbook/tests/make.rs"]
#[allow(dead_code, reason = "the tests of the engine use all of it")]
mod make;

use make::{Book, Zip};

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
fn the_files_of_summaries_are_results_of_a_case() {
    let folder = TempDir::new().unwrap();
    let case = folder.path().join("tests/hits/week");
    std::fs::create_dir_all(&case).unwrap();
    for file in ["hits.yaml", "search-engines.csv", "tests/hits/week/input.tsv"] {
        std::fs::copy(project("feeds").join(file), folder.path().join(file)).unwrap();
    }
    let (path, feed_file) = (folder.path().to_str().unwrap(), folder.path().join("hits.yaml"));
    assert_eq!(feed(&["test", path]).status.code(), Some(4), "nothing is expected yet");
    assert_eq!(feed(&["test", path, "--update"]).status.code(), Some(0));
    let file = "summaries/2026-01-01/2026-01-01_SearchKeywordPerformance.tab";
    let expected = std::fs::read(project("feeds/tests/hits/week").join(file)).unwrap();
    assert_eq!(std::fs::read(case.join(file)).unwrap(), expected);
    assert_eq!(feed(&["test", path]).status.code(), Some(0));

    let yaml = std::fs::read_to_string(&feed_file).unwrap();
    std::fs::write(&feed_file, yaml.replace("{date}/{date}_", "all/").replace("decimals: 2", "decimals: 1")).unwrap();
    let tested = stdout(&feed(&["test", path]));
    for line in [
        &format!("{file} is expected, but was not produced"),
        "--- summaries/all/SearchKeywordPerformance.tab (not expected)",
    ] {
        assert!(tested.contains(line), "{line}: {tested}");
    }
    assert_eq!(feed(&["test", path, "--update"]).status.code(), Some(0));
    assert_eq!(feed(&["test", path]).status.code(), Some(0), "what is produced no more is expected no more");
    std::fs::write(case.join("summaries/all/SearchKeywordPerformance.tab"), "other").unwrap();
    assert!(stdout(&feed(&["test", path])).contains("--- summaries/all/SearchKeywordPerformance.tab (expected)"));
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
fn every_problem_of_a_feed_is_reported_with_its_place() {
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
    let (code, printed) = json(&path);
    assert_eq!(code, Some(4));
    let places = [0, 1].map(|at| (&printed["errors"][at]["line"], &printed["errors"][at]["column"]));
    assert_eq!(places, [(&3.into(), &9.into()), (&5.into(), &1.into())], "{printed}");
    assert!(printed["errors"][0]["message"].as_str().unwrap().starts_with("there is no file \"schema.json\""));
    assert_eq!(printed["errors"][1]["hint"], "did you mean \"report\"?");

    // A problem of a schema beside the feed is reported in the schema's file.
    let yaml = std::fs::read_to_string(&path).unwrap().replace("reprot", "report");
    std::fs::write(&path, yaml).unwrap();
    let schema = folder.path().join("schema.json");
    std::fs::write(&schema, "{\"fields\": [\n  {\"name\": \"id\", \"type\": \"strng\"}\n]}\n").unwrap();
    let checked = feed(&["check", path.to_str().unwrap()]);
    assert!(stdout(&checked).contains(&format!("--> {}:2:26", schema.display())), "{}", stdout(&checked));
    assert!(stdout(&checked).contains("cannot be used: 1 error, 0 notes"), "{}", stdout(&checked));

    // The name of the file must be that of the feed.
    let other = folder.path().join("orders-2.yaml");
    std::fs::copy(&path, &other).unwrap();
    let (_, printed) = json(&other);
    assert_eq!((&printed["errors"][0]["line"], &printed["errors"][0]["column"]), (&2.into(), &7.into()), "{printed}");
    assert_eq!(printed["errors"][0]["hint"], "write \"name: orders-2\", or name the file \"orders.yaml\"");

    let good = feed(&["check", project("feeds/products.yaml").to_str().unwrap()]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
}

/// The summary of a check of the file beside a first feed.
fn summary_of_check(out: &Path) -> Value {
    let file = out.with_extension("txt");
    let checked = Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(["check", file.to_str().unwrap(), "--feed", out.to_str().unwrap(), "--format", "json"])
        .output()
        .unwrap();
    serde_json::from_str(stdout(&checked).lines().last().unwrap()).unwrap()
}

/// Makes a first feed for a file with this content. Returns the output, and the path of the feed.
fn made(folder: &TempDir, name: &str, content: &[u8]) -> (Output, PathBuf) {
    let (file, out) = (folder.path().join(format!("{name}.txt")), folder.path().join(format!("{name}.yaml")));
    std::fs::write(&file, content).unwrap();
    (feed(&["new", file.to_str().unwrap(), "--out", out.to_str().unwrap()]), out)
}

#[test]
fn a_first_feed_imports_the_file_from_which_it_was_made() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("sales.yaml");
    let (file, path) = (project("examples/sales.csv"), out.to_str().unwrap());
    let new = feed(&["new", file.to_str().unwrap(), "--out", path]);
    assert_eq!(new.status.code(), Some(0), "{new:?}");
    // The first line of the feed names the schema beside it.
    let schema = std::fs::read(folder.path().join("feed.schema.json")).unwrap();
    assert!(schema == std::fs::read(project("feeds/feed.schema.json")).unwrap());
    assert_eq!(stdout(&feed(&["schema"])).into_bytes(), schema);
    let yaml = std::fs::read_to_string(&out).unwrap();
    assert!(yaml.starts_with("# yaml-language-server: $schema=feed.schema.json\n"), "{yaml}");
    assert!(yaml.contains("\nname: sales\n"), "{yaml}");
    let checked = feed(&["check", path]);
    assert!(stdout(&checked).contains("can be used: 0 errors, 0 notes"), "{checked:?}");

    // An existing feed is only overwritten on demand.
    std::fs::write(&out, "mine").unwrap();
    let again = feed(&["new", file.to_str().unwrap(), "--out", path]);
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    assert!(String::from_utf8_lossy(&again.stderr).contains("exists; --force overwrites it"), "{again:?}");
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
    assert_eq!(feed(&["new", file.to_str().unwrap(), "--out", path, "--force"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), yaml);

    let target = folder.path().join("out");
    let ran = Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(["run", file.to_str().unwrap(), "--feed", path, "--out", target.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(stdout(&ran).contains("IMPORTED") && !stdout(&ran).contains("type-error"), "{}", stdout(&ran));
}

#[test]
fn a_first_feed_has_the_name_that_is_given_or_that_of_its_file() {
    let file = project("examples/sales.csv");
    let named = feed(&["new", file.to_str().unwrap(), "--name", "partner"]);
    assert!(stdout(&named).contains("\nname: partner\n") && stdout(&named).contains("  table: partner\n"), "{named:?}");
    let nameless = feed(&["new", file.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&nameless.stderr).contains("--name"), "{nameless:?}");
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("other.yaml");
    let differs = feed(&["new", file.to_str().unwrap(), "--name", "partner", "--out", out.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&differs.stderr).contains("must be in partner.yaml"), "{differs:?}");
    assert!(!out.exists());
}

#[test]
fn what_a_first_feed_says_of_its_file_is_what_a_check_says() {
    let folder = TempDir::new().unwrap();
    let shapes: [(&str, &[u8], u64); 6] = [
        ("ends", b"id,name,price\n1,Axe,1.50,\n2,Saw,2.50,\n", 0),
        ("spaces", b"id, name, price\n1, \"Axe, big\", 1.50\n2, \"Saw\", 2.50\n", 0),
        ("units", b"id,weight\n-,kg\n1,1.5\n2,2.5\n3,n/a\n", 0),
        ("footer", b"id,weight\n1,1.5\n2,2.5\n3,n/a\n,\nTotal,4\nExported by hand\n", 0),
        ("latin", b"id;name;price\n1;Stra\xDFe;1,50\n2;M\xE4nner;2,50\n", 0),
        (
            "bytes",
            b"id,name\n1,Caf\xC3\xA9\n2,Zo\xC3\xAB\n3,\xC3\xA9t\xC3\xA9 caf\xC3\xA9 \xC3\xA9l\xC3\xA8ve \
          \xC3\xA0 l\xC3\xA0 \xC3\xA9t\xC3\xA9 \xC3\xA9\xC3\xA9\n4,Ren\xE9\n",
            1,
        ),
    ];
    for (name, content, rejected) in shapes {
        let (new, out) = made(&folder, name, content);
        assert_eq!(new.status.code(), Some(0), "{new:?}");
        assert!(stdout(&new).contains(&format!("it rejects {rejected}\n")), "{name}: {new:?}");
        let summary = summary_of_check(&out);
        assert_eq!(summary["rejected"], rejected, "{name}: {summary}\n{}", std::fs::read_to_string(&out).unwrap());
    }
    let latin = std::fs::read_to_string(folder.path().join("latin.yaml")).unwrap();
    assert!(latin.contains("  # A guess: the bytes are not UTF-8") && latin.contains("such as \"Straße\""), "{latin}");
    let bytes = std::fs::read_to_string(folder.path().join("bytes.yaml")).unwrap();
    assert!(bytes.contains("  # Some bytes are invalid in the encoding utf-8"), "{bytes}");
}

/// A draft says which sheet it reads and what it saw there, and the import reads the same.
#[test]
fn a_workbook_and_a_zip_make_feeds_that_read_them() {
    let folder = TempDir::new().unwrap();
    let text = |at: &str, text: &str| format!("<c r='{at}' t='str'><v>{text}</v></c>");
    let labels: String = ["A3", "B3", "C3"]
        .iter()
        .zip(["sku", "price", "since"])
        .map(|(at, label)| text(at, label))
        .collect::<Vec<_>>()
        .concat();
    let rows: String = (4..20)
        .map(|row| {
            let sku = text(&format!("A{row}"), &format!("A-{row}"));
            format!(
                "<row r='{row}'>{sku}<c r='B{row}'><v>{row}.125</v></c><c r='C{row}' s='1'><v>4558{}</v></c></row>",
                row % 10
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let rows = format!("<row r='1'>{}</row><row r='3'>{labels}</row>{rows}", text("A1", "Stock of today"));
    let sheet = format!("<cols><col min='2' max='2' hidden='1'/></cols><sheetData>{rows}</sheetData>");
    let book = Book { sheets: Vec::new(), ..Book::of("") }.sheet("Stock &amp; more", &sheet).format("dd.mm.yyyy");
    let one = book.clone().finish();
    let two = book.odd_sheet("Old", "state='hidden'", "<sheetData/>").finish();
    let zip = Zip::default().file("stock.csv", "sku,price\nA-1,1.50\nA-2,2.50\n").finish();
    for (name, content, expected) in [
        (
            "one",
            &one,
            &["# An Excel workbook with one sheet, \"Stock & more\".", "  format: xlsx\n  skipLines: 2\n"][..],
        ),
        (
            "two",
            &two,
            &[
                "# An Excel workbook with 2 sheets: \"Stock & more\", \"Old\" (hidden). One of them is read.",
                "# Column B is hidden: what people do not see is read like everything else.",
                "# Line 1 is above the labels and is not read: \"Stock of today\".\n  format",
                "xlsx\n  sheet: \"Stock & more\"\n  skipLines: 2\n",
                "{name: since, type: date, constraints: {required: true}}",
                "distinct; 4.125 to 19.125\n    - {name: price, type: number, constraints: {required: true}}",
            ],
        ),
        ("zip", &zip, &["# The file came in a ZIP archive. Sluice reads the only file in it.", "  delimiter: \",\"\n"]),
    ] {
        let (new, out) = made(&folder, name, content);
        assert_eq!(new.status.code(), Some(0), "{new:?}");
        let yaml = std::fs::read_to_string(&out).unwrap();
        for part in expected {
            assert!(yaml.contains(part), "{part}\n{yaml}");
        }
        let summary = summary_of_check(&out);
        assert_eq!(
            (&summary["rejected"], summary["records"] == 0),
            (&Value::from(0), false),
            "{name}: {summary}\n{yaml}"
        );
    }
}

#[test]
fn a_file_that_is_no_table_makes_no_feed() {
    let folder = TempDir::new().unwrap();
    for (name, content, what) in [
        ("empty", &b""[..], "the file is empty"),
        ("blank", b" \n", "the file is empty"),
        ("page", b"<!DOCTYPE html>\n<html><body>a, b</body></html>\n", "the file is a page (HTML)"),
        ("object", b"{\"id\": 1,\n \"name\": \"Axe\"}\n", "the file is JSON: one object"),
        ("paper", b"%PDF-1.7\n", "the file is a PDF"),
        ("program", b"\x7FELF\x02\x01\x01\0", "the file is a program (ELF)"),
        ("archive", b"PK\x03\x04\x14\0", "the ZIP archive is damaged or incomplete"),
        ("image", b"\x89PNG\r\n\x1a\n", "the file is an image"),
    ] {
        let (new, out) = made(&folder, name, content);
        assert_eq!(new.status.code(), Some(4), "{name}: {new:?}");
        assert!(!out.exists(), "{name}");
        assert!(String::from_utf8_lossy(&new.stderr).contains(what), "{name}: {new:?}");
    }
}
