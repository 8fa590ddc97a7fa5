//! Objects in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::stream;
use sluice_contract::ByteRange;
use sluice_engine::checksum::Checksum;

use super::ahead::{self, OpenRange, Ranges, replaced, short};
use super::{Body, ContentType, Existing, Known, ObjectWriter, Objects, Piece, Reading};
use crate::Fault;
use crate::shared::Shared;

/// The length of a piece of a body, in bytes: small enough that readers get several pieces.
const PIECE: usize = 64 * 1024;

/// Objects in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryObjects(Shared<BTreeMap<String, Stored>>);

#[derive(Clone, Debug)]
struct Stored {
    content_type: ContentType,
    bytes: Bytes,
    /// How many objects were written under this key before.
    version: u64,
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

    /// The bytes of an object, if there is one.
    #[must_use]
    pub fn bytes(&self, key: &str) -> Option<Bytes> {
        self.0.lock().get(key).map(|object| object.bytes.clone())
    }

    /// The content type of an object, if there is one.
    #[must_use]
    pub fn content_type(&self, key: &str) -> Option<ContentType> {
        self.0.lock().get(key).map(|object| object.content_type)
    }

    /// Puts an object, replacing any: for tests that prepare or damage something.
    pub fn insert(&self, key: &str, bytes: impl Into<Bytes>) {
        self.store(key, ContentType::Binary, bytes.into());
    }

    /// Removes an object; returns whether there was one.
    #[expect(clippy::must_use_candidate, reason = "it is called for its effect")]
    pub fn remove(&self, key: &str) -> bool {
        self.0.lock().remove(key).is_some()
    }

    fn slice(&self, key: &str, range: Option<ByteRange>) -> Result<Bytes, Fault> {
        let bytes = self.bytes(key).ok_or_else(|| missing(key))?;
        match range {
            None => Ok(bytes),
            Some(range) if range.is_empty() => Ok(Bytes::new()),
            Some(range) => within(&bytes, range).ok_or_else(|| short(key, range, bytes.len() as u64)),
        }
    }

    fn store(&self, key: &str, content_type: ContentType, bytes: Bytes) {
        let mut objects = self.0.lock();
        let version = objects.get(key).map_or(0, |before| before.version + 1);
        objects.insert(key.to_owned(), Stored { content_type, bytes, version });
    }
}

#[async_trait]
impl Ranges for MemoryObjects {
    async fn open_range(&self, key: &str, range: ByteRange, version: Option<&str>) -> Result<OpenRange, Fault> {
        let found = self.0.lock().get(key).cloned();
        let Stored { bytes, version: number, .. } = found.ok_or_else(|| missing(key))?;
        let (length, is) = (bytes.len() as u64, number.to_string());
        if version.is_some_and(|version| version != is) {
            return Err(replaced(&format!("object {key}")));
        }
        let there = ByteRange { end: range.end.min(length), ..range };
        let rest = within(&bytes, there).ok_or_else(|| short(key, range, length))?;
        Ok(OpenRange { body: body(rest), length, version: is })
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        let known =
            |bytes: Bytes| Known { bytes: bytes.len() as u64, crc64nvme: Some(Checksum::of(&bytes).to_base64()) };
        Ok(self.bytes(key).map(known))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        Ok(self.keys(prefix))
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, reading: Reading) -> Result<Body, Fault> {
        if reading == Reading::Ahead {
            return ahead::read(self.clone(), key, range).await;
        }
        self.slice(key, range).map(body)
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        let mut objects = self.0.lock();
        if existing == Existing::Keep && objects.contains_key(key) {
            return Ok(false);
        }
        let version = objects.get(key).map_or(0, |before| before.version + 1);
        objects.insert(key.to_owned(), Stored { content_type, bytes, version });
        Ok(true)
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        Ok(Box::new(Writer { objects: self.clone(), key: key.to_owned(), content_type, bytes: BytesMut::new() }))
    }

    async fn concat(&self, key: &str, content_type: ContentType, _: &str, pieces: Vec<Piece>) -> Result<u64, Fault> {
        let mut bytes = BytesMut::new();
        for piece in pieces {
            match piece {
                Piece::Bytes(piece) => bytes.extend_from_slice(&piece),
                Piece::Range { key, range } => bytes.extend_from_slice(&self.slice(&key, Some(range))?),
            }
        }
        let length = bytes.len() as u64;
        self.store(key, content_type, bytes.freeze());
        Ok(length)
    }
}

/// A range of the bytes; `None` if it is not completely within them.
fn within(bytes: &Bytes, range: ByteRange) -> Option<Bytes> {
    let (start, end) = (usize::try_from(range.start).ok()?, usize::try_from(range.end).ok()?);
    (start <= end && end <= bytes.len()).then(|| bytes.slice(start..end))
}

/// Bytes as a body, in pieces.
fn body(mut rest: Bytes) -> Body {
    let pieces = std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE));
        (!piece.is_empty()).then_some(Ok(piece))
    });
    Box::pin(stream::iter(pieces))
}

fn missing(key: &str) -> Fault {
    Fault::Missing { what: format!("object {key}") }
}

/// An object that is being written, and not visible yet.
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
