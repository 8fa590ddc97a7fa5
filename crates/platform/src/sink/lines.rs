//! A sink in a folder: a file of JSON lines per table.

mod line;

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use self::line::{ReadLine, write_line};
use super::decision::{Mark, decide};
use super::key::ItemKey;
use super::{Item, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::shared::Shared;

/// A folder with a file `<table>.jsonl` per table: a line per write, the last one of a key counts.
///
/// A line is the whole record: nothing of an earlier line shines through, unlike in a database
/// where a field that the feed does not know stays. The newest state per key is in memory, some
/// 200 bytes for each; this is for trying feeds on one machine, one process at a time.
#[derive(Clone, Debug)]
pub struct JsonLinesSink {
    folder: PathBuf,
    tables: Shared<HashMap<String, Table>>,
}

#[derive(Debug)]
struct Table {
    file: File,
    newest: HashMap<ItemKey, Mark>,
}

impl JsonLinesSink {
    /// The sink in this folder, which is made where it does not exist.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Fault> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(|error| failure("make", &folder, error))?;
        Ok(Self { folder, tables: Shared::default() })
    }

    /// The file of a table.
    #[must_use]
    pub fn path(&self, table: &str) -> PathBuf {
        self.folder.join(format!("{table}.jsonl"))
    }
}

impl Table {
    /// Opens a table and learns what is in it.
    fn open(path: &Path, target: &Target) -> Result<Self, Fault> {
        let fail = |error| failure("open", path, error);
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fail)?;
        file.try_lock().map_err(|error| failure("lock", path, error.into()))?;
        let mut newest = HashMap::new();
        let mut reader = BufReader::new(&file);
        let mut whole = 0;
        let mut line = String::new();
        for number in 1_u64.. {
            line.clear();
            let bytes = reader.read_line(&mut line).map_err(fail)?;
            if !line.ends_with('\n') {
                break;
            }
            whole += bytes as u64;
            let (key, mark) = ReadLine::parse(&line)
                .and_then(|line| line.into_parts(target))
                .map_err(|found| Fault::Corrupt { what: format!("line {number} of {}", path.display()), found })?;
            newest.insert(key, mark);
        }
        // A line without an end is what a process left that was killed in the middle of it.
        file.set_len(whole).map_err(fail)?;
        Ok(Self { file, newest })
    }

    /// Appends a line, or as much as nothing of it.
    fn append(&mut self, line: &str) -> std::io::Result<()> {
        let before = self.file.seek(std::io::SeekFrom::End(0))?;
        let written = self.file.write_all(line.as_bytes());
        if written.is_err() {
            // Half a line would join the next one.
            let _ = self.file.set_len(before);
        }
        written
    }
}

#[async_trait]
impl Sink for JsonLinesSink {
    /// A table is made when it is first written to, and has the feed's key: nothing can be wrong
    /// but a name that is none for a file.
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        let unusable = target.table.is_empty() || target.table.contains(['/', '\\']) || target.table.starts_with('.');
        Ok(unusable.then(|| format!("The table {:?} cannot be a file.", target.table)).into_iter().collect())
    }

    async fn write(&self, target: &Target, item: &Item, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        let key = match ItemKey::of(target, item) {
            Ok(key) => key,
            Err(refusal) => return Ok(Written::Refused(refusal.to_string())),
        };
        let path = self.path(&target.table);
        let mut tables = self.tables.lock();
        let table = match tables.entry(target.table.clone()) {
            std::collections::hash_map::Entry::Occupied(table) => table.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => place.insert(Table::open(&path, target)?),
        };
        let (mark, written) = decide(table.newest.get(&key), &item.hash, stamp);
        if let Some(mark) = mark {
            table.append(&write_line(item, &mark)).map_err(|error| failure("write to", &path, error))?;
            table.newest.insert(key, mark);
        }
        Ok(written)
    }
}

fn failure(verb: &str, path: &Path, error: std::io::Error) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}

#[cfg(test)]
mod tests;
