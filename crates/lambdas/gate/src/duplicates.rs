//! Finds the losers: records that share a unique value with an earlier record, and records whose key another record wins. Which
//! records lose is a pure function of the file.
//!
//! Restructure and validate have written the hashes of each chunk's valid records as sorted blocks. In the merged blocks, equal
//! hashes are neighbours. The sets of unique fields come first: the first record of the file stays, whatever else is wrong with it,
//! and every later one with the same value is rejected. Then come the keys, among the records that are left. The losers of each
//! chunk go into `losers/<chunk>`.
//!
//! Memory does not grow with the file: it holds the windows of the blocks and one lot of losers ([`Room`]). The one exception is a
//! bit per record of the file if unique fields reject records ([`marks`](crate::marks)).

use std::collections::BTreeMap;

use sluice_contract::documents::KeyHashes;
use sluice_contract::{Chunk, KeyEntry, Loser, Reason, RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::FeedPlan;
use sluice_engine::spec::Duplicates;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::{Block, Merge};

use crate::losers::{Losers, Room};
use crate::marks::Marks;

/// How many valid records lose, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LoserCounts {
    /// Keys that were compared: one for each valid record.
    pub(crate) keys: u64,
    /// Records that lose because another record of the file with the same key wins.
    pub(crate) duplicates: u64,
    /// Records that are rejected because another record of the file has the same key or unique value.
    pub(crate) rejected: u64,
    /// Rejected records by code.
    pub(crate) by_code: BTreeMap<Code, u64>,
}

/// Finds the losers, writes them for their chunks, and counts them.
pub(crate) async fn find(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    hashes: &[KeyHashes],
    plan: &FeedPlan,
    room: Room,
) -> Result<LoserCounts, Fault> {
    let blocks = hashes.iter().flat_map(|chunk| Block::of(&chunk.key, &chunk.blocks)).collect();
    let mut entries = Merge::open(objects, blocks, room.windows, |number| keys::merged_hashes(run, number)).await?;
    let mut losers = Losers::new(objects, run, room);
    let mut decider = Decider { rule: plan.import.duplicates, group: None, broken: Marks::default(), keys: 0 };
    let mut batch = Vec::new();
    while entries.next(&mut batch).await? {
        for entry in &batch {
            decider.take(*entry, &mut losers);
        }
        losers.make_room().await?;
    }
    // This frees the windows before the losers need theirs.
    drop(entries);
    let counts = losers.write(chunks, plan).await?;
    Ok(LoserCounts { keys: decider.keys, ..counts })
}

/// Decides which records lose, from entries in sorted order.
struct Decider {
    rule: Duplicates,
    /// The group of the last entry.
    group: Option<Group>,
    /// Records that were rejected for a unique value. It is complete before the first key, because all sets come before the keys.
    broken: Marks,
    /// Number of keys so far.
    keys: u64,
}

/// Entries of one set with the same hash.
struct Group {
    set: u16,
    hash: u128,
    first: u64,
    last: u64,
}

impl Decider {
    fn take(&mut self, entry: KeyEntry, losers: &mut Losers<'_>) {
        let KeyEntry { set, hash, record } = entry;
        self.keys += u64::from(set == KeyEntry::KEY);
        if set == KeyEntry::KEY && self.broken.has(record) {
            return;
        }
        let same = self.group.as_mut().filter(|group| group.set == set && group.hash == hash);
        let Some(group) = same else {
            self.group = Some(Group { set, hash, first: record, last: record });
            return;
        };
        let first = group.first;
        let before = std::mem::replace(&mut group.last, record);
        let mut lose = |record, reason, other| losers.push(Loser { record, reason, other });
        match (set, self.rule) {
            (KeyEntry::KEY, Duplicates::Last) => lose(before, Reason::Duplicate, 0),
            (KeyEntry::KEY, Duplicates::First) => lose(record, Reason::Duplicate, 0),
            (KeyEntry::KEY, Duplicates::Reject) => {
                if before == first {
                    lose(first, Reason::SharedKey, record);
                }
                lose(record, Reason::SharedKey, first);
            }
            _ => {
                self.broken.set(record);
                lose(record, Reason::Unique(set), first);
            }
        }
    }
}

#[cfg(test)]
mod tests;
