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
use crate::objects::{Body, ContentType, Existing, Known, ObjectWriter, Objects, Piece, Reading};

/// Objects that fail as a test decides.
pub struct FaultyObjects {
    inner: Arc<dyn Objects>,
    faults: Faults,
}

impl FaultyObjects {
    /// Wraps objects with these faults.
    #[must_use]
    pub fn new(inner: Arc<dyn Objects>, faults: &Faults) -> Self {
        Self { inner, faults: faults.clone() }
    }

    /// A body as it is, or one that breaks in the middle of its first piece. It breaks for every decision but `Pass`,
    /// because its request has already been answered.
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
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        self.faults.ask("look at an object", self.inner.head(key)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        self.faults.ask("list objects", self.inner.list(prefix)).await
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, reading: Reading) -> Result<Body, Fault> {
        let body = self.faults.ask("read an object", self.inner.read(key, range, reading)).await?;
        Ok(self.body(body))
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        self.faults.change("put an object", self.inner.put(key, content_type, bytes, existing)).await
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

/// A writer that fails as a test decides.
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
