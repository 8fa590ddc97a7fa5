//! Objects of the data bucket.

mod files;
mod memory;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use sluice_contract::ByteRange;

pub use files::FileObjects;
pub use memory::MemoryObjects;
pub use s3::S3Objects;

use crate::Fault;

/// The bytes of an object, as they come.
pub type Body = BoxStream<'static, Result<Bytes, Fault>>;

/// A bucket in which a run keeps what it makes.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Reads an object, or exactly the given range of it. An empty range reads nothing.
    ///
    /// # Errors
    /// `Missing` where there is no such object; `Corrupt` where the answer is not the range that
    /// was asked for: a whole object in the place of a range is an error, never data.
    async fn read(&self, key: &str, range: Option<ByteRange>) -> Result<Body, Fault>;

    /// The size of an object in bytes, `None` where there is none.
    ///
    /// # Errors
    /// Where that cannot be found out.
    async fn size(&self, key: &str) -> Result<Option<u64>, Fault>;

    /// Writes a small object at once, over what may be there.
    ///
    /// # Errors
    /// Where it cannot be written.
    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<(), Fault>;

    /// Writes a small object unless there is one already; answers whether it did
    /// (`If-None-Match: *`; a 409, two at once, is tried again).
    ///
    /// # Errors
    /// Where it cannot be written.
    async fn put_once(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<bool, Fault>;

    /// Begins an object of any length, over what may be there. Nothing is visible under the key
    /// before [`ObjectWriter::finish`].
    ///
    /// # Errors
    /// Where it cannot be begun.
    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault>;
}

/// An object that is being written, in bounded memory. Dropped without `finish`, it leaves nothing.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Appends bytes.
    ///
    /// # Errors
    /// Where a part cannot be written.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault>;

    /// Makes the object visible and answers its length in bytes.
    ///
    /// # Errors
    /// Where it cannot be completed.
    async fn finish(self: Box<Self>) -> Result<u64, Fault>;
}

/// What a browser or a spreadsheet is told that an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// `text/csv; charset=utf-8`
    Csv,
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
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
            Self::Binary => "application/octet-stream",
        }
    }
}
