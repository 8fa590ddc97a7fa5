//! Batches: records that follow each other in the valid object, and whose winners are written together.

use sluice_contract::documents::Part;
use sluice_engine::sink::attributes;
use sluice_platform::Fault;
use sluice_platform::records::Records;
use sluice_platform::run::Run;
use sluice_platform::sink::{BatchLimits, Item, Sink, Stamp, Target, Written};

use crate::Error;
use crate::losers::{Fate, Losers};
use crate::pace::{Time, Writing};
use crate::work::Work;

/// Records that follow each other. It is used again for other ones, so that its memory is allocated once.
#[derive(Default)]
pub(crate) struct Batch {
    /// The number of each record, and where its row ends in `raw`.
    records: Vec<(u64, usize, Fate)>,
    /// The rows as they stand in the valid object, one after the other.
    raw: Vec<u8>,
    /// The items of the winners.
    items: Vec<Item>,
    /// What became of them, as far as the sink has answered.
    written: Vec<Written>,
    /// What the records take, in bytes.
    bytes: usize,
}

/// A row of the valid object.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Number of the record.
    pub(crate) record: u64,
    /// The row as it stands in the valid object: it is written out as it was read.
    pub(crate) raw: &'a [u8],
}

impl Batch {
    /// Whether it has no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it has something to write.
    pub(crate) fn has_winners(&self) -> bool {
        !self.items.is_empty()
    }

    /// Writes the winners.
    pub(crate) async fn write(
        &mut self,
        writing: Writing<'_>,
        sink: &dyn Sink,
        target: &Target,
        stamp: &Stamp<'_>,
    ) -> Result<(), Fault> {
        let first = self.records.first().map_or(0, |(record, ..)| *record);
        writing.write(sink, target, &self.items, stamp, first, &mut self.written).await
    }

    /// Counts what became of the records, in their order, up to the first winner without an answer. Answers whether every
    /// winner has one, and leaves the batch empty.
    pub(crate) async fn settle(&mut self, work: &mut Work<'_>) -> Result<bool, Error> {
        let (mut written, mut start, mut settled) = (self.written.drain(..), 0, true);
        for (record, end, fate) in self.records.drain(..) {
            let row = Row { record, raw: self.raw.get(start..end).unwrap_or_default() };
            start = end;
            match fate {
                Fate::Rejected(problems) => work.rejected_by_gate(row, problems).await?,
                Fate::Duplicate => work.duplicate(row),
                Fate::Wins => match written.next() {
                    Some(written) => work.written(row, written).await?,
                    None => {
                        settled = false;
                        break;
                    }
                },
            }
        }
        drop(written);
        self.raw.clear();
        self.items.clear();
        self.bytes = 0;
        Ok(settled)
    }
}

/// Reads the records of a chunk into batches.
pub(crate) struct Batches<'a> {
    run: &'a Run,
    losers: &'a Losers,
    valid: &'a Part,
    rows: Records,
    numbers: Numbers,
    limits: BatchLimits,
    /// What each record takes in the sink beside its row, in bytes.
    overhead: usize,
    time: Time,
    /// Whether a record was read.
    begun: bool,
    /// Whether the record at which `rows` stands is in no batch yet.
    waits: bool,
    state: Reading,
}

/// How far the records were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// There may be more.
    More,
    /// All were read.
    Ended,
    /// The time is up.
    OutOfTime,
}

impl<'a> Batches<'a> {
    /// Reads `rows`, the rest of the valid object, in which the records with these numbers follow, until the time is up.
    pub(crate) fn new(
        run: &'a Run,
        losers: &'a Losers,
        valid: &'a Part,
        rows: Records,
        numbers: Numbers,
        limits: BatchLimits,
        time: Time,
    ) -> Self {
        let overhead = run.plan.sink.overhead(run.plan.shape());
        let (begun, waits, state) = (false, false, Reading::More);
        Self { run, losers, valid, rows, numbers, limits, overhead, time, begun, waits, state }
    }

    /// How far the records were read.
    pub(crate) fn state(&self) -> Reading {
        self.state
    }

    /// Fills an empty batch with the records that come next. It stays empty where none comes.
    pub(crate) async fn fill(&mut self, batch: &mut Batch) -> Result<(), Error> {
        while batch.records.len() < self.limits.items {
            if !self.waits {
                // Each invocation does at least one record, so that being called again always ends.
                if self.begun && self.time.is_up() {
                    self.state = Reading::OutOfTime;
                    break;
                }
                self.begun = true;
                if !self.rows.advance().await? {
                    self.state = Reading::Ended;
                    break;
                }
                self.waits = true;
            }
            let bytes = self.rows.record().raw.len().saturating_add(self.overhead);
            if !batch.is_empty() && batch.bytes.saturating_add(bytes) > self.limits.bytes {
                break;
            }
            batch.bytes += bytes;
            self.take(batch).map_err(|why| Error::Row { key: self.valid.key.clone(), why })?;
            self.waits = false;
        }
        Ok(())
    }

    /// Puts the record at which `rows` stands into a batch.
    fn take(&mut self, batch: &mut Batch) -> Result<(), String> {
        let (plan, record) = (&self.run.plan, self.rows.record());
        let cells: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
        let cells = cells.map_err(|error| error.to_string())?;
        let [number, texts @ ..] = &cells[..] else { return Err("a row has no cells".into()) };
        if texts.len() != plan.fields.len() {
            return Err(format!("a row has {} fields, the feed {}", texts.len(), plan.fields.len()));
        }
        // The message does not show the cell: in a broken row it may hold any data.
        let number = number.parse().map_err(|_| "a row does not begin with the number of a record")?;
        self.numbers.take(number)?;
        let fate = self.losers.fate(plan, number, texts);
        if fate == Fate::Wins {
            let fields = attributes(plan.sink, &plan.fields, texts).map_err(|error| format!("a value {error}"))?;
            batch.items.push(Item { fields, hash: plan.content_hash(texts) });
        }
        batch.raw.extend_from_slice(record.raw);
        batch.records.push((number, batch.raw.len(), fate));
        Ok(())
    }
}

/// The numbers of the records of a chunk that are still to come, each at most once.
pub(crate) struct Numbers {
    pub(crate) next: u64,
    pub(crate) end: u64,
}

impl Numbers {
    /// Takes the number of the next record.
    fn take(&mut self, record: u64) -> Result<(), String> {
        if !(self.next..self.end).contains(&record) {
            return Err(format!(
                "record {record} comes where one of {} to {} is to come",
                self.next,
                self.end.saturating_sub(1)
            ));
        }
        self.next = record + 1;
        Ok(())
    }
}
