//! The records that are taken out, written for their chunks.
//!
//! They are found in the order of their hashes and written in the order of the file. As many as [`BUFFER`] are
//! kept in memory; where there are more, each such lot is sorted and written out, and the lots are merged at the end.

use sluice_contract::{Chunk, Loser, Reason, RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::FeedPlan;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::{Block, BlockWriter, Merge};

use crate::duplicates::{Found, WINDOWS};
use crate::loser_writer::LoserWriter;

/// Entries in memory: 1,048,576 × 24 bytes = 24 MiB.
pub(crate) const BUFFER: usize = 1024 * 1024;

/// What is taken out, as it is found.
pub(crate) struct Losers<'a> {
    objects: &'a dyn Objects,
    run: &'a RunId,
    room: usize,
    buffer: Vec<Loser>,
    lots: Vec<Block>,
}

impl<'a> Losers<'a> {
    pub(crate) fn new(objects: &'a dyn Objects, run: &'a RunId, room: usize) -> Self {
        Self { objects, run, room, buffer: Vec::new(), lots: Vec::new() }
    }

    pub(crate) fn push(&mut self, loser: Loser) {
        self.buffer.push(loser);
    }

    /// Writes out what has become too much for memory.
    pub(crate) async fn make_room(&mut self) -> Result<(), Fault> {
        if self.buffer.len() < self.room { Ok(()) } else { self.write_lot().await }
    }

    async fn write_lot(&mut self) -> Result<(), Fault> {
        self.buffer.sort_unstable();
        let key = keys::sorted_losers(self.run, self.lots.len() + 1);
        let mut object = BlockWriter::create(self.objects, &key).await?;
        object.write(&self.buffer).await?;
        object.end_block().await?;
        self.lots.extend(Block::of(&key, &object.finish().await?));
        self.buffer.clear();
        Ok(())
    }

    /// Writes for every chunk what is taken out of it, and returns how much that is.
    pub(crate) async fn write(mut self, chunks: &[Chunk], plan: &FeedPlan) -> Result<Found, Fault> {
        let mut count = Count::of(plan);
        let mut writer = LoserWriter::new(self.objects, self.run, chunks);
        if self.lots.is_empty() {
            self.buffer.sort_unstable();
            for loser in &self.buffer {
                count.take(*loser);
            }
            writer.write(&self.buffer).await?;
        } else {
            if !self.buffer.is_empty() {
                self.write_lot().await?;
            }
            self.buffer = Vec::new();
            let scratch = |number| keys::sorted_losers(self.run, self.lots.len() + number);
            let mut losers = Merge::open(self.objects, self.lots.clone(), WINDOWS, scratch).await?;
            let mut batch = Vec::new();
            while losers.next(&mut batch).await? {
                for loser in &batch {
                    count.take(*loser);
                }
                writer.write(&batch).await?;
            }
        }
        writer.finish().await?;
        Ok(count.finish())
    }
}

/// Counts records, each of which may have several entries.
struct Count<'a> {
    plan: &'a FeedPlan,
    found: Found,
    record: Option<u64>,
    /// What the record is rejected for, each once.
    codes: Vec<Code>,
}

impl<'a> Count<'a> {
    fn of(plan: &'a FeedPlan) -> Self {
        Self { plan, found: Found::default(), record: None, codes: Vec::new() }
    }

    fn take(&mut self, loser: Loser) {
        if self.record != Some(loser.record) {
            self.close();
            self.record = Some(loser.record);
        }
        self.codes.extend(code(self.plan, loser.reason).filter(|code| !self.codes.contains(code)));
    }

    fn close(&mut self) {
        match self.record {
            None => {}
            Some(_) if self.codes.is_empty() => self.found.duplicates += 1,
            Some(_) => self.found.rejected += 1,
        }
        for code in self.codes.drain(..) {
            *self.found.by_code.entry(code).or_insert(0) += 1;
        }
    }

    fn finish(mut self) -> Found {
        self.close();
        self.found
    }
}

/// What a record is rejected for; `None` where it is a duplicate.
fn code(plan: &FeedPlan, reason: Reason) -> Option<Code> {
    match reason {
        Reason::Duplicate => None,
        Reason::SharedKey => Some(Code::DuplicateKey),
        Reason::Unique(set) => Some(plan.unique.get(usize::from(set)).map_or(Code::UniqueError, |set| set.code)),
    }
}
