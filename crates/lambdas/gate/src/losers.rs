//! Collects the losers, and writes them for their chunks.
//!
//! The gate finds losers in the order of their hashes, and writes them in the order of the file. Up to [`BUFFER`] of them stay in
//! memory. If there are more, each full lot is sorted and written to an object, and the lots are merged at the end.

use sluice_contract::{Chunk, Loser, Reason, RunId, keys};
use sluice_engine::Code;
use sluice_engine::feed::FeedPlan;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::{Block, BlockWriter, Merge};

use crate::duplicates::LoserCounts;
use crate::loser_writer::LoserWriter;

/// Losers in memory: 1,048,576 × 24 bytes = 24 MiB.
pub(crate) const BUFFER: usize = 1024 * 1024;

/// What the gate may hold in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The windows of all blocks in a merge, including those read ahead, in bytes.
    pub(crate) windows: u64,
    /// The number of losers.
    pub(crate) losers: usize,
}

/// The losers so far.
pub(crate) struct Losers<'a> {
    objects: &'a dyn Objects,
    run: &'a RunId,
    room: Room,
    buffer: Vec<Loser>,
    lots: Vec<Block>,
}

impl<'a> Losers<'a> {
    pub(crate) fn new(objects: &'a dyn Objects, run: &'a RunId, room: Room) -> Self {
        Self { objects, run, room, buffer: Vec::new(), lots: Vec::new() }
    }

    pub(crate) fn push(&mut self, loser: Loser) {
        self.buffer.push(loser);
    }

    /// Writes the losers in memory to an object if there are too many.
    pub(crate) async fn make_room(&mut self) -> Result<(), Fault> {
        if self.buffer.len() < self.room.losers { Ok(()) } else { self.write_lot().await }
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

    /// Writes the losers of every chunk, and counts them.
    pub(crate) async fn write(mut self, chunks: &[Chunk], plan: &FeedPlan) -> Result<LoserCounts, Fault> {
        let mut count = Count::of(plan);
        let mut writer = LoserWriter::new(self.objects, self.run, chunks);
        if self.lots.is_empty() {
            self.buffer.sort_unstable();
            for loser in &self.buffer {
                count.take(*loser, 1);
            }
            writer.write(&self.buffer).await?;
        } else {
            if !self.buffer.is_empty() {
                self.write_lot().await?;
            }
            self.buffer = Vec::new();
            let scratch = |number| keys::sorted_losers(self.run, self.lots.len() + number);
            let mut losers = Merge::open(self.objects, self.lots.clone(), self.room.windows, scratch).await?;
            let mut batch = Vec::new();
            while losers.next(&mut batch).await? {
                for loser in &batch {
                    count.take(*loser, 1);
                }
                writer.write(&batch).await?;
            }
        }
        writer.finish().await?;
        Ok(count.finish())
    }
}

/// Counts losing records; a record may have several entries.
pub(crate) struct Count<'a> {
    plan: &'a FeedPlan,
    counts: LoserCounts,
    record: Option<u64>,
    /// How many records lose with it, including itself.
    records: u64,
    /// The codes under which the record is rejected, each once.
    codes: Vec<Code>,
}

impl<'a> Count<'a> {
    pub(crate) fn of(plan: &'a FeedPlan) -> Self {
        Self { plan, counts: LoserCounts::default(), record: None, records: 0, codes: Vec::new() }
    }

    /// Takes a loser, which stands for so many records.
    pub(crate) fn take(&mut self, loser: Loser, records: u64) {
        if self.record != Some(loser.record) {
            self.close();
            (self.record, self.records) = (Some(loser.record), records);
        }
        self.codes.extend(code(self.plan, loser.reason).filter(|code| !self.codes.contains(code)));
    }

    fn close(&mut self) {
        let is_rejected = self.record.is_some() && !self.codes.is_empty();
        match self.record {
            None => {}
            Some(_) if self.codes.is_empty() => self.counts.duplicates += self.records,
            Some(_) => self.counts.rejected += self.records,
        }
        for code in self.codes.drain(..) {
            *self.counts.by_code.entry(code).or_insert(0) += 1;
        }
        if is_rejected && self.records > 1 {
            *self.counts.by_code.entry(Code::ItemRejected).or_insert(0) += self.records - 1;
        }
    }

    pub(crate) fn finish(mut self) -> LoserCounts {
        self.close();
        self.counts
    }
}

/// The code under which a record is rejected; `None` if it is a duplicate.
fn code(plan: &FeedPlan, reason: Reason) -> Option<Code> {
    match reason {
        Reason::Duplicate => None,
        Reason::SharedKey => Some(Code::DuplicateKey),
        Reason::Unique(set) => Some(plan.unique.get(usize::from(set)).map_or(Code::UniqueError, |set| set.code)),
    }
}
