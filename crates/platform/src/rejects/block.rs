//! Blocks of a thousand records.

use std::fmt;

/// The number of records of a block.
const RECORDS: u64 = 1000;

/// A block of the records of a run: the records whose numbers have the same thousands.
///
/// The block is part of the table's key, so that a million rejects of one run are spread over many partition keys. A
/// partition key takes 1,000 writes a second, and a block has at most 1,000 entries. The block follows from the number
/// of a record alone, so closing a reject needs no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block(u64);

impl Block {
    /// The block of a record.
    #[must_use]
    pub fn of(record: u64) -> Self {
        Self(record / RECORDS)
    }

    /// The blocks of the records 1 to `records`.
    pub fn all(records: u64) -> impl Iterator<Item = Self> {
        (Self::of(1).0..=Self::of(records).0).map(Self).take(if records == 0 { 0 } else { usize::MAX })
    }

    /// The number after that of its last record.
    #[must_use]
    pub fn end(self) -> u64 {
        (self.0 + 1) * RECORDS
    }

    /// Its shard, from 0, of `shards`. Consecutive blocks are in different shards.
    pub(super) fn shard(self, shards: u64) -> u64 {
        self.0 % shards
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_a_thousand_records_at_most() {
        let blocks: Vec<_> = [1, 999, 1000, 1999, 2000].map(|record| Block::of(record).to_string()).into();
        assert_eq!(blocks, ["0", "0", "1", "1", "2"]);
        for (records, count) in [(0, 0), (1, 1), (999, 1), (1000, 2), (2000, 3)] {
            assert_eq!(Block::all(records).count(), count, "{records}");
        }
    }
}
