//! Batches: consecutive valid records, whose winners are written together.

use std::ops::Range;

use sluice_contract::documents::Part;
use sluice_engine::group::ItemRecords;
use sluice_engine::record::Record;
use sluice_engine::sink::Columns;
use sluice_platform::run::Run;
use sluice_platform::sink::{BatchLimits, ContentHash, Deletion, Item, Sink, Stamp, Target, Written};

use crate::Error;
use crate::losers::{Fate, Losers};
use crate::pace::{Time, Writing};
use crate::summaries::{Added, Takers};
use crate::valid_rows::ValidRows;
use crate::work::Work;

/// Consecutive records. A batch is reused for later records, so that its memory is allocated once.
#[derive(Default)]
pub(crate) struct Batch {
    /// The number of each record, which of the valid objects it is from, the range of its row in `text`, and its fate. A row of a feed
    /// with groups is an item, with the number of its first record.
    records: Vec<(u64, usize, Range<usize>, Fate)>,
    /// The records of the items; nothing if the feed has no groups.
    items: Vec<ItemRecords>,
    /// The rows of the valid objects with their line breaks, each followed by the texts of its cells that differ from the bytes of
    /// the row.
    text: String,
    /// The ranges of the cells of the winners in `text`: as many for each winner as the feed has fields.
    cells: Vec<Range<usize>>,
    /// What the records add to summaries, one after the other, and how many things each adds; nothing without summaries.
    added: Vec<Added>,
    adds: Vec<usize>,
    /// The sink's answers for the first of the winners.
    written: Vec<Written>,
    /// The input of a hash.
    hashed: Vec<u8>,
    /// Size of the records in the sink, in bytes.
    bytes: usize,
}

/// Where the items of a batch go.
#[derive(Clone, Copy)]
pub(crate) struct Goal<'a> {
    pub(crate) sink: &'a dyn Sink,
    pub(crate) target: &'a Target,
    pub(crate) stamp: &'a Stamp<'a>,
    pub(crate) columns: &'a Columns,
    /// What a record does that deletes.
    pub(crate) deletion: Deletion,
    /// The valid objects, for messages.
    pub(crate) valid: [&'a Part; 2],
}

/// A row of one of the valid objects.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// Number of the record.
    pub(crate) record: u64,
    /// The records of the item.
    pub(crate) item: &'a ItemRecords,
    /// The row in its valid object with its line break, which goes to the output unchanged.
    pub(crate) line: &'a [u8],
}

impl Row<'_> {
    /// How many records the row is.
    pub(crate) fn records(self) -> u64 {
        1 + self.item.others.len()
    }
}

impl Batch {
    /// Whether it has no record.
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether it has an item to write.
    pub(crate) fn has_winners(&self) -> bool {
        !self.cells.is_empty()
    }

    /// Writes the winners.
    pub(crate) async fn write(&mut self, writing: Writing<'_>, goal: Goal<'_>) -> Result<(), Error> {
        let Self { records, text, cells, written, hashed, .. } = self;
        let first = records.first().map_or(0, |(record, ..)| *record);
        let count = goal.columns.len().max(1);
        let (mut fields, mut items) = (Vec::with_capacity(cells.len()), Vec::with_capacity(cells.len() / count));
        let mut ends = Vec::with_capacity(cells.len() / count);
        let winners = records.iter().filter(|(.., fate)| fate.writes());
        for (cells, (record, part, _, fate)) in cells.chunks_exact(count).zip(winners) {
            let attributes = goal.columns.attributes(texts(text, cells), &mut fields);
            let key = || goal.valid.get(*part).map(|part| part.key.clone()).unwrap_or_default();
            attributes.map_err(|error| Error::Row { key: key(), why: format!("a value {error}") })?;
            let (hash, deletion) = match fate {
                Fate::Deletes => (ContentHash::of_deletion(), Some(goal.deletion)),
                _ => (goal.columns.hash(texts(text, cells), hashed), None),
            };
            ends.push((*record, fields.len(), hash, deletion));
        }
        let mut start = 0;
        for (record, end, hash, deletion) in ends {
            let fields = fields.get(start..end).unwrap_or_default();
            items.push(Item { record, fields: fields.into(), hash, deletion });
            start = end;
        }
        Ok(writing.write(goal, &items, first, written).await?)
    }

    /// Counts the records in their order, up to the first winner without an answer of the sink, and empties the batch. Returns
    /// whether every winner had an answer.
    pub(crate) async fn settle(&mut self, work: &mut Work<'_>) -> Result<bool, Error> {
        let (text, mut written, mut settled) = (self.text.as_bytes(), self.written.drain(..), true);
        // Rows that follow each other are summed together, because a checksum of many bytes takes little more than one of few.
        let (mut done, mut done_of) = (0..0, 0);
        let (mut items, none) = (self.items.drain(..), ItemRecords::default());
        let (mut added, mut adds) = (self.added.drain(..), self.adds.drain(..));
        for (record, part, line, fate) in self.records.drain(..) {
            let item = items.next();
            let added = added.by_ref().take(adds.next().unwrap_or_default());
            let item = item.as_ref().unwrap_or(&none);
            let row = Row { record, item, line: text.get(line.clone()).unwrap_or_default() };
            match fate {
                Fate::Rejected(problems) => work.rejected_by_gate(row, problems).await?,
                Fate::Unsummarised(problem) => work.unsummarised(row, problem).await?,
                Fate::Duplicate => work.duplicate(row),
                Fate::Wins | Fate::Deletes => {
                    let Some(written) = written.next() else {
                        settled = false;
                        break;
                    };
                    match work.written(row, written) {
                        Some((code, why)) => {
                            added.for_each(drop);
                            work.refused(row, code, &why).await?;
                        }
                        None => added.for_each(|added| work.add(added)),
                    }
                }
            }
            if done.end != line.start || done_of != part {
                work.done_with(done_of, text.get(done.clone()).unwrap_or_default());
                (done.start, done_of) = (line.start, part);
            }
            done.end = line.end;
        }
        work.done_with(done_of, text.get(done).unwrap_or_default());
        work.write_rows().await?;
        drop((written, items, added, adds));
        self.text.clear();
        self.cells.clear();
        self.bytes = 0;
        Ok(settled)
    }

    /// Adds a record with its row, and returns the range of the row.
    fn push(&mut self, row: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(row);
        self.text.push('\n');
        start..self.text.len()
    }
}

/// The texts of these cells.
fn texts<'a>(text: &'a str, cells: &'a [Range<usize>]) -> impl Iterator<Item = &'a str> {
    cells.iter().map(move |cell| text.get(cell.clone()).unwrap_or_default())
}

/// Reads the records of a chunk into batches.
pub(crate) struct Batches<'a> {
    run: &'a Run,
    losers: &'a Losers,
    takers: Takers<'a>,
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
        let takers = Takers::new(run);
        Self { run, losers, takers, rows, numbers, limits, overhead, time, begun, waits, state }
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
                if !self.rows.advance_at_hand()? && !self.rows.advance().await? {
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
        let text = record.text().ok_or_else(|| not_utf8(record))?;
        let before = plan.leading().len();
        let has_mark = plan.import.delete.is_some();
        let fields = text.len().saturating_sub(before + usize::from(has_mark));
        if fields != plan.fields.len() {
            return Err(format!("a row has {fields} fields, the feed {}", plan.fields.len()));
        }
        // The message must not show the cell: in a broken row it may hold any data.
        let number = text.get(0).and_then(|number| number.parse().ok());
        let number = number.ok_or("a row does not begin with the number of a record")?;
        self.numbers.take(number)?;
        let mut fate = if self.losers.has(number) {
            self.losers.fate(plan, number, &text.iter().skip(before).collect::<Vec<_>>())
        } else if has_mark && text.get(before + fields).is_some_and(|mark| !mark.is_empty()) {
            Fate::Deletes
        } else {
            Fate::Wins
        };
        if !self.takers.is_empty() {
            let before_record = batch.added.len();
            if fate == Fate::Wins {
                let texts: Vec<&str> = text.iter().skip(before).take(fields).collect();
                if let Err(problem) = self.takers.take(number, &texts, &mut batch.added) {
                    fate = Fate::Unsummarised(problem);
                }
            }
            batch.adds.push(batch.added.len() - before_record);
        }
        let line = batch.push(text.whole());
        if fate.writes() {
            for cell in before..before + fields {
                batch.cells.push(match text.place(cell) {
                    Some(place) => line.start + place.start..line.start + place.end,
                    None => {
                        let start = batch.text.len();
                        batch.text.push_str(text.get(cell).unwrap_or_default());
                        start..batch.text.len()
                    }
                });
            }
        }
        if plan.group.is_some() {
            let others = text.get(1).unwrap_or_default().parse().map_err(|error| format!("_rows: {error}"))?;
            batch.items.push(ItemRecords { others, ..ItemRecords::default() });
        }
        batch.records.push((number, part, line, fate));
        Ok(())
    }
}

/// What is wrong with the first cell that is not UTF-8.
fn not_utf8(record: Record<'_>) -> String {
    let error = record.iter().find_map(|cell| std::str::from_utf8(cell).err());
    error.map_or_else(|| "a row is not UTF-8".to_owned(), |error| error.to_string())
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
