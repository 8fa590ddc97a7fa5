//! Writes the losers of each chunk, `losers/<chunk>`, several objects at once. A chunk without losers gets an object that says so.

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use sluice_contract::{Chunk, Loser, RunId, keys, loser};
use sluice_engine::checksum::Crc64Nvme;
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, Existing, ObjectWriter, Objects};

/// Objects that are written at the same time.
const UNDER_WAY: usize = 32;
/// Longer objects are written as streams, so that writes under way hold at most 32 × 1 MiB.
const SMALL: usize = 1024 * 1024;

/// Writes losers in the order of the file, an object for each chunk.
pub(crate) struct LoserWriter<'a> {
    objects: &'a dyn Objects,
    run: &'a RunId,
    /// The chunks whose object is not complete, in the order of the file.
    chunks: &'a [Chunk],
    /// Entries of the first of these chunks that are not written yet.
    bytes: Vec<u8>,
    /// The checksum of those that are.
    sum: Crc64Nvme,
    /// The object of the first chunk, if it is written as a stream.
    long: Option<Box<dyn ObjectWriter>>,
    under_way: FuturesUnordered<BoxFuture<'a, Result<(), Fault>>>,
}

impl<'a> LoserWriter<'a> {
    pub(crate) fn new(objects: &'a dyn Objects, run: &'a RunId, chunks: &'a [Chunk]) -> Self {
        let under_way = FuturesUnordered::new();
        Self { objects, run, chunks, bytes: Vec::new(), sum: Crc64Nvme::new(), long: None, under_way }
    }

    /// Takes entries in the order of the file.
    pub(crate) async fn write(&mut self, mut losers: &[Loser]) -> Result<(), Fault> {
        while let Some(first) = losers.first() {
            // A record belongs to the last chunk that begins at or before it.
            while self.chunks.get(1).is_some_and(|next| next.first_record <= first.record) {
                self.close().await?;
            }
            let end = self.chunks.get(1).map_or(u64::MAX, |next| next.first_record);
            let (of_chunk, rest) = losers.split_at(losers.partition_point(|loser| loser.record < end).max(1));
            for some in of_chunk.chunks(SMALL / Loser::BYTES) {
                for loser in some {
                    self.bytes.extend_from_slice(&loser.to_bytes());
                }
                if self.bytes.len() >= SMALL {
                    self.write_long().await?;
                }
            }
            losers = rest;
        }
        Ok(())
    }

    /// Completes all objects.
    pub(crate) async fn finish(mut self) -> Result<(), Fault> {
        while !self.chunks.is_empty() {
            self.close().await?;
        }
        while let Some(written) = self.under_way.next().await {
            written?;
        }
        Ok(())
    }

    /// The key of the first chunk's object.
    fn key(&self) -> Option<String> {
        self.chunks.first().map(|chunk| keys::losers(self.run, chunk.chunk))
    }

    async fn write_long(&mut self) -> Result<(), Fault> {
        let Some(key) = self.key() else { return Ok(()) };
        let object = match &mut self.long {
            Some(object) => object,
            none => none.insert(self.objects.create(&key, ContentType::Binary).await?),
        };
        object.write(&self.bytes).await?;
        self.sum.update(&self.bytes);
        self.bytes.clear();
        Ok(())
    }

    /// Seals the object of the first chunk, and goes to the next.
    async fn close(&mut self) -> Result<(), Fault> {
        let Some(key) = self.key() else { return Ok(()) };
        self.chunks = &self.chunks[1..];
        self.sum.update(&self.bytes);
        let sum = std::mem::take(&mut self.sum).checksum();
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.extend_from_slice(&loser::seal(&key, sum));
        if let Some(mut object) = self.long.take() {
            object.write(&bytes).await?;
            object.finish().await?;
            return Ok(());
        }
        while self.under_way.len() >= UNDER_WAY {
            if let Some(written) = self.under_way.next().await {
                written?;
            }
        }
        let objects = self.objects;
        let bytes = Bytes::from(bytes);
        self.under_way.push(Box::pin(async move {
            objects.put(&key, ContentType::Binary, bytes, Existing::Replace).await.map(drop)
        }));
        Ok(())
    }
}
