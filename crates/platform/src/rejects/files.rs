//! An index of rejects in a folder.
//!
//! What is entered is appended to a file of its chunk, an entry on a line, and read as a stream: a
//! file of nothing but rejects takes no more memory than one without.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use sluice_contract::{ChunkNo, RunId};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};

use super::{RejectEntry, Rejects};
use crate::Fault;

/// An index of rejects in a folder, `<run>/rejects/<chunk>.jsonl`; clones share it.
#[derive(Clone, Debug)]
pub struct FileRejects(PathBuf);

impl FileRejects {
    /// The index in this folder, which is made when there is something to enter.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The rejects of one chunk as a stream, as they were entered: what was entered again comes again.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub async fn entries(&self, run: &RunId, chunk: ChunkNo) -> Result<Entries, Fault> {
        let path = self.path(run, chunk);
        let lines = match File::open(&path).await {
            Ok(file) => Some(BufReader::new(file).lines()),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(fault("read", &path, error)),
        };
        Ok(Entries { path, lines })
    }

    fn path(&self, run: &RunId, chunk: ChunkNo) -> PathBuf {
        self.0.join(run.as_str()).join("rejects").join(format!("{:06}.jsonl", chunk.0))
    }

    async fn append(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(path).await?;
        file.write_all(bytes).await?;
        file.flush().await
    }
}

#[async_trait]
impl Rejects for FileRejects {
    async fn record(&self, run: &RunId, chunk: ChunkNo, rejects: &[RejectEntry]) -> Result<(), Fault> {
        let path = self.path(run, chunk);
        let mut bytes = Vec::new();
        for reject in rejects {
            serde_json::to_writer(&mut bytes, reject).map_err(|error| fault("write", &path, error))?;
            bytes.push(b'\n');
        }
        Self::append(&path, &bytes).await.map_err(|error| fault("write", &path, error))
    }

    async fn list(&self, run: &RunId, chunk: ChunkNo) -> Result<Vec<RejectEntry>, Fault> {
        let mut entries = self.entries(run, chunk).await?;
        let mut by_record = BTreeMap::new();
        while let Some(entry) = entries.next().await? {
            by_record.insert(entry.record, entry);
        }
        Ok(by_record.into_values().collect())
    }
}

/// Rejects of a chunk, one after the other.
pub struct Entries {
    path: PathBuf,
    lines: Option<Lines<BufReader<File>>>,
}

impl Entries {
    /// The next one; `None` after the last.
    ///
    /// # Errors
    /// Where the file cannot be read on, or holds something else.
    pub async fn next(&mut self) -> Result<Option<RejectEntry>, Fault> {
        let Some(lines) = &mut self.lines else { return Ok(None) };
        let line = lines.next_line().await.map_err(|error| fault("read", &self.path, error))?;
        let entry = line.map(|line| serde_json::from_str(&line)).transpose();
        entry.map_err(|error| Fault::Corrupt { what: self.path.display().to_string(), found: error.to_string() })
    }
}

fn fault(verb: &str, path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Fault {
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}
