//! The merge of sorted blocks within a memory budget.
//!
//! All windows together take the budget. A window below [`MIN_WINDOW`] is not worth its request, so at most a few
//! thousand blocks are merged at once. If there are more, some of them are first merged into intermediate objects.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::VecDeque;
use std::collections::binary_heap::PeekMut;

use super::windows::{AHEAD, Windows};
use super::{Block, BlockWriter, Entry};
use crate::Fault;
use crate::objects::Objects;

/// The minimum length of a window in bytes. At 3,200 requests a second that is 100 MB/s, as much as a function's
/// network gives.
const MIN_WINDOW: u64 = 32 * 1024;
/// The maximum length of a window in bytes. With 64 of them under way in 25 ms each, that is 650 MB/s: all that the network of
/// a function gives at best, so longer windows would only take memory.
const MAX_WINDOW: u64 = 256 * 1024;
/// The maximum number of entries in a batch.
const BATCH: usize = 4096;

/// All entries of many blocks, in their order.
pub struct Merge<'a, E> {
    windows: Windows<'a, E>,
    heap: BinaryHeap<Reverse<(E, usize)>>,
}

impl<'a, E: Entry> Merge<'a, E> {
    /// Begins to merge blocks, with windows that together take at most `budget` bytes of memory. `scratch` returns the
    /// key of an intermediate object for its number, from 1.
    ///
    /// # Errors
    /// If a block cannot be read, or an intermediate object cannot be written; `Corrupt` if a block differs from what
    /// was written.
    pub async fn open(
        objects: &'a dyn Objects,
        blocks: Vec<Block>,
        budget: u64,
        scratch: impl Fn(usize) -> String,
    ) -> Result<Self, Fault> {
        let blocks = reduce::<E>(objects, blocks, budget, scratch, fan_in::<E>(budget)).await?;
        Self::of(objects, &blocks, budget).await
    }

    async fn of(objects: &'a dyn Objects, blocks: &[Block], budget: u64) -> Result<Self, Fault> {
        let share = budget / (blocks.len() + AHEAD) as u64;
        Self::through(objects, blocks, (share - rest_of_window::<E>().min(share)).min(MAX_WINDOW)).await
    }

    /// Merges with windows of about `window` bytes.
    async fn through(objects: &'a dyn Objects, blocks: &[Block], window: u64) -> Result<Self, Fault> {
        let mut windows = Windows::open(objects, blocks, window).await?;
        let first = (0..windows.len()).filter_map(|index| windows.next(index).map(|entry| Reverse((entry, index))));
        Ok(Self { heap: first.collect(), windows })
    }

    /// Replaces the entries in `batch` with the next ones; returns `false` after the last. It waits only at the end of
    /// a window.
    ///
    /// # Errors
    /// As [`Merge::open`].
    pub async fn next(&mut self, batch: &mut Vec<E>) -> Result<bool, Fault> {
        batch.clear();
        while batch.len() < BATCH {
            let Some(mut top) = self.heap.peek_mut() else { break };
            let index = top.0.1;
            if let Some(next) = self.windows.next(index) {
                let Reverse((entry, _)) = std::mem::replace(&mut *top, Reverse((next, index)));
                batch.push(entry);
                continue;
            }
            let Reverse((entry, _)) = PeekMut::pop(top);
            batch.push(entry);
            if self.windows.turn(index).await? {
                self.heap.extend(self.windows.next(index).map(|next| Reverse((next, index))));
            }
        }
        Ok(!batch.is_empty())
    }
}

/// How many bytes a window may have in addition to its length: the rest of the previous window.
const fn rest_of_window<E: Entry>() -> u64 {
    match E::LENGTH {
        super::Length::Fixed(_) => 0,
        super::Length::AtMost(bytes) => bytes as u64,
    }
}

/// How many blocks are merged at once: for example 128 MiB / 32 KiB minus the windows that are read ahead, which is
/// 4,032.
fn fan_in<E: Entry>(budget: u64) -> usize {
    let least = MIN_WINDOW.max(E::LENGTH.longest() as u64) + rest_of_window::<E>();
    usize::try_from(budget / least).unwrap_or(usize::MAX).saturating_sub(AHEAD).max(2)
}

/// Merges blocks into intermediate objects until at most `fan_in` blocks are left. Merged blocks go to the end of the
/// queue, so that no entry is written more often than necessary.
async fn reduce<E: Entry>(
    objects: &dyn Objects,
    blocks: Vec<Block>,
    budget: u64,
    scratch: impl Fn(usize) -> String,
    fan_in: usize,
) -> Result<Vec<Block>, Fault> {
    let mut blocks = VecDeque::from(blocks);
    let mut number = 0;
    while blocks.len() > fan_in {
        let count = (blocks.len() - fan_in + 1).min(fan_in);
        let some: Vec<Block> = blocks.drain(..count).collect();
        number += 1;
        let key = scratch(number);
        let mut merge = Merge::<E>::of(objects, &some, budget).await?;
        let mut object = BlockWriter::create(objects, &key).await?;
        let mut batch = Vec::new();
        while merge.next(&mut batch).await? {
            object.write(&batch).await?;
        }
        object.end_block().await?;
        blocks.extend(Block::of(&key, &object.finish().await?));
    }
    Ok(blocks.into())
}

#[cfg(test)]
mod tests;
