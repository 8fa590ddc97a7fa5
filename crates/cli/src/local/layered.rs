//! Objects over others that are only read.

use async_trait::async_trait;
use bytes::Bytes;
use sluice_contract::ByteRange;
use sluice_platform::Fault;
use sluice_platform::objects::{
    Body, ContentType, Existing, FileObjects, Known, ObjectWriter, Objects, Piece, Reading,
};

/// A folder over another one: what is not in the upper one is read from the lower one, to which nothing is written.
#[derive(Clone, Debug)]
pub struct Layered {
    /// Where everything is written.
    pub upper: FileObjects,
    /// What is looked at where the upper folder has no such object.
    pub lower: FileObjects,
}

#[async_trait]
impl Objects for Layered {
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        match self.upper.head(key).await? {
            None => self.lower.head(key).await,
            known => Ok(known),
        }
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, reading: Reading) -> Result<Body, Fault> {
        match self.upper.read(key, range, reading).await {
            Err(Fault::Missing { .. }) => self.lower.read(key, range, reading).await,
            read => read,
        }
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        self.upper.put(key, content_type, bytes, existing).await
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        self.upper.create(key, content_type).await
    }

    /// Of pieces in the upper folder: what is put together was made by this run.
    async fn concat(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        pieces: Vec<Piece>,
    ) -> Result<u64, Fault> {
        self.upper.concat(key, content_type, scratch, pieces).await
    }
}
