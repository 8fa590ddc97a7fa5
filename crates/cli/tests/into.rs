//! The cycle on one machine, as a shell sees it: runs into one folder, repairs, resumed and repeated runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A feed of two fields; a price that is no number is rejected.
const FEED: &str = "version: 1\nname: prices\n\
    schema: {fields: [{name: id, constraints: {required: true}}, {name: price, type: number}]}\n\
    import: {table: prices, key: [id]}\nreport: {recipients: [imports@example.com]}\n";

/// A folder into which is imported, with files and a feed beside it.
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

    /// What a command says, and the code it ends with.
    fn call(&self, arguments: &[&str]) -> (Option<i32>, String) {
        said(self.command(arguments).output().unwrap())
    }

    /// A run of a file; answers what it said, its id, and its numbers.
    fn run(&self, file: &str, more: &[&str], code: i32) -> (String, String, Value) {
        let (ended, told) = self.call(&[&["run", file, "--feed", &self.path("prices.yaml")], more].concat());
        assert_eq!(ended, Some(code), "{told}");
        let run = run_of(&told);
        let numbers = self.numbers(&run);
        (told, run, numbers)
    }

    fn numbers(&self, run: &str) -> Value {
        let report: Value = serde_json::from_str(&self.read(&format!("here/output/prices/{run}/report.json"))).unwrap();
        report["tally"].clone()
    }

    /// The names in a folder, which need not be there.
    fn names(&self, folder: &str) -> Vec<String> {
        let found = std::fs::read_dir(self.path(folder)).into_iter().flatten();
        let mut names: Vec<_> = found.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The records of the table, the newest line of each key.
    fn table(&self) -> std::collections::BTreeMap<String, Value> {
        let mut text = String::new();
        let file = std::fs::File::open(self.path("here/tables/prices.jsonl.gz")).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text).unwrap();
        let items = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        items.map(|item| (item["id"].as_str().unwrap().to_owned(), item)).collect()
    }
}

/// A file of so many records.
fn records(number: u64, name: &str) -> String {
    let mut text = "id,price\n".to_owned();
    for id in 0..number {
        writeln!(text, "{name} {id:012},{}.25", id % 1000).unwrap();
    }
    text
}

fn said(output: Output) -> (Option<i32>, String) {
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.code(), told)
}

fn run_of(told: &str) -> String {
    told.lines().find_map(|line| line.strip_prefix("run ")).unwrap().to_owned()
}

#[test]
fn the_whole_cycle_on_one_machine() {
    let shop = Shop::new();
    let file = shop.write("a.csv", "id,price\n1,1.5\n2,x\n3,2\n");
    let (told, first, tally) = shop.run(&file, &[], 3);
    assert_eq!((&tally["imported"], &tally["rejected"]), (&2.into(), &1.into()), "{told}");
    assert!(told.contains("here/tables/prices.jsonl.gz"), "{told}");
    let repair = format!("sluice run rejects.csv --feed '{}' --into ", shop.path("prices.yaml"));
    assert!(told.contains(&repair), "{told}");

    // The same again: nothing is new.
    let (told, second, tally) = shop.run(&file, &[], 3);
    assert_ne!(first, second);
    assert_eq!((&tally["imported"], &tally["unchanged"]), (&0.into(), &2.into()), "{told}");

    // Rejects are corrected, checked and run.
    let fixed = shop.path("fixed.csv");
    let (code, told) = shop.call(&["rejects", &first, "--export", &fixed]);
    assert!(code == Some(0) && told.starts_with("1 rejects: 1 open"), "{told}");
    let row = shop.read("fixed.csv");
    shop.write("fixed.csv", &row.replace("2,x,", "2,2.5,"));
    let (code, told) = shop.call(&["check", &fixed, "--feed", &shop.path("prices.yaml")]);
    assert_eq!(code, Some(0), "{told}");
    let (_, _, tally) = shop.run(&fixed, &[], 0);
    assert_eq!((&tally["read"], &tally["imported"]), (&1.into(), &1.into()));
    let (_, told) = shop.call(&["rejects", &first]);
    assert!(told.contains("1 rejects: 0 open, 1 closed"), "{told}");
    assert_eq!(shop.table()["2"]["price"], serde_json::json!(2.5));

    // A dry run touches no table.
    let before = std::fs::read(shop.path("here/tables/prices.jsonl.gz")).unwrap();
    let changed = shop.write("b.csv", "id,price\n1,9\n4,4\n");
    let (told, _, _) = shop.run(&changed, &["--dry-run"], 0);
    assert!(told.contains("PASSED") && told.contains("run it without --dry-run"), "{told}");
    assert_eq!(std::fs::read(shop.path("here/tables/prices.jsonl.gz")).unwrap(), before);
    let (_, _, tally) = shop.run(&changed, &[], 0);
    assert_eq!(tally["imported"], 2);

    // The first file once more, by the feed as it is now: what later files wrote stays.
    shop.write(
        "prices.yaml",
        &FEED.replace(
            "import: {",
            "restructure: {id: {from: id}, price: {from: price, clean: [{map: \
        {values: {x: '7'}, otherwise: keep}}]}}\nimport: {",
        ),
    );
    let (code, told) = shop.call(&["rerun", &first, "--feed", &shop.path("prices.yaml")]);
    assert_eq!(code, Some(0), "{told}");
    let tally = shop.numbers(&run_of(&told));
    assert_eq!((&tally["read"], &tally["rejected"]), (&3.into(), &0.into()), "{told}");
    assert!(tally["stale"].as_u64().unwrap() >= 1, "{tally}");
    let prices: Vec<_> = shop.table().values().map(|item| item["price"].to_string()).collect();
    assert_eq!(prices[0], "9", "{prices:?}");
    let (code, told) = shop.call(&["resume", &first]);
    assert!(code == Some(4) && told.contains("nothing to resume"), "{told}");
    let rerun = format!("sluice rerun {first} --into '{}'", shop.path("here"));
    assert!(told.contains(&rerun), "{told}");
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
    assert!(shop.names(&format!("here/runs/{kept}")).contains(&"restructured".to_owned()));
    // The table does not grow with the number of runs.
    let size = |name: &str| std::fs::metadata(shop.path(name)).unwrap().len();
    let table = size("here/tables/prices.jsonl.gz");
    shop.run(&file, &[], 0);
    assert!(size("here/tables/prices.jsonl.gz") < table * 11 / 10);
    // The source belongs to the caller, and the archive does not change with it.
    std::fs::write(&file, "x").unwrap();
    let (code, told) = shop.call(&["rerun", &run]);
    assert_eq!(code, Some(0), "{told}");
}

/// What the files in a folder have, all in all.
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
        let (code, told) = said(child.wait_with_output().unwrap());
        assert!(code == Some(0) && told.contains(&format!("IMPORTED: {name}")), "{told}");
    }
    assert_eq!(shop.table().len(), 1);

    // A run on its own reads it too.
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command.args(["run", "-", "--feed", &feed, "--out", &shop.path("out")]).stdout(Stdio::piped());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"id,price\n1,1.5\n").unwrap();
    let (code, told) = said(child.wait_with_output().unwrap());
    assert!(code == Some(0) && told.contains("IMPORTED: stdin.csv"), "{told}");
    assert!(!shop.names("out").iter().any(|name| name.starts_with(".stdin")), "{:?}", shop.names("out"));
}

#[test]
fn a_table_of_another_key_is_not_written_to() {
    let shop = Shop::new();
    let file = shop.write("a.csv", "id,price\n1,1.5\n");
    shop.run(&file, &[], 0);
    shop.write("prices.yaml", &FEED.replace("{name: id", "{name: id, type: integer"));
    let (code, told) = shop.call(&["run", &file, "--feed", &shop.path("prices.yaml")]);
    assert!(code == Some(4) && told.contains("has the key id (a text)"), "{told}");
    assert_eq!(shop.names("here/inbox/prices"), [""; 0], "the caller has the file");
}

/// A file that takes a while, its run in many chunks, and what the run left when a chunk of this phase was done.
struct Long {
    shop: Shop,
    file: String,
}

/// How many records it has.
const RECORDS: u64 = 40_000;

impl Long {
    fn new() -> Self {
        let shop = Shop::new();
        let file = shop.write("a.csv", &records(RECORDS, "product"));
        Self { shop, file }
    }

    /// Begins a run, and waits until a few chunks have an outcome in a phase.
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

    /// Resumes the only run, and asks whether everything is there once.
    fn resume(&self) {
        let runs = self.shop.names("here/ledger");
        let run = runs.iter().find_map(|name| name.strip_suffix(".json")).unwrap();
        let (code, told) = self.shop.call(&["resume", run]);
        assert!(code == Some(0) && told.contains("The numbers add up."), "{told}");
        let tally = self.shop.numbers(run);
        assert_eq!((&tally["read"], &tally["imported"]), (&RECORDS.into(), &RECORDS.into()), "{told}");
        assert_eq!(self.shop.table().len() as u64, RECORDS);
        assert_eq!(self.shop.names("here/.unfinished"), [""; 0]);
        assert!(!self.shop.names(&format!("here/runs/{run}")).contains(&"restructured".to_owned()));
    }
}

#[test]
fn ctrl_c_says_what_was_done_and_how_to_go_on() {
    for phase in ["check", "import"] {
        let long = Long::new();
        let child = long.begin(phase);
        Long::signal(&child, "-INT");
        let (code, told) = said(child.wait_with_output().unwrap());
        assert_eq!(code, Some(130), "{told}");
        let run = run_of(&told);
        let command = format!("To go on where it stopped: sluice resume {run} --into '{}'", long.shop.path("here"));
        assert!(told.contains(&command), "{told}");
        let done = if phase == "check" { "nothing was written to the table" } else { "were imported to the end" };
        assert!(told.contains("Interrupted. ") && told.contains(done), "{told}");
        // Another run says so too, until it was resumed.
        let other = long.shop.write("b.csv", "id,price\n");
        let (told, _, _) = long.shop.run(&other, &[], 0);
        assert!(told.contains(&format!("Another run here has not ended: sluice resume {run}")), "{told}");
        std::fs::remove_file(long.shop.path(&format!("here/ledger/{}.json", run_of(&told)))).unwrap();
        long.resume();
    }
}

#[test]
fn a_killed_process_is_in_nobodys_way() {
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
    let (code, told) = long.shop.call(&["run", &long.file, "--feed", &long.shop.path("prices.yaml")]);
    assert!(code == Some(4) && told.contains("is in use by sluice run 'a.csv' (process "), "{told}");
    // Who only looks may do so.
    let runs = long.shop.names("here/ledger");
    let run = runs.iter().find_map(|name| name.strip_suffix(".json")).unwrap();
    let (code, told) = long.shop.call(&["rejects", run]);
    assert!(code == Some(0) && told.contains("0 rejects"), "{told}");
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
    let (code, told) = said(child.wait_with_output().unwrap());
    assert!(code == Some(130) && told.contains("nothing was done"), "{told}");
    drop(input);
    assert_eq!((shop.names("here/ledger"), bytes(&shop.0.path().join("here/inbox"))), (vec![], 0));
    let file = shop.write("a.csv", "id,price\n1,1.5\n");
    shop.run(&file, &[], 0);
    assert_eq!(shop.names("here/.unfinished"), [""; 0]);
}
