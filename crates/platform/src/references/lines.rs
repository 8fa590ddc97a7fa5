//! References into the tables that runs on this machine have left.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{References, item};
use crate::Fault;
use crate::shared::Shared;
use crate::sink::Target;
use crate::sink::key::ItemKey;
use crate::sink::lines::ReadLine;

/// The keys of tables, by name.
type Known = HashMap<String, HashSet<Box<str>>>;

/// The tables of all runs in a folder: `<folder>/<feed>/<run>/<table>.jsonl`. Together they are what a stack has in one
/// table. They are read when they are first asked for, and kept.
#[derive(Clone, Debug)]
pub struct JsonLinesReferences {
    folder: PathBuf,
    known: Shared<Known>,
}

impl JsonLinesReferences {
    /// The tables below this folder, which need not be there.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), known: Shared::default() }
    }

    /// The keys of a table of any run.
    fn keys(&self, target: &Target) -> Result<HashSet<Box<str>>, Fault> {
        let mut keys = HashSet::new();
        for feed in folders(&self.folder)? {
            for run in folders(&feed)? {
                read(&run.join(format!("{}.jsonl", target.name)), target, &mut keys)?;
            }
        }
        Ok(keys)
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
            let key = ItemKey::of(target, &item(target, key)).map(ItemKey::into_text);
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
        Err(error) => return Err(failure(folder, error)),
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    Ok(paths.map_err(|error| failure(folder, error))?.into_iter().filter(|path| path.is_dir()).collect())
}

/// Adds the keys of a file, where it is there.
fn read(path: &Path, target: &Target, keys: &mut HashSet<Box<str>>) -> Result<(), Fault> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failure(path, error)),
    };
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    for number in 1_u64.. {
        line.clear();
        reader.read_line(&mut line).map_err(|error| failure(path, error))?;
        // A line without an end is what a process left that was killed in the middle of it.
        if !line.ends_with('\n') {
            break;
        }
        let key = ReadLine::parse(&line)
            .and_then(|line| line.key(target))
            .map_err(|found| Fault::Corrupt { what: format!("line {number} of {}", path.display()), found })?;
        keys.insert(key.into_text());
    }
    Ok(())
}

fn failure(path: &Path, error: std::io::Error) -> Fault {
    Fault::Misconfigured { what: format!("read {}", path.display()), source: Box::new(error) }
}
