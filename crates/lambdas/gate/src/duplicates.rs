//! Which of several records with one key wins: a pure function of the file.
//!
//! Each chunk has left its keys as sorted blocks of (hash, record). The blocks of all chunks are
//! merged as streams, so that records with one key come one after another; all but the winner are
//! named to their chunk in `losers/<chunk>`: record numbers (8 bytes, big-endian), sorted.
//!
//! Memory holds a window of each block, [`WINDOW_BUDGET`] in all, and 8 bytes per loser.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use bytes::Bytes;
use sluice_contract::key_entry::BLOCK_ENTRIES;
use sluice_contract::{ByteRange, Chunk, ChunkNo, KeyEntry, RunId, keys};
use sluice_engine::feed::Duplicates;
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::{ContentType, Objects};

/// Length of an entry in bytes.
const ENTRY: u64 = KeyEntry::BYTES as u64;
/// Length of a block in bytes, but for the last of a chunk.
const BLOCK_BYTES: u64 = BLOCK_ENTRIES as u64 * ENTRY;
/// Memory for the windows of all blocks.
const WINDOW_BUDGET: u64 = 64 * 1024 * 1024;
/// Entries of a window, at least: a request must be worth its latency.
const MIN_WINDOW: u64 = 256;

/// Finds the losers, tells them to their chunks, and answers how many there are.
pub(crate) async fn find(objects: &dyn Objects, run: &RunId, chunks: &[Chunk], rule: Duplicates) -> Result<u64, Fault> {
    let mut blocks = open(objects, run, chunks).await?;
    let mut heap = BinaryHeap::new();
    for (index, block) in blocks.iter_mut().enumerate() {
        if let Some(entry) = block.next(objects).await? {
            heap.push(Reverse((entry, index)));
        }
    }
    let mut losers: BTreeMap<ChunkNo, Vec<u64>> = BTreeMap::new();
    let mut last: Option<KeyEntry> = None;
    while let Some(Reverse((entry, index))) = heap.pop() {
        // Entries of one hash come by record: each makes a loser of the one before it.
        match (last, rule) {
            (Some(before), Duplicates::Last) if before.hash == entry.hash => {
                losers.entry(chunk_of(chunks, before.record)).or_default().push(before.record);
            }
            _ => {}
        }
        last = Some(entry);
        if let Some(next) = blocks[index].next(objects).await? {
            heap.push(Reverse((next, index)));
        }
    }
    let mut total = 0;
    for (chunk, mut records) in losers {
        total += records.len() as u64;
        records.sort_unstable();
        let bytes: Vec<u8> = records.iter().flat_map(|record| record.to_be_bytes()).collect();
        objects.put(&keys::losers(run, chunk), ContentType::Binary, Bytes::from(bytes)).await?;
    }
    Ok(total)
}

/// The chunk that holds a record. Chunks are in the order of their records.
fn chunk_of(chunks: &[Chunk], record: u64) -> ChunkNo {
    let after = chunks.partition_point(|chunk| chunk.first_record <= record);
    chunks.get(after.saturating_sub(1)).map_or(ChunkNo(0), |chunk| chunk.chunk)
}

async fn open(objects: &dyn Objects, run: &RunId, chunks: &[Chunk]) -> Result<Vec<Block>, Fault> {
    let mut blocks = Vec::new();
    for chunk in chunks {
        let key = keys::key_hashes(run, chunk.chunk);
        let size = objects.size(&key).await?.ok_or_else(|| Fault::Missing { what: key.clone() })?;
        let mut start = 0;
        while start < size {
            let end = size.min(start + BLOCK_BYTES);
            blocks.push(Block {
                key: key.clone(),
                rest: ByteRange { start, end },
                window: Vec::new(),
                at: 0,
                bytes: 0,
            });
            start = end;
        }
    }
    let window = (WINDOW_BUDGET / ENTRY / (blocks.len() as u64).max(1)).max(MIN_WINDOW);
    for block in &mut blocks {
        block.bytes = window * ENTRY;
    }
    Ok(blocks)
}

/// A sorted block, read through a window.
struct Block {
    key: String,
    /// What was not yet read.
    rest: ByteRange,
    window: Vec<u8>,
    at: usize,
    /// Length of a window.
    bytes: u64,
}

impl Block {
    async fn next(&mut self, objects: &dyn Objects) -> Result<Option<KeyEntry>, Fault> {
        if self.at == self.window.len() {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let end = self.rest.end.min(self.rest.start + self.bytes);
            let range = ByteRange { start: self.rest.start, end };
            self.window = read_all(objects, &self.key, Some(range)).await?;
            self.at = 0;
            self.rest.start = end;
        }
        let entry = self.window.get(self.at..).and_then(|rest| rest.first_chunk::<{ KeyEntry::BYTES }>());
        let Some(entry) = entry else {
            let found = format!("{} bytes, which are no whole entries", self.window.len());
            return Err(Fault::Corrupt { what: self.key.clone(), found });
        };
        self.at += entry.len();
        Ok(Some(KeyEntry::from_bytes(entry)))
    }
}
