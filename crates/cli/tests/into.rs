//! `sluice run --into`, as a shell sees it: runs into one folder, repairs, resumed runs and reruns.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A feed of two fields. A price that is not a number is rejected.
const FEED: &str = "version: 1\nname: prices\n\
    schema: {fields: [{name: id, constraints: {required: true}}, {name: price, type: number}]}\n\
    import: {table: prices, key: [id]}\nreport: {recipients: [imports@example.com]}\n";

/// A lasting folder `here`, with files and a feed beside it.
struct Shop(TempDir);

impl Shop {
    fn new() -> Self {
        let shop = Self(TempDir::new().unwrap());
        shop.write("prices.yaml", FEED);
        shop
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
        command.args(arguments).args(["--into", &self.path("here")]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a command on the folder. Returns the exit code and the output.
    fn call(&self, arguments: &[&str]) -> (Option<i32>, String) {
        said(self.command(arguments).output().unwrap())
    }

    /// Runs a file, and asserts the exit code. Returns the output, the run id and the tally.
    fn run(&self, file: &str, more: &[&str], code: i32) -> (String, String, Value) {
        let (ended, printed) = self.call(&[&["run", file, "--feed", &self.path("prices.yaml")], more].concat());
        assert_eq!(ended, Some(code), "{printed}");
        let run = run_of(&printed);
        let numbers = self.numbers(&run);
        (printed, run, numbers)
    }

    fn numbers(&self, run: &str) -> Value {
        let report: Value = serde_json::from_str(&self.read(&format!("here/output/prices/{run}/report.json"))).unwrap();
        report["tally"].clone()
    }

    /// The names in a folder, sorted; none if the folder does not exist.
    fn names(&self, folder: &str) -> Vec<String> {
        let found = std::fs::read_dir(self.path(folder)).into_iter().flatten();
        let mut names: Vec<_> = found.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The records of the table by id. The last line of an id counts.
    fn table(&self) -> std::collections::BTreeMap<String, Value> {
        let mut text = String::new();
        let file = std::fs::File::open(self.path("here/tables/prices.jsonl.gz")).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
        let items = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        items.map(|item| (item["id"].as_str().unwrap().to_owned(), item)).collect()
    }
}

/// The text of a file with this many records.
fn records(number: u64, name: &str) -> String {
    let mut text = "id,price\n".to_owned();
    for id in 0..number {
        writeln!(text, "{name} {id:012},{}.25", id % 1000).unwrap();
    }
    text
}

fn said(output: Output) -> (Option<i32>, String) {
    let printed = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code(), printed)
}

fn run_of(printed: &str) -> String {
    printed.lines().find_map(|line| line.strip_prefix("run ")).unwrap().to_owned()
}

#[test]
fn the_whole_cycle_on_one_machine() {
    let shop = Shop::new();
    let file = shop.write("a.csv", "id,price\n1,1.5\n2,x\n3,2\n");
    let (printed, first, tally) = shop.run(&file, &[], 3);
    assert_eq!((&tally["imported"], &tally["rejected"]), (&2.into(), &1.into()), "{printed}");
    assert!(printed.contains("here/tables/prices.jsonl.gz"), "{printed}");
    let repair = format!("sluice run rejects.csv --feed '{}' --into ", shop.path("prices.yaml"));
    assert!(printed.contains(&repair), "{printed}");

    // A second run of the same file changes nothing.
    let (printed, second, tally) = shop.run(&file, &[], 3);
    assert_ne!(first, second);
    assert_eq!((&tally["imported"], &tally["unchanged"]), (&0.into(), &2.into()), "{printed}");

    // Both are listed and shown.
    let (code, printed) = shop.call(&["runs", "--state", "imported"]);
    assert!(code == Some(0) && printed.contains(&first) && printed.contains(&second), "{printed}");
    let (code, printed) = shop.call(&["show", &first]);
    assert!(code == Some(0) && printed.contains("IMPORTED: a.csv"), "{printed}");
    assert!(printed.contains("The mail that would be sent is"), "{printed}");
    assert!(printed.contains(&repair), "{printed}");
    let (code, printed) = shop.call(&["show", "prices-0123456789abcdef01234567"]);
    assert!(code == Some(4) && printed.contains("to list the runs: sluice runs --into "), "{printed}");
    let opened = shop.command(&["show", &first, "--open"]).env("BROWSER", "/bin/cat").output().unwrap();
    let (code, printed) = said(opened);
    assert!(code == Some(0) && printed.contains("</html>"), "{printed}");

    // Rejects are corrected, checked and run.
    let fixed = shop.path("fixed.csv");
    let (code, printed) = shop.call(&["rejects", &first, "--export", &fixed]);
    assert!(code == Some(0) && printed.starts_with("1 rejects: 1 open"), "{printed}");
    let row = shop.read("fixed.csv");
    shop.write("fixed.csv", &row.replace("2,x,", "2,2.5,"));
    let (code, printed) = shop.call(&["check", &fixed, "--feed", &shop.path("prices.yaml")]);
    assert_eq!(code, Some(0), "{printed}");
    let (_, _, tally) = shop.run(&fixed, &[], 0);
    assert_eq!((&tally["read"], &tally["imported"]), (&1.into(), &1.into()));
    let (_, printed) = shop.call(&["rejects", &first]);
    assert!(printed.contains("1 rejects: 0 open, 1 closed"), "{printed}");
    assert_eq!(shop.table()["2"]["price"], serde_json::json!(2.5));

    // A dry run does not change the table.
    let before = std::fs::read(shop.path("here/tables/prices.jsonl.gz")).unwrap();
    let changed = shop.write("b.csv", "id,price\n1,9\n4,4\n");
    let (printed, _, _) = shop.run(&changed, &["--dry-run"], 0);
    assert!(printed.contains("PASSED") && printed.contains("run it without --dry-run"), "{printed}");
    assert_eq!(std::fs::read(shop.path("here/tables/prices.jsonl.gz")).unwrap(), before);
    let (_, _, tally) = shop.run(&changed, &[], 0);
    assert_eq!(tally["imported"], 2);

    // A rerun of the first file with the current feed keeps what later files wrote.
    shop.write(
        "prices.yaml",
        &FEED.replace(
            "import: {",
            "restructure: {id: {from: id}, price: {from: price, clean: [{map: \
        {values: {x: '7'}, otherwise: keep}}]}}\nimport: {",
        ),
    );
    let (code, printed) = shop.call(&["rerun", &first, "--feed", &shop.path("prices.yaml")]);
    assert_eq!(code, Some(0), "{printed}");
    let tally = shop.numbers(&run_of(&printed));
    assert_eq!((&tally["read"], &tally["rejected"]), (&3.into(), &0.into()), "{printed}");
    assert!(tally["stale"].as_u64().unwrap() >= 1, "{tally}");
    let prices: Vec<_> = shop.table().values().map(|item| item["price"].to_string()).collect();
    assert_eq!(prices[0], "9", "{prices:?}");
    let (code, printed) = shop.call(&["resume", &first]);
    assert!(code == Some(4) && printed.contains("nothing to resume"), "{printed}");
    let rerun = format!("sluice rerun {first} --into '{}'", shop.path("here"));
    assert!(printed.contains(&rerun), "{printed}");
}

#[test]
fn what_lay_between_the_steps_is_kept_only_where_it_is_asked_for() {
    let shop = Shop::new();
    let file = shop.write("a.csv", &records(20_000, "article of the catalogue for house and garden and office"));
    let (_, run, _) = shop.run(&file, &[], 0);
    assert_eq!(
        shop.names(&format!("here/runs/{run}")),
        ["gate.json", "manifest.json", "run.json", "source.json", "tally.json"]
    );
    assert_eq!((shop.names("here/inbox/prices"), shop.names("here/.unfinished")), (vec![], vec![]));
    let source = std::fs::metadata(&file).unwrap().len();
    let size = bytes(&shop.0.path().join("here"));
    assert!(size <= 3 * source, "{size} bytes of {source}");
    let (_, kept, _) = shop.run(&file, &["--keep"], 0);
    assert!(shop.names(&format!("here/runs/{kept}")).contains(&"settled".to_owned()));
    // The table does not grow with the number of runs.
    let size = |name: &str| std::fs::metadata(shop.path(name)).unwrap().len();
    let table = size("here/tables/prices.jsonl.gz");
    shop.run(&file, &[], 0);
    assert!(size("here/tables/prices.jsonl.gz") < table * 11 / 10);
    // The archive has a copy, so it does not change with the user's file.
    std::fs::write(&file, "x").unwrap();
    let (code, printed) = shop.call(&["rerun", &run]);
    assert_eq!(code, Some(0), "{printed}");
}

/// The total size of the files in a folder, in bytes.
fn bytes(folder: &Path) -> u64 {
    let of = |path: PathBuf| if path.is_dir() { bytes(&path) } else { std::fs::metadata(path).unwrap().len() };
    std::fs::read_dir(folder).unwrap().map(|entry| of(entry.unwrap().path())).sum()
}

#[test]
fn the_standard_input_is_a_file_like_any_other() {
    let shop = Shop::new();
    let feed = shop.path("prices.yaml");
    for (name, more) in [("stdin.csv", &[][..]), ("monday.csv", &["--name", "monday.csv"])] {
        let mut command = shop.command(&[&["run", "-", "--feed", &feed], more].concat());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"id,price\n1,1.5\n").unwrap();
        let (code, printed) = said(child.wait_with_output().unwrap());
        assert!(code == Some(0) && printed.contains(&format!("IMPORTED: {name}")), "{printed}");
    }
    assert_eq!(shop.table().len(), 1);

    // A run on its own reads the standard input too.
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.args(["run", "-", "--feed", &feed, "--out", &shop.path("out")]).stdout(Stdio::piped());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"id,price\n1,1.5\n").unwrap();
    let (code, printed) = said(child.wait_with_output().unwrap());
    assert!(code == Some(0) && printed.contains("IMPORTED: stdin.csv"), "{printed}");
    assert!(!shop.names("out").iter().any(|name| name.starts_with(".stdin")), "{:?}", shop.names("out"));
}

#[test]
fn a_table_of_another_key_is_not_written_to() {
    let shop = Shop::new();
    let file = shop.write("a.csv", "id,price\n1,1.5\n");
    shop.run(&file, &[], 0);
    shop.write("prices.yaml", &FEED.replace("{name: id", "{name: id, type: integer"));
    let (code, printed) = shop.call(&["run", &file, "--feed", &shop.path("prices.yaml")]);
    assert!(code == Some(4) && printed.contains("has the key id (a text)"), "{printed}");
    assert_eq!(shop.names("here/inbox/prices"), [""; 0], "the caller has the file");
}

/// A file of many chunks, whose run takes long enough to be interrupted.
struct Long {
    shop: Shop,
    file: String,
}

/// The number of its records.
const RECORDS: u64 = 40_000;

impl Long {
    fn new() -> Self {
        let shop = Shop::new();
        let file = shop.write("a.csv", &records(RECORDS, "product"));
        Self { shop, file }
    }

    /// Starts a run, and waits until a few chunks have an outcome in a phase.
    fn begin(&self, phase: &str) -> Child {
        let feed = self.shop.path("prices.yaml");
        let child = self.shop.command(&["run", &self.file, "--feed", &feed, "--chunk-bytes", "10000"]).spawn().unwrap();
        let start = Instant::now();
        let done = || {
            let runs = self.shop.names("here/runs");
            let outcomes = |run| self.shop.names(&format!("here/runs/{run}/outcomes/{phase}")).len();
            runs.iter().map(outcomes).sum::<usize>()
        };
        while done() < 3 && start.elapsed() < Duration::from_mins(2) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(done() >= 3, "no chunk is done in the phase {phase}");
        child
    }

    fn signal(child: &Child, signal: &str) {
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Resumes the only run, and asserts that every record is imported once.
    fn resume(&self) {
        let runs = self.shop.names("here/ledger");
        let run = runs.iter().find_map(|name| name.strip_suffix(".json")).unwrap();
        let (code, printed) = self.shop.call(&["resume", run]);
        assert!(code == Some(0) && printed.contains("The numbers add up."), "{printed}");
        let tally = self.shop.numbers(run);
        assert_eq!((&tally["read"], &tally["imported"]), (&RECORDS.into(), &RECORDS.into()), "{printed}");
        assert_eq!(self.shop.table().len() as u64, RECORDS);
        assert_eq!(self.shop.names("here/.unfinished"), [""; 0]);
        assert!(!self.shop.names(&format!("here/runs/{run}")).contains(&"settled".to_owned()));
    }
}

#[test]
fn ctrl_c_says_what_was_done_and_how_to_go_on() {
    for phase in ["check", "import"] {
        let long = Long::new();
        let child = long.begin(phase);
        Long::signal(&child, "-INT");
        let (code, printed) = said(child.wait_with_output().unwrap());
        assert_eq!(code, Some(130), "{printed}");
        let run = run_of(&printed);
        let command = format!("To go on where it stopped: sluice resume {run} --into '{}'", long.shop.path("here"));
        assert!(printed.contains(&command), "{printed}");
        let done = if phase == "check" { "nothing was imported" } else { "were imported to the end" };
        assert!(printed.contains("Interrupted. ") && printed.contains(done), "{printed}");
        // Until the run is resumed, other runs print the command that resumes it.
        let other = long.shop.write("b.csv", "id,price\n");
        let (printed, _, _) = long.shop.run(&other, &[], 0);
        assert!(printed.contains(&format!("Another run here has not ended: sluice resume {run}")), "{printed}");
        std::fs::remove_file(long.shop.path(&format!("here/ledger/{}.json", run_of(&printed)))).unwrap();
        long.resume();
    }
}

#[test]
fn a_killed_process_blocks_nobody() {
    for phase in ["check", "import"] {
        let long = Long::new();
        let mut child = long.begin(phase);
        Long::signal(&child, "-KILL");
        child.wait().unwrap();
        long.resume();
    }
}

#[test]
fn two_processes_do_not_work_in_one_folder() {
    let long = Long::new();
    let mut child = long.begin("check");
    let (code, printed) = long.shop.call(&["run", &long.file, "--feed", &long.shop.path("prices.yaml")]);
    assert!(code == Some(4) && printed.contains("is in use by sluice run 'a.csv' (process "), "{printed}");
    // A command that only reads needs no lock.
    let runs = long.shop.names("here/ledger");
    let run = runs.iter().find_map(|name| name.strip_suffix(".json")).unwrap();
    let (code, printed) = long.shop.call(&["rejects", run]);
    assert!(code == Some(0) && printed.contains("0 rejects"), "{printed}");
    child.wait().unwrap();
    assert_eq!(long.shop.table().len() as u64, RECORDS);
}

#[test]
fn ctrl_c_before_the_file_was_taken_over_leaves_nothing() {
    let shop = Shop::new();
    let feed = shop.path("prices.yaml");
    let mut child = shop.command(&["run", "-", "--feed", &feed]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"id,price\n1,1.5\n").unwrap();
    let start = Instant::now();
    while shop.names("here/.unfinished").is_empty() {
        assert!(start.elapsed() < Duration::from_mins(1), "nothing is read");
        std::thread::sleep(Duration::from_millis(5));
    }
    Long::signal(&child, "-INT");
    let (code, printed) = said(child.wait_with_output().unwrap());
    assert!(code == Some(130) && printed.contains("nothing was done"), "{printed}");
    drop(input);
    assert_eq!((shop.names("here/ledger"), bytes(&shop.0.path().join("here/inbox"))), (vec![], 0));
    let file = shop.write("a.csv", "id,price\n1,1.5\n");
    shop.run(&file, &[], 0);
    assert_eq!(shop.names("here/.unfinished"), [""; 0]);
}
