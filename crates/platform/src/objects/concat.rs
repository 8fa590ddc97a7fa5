//! Objects made of pieces of other objects.

use bytes::Bytes;
use futures::TryStreamExt;
use sluice_contract::ByteRange;

use super::{ContentType, Objects};
use crate::Fault;

/// A piece of an object that is put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// A range of an object of the same bucket.
    Range {
        /// Its key.
        key: String,
        /// The range; it may be empty.
        range: ByteRange,
    },
}

impl Piece {
    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Range { range, .. } => range.len(),
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Puts an object together by reading and writing all of it.
pub(super) async fn by_copying<O: Objects + ?Sized>(
    objects: &O,
    key: &str,
    content_type: ContentType,
    pieces: &[Piece],
) -> Result<u64, Fault> {
    let mut object = objects.create(key, content_type).await?;
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => object.write(bytes).await?,
            Piece::Range { key, range } => {
                let mut body = objects.read(key, Some(*range)).await?;
                while let Some(bytes) = body.try_next().await? {
                    object.write(&bytes).await?;
                }
            }
        }
    }
    object.finish().await
}
