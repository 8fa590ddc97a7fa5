//! Objects of the data bucket.

mod ahead;
mod files;
mod memory;
mod piece;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use sluice_contract::ByteRange;

pub(crate) use ahead::short;
pub use files::{FileObjects, UNFINISHED};
pub use memory::MemoryObjects;
pub use piece::Piece;
pub use s3::S3Objects;

use crate::Fault;

/// The body that has these bytes, which are in memory.
pub(crate) fn body_of(bytes: Bytes) -> Body {
    Box::pin(stream::iter([Ok(bytes)]))
}

/// An object up to this length, in bytes, is read with one request, also if it is needed in parts.
pub(crate) const SMALL: u64 = 1024 * 1024;

/// The bytes of an object, piece by piece.
pub type Body = BoxStream<'static, Result<Bytes, Fault>>;

/// A bucket in which runs keep their objects.
///
/// No operation has a default implementation. So a backend in front of another one, such as one that fails, cannot
/// forget an operation.
#[async_trait]
pub trait Objects: Send + Sync {
    /// What the bucket knows of an object, in one request; `None` if there is no such object.
    ///
    /// # Errors
    /// If the request fails.
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault>;

    /// The keys with this prefix, sorted. For folders with few objects, because memory holds every key.
    ///
    /// # Errors
    /// If a request fails.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault>;

    /// Reads an object, or exactly the given range of it. An empty range reads nothing.
    ///
    /// # Errors
    /// `Missing` if there is no such object; `Corrupt` if the answer is not the requested range, for example the whole
    /// object; with [`Reading::Ahead`] also `Transient` if the object is replaced while it is read.
    async fn read(&self, key: &str, range: Option<ByteRange>, reading: Reading) -> Result<Body, Fault>;

    /// Writes a small object in one request. Returns whether it was written: `false` only with [`Existing::Keep`], if
    /// there is an object already.
    ///
    /// # Errors
    /// If it cannot be written.
    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault>;

    /// Begins an object of any length, which replaces an existing one. Nothing is visible under the key
    /// before [`ObjectWriter::finish`].
    ///
    /// # Errors
    /// If it cannot be begun.
    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault>;

    /// Concatenates pieces to an object, replaces an existing one, and returns its length in bytes. S3 copies on the
    /// server, so the time depends on the number of pieces, not on their length. If there are more pieces than an
    /// object can have parts, intermediate objects are written below the prefix `scratch`.
    ///
    /// # Errors
    /// As [`Objects::read`] and [`Objects::create`].
    async fn concat(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        pieces: Vec<Piece>,
    ) -> Result<u64, Fault>;
}

/// How an object is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// In one request: for small objects and short ranges.
    Plain,
    /// In several requests at once, if that is faster: for objects that are read from start to end. All bytes are of
    /// one version of the object.
    Ahead,
}

/// What happens to an existing object under the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The new object replaces it.
    Replace,
    /// It stays, and the new object is not written (in S3 `If-None-Match: *`).
    Keep,
}

/// What a bucket knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its length in bytes.
    pub bytes: u64,
    /// Its CRC64NVME, as S3 writes it; `None` if the bucket knows none.
    pub crc64nvme: Option<String>,
}

/// An object that is being written, in bounded memory. Dropped without `finish`, it leaves nothing.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Appends bytes.
    ///
    /// # Errors
    /// If the bytes cannot be written.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault>;

    /// Makes the object visible, and returns its length in bytes.
    ///
    /// # Errors
    /// If it cannot be completed.
    async fn finish(self: Box<Self>) -> Result<u64, Fault>;
}

/// The content type of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// `text/csv; charset=utf-8`
    Csv,
    /// `text/tab-separated-values; charset=utf-8`
    Tsv,
    /// `application/json`
    Json,
    /// `text/html; charset=utf-8`
    Html,
    /// `application/octet-stream`
    Binary,
}

impl ContentType {
    /// The value of the header.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Tsv => "text/tab-separated-values; charset=utf-8",
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
            Self::Binary => "application/octet-stream",
        }
    }
}
