//! A sink in a folder: a file of JSON lines per table.

mod line;
mod newest;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

pub(crate) use self::line::ReadLine;
use self::line::write_line;
use self::newest::Newest;
use super::decision::decide;
use super::key::ItemKey;
use super::{BatchLimits, Item, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::shared::Shared;

/// Lines are handed to the file in pieces of this size: a write for each line would take longer than making it.
const PIECE: usize = 256 * 1024;

/// A folder with a file `<table>.jsonl` per table: a line per write, the last one of a key counts. Lines are kept in memory
/// until there are enough of them, or [`Sink::flush`] is called.
///
/// A line is the whole record: nothing of an earlier line shines through, unlike in a database
/// where a field that the feed does not know stays. The newest state per key is in memory, some
/// 100 bytes for each beside the key; this is for trying feeds on one machine, one process at a time.
#[derive(Clone, Debug)]
pub struct JsonLinesSink {
    folder: PathBuf,
    tables: Shared<HashMap<String, Table>>,
}

#[derive(Debug)]
struct Table {
    file: File,
    /// The length of the file.
    length: u64,
    newest: Newest,
    /// Lines that are not in the file yet.
    lines: String,
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
    /// Opens a table and reads what is in it.
    fn open(path: &Path, target: &Target) -> Result<Self, Fault> {
        let fail = |error| failure("open", path, error);
        let file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fail)?;
        file.try_lock().map_err(|error| failure("lock", path, error.into()))?;
        let mut newest = Newest::default();
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
            newest.set(key.into_text(), &mark);
        }
        // A line without an end is what a process left that was killed in the middle of it.
        file.set_len(whole).map_err(fail)?;
        line.clear();
        Ok(Self { file, length: whole, newest, lines: line })
    }

    /// Writes an item to the lines, and these to the file when there are enough of them.
    fn write(&mut self, target: &Target, item: &Item, stamp: &Stamp<'_>) -> std::io::Result<Written> {
        let key = match ItemKey::of(target, item) {
            Ok(key) => key.into_text(),
            Err(refusal) => return Ok(Written::Refused(refusal.to_string())),
        };
        let (mark, written) = decide(self.newest.get(&key).as_ref(), &item.hash, stamp);
        if let Some(mark) = mark {
            write_line(item, &mark, &mut self.lines);
            self.newest.set(key, &mark);
            if self.lines.len() >= PIECE {
                self.append()?;
            }
        }
        Ok(written)
    }

    /// Appends the lines to the file; where that fails, none of them, and they are kept.
    fn append(&mut self) -> std::io::Result<()> {
        match self.file.write_all(self.lines.as_bytes()) {
            Ok(()) => {
                self.length += self.lines.len() as u64;
                self.lines.clear();
                Ok(())
            }
            Err(error) => {
                // Half a line would join the next one.
                self.file.set_len(self.length).unwrap_or_default();
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Sink for JsonLinesSink {
    /// A table is made when it is first written to, with the feed's key. So only its name can be wrong: it must be a file
    /// name.
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        let unusable = target.name.is_empty() || target.name.contains(['/', '\\']) || target.name.starts_with('.');
        Ok(unusable.then(|| format!("The table {:?} cannot be a file.", target.name)).into_iter().collect())
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::LOCKED
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        let mut tables = self.tables.lock();
        let path = self.path(&target.name);
        let table = match tables.entry(target.name.clone()) {
            Entry::Occupied(table) => table.into_mut(),
            Entry::Vacant(place) => place.insert(Table::open(&path, target)?),
        };
        for item in items {
            written.push(table.write(target, item, stamp).map_err(|error| failure("write to", &path, error))?);
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        for (name, table) in self.tables.lock().iter_mut() {
            table.append().map_err(|error| failure("write to", &self.path(name), error))?;
        }
        Ok(())
    }
}

fn failure(verb: &str, path: &Path, error: std::io::Error) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}

#[cfg(test)]
mod tests;
