//! Writes the losers, which the gate found in the order of their hashes, in the order of the file. Up to [`BUFFER`] bytes of them stay in
//! memory.

use sluice_contract::{Chunk, Loser, Reason, RunId};
use sluice_engine::Code;
use sluice_engine::feed::FeedPlan;
use sluice_platform::Fault;
use sluice_platform::objects::Objects;
use sluice_platform::sorted::Sorter;

use crate::duplicates::LoserCounts;
use crate::loser_writer::LoserWriter;

/// Losers in memory: 1,048,576 × 24 bytes = 24 MiB.
pub(crate) const BUFFER: usize = 1024 * 1024 * size_of::<Loser>();

/// Records with a reason each, in any order, which come back in the order of the file.
pub(crate) type Lots<'a> = Sorter<'a, Loser>;

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
