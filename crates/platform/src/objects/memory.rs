//! Objects in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream;
use sluice_contract::ByteRange;

use super::{Body, ContentType, ObjectWriter, Objects};
use crate::Fault;
use crate::shared::Shared;

/// Bytes that come at once: few enough that whoever reads meets more than one piece.
const PIECE: usize = 64 * 1024;

/// Objects in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects(Shared<BTreeMap<String, Stored>>);

#[derive(Clone, Debug)]
struct Stored {
    content_type: ContentType,
    bytes: Bytes,
}

impl MemoryObjects {
    /// No objects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys that begin with this, sorted.
    #[must_use]
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        self.0.lock().keys().filter(|key| key.starts_with(prefix)).cloned().collect()
    }

    /// The bytes of an object, where there is one.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<Bytes> {
        self.0.lock().get(key).map(|object| object.bytes.clone())
    }

    /// What an object is said to be, where there is one.
    #[must_use]
    pub fn content_type(&self, key: &str) -> Option<ContentType> {
        self.0.lock().get(key).map(|object| object.content_type)
    }

    /// Puts an object without asking, as a test does that prepares or damages something.
    pub fn insert(&self, key: &str, bytes: impl Into<Bytes>) {
        self.store(key, ContentType::Binary, bytes.into());
    }

    /// Takes an object away; answers whether there was one.
    #[expect(clippy::must_use_candidate, reason = "it is called for its effect")]
    pub fn remove(&self, key: &str) -> bool {
        self.0.lock().remove(key).is_some()
    }

    fn store(&self, key: &str, content_type: ContentType, bytes: Bytes) {
        self.0.lock().insert(key.to_owned(), Stored { content_type, bytes });
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn read(&self, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
        let bytes = self.bytes(key).ok_or_else(|| Fault::Missing { what: format!("object {key}") })?;
        let mut rest = match range {
            None => bytes,
            Some(range) if range.is_empty() => Bytes::new(),
            Some(range) => within(&bytes, range).ok_or_else(|| Fault::Corrupt {
                what: format!("the range {}..{} of object {key}", range.start, range.end),
                found: format!("the object has {} bytes", bytes.len()),
            })?,
        };
        let pieces = std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(PIECE));
            (!piece.is_empty()).then_some(Ok(piece))
        });
        Ok(Box::pin(stream::iter(pieces)))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        Ok(self.bytes(key).map(|bytes| bytes.len() as u64))
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<(), Fault> {
        self.store(key, content_type, bytes);
        Ok(())
    }

    async fn put_once(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<bool, Fault> {
        let mut objects = self.0.lock();
        let new = !objects.contains_key(key);
        if new {
            objects.insert(key.to_owned(), Stored { content_type, bytes });
        }
        Ok(new)
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        Ok(Box::new(Writer { objects: self.clone(), key: key.to_owned(), content_type, bytes: BytesMut::new() }))
    }
}

/// The range of the bytes, `None` where it is not all there.
fn within(bytes: &Bytes, range: ByteRange) -> Option<Bytes> {
    let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
    (end <= bytes.len()).then(|| bytes.slice(start..end))
}

/// An object that is not there yet.
struct Writer {
    objects: MemoryObjects,
    key: String,
    content_type: ContentType,
    bytes: BytesMut,
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<u64, Fault> {
        let length = self.bytes.len() as u64;
        self.objects.store(&self.key, self.content_type, self.bytes.freeze());
        Ok(length)
    }
}
