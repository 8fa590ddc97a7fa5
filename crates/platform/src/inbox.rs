//! The inbox: versions of uploads until they are archived.

mod files;
mod folder;
mod memory;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;

pub use files::FileInbox;
pub use folder::FolderInbox;
pub use memory::MemoryInbox;
pub use s3::S3Inbox;

use crate::Fault;
use crate::objects::Known;

/// A versioned bucket into which producers upload.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// All versions under a key, without delete markers, newest first.
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn versions(&self, key: &str) -> Result<Vec<UploadVersion>, Fault>;

    /// A page of the versions under all keys, without delete markers: sorted by key, and newest first within a key.
    ///
    /// # Errors
    /// If they cannot be listed.
    async fn page(&self, from: Option<&InboxPlace>) -> Result<InboxPage, Fault>;

    /// One version; `None` if it is gone.
    ///
    /// # Errors
    /// If the inbox cannot be read.
    async fn head(&self, key: &str, version_id: &str) -> Result<Option<UploadVersion>, Fault>;

    /// The first bytes of one version, at most `most`; `None` if it is gone.
    ///
    /// # Errors
    /// If they cannot be read.
    async fn first_bytes(&self, key: &str, version_id: &str, most: u64) -> Result<Option<Bytes>, Fault>;

    /// The CRC64NVME of one version, in the notation of S3; `None` if it is gone, or the inbox knows none.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn crc64nvme(&self, key: &str, version_id: &str) -> Result<Option<String>, Fault>;

    /// Copies one version to a key of the data bucket, on the server whatever its size, and returns what the bucket
    /// knows of the copy. Repeating it changes nothing.
    ///
    /// # Errors
    /// `Missing` where the version is gone; `Corrupt` where the copy's size or checksum is not the version's.
    async fn archive(&self, version: &UploadVersion, to: &str) -> Result<Known, Fault>;

    /// Deletes exactly this version, so that a newer upload under the same key stays. It is no error if the version is
    /// already gone.
    ///
    /// # Errors
    /// If it cannot be deleted.
    async fn remove(&self, key: &str, version_id: &str) -> Result<(), Fault>;
}

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboxPage {
    /// The versions.
    pub versions: Vec<UploadVersion>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<InboxPlace>,
}

/// A place in a listing: right after this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxPlace {
    /// The key.
    pub key: String,
    /// The version; `None` for the last version of the key.
    pub version_id: Option<String>,
}

/// One version of an object in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadVersion {
    /// The key.
    pub key: String,
    /// The version.
    pub version_id: String,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was uploaded: RFC 3339, UTC, whole seconds.
    pub last_modified: String,
}
