//! An inbox that fails.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::Faults;
use crate::Fault;
use crate::inbox::{Inbox, InboxPage, InboxPlace, UploadVersion};
use crate::objects::Known;

/// An inbox that fails as a test decides.
pub struct FaultyInbox {
    inner: Arc<dyn Inbox>,
    faults: Faults,
}

impl FaultyInbox {
    /// Wraps an inbox with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Inbox>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }
}

#[async_trait]
impl Inbox for FaultyInbox {
    async fn versions(&self, key: &str) -> Result<Vec<UploadVersion>, Fault> {
        self.faults.ask("list the versions of an upload", self.inner.versions(key)).await
    }

    async fn page(&self, from: Option<&InboxPlace>) -> Result<InboxPage, Fault> {
        self.faults.ask("list the inbox", self.inner.page(from)).await
    }

    async fn head(&self, key: &str, version_id: &str) -> Result<Option<UploadVersion>, Fault> {
        self.faults.ask("look at an upload", self.inner.head(key, version_id)).await
    }

    async fn first_bytes(&self, key: &str, version_id: &str, most: u64) -> Result<Option<Bytes>, Fault> {
        self.faults.ask("read the head of an upload", self.inner.first_bytes(key, version_id, most)).await
    }

    async fn crc64nvme(&self, key: &str, version_id: &str) -> Result<Option<String>, Fault> {
        self.faults.ask("look at the checksum of an upload", self.inner.crc64nvme(key, version_id)).await
    }

    async fn archive(&self, version: &UploadVersion, to: &str) -> Result<Known, Fault> {
        self.faults.change("archive an upload", self.inner.archive(version, to)).await
    }

    async fn remove(&self, key: &str, version_id: &str) -> Result<(), Fault> {
        self.faults.change("remove an upload", self.inner.remove(key, version_id)).await
    }
}
