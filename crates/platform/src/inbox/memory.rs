//! An inbox in memory.

use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use sluice_engine::checksum::Checksum;

use super::{Inbox, InboxPage, InboxPlace, UploadVersion};
use crate::Fault;
use crate::objects::{Known, MemoryObjects, Objects};
use crate::shared::Shared;

/// How many versions are on a page: few, so that every test has several pages.
const PAGE: usize = 2;

/// An inbox in memory, which archives into objects in memory. Clones share it.
#[derive(Clone, Debug)]
pub struct MemoryInbox {
    state: Shared<State>,
    archive: MemoryObjects,
}

#[derive(Debug, Default)]
struct State {
    /// The number of uploads so far, from which version ids are made.
    uploads: u64,
    /// The versions, oldest first.
    versions: Vec<(UploadVersion, Bytes)>,
}

impl MemoryInbox {
    /// An empty inbox.
    #[must_use]
    pub fn new(archive: &MemoryObjects) -> Self {
        Self { state: Shared::default(), archive: archive.clone() }
    }

    /// Uploads a file; `last_modified` is RFC 3339 in UTC with whole seconds.
    pub fn upload(&self, key: &str, last_modified: &str, bytes: impl Into<Bytes>) -> UploadVersion {
        let bytes = bytes.into();
        let mut state = self.state.lock();
        state.uploads += 1;
        let version = UploadVersion {
            key: key.to_owned(),
            version_id: format!("v{}", state.uploads),
            etag: etag(&bytes),
            bytes: bytes.len() as u64,
            last_modified: last_modified.to_owned(),
        };
        state.versions.push((version.clone(), bytes));
        version
    }

    fn find(&self, key: &str, version_id: &str) -> Option<(UploadVersion, Bytes)> {
        let state = self.state.lock();
        state.versions.iter().find(|(version, _)| version.key == key && version.version_id == version_id).cloned()
    }
}

/// An entity tag: like S3's, 32 hexadecimal digits that depend on the content.
fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().take(16).fold(String::new(), |tag, byte| format!("{tag}{byte:02x}"))
}

#[async_trait]
impl Inbox for MemoryInbox {
    async fn versions(&self, key: &str) -> Result<Vec<UploadVersion>, Fault> {
        let state = self.state.lock();
        let newest_first = state.versions.iter().rev().map(|(version, _)| version);
        Ok(newest_first.filter(|version| version.key == key).cloned().collect())
    }

    async fn page(&self, from: Option<&InboxPlace>) -> Result<InboxPage, Fault> {
        let state = self.state.lock();
        let mut versions: Vec<UploadVersion> =
            state.versions.iter().rev().map(|(version, _)| version.clone()).collect();
        versions.sort_by(|a, b| a.key.cmp(&b.key));
        let after = from.map_or(0, |from| {
            let at = versions.iter().rposition(|version| {
                version.key == from.key && from.version_id.as_ref().is_none_or(|id| *id == version.version_id)
            });
            // If the version is gone, the page begins with the first version of its key.
            at.map_or_else(|| versions.partition_point(|version| version.key < from.key), |at| at + 1)
        });
        let rest = versions.split_off(after.min(versions.len()));
        let next = (rest.len() > PAGE).then(|| {
            let UploadVersion { key, version_id, .. } = rest[PAGE - 1].clone();
            InboxPlace { key, version_id: Some(version_id) }
        });
        Ok(InboxPage { versions: rest.into_iter().take(PAGE).collect(), next })
    }

    async fn head(&self, key: &str, version_id: &str) -> Result<Option<UploadVersion>, Fault> {
        Ok(self.find(key, version_id).map(|(version, _)| version))
    }

    async fn first_bytes(&self, key: &str, version_id: &str, most: u64) -> Result<Option<Bytes>, Fault> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.find(key, version_id).map(|(_, bytes)| bytes.slice(..bytes.len().min(most))))
    }

    async fn crc64nvme(&self, key: &str, version_id: &str) -> Result<Option<String>, Fault> {
        Ok(self.find(key, version_id).map(|(_, bytes)| Checksum::of(&bytes).to_base64()))
    }

    async fn archive(&self, version: &UploadVersion, to: &str) -> Result<Known, Fault> {
        let what = || format!("version {} of upload {}", version.version_id, version.key);
        let (found, bytes) =
            self.find(&version.key, &version.version_id).ok_or_else(|| Fault::Missing { what: what() })?;
        if found.bytes != version.bytes || found.etag != version.etag {
            let found = format!("{} bytes with the entity tag {}", found.bytes, found.etag);
            return Err(Fault::Corrupt { what: what(), found });
        }
        self.archive.insert(to, bytes);
        self.archive.head(to).await?.ok_or_else(|| Fault::Missing { what: format!("object {to}") })
    }

    async fn remove(&self, key: &str, version_id: &str) -> Result<(), Fault> {
        self.state.lock().versions.retain(|(version, _)| version.key != key || version.version_id != version_id);
        Ok(())
    }
}
