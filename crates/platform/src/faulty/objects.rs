//! Objects that fail.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::ByteRange;

use super::Faults;
use super::faults::broken;
use super::script::{Decision, Kind};
use crate::Fault;
use crate::objects::{Body, ContentType, ObjectWriter, Objects, Piece};

/// Objects that fail when they are told to.
pub struct FaultyObjects {
    inner: Arc<dyn Objects>,
    faults: Faults,
}

impl FaultyObjects {
    /// These objects, with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Objects>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }

    /// A body as it is, or one that breaks in the middle of its first bytes, whatever else was decided for it: the
    /// request that it belongs to has been answered.
    fn body(&self, body: Body) -> Body {
        let operation = "read a body";
        match self.faults.check(operation, Kind::Body) {
            Decision::Pass => body,
            _ => {
                let half = body.take(1).map_ok(|bytes| bytes.slice(..bytes.len() / 2));
                Box::pin(half.chain(stream::iter([Err(broken(operation))])))
            }
        }
    }
}

#[async_trait]
impl Objects for FaultyObjects {
    async fn read(&self, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
        self.faults.ask("read an object", self.inner.read(key, range)).await.map(|body| self.body(body))
    }

    async fn read_ahead(&self, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
        self.faults.ask("read an object ahead", self.inner.read_ahead(key, range)).await.map(|body| self.body(body))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        self.faults.ask("ask for the size of an object", self.inner.size(key)).await
    }

    async fn checksum(&self, key: &str) -> Result<Option<String>, Fault> {
        self.faults.ask("ask for the checksum of an object", self.inner.checksum(key)).await
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<(), Fault> {
        self.faults.change("put an object", self.inner.put(key, content_type, bytes)).await
    }

    async fn put_once(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<bool, Fault> {
        self.faults.change("put an object once", self.inner.put_once(key, content_type, bytes)).await
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        let inner = self.faults.ask("create an object", self.inner.create(key, content_type)).await?;
        Ok(Box::new(Writer { inner, faults: self.faults.clone() }))
    }

    async fn concat(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        pieces: Vec<Piece>,
    ) -> Result<u64, Fault> {
        self.faults.change("put an object together", self.inner.concat(key, content_type, scratch, pieces)).await
    }
}

/// A writer that fails when it is told to.
struct Writer {
    inner: Box<dyn ObjectWriter>,
    faults: Faults,
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let operation = "write a part";
        let decision = self.faults.check(operation, Kind::Part);
        if decision == Decision::Break {
            self.inner.write(bytes.get(..bytes.len() / 2).unwrap_or_default()).await?;
        }
        self.faults.meet(operation, decision, self.inner.write(bytes)).await
    }

    async fn finish(self: Box<Self>) -> Result<u64, Fault> {
        self.faults.change("finish an object", self.inner.finish()).await
    }
}
