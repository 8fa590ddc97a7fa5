//! What no two records of a file may share, and which of several with one key wins: a pure function
//! of the file.
//!
//! Each chunk has left hashes of its valid records as sorted blocks. Merged, what is shared comes
//! one after another: first the sets of unique fields, in which the first record of the file stays
//! and every later one is rejected, whatever else is wrong with the one that stays; then the keys,
//! among the records that are left. What is taken out is written for its chunk: `losers/<chunk>`.
//!
//! Memory is of one size, whatever the file: the windows of the blocks ([`WINDOWS`]) and a lot of what is
//! taken out ([`losers`](crate::losers)); and where sets of unique fields reject records, a bit for each
//! record of the file ([`marks`](crate::marks)).

use std::collections::BTreeMap;

use sluice_contract::documents::KeyHashes;
use sluice_contract::{Chunk, KeyEntry, Loser, Reason, RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::FeedPlan;
use sluice_engine::spec::Duplicates;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::{Block, Merge};

use crate::losers::{BUFFER, Losers};
use crate::marks::Marks;

/// Memory for the windows of all blocks that are merged, those that are read ahead included: 128 MiB.
pub(crate) const WINDOWS: u64 = 128 * 1024 * 1024;

/// How many valid records are taken out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Keys that were looked at: one for each valid record.
    pub(crate) keys: u64,
    /// Another record of the file with the same key was used instead.
    pub(crate) duplicates: u64,
    /// Are rejected for what another record of the file holds.
    pub(crate) rejected: u64,
    /// These by code.
    pub(crate) by_code: BTreeMap<Code, u64>,
}

/// Finds the records that are taken out, writes them for their chunks, and returns how many there are.
pub(crate) async fn find(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    hashes: &[KeyHashes],
    plan: &FeedPlan,
) -> Result<Found, Fault> {
    find_with(objects, run, chunks, hashes, plan, BUFFER).await
}

/// As [`find`], with room for so many of what is taken out.
async fn find_with(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    hashes: &[KeyHashes],
    plan: &FeedPlan,
    room: usize,
) -> Result<Found, Fault> {
    let blocks = hashes.iter().flat_map(|chunk| Block::of(&chunk.key, &chunk.blocks)).collect();
    let mut entries = Merge::open(objects, blocks, WINDOWS, |number| keys::merged_hashes(run, number)).await?;
    let mut losers = Losers::new(objects, run, room);
    let mut decider = Decider { rule: plan.import.duplicates, group: None, broken: Marks::default(), keys: 0 };
    let mut batch = Vec::new();
    while entries.next(&mut batch).await? {
        for entry in &batch {
            decider.take(*entry, &mut losers);
        }
        losers.make_room().await?;
    }
    // Their windows make room for those of the losers.
    drop(entries);
    let found = losers.write(chunks, plan).await?;
    Ok(Found { keys: decider.keys, ..found })
}

/// Decides over entries that come in their order.
struct Decider {
    rule: Duplicates,
    /// The entries that share what the last one has.
    group: Option<Group>,
    /// The records that sets of unique fields reject. All sets come before the keys.
    broken: Marks,
    /// Keys so far.
    keys: u64,
}

/// Entries that share something.
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
