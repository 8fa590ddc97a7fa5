//! The file as the steps have read it: its header and its rejected records, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::Context;
use futures::TryStreamExt;
use sluice_contract::documents::Manifest;
use sluice_contract::{ByteRange, Chunk};
use sluice_engine::header::join;
use sluice_engine::record::Position;
use sluice_platform::objects::{FileObjects, Objects, Reading};
use sluice_platform::records::Records;
use sluice_platform::rejects::{Block, FileRejects, RejectEntry, Rejects};
use sluice_platform::run::Run;

use super::excerpt::breaks;
use super::finding::Place;
use super::gate;

/// The file as the steps have read it.
pub struct File<'a> {
    /// The folder of the run.
    pub objects: &'a FileObjects,
    /// The rejects of the run.
    pub rejects: &'a FileRejects,
    /// The run.
    pub run: Arc<Run>,
    /// Its chunks, and the range of its header.
    pub manifest: &'a Manifest,
}

/// The header of a file.
pub struct Header {
    /// Its labels, without surrounding white space.
    pub labels: Vec<String>,
    line: u64,
    raw: Vec<u8>,
}

impl Header {
    /// Its place.
    pub fn place(&self) -> Place<'_> {
        Place { record: 0, line: self.line, raw: &self.raw }
    }
}

impl File<'_> {
    /// The header; `None` if the file has none.
    pub async fn header(&self) -> anyhow::Result<Option<Header>> {
        let range = self.manifest.header;
        if range.is_empty() {
            return Ok(None);
        }
        let source = &self.run.source()?.key;
        let mut line = 1;
        let mut before =
            self.objects.read(source, Some(ByteRange { start: 0, end: range.start }), Reading::Plain).await?;
        while let Some(piece) = before.try_next().await? {
            line += breaks(&piece);
        }
        let position = Position { offset: range.start, line, record: 0 };
        let mut records = Records::open(self.objects, source, Some(range), self.run.plan.dialect, position).await?;
        // Of a header with several records, the last one is shown, whose cells are most like the labels.
        let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
        let (mut line, mut raw) = (line, Vec::new());
        while rows.len() < self.run.plan.source.header.rows && records.advance().await? {
            let record = records.record();
            rows.push(record.iter().map(<[u8]>::to_vec).collect());
            (line, raw) = (record.position.line, record.raw.to_vec());
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let text = self.run.text()?;
        let labels = join(&rows, text).iter().map(|cell| text.show(cell).trim().to_owned()).collect();
        Ok(Some(Header { labels, line, raw }))
    }

    /// The rejected records of a chunk.
    pub async fn rejected(&self, chunk: &Chunk) -> anyhow::Result<Rejected<'_>> {
        let end = chunk.first_record + chunk.records;
        let entries = Entries { next: chunk.first_record, end, block: VecDeque::new() };
        let gate = gate::rejected(self, chunk).await?;
        let start = Position { offset: chunk.start, line: chunk.first_line, record: chunk.first_record };
        let start = (!gate.is_empty()).then_some(start);
        Ok(Rejected { file: self, entries, checked: None, gate, start, end: chunk.end, source: None, at: 0 })
    }
}

/// The index entries of some records, block by block.
struct Entries {
    /// The first record that is not looked up yet; `end` is the one after the last.
    next: u64,
    end: u64,
    block: VecDeque<RejectEntry>,
}

impl Entries {
    async fn next(&mut self, file: &File<'_>) -> anyhow::Result<Option<RejectEntry>> {
        while self.block.is_empty() && self.next < self.end {
            let block = Block::of(self.next);
            let found = file.rejects.list(&file.run.document.run_id, block).await?;
            // A chunk begins and ends within a block.
            let wanted = self.next..self.end;
            self.block = found.into_iter().filter(|entry| wanted.contains(&entry.record)).collect();
            self.next = block.end();
        }
        Ok(self.block.pop_front())
    }
}

/// The rejected records of a chunk as a stream. Memory holds one.
pub struct Rejected<'a> {
    file: &'a File<'a>,
    entries: Entries,
    /// The next record rejected by the checks, if it was read ahead.
    checked: Option<RejectEntry>,
    /// The records rejected by the gate.
    gate: VecDeque<RejectEntry>,
    /// The start of the chunk, if the search must begin there, because for records rejected by the gate only
    /// the chunk is known.
    start: Option<Position>,
    end: u64,
    /// The records of the chunk, opened on first use.
    source: Option<Records>,
    /// The number of the current record.
    at: u64,
}

impl Rejected<'_> {
    /// The problems of the next record; `None` after the last.
    pub async fn next(&mut self) -> anyhow::Result<Option<RejectEntry>> {
        if self.checked.is_none() {
            self.checked = self.entries.next(self.file).await?;
        }
        let gate_first = match (&self.checked, self.gate.front()) {
            (Some(checked), Some(gate)) => gate.record < checked.record,
            (checked, _) => checked.is_none(),
        };
        Ok(if gate_first { self.gate.pop_front() } else { self.checked.take() })
    }

    /// The place of a record. Records must be requested in order, each once per problem.
    pub async fn place(&mut self, entry: &RejectEntry) -> anyhow::Result<Place<'_>> {
        let source = match &mut self.source {
            Some(source) => source,
            none => {
                let from =
                    self.start.unwrap_or(Position { offset: entry.offset, line: entry.line, record: entry.record });
                none.insert(self.file.run.records_from(self.file.objects, from, self.end).await?)
            }
        };
        while self.at < entry.record && source.advance().await? {
            self.at = source.record().position.record;
        }
        let found = (self.at == entry.record).then(|| source.record());
        let record = found.with_context(|| format!("record {} is not in its chunk", entry.record))?;
        Ok(Place { record: entry.record, line: record.position.line, raw: record.raw })
    }
}
