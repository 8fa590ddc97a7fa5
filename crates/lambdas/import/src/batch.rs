//! Batches: consecutive valid records, whose winners are written together.

use sluice_engine::sink::attributes;
use sluice_platform::Fault;
use sluice_platform::run::Run;
use sluice_platform::sink::{BatchLimits, Item, Sink, Stamp, Target, Written};

use crate::Error;
use crate::losers::{Fate, Losers};
use crate::pace::{Time, Writing};
use crate::valid_rows::ValidRows;
use crate::work::Work;

/// Consecutive records. A batch is reused for later records, so that its memory is allocated once.
#[derive(Default)]
pub(crate) struct Batch {
    /// The number of each record, which of the valid objects it is from, the end of its row in `raw`, and its fate.
    records: Vec<(u64, usize, usize, Fate)>,
    /// The rows of the valid objects, one after the other.
    raw: Vec<u8>,
    /// The items of the winners.
    items: Vec<Item>,
    /// The sink's answers for the first of these items.
    written: Vec<Written>,
    /// Size of the records in the sink, in bytes.
    bytes: usize,
}

/// A row of one of the valid objects.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Number of the record.
    pub(crate) record: u64,
    /// Which of the valid objects it is from, as an index.
    pub(crate) part: usize,
    /// The bytes of the row in that object, which go to the output unchanged.
    pub(crate) raw: &'a [u8],
}

impl Batch {
    /// Whether it has no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it has an item to write.
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

    /// Counts the records in their order, up to the first winner without an answer of the sink, and empties the batch. Returns
    /// whether every winner had an answer.
    pub(crate) async fn settle(&mut self, work: &mut Work<'_>) -> Result<bool, Error> {
        let (mut written, mut start, mut settled) = (self.written.drain(..), 0, true);
        for (record, part, end, fate) in self.records.drain(..) {
            let row = Row { record, part, raw: self.raw.get(start..end).unwrap_or_default() };
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
    rows: ValidRows<'a>,
    numbers: Numbers,
    limits: BatchLimits,
    /// Bytes that each record takes in the sink beside its row.
    overhead: usize,
    time: Time,
    /// Whether this invocation has read a record.
    begun: bool,
    /// Whether the current record of `rows` is in no batch yet.
    waits: bool,
    state: Reading,
}

/// How far the records were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// There may be more records.
    More,
    /// All records were read.
    Ended,
    /// The time is up.
    OutOfTime,
}

impl<'a> Batches<'a> {
    /// Reads `rows`, the rest of the valid records with the numbers `numbers`, until the time is up.
    pub(crate) fn new(
        run: &'a Run,
        losers: &'a Losers,
        rows: ValidRows<'a>,
        numbers: Numbers,
        limits: BatchLimits,
        time: Time,
    ) -> Self {
        let overhead = run.plan.sink.overhead(run.plan.shape());
        let (begun, waits, state) = (false, false, Reading::More);
        Self { run, losers, rows, numbers, limits, overhead, time, begun, waits, state }
    }

    /// How far the records were read.
    pub(crate) fn state(&self) -> Reading {
        self.state
    }

    /// Fills an empty batch with the next records. It stays empty if there are none.
    pub(crate) async fn fill(&mut self, batch: &mut Batch) -> Result<(), Error> {
        while batch.records.len() < self.limits.items {
            if !self.waits {
                // Each invocation takes at least one record, so that the repeated calls come to an end.
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
            let bytes = self.rows.row().map_or(0, |row| row.raw.len()).saturating_add(self.overhead);
            if !batch.is_empty() && batch.bytes.saturating_add(bytes) > self.limits.bytes {
                break;
            }
            batch.bytes += bytes;
            self.take(batch).map_err(|why| Error::Row { key: self.rows.key().to_owned(), why })?;
            self.waits = false;
        }
        Ok(())
    }

    /// Adds the current record of `rows` to a batch.
    fn take(&mut self, batch: &mut Batch) -> Result<(), String> {
        let (plan, part) = (&self.run.plan, self.rows.part());
        let record = self.rows.row().ok_or("there is no row")?;
        let cells: Result<Vec<&str>, _> = record.iter().map(std::str::from_utf8).collect();
        let cells = cells.map_err(|error| error.to_string())?;
        let [number, texts @ ..] = &cells[..] else { return Err("a row has no cells".into()) };
        if texts.len() != plan.fields.len() {
            return Err(format!("a row has {} fields, the feed {}", texts.len(), plan.fields.len()));
        }
        // The message must not show the cell: in a broken row it may hold any data.
        let number = number.parse().map_err(|_| "a row does not begin with the number of a record")?;
        self.numbers.take(number)?;
        let fate = self.losers.fate(plan, number, texts);
        if fate == Fate::Wins {
            let fields = attributes(plan.sink, &plan.fields, texts).map_err(|error| format!("a value {error}"))?;
            batch.items.push(Item { fields, hash: plan.content_hash(texts) });
        }
        batch.raw.extend_from_slice(record.raw);
        batch.records.push((number, part, batch.raw.len(), fate));
        Ok(())
    }
}

/// The numbers that the next records of a chunk may have. Each comes at most once, in ascending order.
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
