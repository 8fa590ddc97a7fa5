//! An inbox that is one file on this machine.

use std::io::ErrorKind;
use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use tokio::io::AsyncReadExt;

use super::{Inbox, InboxPage, InboxPlace, UploadVersion};
use crate::Fault;
use crate::clock::rfc3339;
use crate::objects::{FileObjects, Known, Objects};

/// One file on this machine, as the only version of an upload.
///
/// Its version and its entity tag are its modification time and its size. So a changed file is another version, as in a
/// bucket. It is never deleted, because it belongs to the user. It is not copied either: the archive names it. So who
/// reads it from the archive must look at the end whether the version is still there.
#[derive(Clone, Debug)]
pub struct FileInbox {
    file: PathBuf,
    key: String,
    archive: FileObjects,
}

impl FileInbox {
    /// This file as an upload under this key; it is archived into these objects, as a link.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>, key: &str, archive: &FileObjects) -> Self {
        Self { file: file.into(), key: key.to_owned(), archive: archive.clone() }
    }

    /// The current version of the file.
    ///
    /// # Errors
    /// `Missing` if there is no such file.
    pub async fn version(&self) -> Result<UploadVersion, Fault> {
        self.look().await?.ok_or_else(|| Fault::Missing { what: format!("file {}", self.file.display()) })
    }

    async fn look(&self) -> Result<Option<UploadVersion>, Fault> {
        let what = || format!("look at file {}", self.file.display());
        let misconfigured =
            |source: Box<dyn std::error::Error + Send + Sync>| Fault::Misconfigured { what: what(), source };
        let metadata = match tokio::fs::metadata(&self.file).await {
            Ok(metadata) if metadata.is_file() => metadata,
            Ok(_) => return Err(misconfigured("it is not a file".into())),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(misconfigured(Box::new(error))),
        };
        let modified = metadata.modified().map_err(|error| misconfigured(Box::new(error)))?;
        let modified = Timestamp::try_from(modified).map_err(|error| misconfigured(Box::new(error)))?;
        let version_id = format!("{}-{}", modified.as_nanosecond(), metadata.len());
        Ok(Some(UploadVersion {
            key: self.key.clone(),
            etag: version_id.clone(),
            version_id,
            bytes: metadata.len(),
            last_modified: rfc3339(modified),
        }))
    }
}

#[async_trait]
impl Inbox for FileInbox {
    async fn versions(&self, key: &str) -> Result<Vec<UploadVersion>, Fault> {
        if key != self.key {
            return Ok(Vec::new());
        }
        Ok(self.look().await?.into_iter().collect())
    }

    async fn page(&self, from: Option<&InboxPlace>) -> Result<InboxPage, Fault> {
        let versions = if from.is_none() { self.versions(&self.key).await? } else { Vec::new() };
        Ok(InboxPage { versions, next: None })
    }

    async fn head(&self, key: &str, version_id: &str) -> Result<Option<UploadVersion>, Fault> {
        Ok(self.versions(key).await?.into_iter().find(|version| version.version_id == version_id))
    }

    async fn first_bytes(&self, key: &str, version_id: &str, most: u64) -> Result<Option<Bytes>, Fault> {
        if self.head(key, version_id).await?.is_none() {
            return Ok(None);
        }
        let fault = |error: std::io::Error| Fault::Misconfigured {
            what: format!("read file {}", self.file.display()),
            source: Box::new(error),
        };
        let mut bytes = Vec::new();
        let file = tokio::fs::File::open(&self.file).await.map_err(fault)?;
        file.take(most).read_to_end(&mut bytes).await.map_err(fault)?;
        Ok(Some(bytes.into()))
    }

    /// None: what a join offers is never such a file.
    async fn crc64nvme(&self, _: &str, _: &str) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    async fn archive(&self, version: &UploadVersion, to: &str) -> Result<Known, Fault> {
        let missing = || Fault::Missing { what: format!("version {} of {}", version.version_id, version.key) };
        self.head(&version.key, &version.version_id).await?.ok_or_else(missing)?;
        self.archive.name(&self.file, to)?;
        self.archive.head(to).await?.ok_or_else(|| Fault::Missing { what: format!("object {to}") })
    }

    /// Does nothing, because the file belongs to the user.
    async fn remove(&self, _: &str, _: &str) -> Result<(), Fault> {
        Ok(())
    }
}
