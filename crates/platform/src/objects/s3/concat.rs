//! Concatenates an object on the server: S3 copies large pieces, and their bytes do not pass through this process.
//!
//! An object is made of parts, each of which S3 copies from a range of another object ([`plan`]). A part has at least 5
//! MiB, and an object has at most 10,000 parts. Pieces that are too small are read, and sent as one part with their
//! neighbours. If there are too many parts, each 10,000 of them are first joined to an intermediate object, which is
//! then copied.

mod plan;

use aws_sdk_s3::types::CompletedPart;
use bytes::{Bytes, BytesMut};
use futures::stream::{self, StreamExt, TryStreamExt};
use sluice_contract::ByteRange;
use tokio::sync::Semaphore;

pub(super) use self::plan::Limits;
use self::plan::{Length, Slice, UploadPart, plan};
use super::writer::send_part;
use super::{S3Objects, address};
use crate::Fault;
use crate::aws::multipart::{Multipart, copy_source};
use crate::documents::read_all;
use crate::objects::{ContentType, Existing, Objects, Piece};

/// Parts under way at once. S3 copies a part of some MiB in 100 to 300 ms, however many copies run at the same time.
const AT_ONCE: usize = 64;
/// How many of these may pass through this process: 4 × 10 MiB of memory.
const GATHERED_AT_ONCE: usize = 4;
/// Ranges of such a part that are read at the same time.
const READS_AT_ONCE: usize = 16;

impl S3Objects {
    /// Concatenates the pieces, and returns the length of the object. Intermediate objects are written below `scratch`.
    pub(super) async fn put_together(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        mut pieces: Vec<Piece>,
    ) -> Result<u64, Fault> {
        let total = pieces.iter().map(Piece::len).sum();
        let limits = self.limits;
        let mut number = 0;
        loop {
            let parts = plan(pieces.iter().map(length), limits.of(total));
            if parts.len() <= limits.parts {
                let assembled = self.assemble(key, content_type, &pieces, &parts).await?;
                match parts[..] {
                    // One request wrote it, whose length and checksum the bucket has verified.
                    [] | [UploadPart::Gathered(_)] => return self.expect(key, total, Some(assembled)),
                    _ => break,
                }
            }
            let mut merged = Vec::new();
            for parts in parts.chunks(limits.parts) {
                number += 1;
                let key = format!("{scratch}{number:06}");
                let end = self.assemble(&key, ContentType::Binary, &pieces, parts).await?;
                merged.push(Piece::Range { key, range: ByteRange { start: 0, end } });
            }
            pieces = merged;
        }
        let known = self.head(key).await?;
        self.expect(key, total, known.map(|known| known.bytes))
    }

    /// Compares the length of an object that was put together with that of its pieces.
    fn expect(&self, key: &str, total: u64, found: Option<u64>) -> Result<u64, Fault> {
        match found {
            Some(bytes) if bytes == total => Ok(total),
            found => {
                let found = format!("it has {} bytes, not {total}", found.unwrap_or_default());
                Err(Fault::Corrupt { what: self.address(key), found })
            }
        }
    }

    /// Makes an object of parts, and returns its length.
    async fn assemble(
        &self,
        key: &str,
        content_type: ContentType,
        pieces: &[Piece],
        parts: &[UploadPart],
    ) -> Result<u64, Fault> {
        let slices = match parts {
            [] => Some(&[][..]),
            [UploadPart::Gathered(slices)] => Some(&slices[..]),
            _ => None,
        };
        if let Some(slices) = slices {
            let bytes = self.gather(pieces, slices).await?;
            let length = bytes.len() as u64;
            self.put(key, content_type, bytes, Existing::Replace).await?;
            return Ok(length);
        }
        let upload = Multipart::begin(&self.client, &self.bucket, key, Some(content_type.as_str())).await?;
        let gathering = Semaphore::new(GATHERED_AT_ONCE);
        let send = |index| self.send(&upload, index, pieces, parts, &gathering);
        let completed = match stream::iter(0..parts.len()).map(send).buffer_unordered(AT_ONCE).try_collect().await {
            Ok(parts) => upload.complete(parts).await,
            Err(fault) => Err(fault),
        };
        if completed.is_err() {
            upload.abort().await;
        }
        completed.map(|()| parts.iter().map(UploadPart::len).sum())
    }

    async fn send(
        &self,
        upload: &Multipart,
        index: usize,
        pieces: &[Piece],
        parts: &[UploadPart],
        gathering: &Semaphore,
    ) -> Result<CompletedPart, Fault> {
        let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
        match &parts[index] {
            UploadPart::Copied(slice) => {
                let (key, range) = self.source(pieces, *slice)?;
                upload.copy_part(number, &copy_source(&self.bucket, key), range, &self.address(key)).await
            }
            UploadPart::Gathered(slices) => {
                // The semaphore is never closed, so this always returns a permit.
                let _permit = gathering.acquire().await.ok();
                send_part(upload.clone(), number, self.gather(pieces, slices).await?).await
            }
        }
    }

    /// Reads slices of pieces, in their order.
    async fn gather(&self, pieces: &[Piece], slices: &[Slice]) -> Result<Bytes, Fault> {
        let read = |slice: Slice| async move {
            if let Some(Piece::Bytes(bytes)) = pieces.get(slice.piece) {
                return Ok(bytes.to_vec());
            }
            let (key, range) = self.source(pieces, slice)?;
            read_all(self, key, Some(range)).await
        };
        let read = stream::iter(slices.iter().copied()).map(read).buffered(READS_AT_ONCE);
        let gathered = read.try_fold(BytesMut::new(), async |mut all, bytes| {
            all.extend_from_slice(&bytes);
            Ok(all)
        });
        gathered.await.map(BytesMut::freeze)
    }

    /// The object and its range that a slice refers to.
    fn source<'a>(&self, pieces: &'a [Piece], slice: Slice) -> Result<(&'a str, ByteRange), Fault> {
        match pieces.get(slice.piece) {
            Some(Piece::Range { key, range }) => {
                let at = |offset: u64| range.start + offset;
                Ok((key, ByteRange { start: at(slice.range.start), end: at(slice.range.end) }))
            }
            _ => Err(Fault::Corrupt {
                what: address(&self.bucket, "the parts of an object"),
                found: format!("part {} is no range", slice.piece),
            }),
        }
    }
}

/// What the plan needs to know of a piece.
fn length(piece: &Piece) -> Length {
    Length { bytes: piece.len(), copied: matches!(piece, Piece::Range { .. }) }
}

/// The limits of S3.
pub(super) const LIMITS: Limits =
    Limits { least: 5 * 1024 * 1024, preferred: 512 * 1024 * 1024, most: 5 * 1024 * 1024 * 1024, parts: 10_000 };
