//! Objects in two layers, the lower of which is only read.

use std::collections::BTreeSet;

use async_trait::async_trait;
use bytes::Bytes;
use sluice_contract::ByteRange;
use sluice_platform::Fault;
use sluice_platform::objects::{
    Body, ContentType, Existing, FileObjects, Known, ObjectWriter, Objects, Piece, Reading,
};

/// A folder over another one. Objects that are missing in the upper folder are read from the lower one, which never changes.
#[derive(Clone, Debug)]
pub struct Layered {
    /// The folder to which everything is written.
    pub upper: FileObjects,
    /// The folder from which missing objects are read.
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

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        let keys = [self.upper.list(prefix).await?, self.lower.list(prefix).await?];
        Ok(keys.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect())
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

    /// Only the upper folder is used: the run has written all pieces itself.
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
