//! Sorts any number of entries within a memory budget.

use super::{Block, BlockWriter, Entry, Merge};
use crate::Fault;
use crate::objects::Objects;

/// What a sorter may hold in memory, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// The entries that are not written yet.
    pub buffer: usize,
    /// The windows of all blocks of a merge, including those read ahead.
    pub windows: u64,
}

/// Takes entries in any order, and returns them sorted. What does not fit into memory is written as sorted objects of one block, which
/// are merged at the end.
pub struct Sorter<'a, E> {
    objects: &'a dyn Objects,
    room: Room,
    /// The key of an object, by its number from 1.
    key: Box<dyn Fn(usize) -> String + Send + Sync + 'a>,
    buffer: Vec<E>,
    /// The size of the entries in `buffer`, in bytes.
    bytes: usize,
    written: Vec<Block>,
}

impl<'a, E: Entry> Sorter<'a, E> {
    /// A sorter without entries. `key` returns the key of an object for its number, from 1.
    #[must_use]
    pub fn new(objects: &'a dyn Objects, room: Room, key: impl Fn(usize) -> String + Send + Sync + 'a) -> Self {
        Self { objects, room, key: Box::new(key), buffer: Vec::new(), bytes: 0, written: Vec::new() }
    }

    /// Adds an entry. The caller must soon call [`Sorter::make_room`], or memory grows.
    pub fn push(&mut self, entry: E) {
        self.bytes += entry.bytes_in_memory();
        self.buffer.push(entry);
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.written.is_empty()
    }

    /// Writes the entries in memory to an object if they take too much of it.
    ///
    /// # Errors
    /// If they cannot be written.
    pub async fn make_room(&mut self) -> Result<(), Fault> {
        if self.bytes < self.room.buffer { Ok(()) } else { self.write().await }
    }

    async fn write(&mut self) -> Result<(), Fault> {
        self.buffer.sort_unstable();
        let key = (self.key)(self.written.len() + 1);
        let mut object = BlockWriter::create(self.objects, &key).await?;
        object.write(&self.buffer).await?;
        object.end_block().await?;
        self.written.extend(Block::of(&key, &object.finish().await?));
        self.buffer.clear();
        self.bytes = 0;
        Ok(())
    }

    /// The entries in their order.
    ///
    /// # Errors
    /// As [`Merge::open`].
    pub async fn sorted(mut self) -> Result<Sorted<'a, E>, Fault> {
        if self.written.is_empty() {
            self.buffer.sort_unstable();
            return Ok(Sorted::InMemory(self.buffer));
        }
        if !self.buffer.is_empty() {
            self.write().await?;
        }
        self.buffer = Vec::new();
        let before = self.written.len();
        let scratch = |number| (self.key)(before + number);
        Ok(Sorted::Merged(Box::new(Merge::open(self.objects, self.written, self.room.windows, scratch).await?)))
    }
}

/// Sorted entries.
pub enum Sorted<'a, E> {
    /// All of them.
    InMemory(Vec<E>),
    /// From objects.
    Merged(Box<Merge<'a, E>>),
}

impl<E: Entry> Sorted<'_, E> {
    /// Replaces the entries in `batch` with the next ones; returns `false` after the last.
    ///
    /// # Errors
    /// As [`Merge::next`].
    pub async fn next(&mut self, batch: &mut Vec<E>) -> Result<bool, Fault> {
        match self {
            Self::InMemory(entries) => {
                *batch = std::mem::take(entries);
                Ok(!batch.is_empty())
            }
            Self::Merged(entries) => entries.next(batch).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::{Loser, Reason};

    use super::*;
    use crate::objects::MemoryObjects;

    #[tokio::test]
    async fn entries_come_back_in_their_order_whatever_fits_into_memory() {
        let entries: Vec<Loser> = (0..5000_u64)
            .map(|at| Loser { record: at.wrapping_mul(0x9e37_79b9) % 7919, reason: Reason::Duplicate, other: at })
            .collect();
        let mut expected = entries.clone();
        expected.sort_unstable();
        for buffer in [1, 100, 30_000, 10_000_000] {
            let objects = MemoryObjects::new();
            let room = Room { buffer, windows: 1 << 20 };
            let mut sorter = Sorter::new(&objects, room, |number| format!("lots/{number}"));
            for entry in &entries {
                sorter.push(*entry);
                sorter.make_room().await.unwrap();
            }
            let (mut sorted, mut batch, mut found) = (sorter.sorted().await.unwrap(), Vec::new(), Vec::new());
            while sorted.next(&mut batch).await.unwrap() {
                found.append(&mut batch);
            }
            assert!(found == expected, "{buffer}");
            assert_eq!(objects.list("").await.unwrap().is_empty(), buffer > 1_000_000, "{buffer}");
        }
    }
}
