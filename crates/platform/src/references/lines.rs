//! References into the tables on this machine.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{References, fields};
use crate::Fault;
use crate::shared::Shared;
use crate::sink::Target;
use crate::sink::decision::Writers;
use crate::sink::key::key_of;
use crate::sink::lines::{Packing, ReadLine, failure, read_lines};

/// The keys of tables, by name.
type Known = HashMap<String, HashSet<Box<str>>>;

/// The newest line of each key while a table is read: who wrote it, and whether it marks a deleted item.
#[derive(Default)]
struct Lines {
    newest: HashMap<Box<str>, (u32, bool)>,
    writers: Writers,
}

impl Lines {
    /// Takes a line. Files of several runs are read in no order, so a line counts if its order is at least that of the one before.
    fn take(&mut self, line: &ReadLine<'_>, target: &Target) -> Result<(), String> {
        let (run, order) = line.writer()?;
        let writer = self.writers.index(&run, &order);
        let state = (writer, line.is_deleted());
        match self.newest.entry(line.key(target)?) {
            Entry::Vacant(place) => drop(place.insert(state)),
            Entry::Occupied(mut known) => {
                let order_of = |writer| self.writers.get(writer).map(|(_, order)| order);
                if order_of(known.get().0) <= order_of(writer) {
                    known.insert(state);
                }
            }
        }
        Ok(())
    }

    /// The keys of the items that are there.
    fn into_keys(self) -> HashSet<Box<str>> {
        self.newest.into_iter().filter_map(|(key, (_, is_deleted))| (!is_deleted).then_some(key)).collect()
    }
}

/// Tables of JSON lines. A table is read when it is first needed, and its keys stay in memory.
#[derive(Clone, Debug)]
pub struct JsonLinesReferences {
    tables: Tables,
    known: Shared<Known>,
}

/// Where the tables are.
#[derive(Clone, Debug)]
enum Tables {
    /// Each run wrote a file of its own: `<folder>/<feed>/<run>/<table>.jsonl`. Together they form one table.
    OfRuns(PathBuf),
    /// One file for all runs: `<folder>/<table>.jsonl.gz`.
    Lasting(PathBuf),
}

impl JsonLinesReferences {
    /// The tables that the runs below this folder wrote. The folder need not exist.
    #[must_use]
    pub fn of_runs(folder: impl Into<PathBuf>) -> Self {
        Self { tables: Tables::OfRuns(folder.into()), known: Shared::default() }
    }

    /// The tables of [`JsonLinesSink::lasting`](crate::sink::JsonLinesSink::lasting) in this folder, which need not
    /// exist.
    #[must_use]
    pub fn lasting(folder: impl Into<PathBuf>) -> Self {
        Self { tables: Tables::Lasting(folder.into()), known: Shared::default() }
    }

    /// The keys of a table.
    fn keys(&self, target: &Target) -> Result<HashSet<Box<str>>, Fault> {
        let mut lines = Lines::default();
        match &self.tables {
            Tables::OfRuns(folder) => {
                for feed in folders(folder)? {
                    for run in folders(&feed)? {
                        read(&run, Packing::Plain, target, &mut lines)?;
                    }
                }
            }
            Tables::Lasting(folder) => read(folder, Packing::Gzip, target, &mut lines)?,
        }
        Ok(lines.into_keys())
    }
}

#[async_trait]
impl References for JsonLinesReferences {
    async fn existing(&self, target: &Target, keys: &[Vec<String>]) -> Result<Vec<bool>, Fault> {
        let mut known = self.known.lock();
        if !known.contains_key(&target.name) {
            known.insert(target.name.clone(), self.keys(target)?);
        }
        let table = known.get(&target.name);
        let is_there = |key: &Vec<String>| {
            let key = key_of(target, &fields(target, key));
            key.is_ok_and(|key| table.is_some_and(|table| table.contains(&key)))
        };
        Ok(keys.iter().map(is_there).collect())
    }
}

/// The folders in a folder.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failure("read", folder, error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    Ok(paths.map_err(|error| failure("read", folder, error))?.into_iter().filter(|path| path.is_dir()).collect())
}

/// Adds the lines of the table in a folder, if there is one.
fn read(folder: &Path, packing: Packing, target: &Target, lines: &mut Lines) -> Result<(), Fault> {
    let path = folder.join(packing.file_name(&target.name));
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure("read", &path, error)),
    };
    read_lines(&file, &path, packing, |line| lines.take(&ReadLine::parse(line)?, target))?;
    Ok(())
}
