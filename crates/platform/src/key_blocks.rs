//! Writes the hashes of keys and unique values of a chunk's valid records, block by block.

mod order;

use sluice_contract::KeyEntry;
use sluice_contract::documents::KeyHashes;
use sluice_contract::key_entry::BLOCK_ENTRIES;

use crate::Fault;
use crate::objects::Objects;
use crate::sorted::BlockWriter;

use self::order::Order;

/// Entries are written in pieces of 4,096 × 32 bytes = 128 KiB. Memory holds a block and one piece.
const PIECE: usize = 4096;

/// An entry as two numbers with the same order: smaller, and faster to compare.
type Packed = (u128, u128);

/// The hashes of a chunk. Memory holds one block, whatever the number of unique sets. Without a hash there is no object.
pub struct KeyBlocks<'a> {
    objects: &'a dyn Objects,
    block: Vec<Packed>,
    order: Order,
    piece: Vec<KeyEntry>,
    object: Option<BlockWriter>,
    key: String,
}

impl<'a> KeyBlocks<'a> {
    /// Begins the hashes that go to the object `key`.
    #[must_use]
    pub fn new(objects: &'a dyn Objects, key: String) -> Self {
        Self { objects, block: Vec::new(), order: Order::default(), piece: Vec::new(), object: None, key }
    }

    /// Adds an entry. When the block is full, the caller must soon call [`KeyBlocks::flush`], or memory grows.
    #[inline]
    pub fn add(&mut self, entry: KeyEntry) {
        self.block.push(as_numbers(entry));
    }

    /// Whether the block is full.
    #[inline]
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.block.len() >= BLOCK_ENTRIES
    }

    /// Writes a block. Entries beyond its size begin the next one; they may belong to the same record.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        let object = match &mut self.object {
            Some(object) => object,
            none => none.insert(BlockWriter::create(self.objects, &self.key).await?),
        };
        let length = self.block.len().min(BLOCK_ENTRIES);
        let block = &self.block[..length];
        for places in self.order.of(block).chunks(PIECE) {
            self.piece.clear();
            self.piece.extend(places.iter().map(|place| as_entry(block[*place as usize])));
            object.write(&self.piece).await?;
        }
        object.end_block().await?;
        self.block.drain(..length);
        Ok(())
    }

    /// Completes the object, and returns its key and the checksums of its blocks; [`KeyHashes::default`] if there was no hash.
    ///
    /// # Errors
    /// If it cannot be completed.
    pub async fn finish(mut self) -> Result<KeyHashes, Fault> {
        while !self.block.is_empty() {
            self.flush().await?;
        }
        match self.object {
            Some(object) => Ok(KeyHashes { key: self.key, blocks: object.finish().await? }),
            None => Ok(KeyHashes::default()),
        }
    }
}

/// Packs an entry into two numbers: the set (16 bits) and the first 112 bits of the hash; the last 16 bits of the hash and the record
/// (64 bits).
fn as_numbers(KeyEntry { set, hash, record }: KeyEntry) -> Packed {
    ((u128::from(set) << 112) | (hash >> 16), ((hash & 0xffff) << 64) | u128::from(record))
}

/// Unpacks an entry.
#[expect(clippy::cast_possible_truncation, reason = "each part is taken by itself")]
fn as_entry((first, second): Packed) -> KeyEntry {
    KeyEntry { set: (first >> 112) as u16, hash: (first << 16) | (second >> 64), record: second as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_order_of_entries() {
        let (long, last) = (0x0123_4567_89ab_cdef_0123_4567_89ab_cdef, KeyEntry::KEY);
        let entries = [
            KeyEntry { set: 0, hash: 0, record: u64::MAX },
            KeyEntry { set: 0, hash: 1, record: 0 },
            KeyEntry { set: 0, hash: long, record: 7 },
            KeyEntry { set: 0, hash: long, record: 8 },
            KeyEntry { set: 0, hash: long + 1, record: 1 },
            KeyEntry { set: 1, hash: 2, record: 3 },
            KeyEntry { set: last, hash: u128::MAX, record: u64::MAX },
        ];
        assert!(entries.is_sorted() && entries.map(as_numbers).is_sorted());
        assert_eq!(entries.map(|entry| as_entry(as_numbers(entry))), entries);
    }
}
