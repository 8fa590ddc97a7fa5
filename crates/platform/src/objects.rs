//! Objects of the data bucket.

mod ahead;
mod concat;
mod files;
mod memory;
mod s3;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use sluice_contract::ByteRange;

pub use concat::Piece;
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

    /// The same for what is read from its start to its end: where that is faster, in several requests at once. All
    /// bytes are of one version of the object.
    ///
    /// # Errors
    /// As [`Objects::read`]; also `Transient` where the object is replaced while it is read.
    async fn read_ahead(&self, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
        self.read(key, range).await
    }

    /// The size of an object in bytes, `None` where there is none.
    ///
    /// # Errors
    /// Where that cannot be found out.
    async fn size(&self, key: &str) -> Result<Option<u64>, Fault>;

    /// The CRC64NVME of a whole object as the bucket knows it, in Base64; `None` where it knows none.
    ///
    /// # Errors
    /// Where that cannot be found out.
    async fn checksum(&self, key: &str) -> Result<Option<String>, Fault> {
        let _ = key;
        Ok(None)
    }

    /// What the bucket knows of an object, in one request where it can; `None` where there is none.
    ///
    /// # Errors
    /// Where that cannot be found out.
    async fn known(&self, key: &str) -> Result<Option<Known>, Fault> {
        match self.size(key).await? {
            Some(bytes) => Ok(Some(Known { bytes, crc64nvme: self.checksum(key).await? })),
            None => Ok(None),
        }
    }

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

    /// Puts an object together from pieces, over what may be there, and answers its length in bytes. Where the
    /// bucket can, it copies on its own side: the time is a matter of how many pieces there are, not of how long. Below
    /// the prefix `scratch` lie the objects that are made on the way where there are more pieces than an object can have.
    ///
    /// # Errors
    /// As [`Objects::read`] and [`Objects::create`].
    async fn concat(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        pieces: Vec<Piece>,
    ) -> Result<u64, Fault> {
        let _ = scratch;
        concat::by_copying(self, key, content_type, &pieces).await
    }
}

/// What a bucket knows of an object without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its length.
    pub bytes: u64,
    /// Its CRC64NVME, as S3 writes it; `None` where the bucket knows none.
    pub crc64nvme: Option<String>,
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
