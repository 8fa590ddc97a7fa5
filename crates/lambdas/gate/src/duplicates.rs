//! Finds the losers: records that share a unique value with an earlier record, and records whose key another record wins. Which
//! records lose is a pure function of the file.
//!
//! Restructure and validate have written the hashes of each chunk's valid records as sorted blocks. In the merged blocks, equal
//! hashes are neighbours. The sets of unique fields come first: the first record of the file stays, whatever else is wrong with it,
//! and every later one with the same value is rejected. Then come the keys, among the records that are left. The losers of each
//! chunk go into `losers/<chunk>`.
//!
//! For a feed with references to itself, the records that refer to a key come behind those that have it. A record whose key no record of
//! the file has is looked at again ([`references`](crate::references)), and if it is rejected, a second pass decides about the keys.
//!
//! Memory does not grow with the file: it holds the windows of the blocks and two lots of records ([`Room`]). The one exception is a
//! bit per record of the file if unique fields or references reject records ([`marks`](crate::marks)).

use std::collections::BTreeMap;

use sluice_contract::documents::KeyHashes;
use sluice_contract::key_entry::Role;
use sluice_contract::{Chunk, KeyEntry, Loser, Reason, RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::FeedPlan;
use sluice_engine::spec::Duplicates;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::{Block, Merge, Room};

use crate::losers::{self, Lots};
use crate::marks::Marks;
use crate::references::Own;

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
    /// Records that stay and refer to a record of the file that the gate took out.
    pub(crate) orphans: u64,
}

/// Where the hashes of a file are, and what the gate may hold of them.
pub(crate) struct Source<'a> {
    pub(crate) objects: &'a dyn Objects,
    pub(crate) run: &'a RunId,
    pub(crate) plan: &'a FeedPlan,
    pub(crate) chunks: &'a [Chunk],
    pub(crate) hashes: &'a [KeyHashes],
    pub(crate) room: Room,
}

/// Finds the losers, writes them for their chunks, and counts them.
///
/// A feed with references to itself may need a second pass: records whose references lead nowhere are rejected, and so take no part in
/// what is decided about keys.
pub(crate) async fn find(source: &Source<'_>, own: Option<Own<'_>>) -> Result<LoserCounts, Fault> {
    let Source { objects, run, plan, chunks, .. } = *source;
    let mut found = pass(source, Marks::default(), lots(source)).await?;
    if let Some(own) = own
        && let Some(open) = found.open.take().filter(|open| !open.is_empty())
    {
        let (mut losers, mut broken) = (lots(source), Marks::default());
        own.reject_missing(source, open, &mut losers, &mut broken).await?;
        // Only now may lots of the second pass take the place of those of the first.
        if !losers.is_empty() {
            found = pass(source, broken, losers).await?;
        }
    }
    let Pass { losers, keys, orphans, .. } = found;
    let counts = losers::write(losers, objects, run, chunks, plan).await?;
    Ok(LoserCounts { keys, orphans, ..counts })
}

fn lots<'a>(source: &Source<'a>) -> Lots<'a> {
    let run = source.run;
    Lots::new(source.objects, source.room, |number| keys::sorted_losers(run, number))
}

/// What a pass over the hashes found.
struct Pass<'a> {
    losers: Lots<'a>,
    /// Records with a reference that no record of the file satisfies; `None` if the feed has none.
    open: Option<Lots<'a>>,
    keys: u64,
    orphans: u64,
}

/// Goes over all hashes in their order. `broken` are records that are rejected already, and `losers` those known so far.
async fn pass<'a>(source: &Source<'a>, broken: Marks, losers: Lots<'a>) -> Result<Pass<'a>, Fault> {
    let Source { objects, run, plan, hashes, room, .. } = *source;
    let blocks = hashes.iter().flat_map(|chunk| Block::of(&chunk.key, &chunk.blocks)).collect();
    let mut entries = Merge::open(objects, blocks, room.windows, |number| keys::merged_hashes(run, number)).await?;
    let open = (!plan.own_references.is_empty())
        .then(|| Lots::new(objects, room, |number| keys::sorted_references(run, number)));
    let mut decider = Decider {
        rule: plan.import.duplicates,
        group: None,
        broken,
        losers,
        keys: 0,
        own: open.map(|open| Referred { open, hash: None, keys: 0, deletions: 0, candidates: 0, orphans: 0 }),
    };
    let mut batch = Vec::new();
    while entries.next(&mut batch).await? {
        for entry in &batch {
            decider.take(*entry);
        }
        decider.losers.make_room().await?;
        if let Some(own) = &mut decider.own {
            own.open.make_room().await?;
        }
    }
    let Decider { losers, keys, own, .. } = decider;
    let (open, orphans) = own.map_or((None, 0), |own| (Some(own.open), own.orphans));
    Ok(Pass { losers, open, keys, orphans })
}

/// Decides which records lose, from entries in sorted order.
struct Decider<'a> {
    rule: Duplicates,
    /// The group of the last entry.
    group: Option<Group>,
    /// Records that were rejected for a unique value, or for a reference. It is complete before the first key, because all sets come
    /// before the keys.
    broken: Marks,
    losers: Lots<'a>,
    /// Number of keys so far.
    keys: u64,
    /// For a feed with references to itself.
    own: Option<Referred<'a>>,
}

/// Entries of one set with the same hash.
struct Group {
    set: u16,
    hash: u128,
    first: u64,
    last: u64,
}

/// What is known of the last key, to which references may come next.
struct Referred<'a> {
    /// Records with a reference that no record of the file satisfies.
    open: Lots<'a>,
    hash: Option<u128>,
    /// How many records have the key, how many of them delete its item, and how many were not rejected before its winner is chosen.
    keys: u64,
    deletions: u64,
    candidates: u64,
    /// Records that refer to one that the gate took out.
    orphans: u64,
}

/// Set in an open reference if the file itself says that the item is deleted, so that the table need not be asked.
pub(crate) const DELETED: u64 = 1;

impl Referred<'_> {
    /// Takes an entry of a key, or of a record that refers to it or deletes its item. All records with the key come first.
    fn take(&mut self, hash: u128, role: Role, record: u64, rule: Duplicates, is_broken: bool) {
        if self.hash != Some(hash) {
            (self.hash, self.keys, self.deletions, self.candidates) = (Some(hash), 0, 0, 0);
        }
        match role {
            Role::Key => {
                self.keys += 1;
                self.candidates += u64::from(!is_broken);
            }
            Role::Deletion => self.deletions += 1,
            Role::Reference(index) if self.keys <= self.deletions => {
                let other = if self.deletions > 0 { DELETED } else { 0 };
                self.open.push(Loser { record, reason: Reason::Missing(index), other });
            }
            Role::Reference(_) => {
                let wins = if rule == Duplicates::Reject { self.candidates == 1 } else { self.candidates > 0 };
                self.orphans += u64::from(!wins && !is_broken);
            }
        }
    }
}

impl Decider<'_> {
    fn take(&mut self, entry: KeyEntry) {
        let KeyEntry { set, hash, record } = entry;
        if let Some(own) = self.own.as_mut().filter(|_| set == KeyEntry::KEY) {
            let (role, record) = entry.role();
            own.take(hash, role, record, self.rule, self.broken.has(record));
            if role != Role::Key {
                return;
            }
        }
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
        let losers = &mut self.losers;
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
