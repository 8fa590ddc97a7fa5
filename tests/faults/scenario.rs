//! The feeds and files of the suite.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use sluice_contract::RunId;
use sluice_engine::feed::{FeedFiles, FeedPlan};
use sluice_platform::sink::{StoredItem, Target};
use sluice_tests::root;

use crate::oracle::{self, Expected};
use crate::world::Messages;

#[path = "../../crates/engine/src/workbook/tests/make.rs"]
#[allow(dead_code, reason = "the tests of the engine use all of it")]
mod make;

/// A file, and when it was uploaded.
#[derive(Clone, Debug)]
pub struct Upload {
    pub path: PathBuf,
    pub last_modified: &'static str,
    /// The file whose rejects it repairs. Its rows name the run of that file as `RUN`.
    pub repairs: Option<PathBuf>,
    /// Whether its cells are uploaded as a workbook.
    pub as_workbook: bool,
}

/// A file that is imported after two others.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: String,
    pub feed: &'static str,
    /// The feed's text.
    pub yaml: String,
    /// The feed's table.
    pub target: Target,
    pub before: Vec<Upload>,
    pub tested: Upload,
    /// The approximate number of its chunks. One chunk goes the straight way.
    pub chunks: u64,
    /// Whether it is scanned in ranges, each by a call of its own.
    pub by_ranges: bool,
    /// Whether the first import of each chunk has no time: it writes one record, and is called again.
    pub impatient: bool,
    /// Whether the events of the upload and of a failed execution are lost, so that a sweep must find both.
    pub unheard: bool,
    /// The queue into which it goes instead of a table, with what earlier runs have sent.
    pub queue: Option<Messages>,
    /// The expected result.
    pub expected: Arc<Expected>,
    /// The runs of the files before it, by their paths.
    pub runs: BTreeMap<String, RunId>,
    /// The items that these runs have left in the table.
    pub items: Arc<Vec<StoredItem>>,
}

const OLDER: &str = "2026-11-20T00:00:00Z";
const TESTED: &str = "2026-11-21T00:00:00Z";
const NEWER: &str = "2026-11-22T00:00:00Z";
const NEWEST: &str = "2026-11-23T00:00:00Z";

impl Scenario {
    /// A scenario with a file of the suite.
    pub fn of(feed: &'static str, file: &str) -> Self {
        Self::with(feed, format!("{feed}/{file}"), path(feed, file))
    }

    /// A scenario with any file. Before it, an older file and a newer one are imported.
    pub fn with(feed: &'static str, name: String, path: PathBuf) -> Self {
        let before = vec![Upload::of(feed, "older", OLDER), Upload::of(feed, "newer", NEWER)];
        Self::after(before, feed, name, Upload { path, last_modified: TESTED, repairs: None, as_workbook: false })
    }

    /// A scenario in which a repair comes after a newer file was imported.
    pub fn repair(feed: &'static str) -> Self {
        let before = vec![Upload::of(feed, "tested", TESTED), Upload::of(feed, "newer", NEWER)];
        let tested = Upload { repairs: Some(before[0].path.clone()), ..Upload::of(feed, "repair", NEWEST) };
        Self::after(before, feed, format!("{feed}/repair"), tested)
    }

    fn after(before: Vec<Upload>, feed: &'static str, name: String, tested: Upload) -> Self {
        let expected = oracle::ask(feed, &before, &tested);
        let yaml = sluice_tests::read(&format!("tests/faults/feeds/{feed}.yaml"));
        let plan = FeedPlan::from_files(&yaml, &FeedFiles::default()).unwrap();
        let mut scenario = Self {
            name,
            feed,
            yaml,
            target: Target::of(&plan),
            before,
            tested,
            chunks: 4,
            by_ranges: false,
            impatient: false,
            unheard: false,
            queue: None,
            expected: Arc::new(expected),
            runs: BTreeMap::new(),
            items: Arc::default(),
        };
        let (runs, items) = crate::run::before(&scenario);
        (scenario.runs, scenario.items) = (runs, Arc::new(items));
        scenario
    }

    /// The content of the tested file.
    pub fn bytes(&self) -> Vec<u8> {
        let bytes = self.tested.bytes();
        let Some(parent) = self.parent() else { return bytes };
        String::from_utf8(bytes).unwrap().replace(",RUN,", &format!(",{parent},")).into_bytes()
    }

    /// The run whose rejects it repairs, if it is a repair.
    pub fn parent(&self) -> Option<&RunId> {
        self.tested.repairs.as_ref().map(|path| &self.runs[&path.display().to_string()])
    }

    /// The same, scanned in ranges.
    pub fn by_ranges(mut self) -> Self {
        self.by_ranges = true;
        self
    }

    /// The same, into a queue of this name.
    pub fn into_queue(mut self, name: &str) -> Self {
        let table = format!("import: {{table: {},", self.feed);
        assert!(self.yaml.contains(&table), "{}", self.yaml);
        self.yaml = self.yaml.replace(&table, &format!("import: {{queue: {name},"));
        self.target = Target::of(&FeedPlan::from_files(&self.yaml, &FeedFiles::default()).unwrap());
        (self.name, self.queue) = (format!("{} into {name}", self.name), Some(Messages::new()));
        self.queue = Some(crate::run::sent_before(&self));
        self
    }

    /// The same cells in workbooks. The oracle reads them as CSV, so it need not know workbooks.
    pub fn in_workbooks(mut self) -> Self {
        self.yaml = format!("{}source: {{format: xlsx}}\n", self.yaml);
        self.name = format!("{} in a workbook", self.name);
        self.before.iter_mut().chain([&mut self.tested]).for_each(|upload| upload.as_workbook = true);
        let (runs, items) = crate::run::before(&self);
        (self.runs, self.items) = (runs, Arc::new(items));
        self
    }

    /// The same, as one chunk: it goes the straight way.
    pub fn straight(mut self) -> Self {
        self.chunks = 1;
        self
    }

    /// The same, with imports that need a second call.
    pub fn impatient(mut self) -> Self {
        self.impatient = true;
        self
    }

    /// The same, with all events lost.
    pub fn unheard(mut self) -> Self {
        self.unheard = true;
        self
    }
}

impl Upload {
    fn of(feed: &str, file: &str, last_modified: &'static str) -> Self {
        Self { path: path(feed, file), last_modified, repairs: None, as_workbook: false }
    }

    /// The key of the upload.
    pub fn key(&self, feed: &str) -> String {
        format!("inbox/{feed}/{}", self.path.file_name().unwrap().to_str().unwrap())
    }

    pub fn bytes(&self) -> Vec<u8> {
        let bytes = std::fs::read(&self.path).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        if !self.as_workbook {
            return bytes;
        }
        let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[..]);
        let rows = rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        make::table(&rows.collect::<Vec<_>>())
    }
}

/// The path of a file of the suite.
pub fn path(feed: &str, file: &str) -> PathBuf {
    let with = |extension| root().join(format!("tests/faults/files/{feed}/{file}.{extension}"));
    let json = with("json");
    if json.exists() { json } else { with("csv") }
}

/// The scenarios of the table.
pub fn all() -> Vec<Scenario> {
    vec![
        Scenario::of("orders", "tested").by_ranges(),
        Scenario::of("stock", "tested").impatient(),
        Scenario::of("stock", "wrong-total"),
        Scenario::of("members", "tested"),
        Scenario::of("members", "too-many"),
    ]
}
