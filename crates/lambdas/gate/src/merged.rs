//! Sorted blocks, merged as streams: any number of entries and of blocks, in memory of one size.
//!
//! All windows together take [`WINDOW_BUDGET`]. A window below [`MIN_WINDOW`] would not be worth its request, so that
//! at most [`FAN_IN`] blocks are merged at once; of more than that, as many as need be are merged into an object of their
//! own first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::VecDeque;
use std::collections::binary_heap::PeekMut;

use sluice_contract::ByteRange;
use sluice_engine::checksum::Crc64Nvme;
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, Objects};

use crate::entry::Entry;
use crate::window::{AHEAD, Block, Views};

/// Memory for the windows of all blocks, those that are read ahead included.
const WINDOW_BUDGET: u64 = 128 * 1024 * 1024;
/// The least length of a window: some 1,200 entries. At 3,200 requests a second that is 100 MB/s, as much as a function's
/// network gives.
const MIN_WINDOW: u64 = 32 * 1024;
/// The greatest: beyond that a request's latency is no part of its time.
const MAX_WINDOW: u64 = 1024 * 1024;
/// Blocks merged at once: 128 MiB / 32 KiB, less what is read ahead, are 4,032.
const FAN_IN: usize = (WINDOW_BUDGET / MIN_WINDOW) as usize - AHEAD;
/// Entries that come at once: handed on without waiting for anything, some 200 KiB of memory.
const BATCH: usize = 4096;

/// All entries of many blocks, in their order.
pub(crate) struct Merged<'a, E> {
    views: Views<'a, E>,
    heap: BinaryHeap<Reverse<(E, usize)>>,
}

impl<'a, E: Entry> Merged<'a, E> {
    /// Begins to merge these blocks. `scratch` names the objects into which some are merged first where they are too many.
    pub(crate) async fn open(
        objects: &'a dyn Objects,
        blocks: Vec<Block>,
        scratch: impl Fn(usize) -> String,
    ) -> Result<Self, Fault> {
        let blocks = reduce::<E>(objects, blocks, scratch, FAN_IN).await?;
        Self::of(objects, &blocks).await
    }

    async fn of(objects: &'a dyn Objects, blocks: &[Block]) -> Result<Self, Fault> {
        let bytes = (WINDOW_BUDGET / (blocks.len() + AHEAD) as u64).min(MAX_WINDOW);
        let mut views = Views::open(objects, blocks, bytes).await?;
        let first = (0..views.len()).filter_map(|index| views.next(index).map(|entry| Reverse((entry, index))));
        Ok(Self { heap: first.collect(), views })
    }

    /// The next entries, in the place of those that `batch` held; `false` after the last. It waits only where
    /// a window comes to its end.
    pub(crate) async fn next(&mut self, batch: &mut Vec<E>) -> Result<bool, Fault> {
        batch.clear();
        while batch.len() < BATCH {
            let Some(mut top) = self.heap.peek_mut() else { break };
            let Reverse((entry, index)) = *top;
            batch.push(entry);
            if let Some(next) = self.views.next(index) {
                *top = Reverse((next, index));
                continue;
            }
            PeekMut::pop(top);
            if self.views.turn(index).await? {
                self.heap.extend(self.views.next(index).map(|next| Reverse((next, index))));
            }
        }
        Ok(!batch.is_empty())
    }
}

/// Merges blocks into objects until at most `fan_in` are left. Those that were merged come last, so that
/// no entry is written more often than it must be.
async fn reduce<E: Entry>(
    objects: &dyn Objects,
    blocks: Vec<Block>,
    scratch: impl Fn(usize) -> String,
    fan_in: usize,
) -> Result<Vec<Block>, Fault> {
    let mut blocks = VecDeque::from(blocks);
    let mut number = 0;
    while blocks.len() > fan_in {
        let count = (blocks.len() - fan_in + 1).min(fan_in);
        let some: Vec<Block> = blocks.drain(..count).collect();
        number += 1;
        blocks.push_back(rewrite::<E>(objects, &some, scratch(number)).await?);
    }
    Ok(blocks.into())
}

async fn rewrite<E: Entry>(objects: &dyn Objects, blocks: &[Block], key: String) -> Result<Block, Fault> {
    let mut merged = Merged::<E>::of(objects, blocks).await?;
    let mut object = objects.create(&key, ContentType::Binary).await?;
    let (mut batch, mut bytes, mut sum) = (Vec::new(), Vec::new(), Crc64Nvme::new());
    while merged.next(&mut batch).await? {
        bytes.clear();
        for entry in &batch {
            entry.encode(&mut bytes);
        }
        sum.update(&bytes);
        object.write(&bytes).await?;
    }
    let end = object.finish().await?;
    Ok(Block { key: key.into(), range: ByteRange { start: 0, end }, sum: sum.checksum() })
}

#[cfg(test)]
mod tests;
