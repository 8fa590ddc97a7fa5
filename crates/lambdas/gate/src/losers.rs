//! Collects records that the gate found in the order of their hashes, and returns them in the order of the file: the losers, which
//! are written for their chunks, and the records whose references may lead nowhere. Up to [`BUFFER`] of them stay in
//! memory. If there are more, each full lot is sorted and written to an object, and the lots are merged at the end.

use sluice_contract::{Chunk, Loser, Reason, RunId};
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

/// Records with a reason each, in any order, which come back in the order of the file.
pub(crate) struct Lots<'a> {
    objects: &'a dyn Objects,
    room: Room,
    /// The key of a full lot, by its number from 1.
    key: Box<dyn Fn(usize) -> String + Send + Sync + 'a>,
    buffer: Vec<Loser>,
    written: Vec<Block>,
}

impl<'a> Lots<'a> {
    pub(crate) fn new(objects: &'a dyn Objects, room: Room, key: impl Fn(usize) -> String + Send + Sync + 'a) -> Self {
        Self { objects, room, key: Box::new(key), buffer: Vec::new(), written: Vec::new() }
    }

    pub(crate) fn push(&mut self, loser: Loser) {
        self.buffer.push(loser);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.written.is_empty()
    }

    /// Writes the records in memory to an object if there are too many.
    pub(crate) async fn make_room(&mut self) -> Result<(), Fault> {
        if self.buffer.len() < self.room.losers { Ok(()) } else { self.write_lot().await }
    }

    async fn write_lot(&mut self) -> Result<(), Fault> {
        self.buffer.sort_unstable();
        let key = (self.key)(self.written.len() + 1);
        let mut object = BlockWriter::create(self.objects, &key).await?;
        object.write(&self.buffer).await?;
        object.end_block().await?;
        self.written.extend(Block::of(&key, &object.finish().await?));
        self.buffer.clear();
        Ok(())
    }

    /// The records in the order of the file.
    pub(crate) async fn sorted(mut self) -> Result<Sorted<'a>, Fault> {
        if self.written.is_empty() {
            self.buffer.sort_unstable();
            return Ok(Sorted::InMemory(self.buffer));
        }
        if !self.buffer.is_empty() {
            self.write_lot().await?;
        }
        let before = self.written.len();
        let scratch = |number| (self.key)(before + number);
        Ok(Sorted::Merged(Merge::open(self.objects, self.written, self.room.windows, scratch).await?))
    }
}

/// Sorted records.
pub(crate) enum Sorted<'a> {
    InMemory(Vec<Loser>),
    Merged(Merge<'a, Loser>),
}

impl Sorted<'_> {
    /// Replaces the records in `batch` with the next ones; returns `false` after the last.
    pub(crate) async fn next(&mut self, batch: &mut Vec<Loser>) -> Result<bool, Fault> {
        match self {
            Self::InMemory(losers) => {
                *batch = std::mem::take(losers);
                Ok(!batch.is_empty())
            }
            Self::Merged(losers) => losers.next(batch).await,
        }
    }
}

/// Writes the losers of every chunk, and counts them.
pub(crate) async fn write(
    losers: Lots<'_>,
    objects: &dyn Objects,
    run: &RunId,
    chunks: &[Chunk],
    plan: &FeedPlan,
) -> Result<LoserCounts, Fault> {
    let mut count = Count::of(plan);
    let mut writer = LoserWriter::new(objects, run, chunks);
    let (mut losers, mut batch) = (losers.sorted().await?, Vec::new());
    while losers.next(&mut batch).await? {
        for loser in &batch {
            count.take(*loser, 1);
        }
        writer.write(&batch).await?;
    }
    writer.finish().await?;
    Ok(count.finish())
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
        Reason::Missing(_) => Some(Code::ReferenceMissing),
        Reason::Unique(set) => Some(plan.unique.get(usize::from(set)).map_or(Code::UniqueError, |set| set.code)),
    }
}
