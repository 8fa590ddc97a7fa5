//! The sorted blocks that the chunks have left, merged as streams.
//!
//! Memory holds a window of each block, [`WINDOW_BUDGET`] in all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sluice_contract::key_entry::BLOCK_ENTRIES;
use sluice_contract::{ByteRange, Chunk, KeyEntry, RunId, keys};
use sluice_platform::Fault;
use sluice_platform::documents::read_all;
use sluice_platform::objects::Objects;

/// Length of an entry in bytes.
const ENTRY: u64 = KeyEntry::BYTES as u64;
/// Length of a block in bytes, but for the last of a chunk.
const BLOCK_BYTES: u64 = BLOCK_ENTRIES as u64 * ENTRY;
/// Memory for the windows of all blocks.
const WINDOW_BUDGET: u64 = 64 * 1024 * 1024;
/// Entries of a window, at least: a request must be worth its latency.
const MIN_WINDOW: u64 = 256;

/// All entries of a run, in their order.
pub(crate) struct Merged<'a> {
    objects: &'a dyn Objects,
    blocks: Vec<Block>,
    heap: BinaryHeap<Reverse<(KeyEntry, usize)>>,
}

impl<'a> Merged<'a> {
    pub(crate) async fn open(objects: &'a dyn Objects, run: &RunId, chunks: &[Chunk]) -> Result<Self, Fault> {
        let mut blocks = open(objects, run, chunks).await?;
        let mut heap = BinaryHeap::new();
        for (index, block) in blocks.iter_mut().enumerate() {
            if let Some(entry) = block.next(objects).await? {
                heap.push(Reverse((entry, index)));
            }
        }
        Ok(Self { objects, blocks, heap })
    }

    pub(crate) async fn next(&mut self) -> Result<Option<KeyEntry>, Fault> {
        let Some(Reverse((entry, index))) = self.heap.pop() else { return Ok(None) };
        if let Some(next) = self.blocks[index].next(self.objects).await? {
            self.heap.push(Reverse((next, index)));
        }
        Ok(Some(entry))
    }
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
