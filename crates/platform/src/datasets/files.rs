//! A table of sets in a folder: a JSON document per set.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::documents::Version;
use sluice_engine::dataset::SetKey;
use sluice_engine::feed::FeedName;

use super::{Datasets, SetEntry, SetPage};
use crate::Fault;

/// A table of sets in a folder: `<dataset>/<set>.json`. A document is replaced by renaming a complete one. A write holds a lock on
/// `.lock`, so of two processes that change an entry at once, one is refused.
#[derive(Clone, Debug)]
pub struct FileDatasets {
    folder: PathBuf,
}

/// The document of a set.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SetFile {
    version: Version,
    entry: SetEntry,
}

impl FileDatasets {
    /// The table in this folder, which is created with the first entry.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, dataset: &FeedName, set: &SetKey) -> PathBuf {
        self.folder.join(dataset.as_str()).join(format!("{set}.json"))
    }

    /// Waits until no other process writes. The lock is held until the returned file is dropped.
    fn lock(&self, path: &Path) -> Result<File, Fault> {
        let lock = self.folder.join(".lock");
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let locked = made
            .and_then(|()| File::options().create(true).append(true).open(&lock))
            .and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| fault("lock", &lock, error))
    }
}

#[async_trait]
impl Datasets for FileDatasets {
    async fn get(&self, dataset: &FeedName, set: &SetKey) -> Result<Option<SetEntry>, Fault> {
        read(&self.path(dataset, set))
    }

    async fn put(&self, entry: &SetEntry) -> Result<bool, Fault> {
        let path = self.path(&entry.dataset, &entry.set);
        let _lock = self.lock(&path)?;
        if read(&path)?.map_or(0, |known| known.version) != entry.version {
            return Ok(false);
        }
        let document = SetFile { version: Version, entry: SetEntry { version: entry.version + 1, ..entry.clone() } };
        let json = serde_json::to_vec_pretty(&document).map_err(|error| fault("write", &path, error))?;
        let unfinished = path.with_extension("json-unfinished");
        let written = File::create(&unfinished)
            .and_then(|mut file| file.write_all(&json))
            .and_then(|()| std::fs::rename(&unfinished, &path));
        written.map(|()| true).map_err(|error| fault("write", &path, error))
    }

    async fn page(&self, dataset: &FeedName, from: Option<&str>) -> Result<SetPage, Fault> {
        let folder = self.folder.join(dataset.as_str());
        let files = match std::fs::read_dir(&folder) {
            Ok(files) => files,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(SetPage::default()),
            Err(error) => return Err(fault("list", &folder, error)),
        };
        let mut sets = Vec::new();
        for file in files {
            let path = file.map_err(|error| fault("list", &folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                sets.extend(read(&path)?);
            }
        }
        sets.sort_by(|a, b| a.set.cmp(&b.set));
        // Every page reads every document: one page has them all.
        Ok(SetPage::of(sets, from, usize::MAX))
    }
}

/// Reads the entry in a document; `None` if there is no document.
fn read(path: &Path) -> Result<Option<SetEntry>, Fault> {
    let json = match std::fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault("read", path, error)),
    };
    let document: Result<SetFile, _> = serde_json::from_slice(&json);
    let corrupt =
        |error: serde_json::Error| Fault::Corrupt { what: path.display().to_string(), found: error.to_string() };
    document.map(|document| Some(document.entry)).map_err(corrupt)
}

fn fault(verb: &str, path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}
