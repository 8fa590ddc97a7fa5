//! Writes what is taken out of each chunk: `losers/<chunk>`, many of them at once.

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use sluice_contract::{Chunk, ChunkNo, Loser, RunId, keys};
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, ObjectWriter, Objects};

use crate::entry::Entry;

/// Objects on their way at once.
const UNDER_WAY: usize = 32;
/// What is longer is written as a stream: memory holds at most 32 × 1 MiB of what is on its way.
const SMALL: usize = 1024 * 1024;

/// Tells chunks what is taken out of them.
pub(crate) struct Tell<'a> {
    objects: &'a dyn Objects,
    run: &'a RunId,
    /// In the order of their records.
    chunks: &'a [Chunk],
    chunk: Option<ChunkNo>,
    bytes: Vec<u8>,
    /// The object of the chunk, where it is a long one.
    long: Option<Box<dyn ObjectWriter>>,
    under_way: FuturesUnordered<BoxFuture<'a, Result<(), Fault>>>,
}

impl<'a> Tell<'a> {
    pub(crate) fn new(objects: &'a dyn Objects, run: &'a RunId, chunks: &'a [Chunk]) -> Self {
        let under_way = FuturesUnordered::new();
        Self { objects, run, chunks, chunk: None, bytes: Vec::new(), long: None, under_way }
    }

    /// Takes entries in the order of the file.
    pub(crate) async fn take(&mut self, mut losers: &[Loser]) -> Result<(), Fault> {
        while let Some(first) = losers.first() {
            let after = self.chunks.partition_point(|chunk| chunk.first_record <= first.record);
            let chunk = self.chunks.get(after.saturating_sub(1)).map_or(ChunkNo(0), |chunk| chunk.chunk);
            let end = self.chunks.get(after).map_or(u64::MAX, |next| next.first_record);
            if self.chunk != Some(chunk) {
                self.close().await?;
                self.chunk = Some(chunk);
            }
            let (of_chunk, rest) = losers.split_at(losers.partition_point(|loser| loser.record < end).max(1));
            for some in of_chunk.chunks(SMALL / Loser::BYTES) {
                for loser in some {
                    loser.encode(&mut self.bytes);
                }
                if self.bytes.len() >= SMALL {
                    self.write_long(chunk).await?;
                }
            }
            losers = rest;
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<(), Fault> {
        self.close().await?;
        while let Some(written) = self.under_way.next().await {
            written?;
        }
        Ok(())
    }

    async fn write_long(&mut self, chunk: ChunkNo) -> Result<(), Fault> {
        let object = match &mut self.long {
            Some(object) => object,
            none => none.insert(self.objects.create(&keys::losers(self.run, chunk), ContentType::Binary).await?),
        };
        object.write(&self.bytes).await?;
        self.bytes.clear();
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Fault> {
        let Some(chunk) = self.chunk.take() else { return Ok(()) };
        if let Some(mut object) = self.long.take() {
            object.write(&self.bytes).await?;
            self.bytes.clear();
            object.finish().await?;
            return Ok(());
        }
        while self.under_way.len() >= UNDER_WAY {
            if let Some(written) = self.under_way.next().await {
                written?;
            }
        }
        let (objects, key) = (self.objects, keys::losers(self.run, chunk));
        let bytes = Bytes::from(std::mem::take(&mut self.bytes));
        self.under_way.push(Box::pin(async move { objects.put(&key, ContentType::Binary, bytes).await }));
        Ok(())
    }
}
