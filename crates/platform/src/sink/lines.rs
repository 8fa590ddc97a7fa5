//! A sink in a folder: a file of JSON lines per table.

mod file;
mod key_file;
mod line;
mod newest;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use self::file::TableFile;
pub(crate) use self::file::{Packing, failure, read_lines};
pub(crate) use self::line::ReadLine;
use self::line::write_line;
use self::newest::Newest;
use super::decision::decide;
use super::key::ItemKey;
use super::{BatchLimits, Item, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::shared::Shared;

/// Lines are written to the file in pieces of this size, in bytes. A write for each line would take longer than making
/// the line.
const PIECE: usize = 256 * 1024;

/// A folder with a file per table. Each write is a line, and the last line of a key counts. Lines stay in memory until
/// there are enough of them, or [`Sink::flush`] is called.
///
/// A line is the whole record. In a database, a field that the feed does not know stays; here it does not. The newest
/// state of each key is in memory, with some 100 bytes in addition to the key. The sink is for one process at a time.
#[derive(Clone, Debug)]
pub struct JsonLinesSink {
    folder: PathBuf,
    packing: Packing,
    tables: Shared<HashMap<String, Table>>,
}

#[derive(Debug)]
struct Table {
    target: Target,
    file: TableFile,
    newest: Newest,
    /// The number of lines, including those that are not in the file yet.
    count: u64,
    /// The lines that are not in the file yet.
    lines: String,
}

impl JsonLinesSink {
    /// The sink of a single run in this folder, which is created if it does not exist. A table is `<table>.jsonl`,
    /// which any program can read.
    ///
    /// # Errors
    /// If the folder cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Fault> {
        Self::with(folder.into(), Packing::Plain)
    }

    /// The sink of many runs, one after the other, in this folder, which is created if it does not exist. A table is
    /// `<table>.jsonl.gz`, whose lines `zcat` shows, and `<table>.json` with its key and the version of the format.
    ///
    /// # Errors
    /// If the folder cannot be created.
    pub fn lasting(folder: impl Into<PathBuf>) -> Result<Self, Fault> {
        Self::with(folder.into(), Packing::Gzip)
    }

    fn with(folder: PathBuf, packing: Packing) -> Result<Self, Fault> {
        std::fs::create_dir_all(&folder).map_err(|error| failure("make", &folder, error))?;
        Ok(Self { folder, packing, tables: Shared::default() })
    }

    /// The file of a table.
    #[must_use]
    pub fn path(&self, table: &str) -> PathBuf {
        self.folder.join(self.packing.file_name(table))
    }

    /// Rewrites the open tables whose outdated lines are more than an eighth of the current ones, so that a table does
    /// not grow with the number of runs. A killed process leaves the old file or the new one.
    ///
    /// # Errors
    /// If a table cannot be written.
    pub fn compact(&self) -> Result<(), Fault> {
        for (name, table) in self.tables.lock().iter_mut() {
            let path = self.path(name);
            table.append().map_err(|error| failure("write to", &path, error))?;
            let live = table.newest.len() as u64;
            if table.count > live + live / 8 {
                table.rewrite(&path, self.packing)?;
            }
        }
        Ok(())
    }

    /// Opens a table and reads the newest state of its keys.
    fn open_table(&self, target: &Target) -> Result<Table, Fault> {
        if self.packing == Packing::Gzip {
            key_file::write_once(&self.key_path(&target.name), target)?;
            // An earlier process may have been killed while it rewrote the table.
            let _ = std::fs::remove_file(unfinished(&self.path(&target.name)));
        }
        let (mut newest, mut count) = (Newest::default(), 0);
        let file = TableFile::open(&self.path(&target.name), self.packing, |line| {
            let (key, mark) = ReadLine::parse(line)?.into_parts(target)?;
            newest.set(key.into_text(), &mark);
            count += 1;
            Ok(())
        })?;
        Ok(Table { target: target.clone(), file, newest, count, lines: String::new() })
    }

    fn key_path(&self, table: &str) -> PathBuf {
        self.folder.join(format!("{table}.json"))
    }
}

impl Table {
    /// Adds an item to the lines, and appends the lines to the file if there are enough of them.
    fn write(&mut self, item: &Item, stamp: &Stamp<'_>) -> std::io::Result<Written> {
        let key = match ItemKey::of(&self.target, item) {
            Ok(key) => key.into_text(),
            Err(refusal) => return Ok(Written::Refused(refusal.to_string())),
        };
        let (mark, written) = decide(self.newest.get(&key).as_ref(), &item.hash, stamp);
        if let Some(mark) = mark {
            write_line(item, &mark, &mut self.lines);
            self.newest.set(key, &mark);
            self.count += 1;
            if self.lines.len() >= PIECE {
                self.append()?;
            }
        }
        Ok(written)
    }

    /// Appends the lines to the file. If that fails, the file has none of them, and they stay in memory.
    fn append(&mut self) -> std::io::Result<()> {
        self.file.append(&self.lines)?;
        self.lines.clear();
        Ok(())
    }

    /// Replaces the file with one that has only the newest line of each key.
    fn rewrite(&mut self, path: &Path, packing: Packing) -> Result<(), Fault> {
        let unfinished = unfinished(path);
        let fail = |error| failure("write", &unfinished, error);
        let mut file = TableFile::open(&unfinished, packing, |_| Ok(()))?;
        let old = File::open(path).map_err(|error| failure("read", path, error))?;
        let (mut piece, mut count) = (String::new(), 0);
        read_lines(&old, path, packing, |line| {
            let (key, mark) = ReadLine::parse(line)?.into_parts(&self.target)?;
            if self.newest.is_of(&key.into_text(), &mark) {
                count += 1;
                piece.push_str(line);
            }
            if piece.len() >= PIECE {
                file.append(&piece).map_err(|error| error.to_string())?;
                piece.clear();
            }
            Ok(())
        })?;
        file.append(&piece).map_err(fail)?;
        std::fs::rename(&unfinished, path).map_err(fail)?;
        (self.file, self.count) = (file, count);
        Ok(())
    }
}

/// The path of the file into which a table is rewritten.
fn unfinished(path: &Path) -> PathBuf {
    path.with_extension("unfinished")
}

#[async_trait]
impl Sink for JsonLinesSink {
    /// A table is created with the first write, with the feed's key. So only two things can be wrong: the name cannot
    /// be a file name, or an existing table has another key.
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        let unusable = target.name.is_empty() || target.name.contains(['/', '\\']) || target.name.starts_with('.');
        if unusable {
            return Ok(vec![format!("The table {:?} cannot be a file.", target.name)]);
        }
        let other_key = match self.packing {
            Packing::Plain => None,
            Packing::Gzip => key_file::problem(&self.key_path(&target.name), target)?,
        };
        Ok(other_key.into_iter().collect())
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
        let table = match tables.entry(target.name.clone()) {
            Entry::Occupied(table) => table.into_mut(),
            Entry::Vacant(place) => place.insert(self.open_table(target)?),
        };
        for item in items {
            let answer = table.write(item, stamp);
            written.push(answer.map_err(|error| failure("write to", &self.path(&target.name), error))?);
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

#[cfg(test)]
mod tests;
