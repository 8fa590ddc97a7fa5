//! An inbox that is a folder on this machine.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use sluice_contract::keys;
use sluice_engine::checksum::Crc64Nvme;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Inbox, InboxPage, InboxPlace, UploadVersion};
use crate::Fault;
use crate::clock::{Clock, rfc3339};
use crate::objects::{ContentType, FileObjects, Known, Objects};

/// How many bytes of a stream are read at once.
const PIECE: usize = 256 * 1024;

/// A folder into which files are uploaded, as `<key>/<version>`. It is part of the folder of objects into which uploads
/// are archived.
///
/// An upload is a copy, so its original may change at any time. Its version is the time of the upload in nanoseconds. A
/// version never changes, so archiving it creates a second name for the same file. Files that are not versions are
/// ignored.
#[derive(Clone, Debug)]
pub struct FolderInbox {
    objects: FileObjects,
    clock: Clock,
}

impl FolderInbox {
    /// The inbox in the folder of these objects.
    #[must_use]
    pub fn new(objects: &FileObjects, clock: Clock) -> Self {
        Self { objects: objects.clone(), clock }
    }

    /// Uploads a copy of a file under a key. If the file system can, the copy shares the file's blocks until one of the
    /// two changes.
    ///
    /// # Errors
    /// `Missing` if there is no such file; `Corrupt` if it was changed while it was copied.
    pub async fn upload(&self, file: &Path, key: &str) -> Result<UploadVersion, Fault> {
        let state = || async {
            let found = tokio::fs::metadata(file).await.and_then(|found| Ok((found.modified()?, found.len())));
            found.map_err(|error| fault("look at", file, error))
        };
        let before = state().await?;
        let version_id = self.next_version();
        let copied = self.objects.import(file, &object(key, &version_id)).await?;
        if copied != before.1 || state().await? != before {
            self.remove(key, &version_id).await?;
            let found = "the file was changed while it was copied".to_owned();
            return Err(Fault::Corrupt { what: format!("the copy of {}", file.display()), found });
        }
        self.uploaded(key, &version_id).await
    }

    /// Uploads a stream under a key. If the stream fails, nothing is uploaded.
    ///
    /// # Errors
    /// If the stream or the folder fails.
    pub async fn upload_stream(
        &self,
        mut stream: impl AsyncRead + Unpin + Send,
        key: &str,
    ) -> Result<UploadVersion, Fault> {
        let version_id = self.next_version();
        let mut writer = self.objects.create(&object(key, &version_id), ContentType::Binary).await?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = stream.read(&mut piece).await;
            let read = read.map_err(|source| Fault::Misconfigured {
                what: format!("read what is to be uploaded as {key}"),
                source: Box::new(source),
            })?;
            match piece.get(..read) {
                Some(bytes) if read > 0 => writer.write(bytes).await?,
                _ => break,
            }
        }
        writer.finish().await?;
        self.uploaded(key, &version_id).await
    }

    /// The sequencer of an event about this upload. It orders uploads of the same second.
    #[must_use]
    pub fn sequencer(version: &UploadVersion) -> String {
        format!("{:x}", nanoseconds(&version.version_id).unwrap_or_default())
    }

    fn next_version(&self) -> String {
        (self.clock)().as_nanosecond().to_string()
    }

    async fn uploaded(&self, key: &str, version_id: &str) -> Result<UploadVersion, Fault> {
        let missing = || Fault::Missing { what: format!("version {version_id} of {key}") };
        self.head(key, version_id).await?.ok_or_else(missing)
    }

    /// The paths in a folder of the inbox; none if there is no such folder.
    fn list(&self, key: &str) -> Result<Vec<PathBuf>, Fault> {
        let folder = self.objects.path(key.trim_end_matches('/'))?;
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(fault("list", &folder, error)),
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        paths.map_err(|error| fault("list", &folder, error))
    }

    /// Every version below a folder of the inbox.
    async fn below(&self, folder: &str) -> Result<Vec<UploadVersion>, Fault> {
        let (mut found, mut folders) = (Vec::new(), vec![folder.trim_end_matches('/').to_owned()]);
        while let Some(folder) = folders.pop() {
            found.extend(self.versions(&folder).await?);
            for path in self.list(&folder)?.into_iter().filter(|path| path.is_dir()) {
                let name = path.file_name().and_then(|name| name.to_str());
                folders.extend(name.map(|name| format!("{folder}/{name}")));
            }
        }
        Ok(found)
    }
}

#[async_trait]
impl Inbox for FolderInbox {
    async fn versions(&self, key: &str) -> Result<Vec<UploadVersion>, Fault> {
        let mut versions = Vec::new();
        for path in self.list(key)? {
            if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
                versions.extend(self.head(key, name).await?);
            }
        }
        versions.sort_by_key(|version| std::cmp::Reverse(nanoseconds(&version.version_id)));
        Ok(versions)
    }

    async fn page(&self, from: Option<&InboxPlace>) -> Result<InboxPage, Fault> {
        // All versions are on one page.
        let mut versions = if from.is_none() { self.below(keys::INBOX).await? } else { Vec::new() };
        versions.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(InboxPage { versions, next: None })
    }

    async fn head(&self, key: &str, version_id: &str) -> Result<Option<UploadVersion>, Fault> {
        let Some(uploaded) = nanoseconds(version_id).and_then(|at| Timestamp::from_nanosecond(at).ok()) else {
            return Ok(None);
        };
        let found = self.objects.head(&object(key, version_id)).await?;
        Ok(found.map(|Known { bytes, .. }| UploadVersion {
            key: key.to_owned(),
            version_id: version_id.to_owned(),
            etag: format!("{version_id}-{bytes}"),
            bytes,
            last_modified: rfc3339(uploaded),
        }))
    }

    async fn first_bytes(&self, key: &str, version_id: &str, most: u64) -> Result<Option<Bytes>, Fault> {
        if self.head(key, version_id).await?.is_none() {
            return Ok(None);
        }
        let path = self.objects.path(&object(key, version_id))?;
        let mut bytes = Vec::new();
        let file = tokio::fs::File::open(&path).await.map_err(|error| fault("read", &path, error))?;
        file.take(most).read_to_end(&mut bytes).await.map_err(|error| fault("read", &path, error))?;
        Ok(Some(bytes.into()))
    }

    async fn crc64nvme(&self, key: &str, version_id: &str) -> Result<Option<String>, Fault> {
        let path = self.objects.path(&object(key, version_id))?;
        let mut file = match tokio::fs::File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault("read", &path, error)),
        };
        let (mut sum, mut piece) = (Crc64Nvme::new(), vec![0; PIECE]);
        loop {
            let read = file.read(&mut piece).await.map_err(|error| fault("read", &path, error))?;
            match piece.get(..read) {
                Some(bytes) if read > 0 => sum.update(bytes),
                _ => return Ok(Some(sum.checksum().to_base64())),
            }
        }
    }

    async fn archive(&self, version: &UploadVersion, to: &str) -> Result<Known, Fault> {
        let from = object(&version.key, &version.version_id);
        let missing = || Fault::Missing { what: format!("version {} of {}", version.version_id, version.key) };
        self.head(&version.key, &version.version_id).await?.ok_or_else(missing)?;
        self.objects.link(&from, to).await?;
        match self.objects.head(to).await? {
            Some(known) if known.bytes == version.bytes => Ok(known),
            found => {
                let bytes = found.map_or(0, |found| found.bytes);
                let found = format!("it has {bytes} and not {} bytes", version.bytes);
                Err(Fault::Corrupt { what: format!("object {to}"), found })
            }
        }
    }

    async fn remove(&self, key: &str, version_id: &str) -> Result<(), Fault> {
        let path = self.objects.path(&object(key, version_id))?;
        match tokio::fs::remove_file(&path).await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(fault("remove", &path, error)),
            _ => {}
        }
        // Also removes the folder of a key without versions. A folder that is not empty cannot be removed.
        if let Some(folder) = path.parent() {
            let _ = tokio::fs::remove_dir(folder).await;
        }
        Ok(())
    }
}

/// The object of a version.
fn object(key: &str, version_id: &str) -> String {
    format!("{key}/{version_id}")
}

/// When a version was uploaded, in nanoseconds since the epoch; `None` if the name is not that of a version.
fn nanoseconds(version_id: &str) -> Option<i128> {
    let digits = !version_id.is_empty() && version_id.bytes().all(|byte| byte.is_ascii_digit());
    if digits { version_id.parse().ok() } else { None }
}

fn fault(verb: &str, path: &Path, error: std::io::Error) -> Fault {
    if error.kind() == ErrorKind::NotFound {
        return Fault::Missing { what: format!("file {}", path.display()) };
    }
    Fault::Misconfigured { what: format!("{verb} {}", path.display()), source: Box::new(error) }
}
