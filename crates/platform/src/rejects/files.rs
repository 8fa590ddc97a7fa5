//! An index of rejects in a folder.
//!
//! Each new entry and each change is appended as a line to the file of its block. Reading a block needs memory for at
//! most its thousand records. An append begins with a line end, so it does not join a line that a killed process left
//! unfinished; readers skip such a line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::RunId;

use super::{Block, DueReject, RejectEntry, Rejects};
use crate::Fault;

/// An index of rejects in a folder: `<run>/rejects/<block>.jsonl`. Clones share it.
#[derive(Clone, Debug)]
pub struct FileRejects(PathBuf);

/// A line of a file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line<'a> {
    Entered(Cow<'a, RejectEntry>),
    Closed { record: u64, by: RunId },
    Postponed { record: u64, attempt: u32, until: i64 },
    Exhausted { record: u64 },
}

/// The entries of a block.
type Entries = BTreeMap<u64, RejectEntry>;

impl FileRejects {
    /// The index in this folder, which is created with the first entry.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    fn folder(&self, run: &RunId) -> PathBuf {
        self.0.join(run.as_str()).join("rejects")
    }

    fn path(&self, run: &RunId, block: Block) -> PathBuf {
        self.folder(run).join(format!("{block}.jsonl"))
    }

    /// Appends lines, each to the file of its block.
    fn append<'a>(&self, run: &RunId, lines: impl IntoIterator<Item = (u64, Line<'a>)>) -> Result<(), Fault> {
        let mut files: BTreeMap<Block, Vec<u8>> = BTreeMap::new();
        for (record, line) in lines {
            let block = Block::of(record);
            let bytes = files.entry(block).or_insert_with(|| b"\n".to_vec());
            serde_json::to_writer(&mut *bytes, &line).map_err(|error| fault("write", &self.path(run, block), error))?;
            bytes.push(b'\n');
        }
        for (block, bytes) in files {
            let path = self.path(run, block);
            append(&path, &bytes).map_err(|error| fault("write", &path, error))?;
        }
        Ok(())
    }

    /// Changes an entry, and appends the line if it changed something; returns the result of the change.
    fn change(&self, run: &RunId, record: u64, line: Line<'_>) -> Result<bool, Fault> {
        let mut entries = read(&self.path(run, Block::of(record)))?;
        let before = entries.get(&record).cloned();
        let done = apply(&mut entries, &line);
        if entries.get(&record) != before.as_ref() {
            self.append(run, [(record, line)])?;
        }
        Ok(done)
    }

    /// The runs that have an index.
    fn runs(&self) -> Result<Vec<RunId>, Fault> {
        Ok(names(&self.0)?.iter().filter_map(|name| name.parse().ok()).collect())
    }
}

#[async_trait]
impl Rejects for FileRejects {
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault> {
        self.append(run, rejects.iter().map(|reject| (reject.record, Line::Entered(Cow::Borrowed(reject)))))
    }

    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault> {
        Ok(read(&self.path(run, block))?.into_values().collect())
    }

    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault> {
        self.append(run, records.iter().map(|&record| (record, Line::Closed { record, by: by.clone() })))
    }

    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        let mut due = Vec::new();
        for run in self.runs()? {
            let folder = self.folder(&run);
            for name in names(&folder)? {
                let entries = read(&folder.join(name))?;
                due.extend(entries.values().filter_map(|entry| entry.due(&run, feed, now)));
                if due.len() >= limit {
                    due.truncate(limit);
                    return Ok(due);
                }
            }
        }
        Ok(due)
    }

    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault> {
        self.change(run, record, Line::Postponed { record, attempt, until })
    }

    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault> {
        self.change(run, record, Line::Exhausted { record })
    }
}

/// Applies a line to the entries. A second entry for the same record changes nothing.
fn apply(entries: &mut Entries, line: &Line<'_>) -> bool {
    match line {
        Line::Entered(entry) => {
            entries.entry(entry.record).or_insert_with(|| entry.clone().into_owned());
            true
        }
        Line::Closed { record, by } => entries.get_mut(record).is_some_and(|entry| {
            entry.close(by);
            true
        }),
        Line::Postponed { record, attempt, until } => {
            entries.get_mut(record).is_some_and(|entry| entry.postpone(*attempt, *until))
        }
        Line::Exhausted { record } => entries.get_mut(record).is_some_and(RejectEntry::exhaust),
    }
}

fn read(path: &Path) -> Result<Entries, Fault> {
    let mut entries = Entries::new();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(entries),
        Err(error) => return Err(fault("read", path, error)),
    };
    for line in bytes.split(|byte| *byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(line) => drop(apply(&mut entries, &line)),
            // The line is empty, or its append was never finished and nobody relies on it.
            Err(error) if error.is_eof() => {}
            Err(error) => {
                return Err(Fault::Corrupt { what: path.display().to_string(), found: error.to_string() });
            }
        }
    }
    Ok(entries)
}

fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::options().create(true).append(true).open(path)?.write_all(bytes)
}

/// The names in a folder; none if the folder does not exist.
fn names(folder: &Path) -> Result<Vec<String>, Fault> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault("list", folder, error)),
    };
    let mut names = Vec::new();
    for entry in listing {
        names.extend(entry.map_err(|error| fault("list", folder, error))?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn fault(verb: &str, path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_killed_process_left_unfinished_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let index = FileRejects::new(folder.path());
        let open = |record| RejectEntry::open(record, record, 0, Vec::new(), 0);
        index.record(&run, &[open(1), open(2)]).await.unwrap();
        let path = index.path(&run, Block::of(1));
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            index.record(&run, &[open(3)]).await.unwrap();
            let found = index.list(&run, Block::of(1)).await.unwrap();
            assert_eq!(found.last().map(|entry| entry.record), Some(3), "cut at {cut}");
        }
        std::fs::write(&path, "{\"entered\": 7}\n").unwrap();
        assert!(matches!(index.list(&run, Block::of(1)).await, Err(Fault::Corrupt { .. })));
    }
}
