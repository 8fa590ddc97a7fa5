//! A sink in a folder: a file of JSON lines per table.

mod file;
mod key_file;
mod line;
mod newest;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

use async_trait::async_trait;
use sluice_engine::spec::{Empty, Mode};

use self::file::TableFile;
pub(crate) use self::file::{Packing, failure, read_lines};
pub(crate) use self::line::ReadLine;
use self::line::{END, Fields, Members, end_line, merge, push_line, push_merged};
use self::newest::{Decision, KeyHash, KeyHasher, Newest};
use super::decision::{Known, Wanted};
use super::key::push_key;
use super::{BatchLimits, Item, Manner, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::shared::Shared;

/// Lines are written to the file in pieces of at least this size, in bytes. A write for each line would take longer than making
/// the line.
const PIECE: usize = 128 * 1024;

/// A folder with a file per table. Each write is a line, and the last line of a key counts. Lines stay in memory until
/// there are enough of them, or [`Sink::flush`] is called.
///
/// A line is the whole record. In a database, a field that the feed does not know stays; here it does not. The newest
/// state of each key is in memory: up to 34 bytes while one run writes into an empty table, and 82 otherwise. For a feed that keeps
/// fields (`empty: keep`), its items are in memory too. The sink is for one process at a time.
#[derive(Clone, Debug)]
pub struct JsonLinesSink {
    folder: PathBuf,
    packing: Packing,
    tables: Shared<HashMap<String, Arc<Table>>>,
}

/// A table. Lines are made before its state is locked, and written to the file after that, so that batches of several threads wait
/// for each other only where they must.
#[derive(Debug)]
struct Table {
    path: PathBuf,
    packing: Packing,
    target: Target,
    keys: KeyHasher,
    /// Whoever locks both locks the file first, so that the lines come to the file in the order of the decisions.
    file: Shared<TableFile>,
    state: Shared<State>,
}

#[derive(Debug)]
struct State {
    newest: Newest,
    /// The number of lines, including those that are not in the file yet.
    count: u64,
    /// The lines that are not in the file yet.
    lines: String,
    /// The fields of the items, once a record is to keep some; `None` before, and after a record that keeps none.
    fields: Option<HashMap<KeyHash, Fields>>,
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
        self.open_tables().iter().try_for_each(|table| table.compact())
    }

    /// The table of a target, which is opened if it is not open yet.
    fn table(&self, target: &Target) -> Result<Arc<Table>, Fault> {
        let mut tables = self.tables.lock();
        Ok(match tables.entry(target.name.clone()) {
            Entry::Occupied(table) => Arc::clone(table.get()),
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(self.open_table(target)?))),
        })
    }

    /// Opens a table and reads the newest state of its keys.
    fn open_table(&self, target: &Target) -> Result<Table, Fault> {
        let path = self.path(&target.name);
        if self.packing == Packing::Gzip {
            key_file::write_once(&self.key_path(&target.name), target)?;
            // An earlier process may have been killed while it rewrote the table.
            let _ = std::fs::remove_file(unfinished(&path));
        }
        let (keys, mut newest, mut count) = (KeyHasher::new(), Newest::of_items(), 0);
        let file = TableFile::open(&path, self.packing, |line| {
            count += 1;
            read_state(line, target, keys, &mut newest)
        })?;
        let newest = if count == 0 { Newest::of_nothing() } else { newest };
        let (file, state) =
            (Shared::new(file), Shared::new(State { newest, count, lines: String::new(), fields: None }));
        Ok(Table { path, packing: self.packing, target: target.clone(), keys, file, state })
    }

    fn open_tables(&self) -> Vec<Arc<Table>> {
        self.tables.lock().values().cloned().collect()
    }

    fn key_path(&self, table: &str) -> PathBuf {
        self.folder.join(format!("{table}.json"))
    }
}

impl Table {
    /// Adds the items that are to be written to the lines, and appends the lines to the file if there are enough of them.
    fn write(
        &self,
        manner: Manner,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        if manner.empty == Empty::Keep {
            return self.write_keeping(manner, items, stamp, written);
        }
        let is_plain = manner.mode == Mode::Upsert && items.iter().all(|item| item.deletion.is_none());
        let Made { lines: made, items: of_items } = self.make(items, stamp);
        let (before, mut start) = (written.len(), 0);
        let is_enough = {
            let State { newest, count, lines, fields } = &mut *self.state_for(stamp, is_plain)?;
            *fields = None;
            let mut decide = newest.decide(stamp);
            // The lines that follow each other in `made` and are not joined yet: most often all of them.
            let mut span = 0..0;
            for (item, (key, end)) in items.iter().zip(of_items) {
                let line = std::mem::replace(&mut start, end)..end;
                written.push(match key.map(|key| decide(key, wanted(item, manner))) {
                    Ok(Decision::Write { was, written }) => {
                        *count += 1;
                        if span.end != line.start {
                            lines.push_str(&made[span]);
                            span = line.start..line.start;
                        }
                        span.end = line.end;
                        if let Some(was) = was {
                            lines.push_str(&made[span.start..span.end - END.len()]);
                            end_line(was, lines);
                            span = line.end..line.end;
                        }
                        written
                    }
                    Ok(Decision::Keep(written)) => written,
                    Err(refusal) => Written::Refused(refusal),
                });
            }
            if lines.is_empty() && span == (0..made.len()) {
                *lines = made;
            } else {
                lines.push_str(&made[span]);
            }
            lines.len() >= PIECE
        };
        let appended = if is_enough { self.append(PIECE) } else { Ok(()) };
        if appended.is_err() {
            written.truncate(before);
        }
        appended
    }

    /// Locks a state that can decide about the writes of this run. For a second run, it reads what the items of the first hold.
    fn state_for(&self, stamp: &Stamp<'_>, is_plain: bool) -> Result<MutexGuard<'_, State>, Fault> {
        let state = self.state.lock();
        if state.newest.suffices(stamp, is_plain) {
            return Ok(state);
        }
        drop(state);
        let (mut file, mut state) = (self.file.lock(), self.state.lock());
        if !state.newest.suffices(stamp, is_plain) {
            let mut newest = Newest::of_items();
            self.read_all(&mut file, &mut state, |line| read_state(line, &self.target, self.keys, &mut newest))?;
            state.newest = newest;
        }
        Ok(state)
    }

    /// Reads each line of the table, also those that were not in the file yet.
    fn read_all(
        &self,
        file: &mut TableFile,
        state: &mut State,
        read: impl FnMut(&str) -> Result<(), String>,
    ) -> Result<(), Fault> {
        file.append(&state.lines).map_err(|error| failure("write to", &self.path, error))?;
        state.lines.clear();
        let written = File::open(&self.path).map_err(|error| failure("read", &self.path, error))?;
        read_lines(&written, &self.path, self.packing, read)?;
        Ok(())
    }

    /// Writes items of which the fields without a value stay as they are. Such a line needs the one before it, so the items are in
    /// memory.
    #[inline(never)]
    fn write_keeping(
        &self,
        manner: Manner,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        let (mut file, mut state) = (self.file.lock(), self.state.lock());
        if state.fields.is_none() || !state.newest.suffices(stamp, false) {
            let (mut newest, mut known) = (Newest::of_items(), HashMap::new());
            self.read_all(&mut file, &mut state, |line| {
                let line = ReadLine::parse(line)?;
                let (is_deleted, fields) = (line.is_deleted(), line.fields());
                let (key, mark) = line.into_parts(&self.target)?;
                let key = self.keys.of(&key);
                newest.set(key, mark.known());
                if is_deleted {
                    drop(known.remove(&key));
                } else {
                    drop(known.insert(key, fields));
                }
                Ok(())
            })?;
            (state.newest, state.fields) = (newest, Some(known));
        }
        let State { newest, count, lines, fields } = &mut *state;
        let known = fields.get_or_insert_default();
        let (members, mut decide) = (Members::of(items.first(), stamp), newest.decide(stamp));
        let before = written.len();
        for item in items {
            let mut key = String::new();
            if let Err(refusal) = push_key(&self.target, &item.fields, &mut key) {
                written.push(Written::Refused(refusal.to_string()));
                continue;
            }
            let key = self.keys.of(&key);
            let (was, answer) = match decide(key, wanted(item, manner)) {
                Decision::Keep(answer) => {
                    written.push(answer);
                    continue;
                }
                Decision::Write { was, written } => (was, written),
            };
            *count += 1;
            if item.deletion.is_some() {
                known.remove(&key);
                push_line(item, &members, lines);
            } else {
                let fields = known.entry(key).or_default();
                merge(fields, item);
                push_merged(fields, item, &members, lines);
            }
            if let Some(was) = was {
                lines.truncate(lines.len() - END.len());
                end_line(was, lines);
            }
            written.push(answer);
        }
        if lines.len() >= PIECE {
            let appended = file.append(lines).map_err(|error| failure("write to", &self.path, error));
            if appended.is_err() {
                // The lines stay in memory.
                written.truncate(before);
                return appended;
            }
            lines.clear();
        }
        Ok(())
    }

    /// Makes the keys and the lines of items.
    fn make(&self, items: &[Item<'_>], stamp: &Stamp<'_>) -> Made {
        let (members, mut key) = (Members::of(items.first(), stamp), String::new());
        let mut made = Made { lines: String::new(), items: Vec::with_capacity(items.len()) };
        for item in items {
            key.clear();
            let hash = match push_key(&self.target, &item.fields, &mut key) {
                Ok(()) => {
                    push_line(item, &members, &mut made.lines);
                    Ok(self.keys.of(&key))
                }
                Err(refusal) => Err(refusal.to_string()),
            };
            made.items.push((hash, made.lines.len()));
        }
        made
    }

    /// Appends the lines to the file if they have at least this many bytes. If that fails, the file has none of them, and they
    /// stay in memory.
    fn append(&self, at_least: usize) -> Result<(), Fault> {
        let mut file = self.file.lock();
        let lines = {
            let lines = &mut self.state.lock().lines;
            if lines.len() < at_least {
                return Ok(());
            }
            std::mem::take(lines)
        };
        let appended = file.append(&lines);
        if appended.is_err() {
            // Another batch may have added lines meanwhile.
            self.state.lock().lines.insert_str(0, &lines);
        }
        appended.map_err(|error| failure("write to", &self.path, error))
    }

    /// Appends the lines to the file, and rewrites it if too many of its lines are outdated.
    fn compact(&self) -> Result<(), Fault> {
        let (mut file, mut state) = (self.file.lock(), self.state.lock());
        file.append(&state.lines).map_err(|error| failure("write to", &self.path, error))?;
        state.lines.clear();
        let live = state.newest.len() as u64;
        if state.count > live + live / 8 {
            (*file, state.count) = self.rewritten(&state.newest)?;
        }
        Ok(())
    }

    /// Replaces the file with one that has only the newest line of each key. Returns it, and the number of its lines.
    fn rewritten(&self, newest: &Newest) -> Result<(TableFile, u64), Fault> {
        let (path, packing, unfinished) = (&self.path, self.packing, unfinished(&self.path));
        let fail = |error| failure("write", &unfinished, error);
        let mut file = TableFile::open(&unfinished, packing, |_| Ok(()))?;
        let old = File::open(path).map_err(|error| failure("read", path, error))?;
        let (mut piece, mut count) = (String::new(), 0);
        read_lines(&old, path, packing, |line| {
            let (key, mark) = ReadLine::parse(line)?.into_parts(&self.target)?;
            let Known { run, order, .. } = mark.known();
            if newest.is_by(self.keys.of(&key), run, order) {
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
        Ok((file, count))
    }
}

/// What the write of an item would do.
fn wanted(item: &Item<'_>, manner: Manner) -> Wanted {
    Wanted { hash: item.hash, deletes: item.deletion.is_some(), mode: manner.mode }
}

/// Sets the state of the key of a line that was read, or says what is wrong with the line.
fn read_state(line: &str, target: &Target, keys: KeyHasher, newest: &mut Newest) -> Result<(), String> {
    let (key, mark) = ReadLine::parse(line)?.into_parts(target)?;
    newest.set(keys.of(&key), mark.known());
    Ok(())
}

/// The lines of a batch, as those of items that are new.
struct Made {
    lines: String,
    /// The hash of the key of each item, or why it has none, and the end of its line in `lines`.
    items: Vec<(Result<KeyHash, String>, usize)>,
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
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        self.table(target)?.write(target.manner, items, stamp, written)
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.open_tables().iter().try_for_each(|table| table.append(0))
    }
}

#[cfg(test)]
mod tests;
