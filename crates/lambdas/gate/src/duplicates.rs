//! What no two records of a file may share, and which of several with one key wins: a pure function
//! of the file.
//!
//! Each chunk has left hashes of its valid records as sorted blocks. Merged, what is shared comes
//! one after another: first the sets of unique fields, in which the first record of the file stays
//! and every later one is rejected, whatever else is wrong with the one that stays; then the keys,
//! among the records that are left. What is taken out is told to its chunk: `losers/<chunk>`.
//!
//! Memory holds the windows of the blocks, 8 bytes per duplicate and 24 per reason to reject.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use sluice_contract::{Chunk, ChunkNo, KeyEntry, Loser, Reason, RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::{Duplicates, FeedPlan};
use sluice_platform::Fault;
use sluice_platform::objects::{ContentType, Objects};

use crate::blocks::Merged;

/// How many valid records are taken out.
#[derive(Default)]
pub(crate) struct Found {
    /// Lost their key to another record of the file.
    pub(crate) duplicates: u64,
    /// Are rejected for what another record of the file holds.
    pub(crate) rejected: u64,
    /// These by code.
    pub(crate) by_code: BTreeMap<String, u64>,
}

/// Finds the records that are taken out, tells them to their chunks, and answers how many there are.
pub(crate) async fn find(
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    plan: &FeedPlan,
) -> Result<Found, Fault> {
    let mut entries = Merged::open(objects, run, chunks).await?;
    let mut decider = Decider::new(chunks, plan.import.duplicates);
    while let Some(entry) = entries.next().await? {
        decider.take(entry);
    }
    let mut found = Found::default();
    for chunk in chunks {
        let losers = decider.losers(chunk.chunk);
        if losers.is_empty() {
            continue;
        }
        for record in losers.chunk_by(|a, b| a.record == b.record) {
            let codes: BTreeSet<Code> = record.iter().filter_map(|loser| code(plan, loser.reason)).collect();
            for code in &codes {
                *found.by_code.entry(code.to_string()).or_insert(0) += 1;
            }
            if codes.is_empty() { found.duplicates += 1 } else { found.rejected += 1 }
        }
        let bytes: Vec<u8> = losers.into_iter().flat_map(Loser::to_bytes).collect();
        objects.put(&keys::losers(run, chunk.chunk), ContentType::Binary, Bytes::from(bytes)).await?;
    }
    Ok(found)
}

/// What a record is rejected for; `None` where it is a duplicate.
fn code(plan: &FeedPlan, reason: Reason) -> Option<Code> {
    match reason {
        Reason::Duplicate => None,
        Reason::SharedKey => Some(Code::DuplicateKey),
        Reason::Unique(set) => Some(plan.unique.get(usize::from(set)).map_or(Code::UniqueError, |set| set.code)),
    }
}

/// Decides over entries that come in their order.
struct Decider<'a> {
    chunks: &'a [Chunk],
    rule: Duplicates,
    /// The entries that share what the last one has.
    group: Option<Group>,
    /// What the sets of unique fields reject; sorted by record once the keys have begun.
    broken: BTreeMap<ChunkNo, Vec<Loser>>,
    keys_begun: bool,
    shared: BTreeMap<ChunkNo, Vec<Loser>>,
    duplicates: BTreeMap<ChunkNo, Vec<u64>>,
}

/// Entries that share something.
struct Group {
    set: u16,
    hash: u128,
    first: u64,
    last: u64,
}

impl<'a> Decider<'a> {
    fn new(chunks: &'a [Chunk], rule: Duplicates) -> Self {
        Self {
            chunks,
            rule,
            group: None,
            broken: BTreeMap::new(),
            keys_begun: false,
            shared: BTreeMap::new(),
            duplicates: BTreeMap::new(),
        }
    }

    fn take(&mut self, entry: KeyEntry) {
        let KeyEntry { set, hash, record } = entry;
        if set == KeyEntry::KEY && self.is_broken(record) {
            return;
        }
        let same = self.group.as_mut().filter(|group| group.set == set && group.hash == hash);
        let Some(group) = same else {
            self.group = Some(Group { set, hash, first: record, last: record });
            return;
        };
        let first = group.first;
        let before = std::mem::replace(&mut group.last, record);
        let loser = |record, reason, other| Loser { record, reason, other };
        match (set, self.rule) {
            (KeyEntry::KEY, Duplicates::Last) => put(&mut self.duplicates, self.chunks, before, before),
            (KeyEntry::KEY, Duplicates::First) => put(&mut self.duplicates, self.chunks, record, record),
            (KeyEntry::KEY, Duplicates::Reject) => {
                if before == first {
                    put(&mut self.shared, self.chunks, first, loser(first, Reason::SharedKey, record));
                }
                put(&mut self.shared, self.chunks, record, loser(record, Reason::SharedKey, first));
            }
            _ => put(&mut self.broken, self.chunks, record, loser(record, Reason::Unique(set), first)),
        }
    }

    /// Whether a set of unique fields rejects a record. Asked only once all sets have been seen.
    fn is_broken(&mut self, record: u64) -> bool {
        if !self.keys_begun {
            self.broken.values_mut().for_each(|losers| losers.sort_unstable());
            self.keys_begun = true;
        }
        let losers = self.broken.get(&chunk_of(self.chunks, record));
        losers.is_some_and(|losers| losers.binary_search_by_key(&record, |loser| loser.record).is_ok())
    }

    /// What is taken out of a chunk, in the order of the file.
    fn losers(&mut self, chunk: ChunkNo) -> Vec<Loser> {
        let mut losers = self.broken.remove(&chunk).unwrap_or_default();
        losers.extend(self.shared.remove(&chunk).unwrap_or_default());
        let duplicates = self.duplicates.remove(&chunk).unwrap_or_default();
        losers.extend(duplicates.into_iter().map(|record| Loser { record, reason: Reason::Duplicate, other: 0 }));
        losers.sort_unstable();
        losers
    }
}

fn put<T>(map: &mut BTreeMap<ChunkNo, Vec<T>>, chunks: &[Chunk], record: u64, value: T) {
    map.entry(chunk_of(chunks, record)).or_default().push(value);
}

/// The chunk that holds a record. Chunks are in the order of their records.
fn chunk_of(chunks: &[Chunk], record: u64) -> ChunkNo {
    let after = chunks.partition_point(|chunk| chunk.first_record <= record);
    chunks.get(after.saturating_sub(1)).map_or(ChunkNo(0), |chunk| chunk.chunk)
}
