//! A ledger in a folder: a JSON document per run.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sluice_contract::RunId;
use sluice_contract::documents::{Usage, Version};

use super::search::same_content;
use super::{Conclusion, Ledger, MailState, OpenRuns, Registered, RunEntry, RunFilter, RunPage, RunSearch, RunStage};
use crate::Fault;

/// How many open runs are on a page.
const PAGE: usize = 100;

/// A ledger in a folder: `<run>.json` per run. A document is replaced by renaming a complete one, so a killed process
/// leaves the old state or the new one. A write holds a lock on `.lock`, so two processes do not change an entry at
/// once; the operating system releases it when a process dies. A search reads every document.
#[derive(Clone, Debug)]
pub struct FileLedger {
    folder: PathBuf,
}

/// The document of a run.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFile {
    version: Version,
    entry: RunEntry,
}

impl FileLedger {
    /// The ledger in this folder, which is created if it does not exist.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Fault> {
        let folder = folder.into();
        std::fs::create_dir_all(&folder).map_err(|error| fault("make", &folder, error))?;
        Ok(Self { folder })
    }

    fn path(&self, run: &RunId) -> PathBuf {
        self.folder.join(format!("{run}.json"))
    }

    /// Waits until no other process writes. The lock is held until the returned file is dropped.
    fn lock(&self) -> Result<File, Fault> {
        let path = self.folder.join(".lock");
        let locked = File::options().create(true).append(true).open(&path).and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| fault("lock", &path, error))
    }

    fn write(&self, entry: &RunEntry) -> Result<(), Fault> {
        let path = self.path(&entry.run_id);
        let document = RunFile { version: Version, entry: entry.clone() };
        let json = serde_json::to_vec_pretty(&document).map_err(|error| fault("write", &path, error))?;
        let unfinished = path.with_extension("unfinished");
        let written = File::create(&unfinished)
            .and_then(|mut file| file.write_all(&json))
            .and_then(|()| std::fs::rename(&unfinished, &path));
        written.map_err(|error| fault("write", &path, error))
    }

    /// Changes an entry under the lock.
    fn change<T>(&self, run: &RunId, act: impl FnOnce(&mut RunEntry) -> T) -> Result<T, Fault> {
        let _lock = self.lock()?;
        let before = read(&self.path(run))?.ok_or_else(|| Fault::Missing { what: format!("run {run}") })?;
        let mut entry = before.clone();
        let answer = act(&mut entry);
        if entry != before {
            self.write(&entry)?;
        }
        Ok(answer)
    }

    /// Every entry, in no order.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn entries(&self) -> Result<Vec<RunEntry>, Fault> {
        let unreadable = |error| fault("list", &self.folder, error);
        let mut entries = Vec::new();
        for file in std::fs::read_dir(&self.folder).map_err(unreadable)? {
            let path = file.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                entries.extend(read(&path)?);
            }
        }
        Ok(entries)
    }
}

#[async_trait]
impl Ledger for FileLedger {
    async fn register(&self, entry: &RunEntry) -> Result<Registered, Fault> {
        let _lock = self.lock()?;
        if let Some(mut known) = read(&self.path(&entry.run_id))? {
            known.deliveries += 1;
            self.write(&known)?;
            return Ok(Registered::Known(Box::new(known)));
        }
        self.write(&RunEntry { deliveries: 1, ..entry.clone() })?;
        Ok(Registered::New)
    }

    async fn get(&self, run: &RunId) -> Result<Option<RunEntry>, Fault> {
        read(&self.path(run))
    }

    async fn fence(&self, seen: &RunEntry, execution: &str, at: &str) -> Result<Option<RunEntry>, Fault> {
        self.change(&seen.run_id, |entry| entry.fence(seen, execution, at))
    }

    async fn advance(&self, run: &RunId, stage: RunStage, at: &str, usage: &Usage) -> Result<(), Fault> {
        self.change(run, |entry| entry.advance(stage, at, usage))
    }

    async fn conclude(&self, run: &RunId, holder: Option<&str>, conclusion: &Conclusion) -> Result<bool, Fault> {
        self.change(run, |entry| entry.conclude(holder, conclusion))
    }

    async fn mailed(&self, run: &RunId, holder: Option<&str>, mail: &MailState) -> Result<(), Fault> {
        self.change(run, |entry| entry.mailed(holder, mail))
    }

    async fn set_content(&self, run: &RunId, content: Option<&str>, same_as: Option<&RunId>) -> Result<(), Fault> {
        self.change(run, |entry| entry.set_content(content, same_as))
    }
}

#[async_trait]
impl RunSearch for FileLedger {
    async fn open_runs(&self, before: &str, from: Option<&str>) -> Result<OpenRuns, Fault> {
        Ok(OpenRuns::of(self.entries()?.iter(), before, from, PAGE))
    }

    async fn same_content(&self, content: &str, until: &str) -> Result<Vec<RunId>, Fault> {
        Ok(same_content(self.entries()?.iter(), content, until))
    }

    async fn runs(&self, filter: RunFilter<'_>, from: Option<&str>) -> Result<RunPage, Fault> {
        // Every page reads every document: one page has them all.
        Ok(RunPage::of(self.entries()?.iter(), filter, from, usize::MAX))
    }
}

/// Reads the entry in a document; `None` if there is no document.
fn read(path: &Path) -> Result<Option<RunEntry>, Fault> {
    let json = match std::fs::read(path) {
        Ok(json) => json,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault("read", path, error)),
    };
    let document: Result<RunFile, _> = serde_json::from_slice(&json);
    let corrupt =
        |error: serde_json::Error| Fault::Corrupt { what: path.display().to_string(), found: error.to_string() };
    document.map(|document| Some(document.entry)).map_err(corrupt)
}

fn fault(verb: &str, path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use sluice_contract::documents::{Origin, Upload};

    use super::*;

    fn entry() -> RunEntry {
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/prices/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: "etag".to_owned(),
            bytes: 1,
            last_modified: "2026-11-21T02:33:00Z".to_owned(),
            sequencer: String::new(),
        };
        let run = "prices-0123456789abcdef01234567".parse().unwrap();
        RunEntry::new(run, "prices", upload, Origin::Upload, "2026-11-21T02:33:00Z")
    }

    #[tokio::test]
    async fn a_later_process_finds_what_an_earlier_one_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry();
        FileLedger::open(folder.path()).unwrap().register(&entry).await.unwrap();
        // A process that was killed in the middle of a write leaves an unfinished document beside the complete one.
        std::fs::write(folder.path().join(format!("{}.unfinished", entry.run_id)), "{\"vers").unwrap();
        let later = FileLedger::open(folder.path()).unwrap();
        assert_eq!(later.get(&entry.run_id).await.unwrap(), Some(entry.clone()));
        later.advance(&entry.run_id, RunStage::Pinned, "2026-11-21T02:34:00Z", &Usage::default()).await.unwrap();
        let found = later.open_runs("2026-11-22", None).await.unwrap();
        assert_eq!(found.runs, [entry.run_id]);
    }

    #[tokio::test]
    async fn of_many_that_want_a_run_at_once_one_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let entry = entry();
        FileLedger::open(folder.path()).unwrap().register(&entry).await.unwrap();
        let take = |attempt: u32| {
            let (folder, entry) = (folder.path().to_owned(), entry.clone());
            tokio::task::spawn_blocking(move || {
                // Each opens a ledger of its own, as separate processes do.
                let ledger = FileLedger::open(folder).unwrap();
                let name = entry.run_id.execution(attempt);
                futures::executor::block_on(ledger.fence(&entry, &name, "2026-11-21T02:34:00Z")).unwrap()
            })
        };
        let takers: Vec<_> = (1..=8).map(take).collect();
        let mut got = 0;
        for taker in takers {
            got += usize::from(taker.await.unwrap().is_some());
        }
        assert_eq!(got, 1);
    }

    #[tokio::test]
    async fn a_document_that_is_none_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunId = "prices-0123456789abcdef01234567".parse().unwrap();
        std::fs::write(folder.path().join(format!("{run}.json")), "{\"version\": 2}").unwrap();
        let refused = FileLedger::open(folder.path()).unwrap().get(&run).await.unwrap_err();
        assert!(matches!(&refused, Fault::Corrupt { what, .. } if what.contains(run.as_str())), "{refused:?}");
    }
}
