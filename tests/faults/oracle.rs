//! Asks the oracle, an independent program, for the expected result of a case.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde::Deserialize;
use sluice_contract::{Tally, Verdict};
use sluice_tests::root;

use crate::scenario::Upload;

/// The expected result.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub verdict: Verdict,
    /// The codes of the gate's reasons.
    pub reasons: BTreeSet<String>,
    pub tally: Tally,
    /// The omitted records by name.
    pub omitted: BTreeMap<String, u64>,
    pub by_code: BTreeMap<String, u64>,
    /// The columns of the file.
    pub labels: Vec<String>,
    /// The rows of `imported.csv`, the number of the record first.
    pub imported: Vec<Vec<String>>,
    pub rejects: Vec<Reject>,
    /// The records of another run whose rejects are closed.
    pub closed: BTreeSet<u64>,
    pub items: Vec<Item>,
}

/// A rejected record.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    pub record: u64,
    pub line: u64,
    pub codes: BTreeSet<String>,
    pub cells: Vec<String>,
    pub raw: String,
}

/// An item of the table.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The file that wrote it.
    pub run: String,
    pub fields: BTreeMap<String, Value>,
}

/// A value in the table.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    Text(String),
    Number(String),
    Bool(bool),
    /// A list, as JSON.
    Json(String),
}

/// Asks the oracle about `tested`, imported after the files `before`. A repair has the order of the file that it repairs.
pub fn ask(feed: &str, before: &[Upload], tested: &Upload) -> Expected {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let order = |file: &Upload| {
        let repaired = file.repairs.as_ref().and_then(|parent| before.iter().find(|file| file.path == *parent));
        repaired.unwrap_or(file).last_modified
    };
    let files = before.iter().chain([tested]).map(|file| format!("{}={}", order(file), file.path.display()));
    let mut command = Command::new(&python);
    command.arg(root().join("tests/oracle/oracle.py")).arg(feed).args(files);
    let output = command.output().unwrap_or_else(|error| panic!("{python}: {error}"));
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
