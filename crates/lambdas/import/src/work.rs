//! What is done of a chunk: counted, written out, and kept when the time is up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use sluice_contract::documents::{ImportCounts, ImportOutcome, Part, Progress, Usage, Version};
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{Phase, keys};
use sluice_engine::header::Binding;
use sluice_engine::record::{Position, Rows};
use sluice_engine::{Code, Problem, Stage};
use sluice_platform::Fault;
use sluice_platform::documents::{put_json, put_json_once};
use sluice_platform::objects::{ContentType, ObjectWriter};
use sluice_platform::reject_file::{RejectFile, expires};
use sluice_platform::rejects::RejectEntry;
use sluice_platform::run::Run;
use sluice_platform::sink::Written;

use crate::Error;
use crate::chunk::{Deps, Row};

/// Entries that go to the index together.
const INDEX_BATCH: usize = 100;

/// Rows are handed on in pieces of this size: a few thousand rows, a small part of an upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// One invocation's work on a chunk. Its outputs are parts of their own, so that what an earlier
/// invocation has written stays as it is.
pub(crate) struct Work<'a> {
    deps: &'a Deps,
    run: Arc<Run>,
    input: &'a ChunkInput,
    started: Instant,
    outcome: ImportOutcome,
    part: Part,
    object: Box<dyn ObjectWriter>,
    rows: Vec<u8>,
    rejects: Option<(RejectFile, Binding)>,
    /// Rejects that are not in the index yet.
    entries: Vec<RejectEntry>,
    next_record: u64,
}

impl<'a> Work<'a> {
    /// Begins, or goes on from what an earlier invocation has left.
    pub(crate) async fn create(
        deps: &'a Deps,
        run: &Arc<Run>,
        input: &'a ChunkInput,
        before: Option<ImportOutcome>,
    ) -> Result<Self, Error> {
        let outcome = before.unwrap_or_else(|| ImportOutcome {
            version: Version,
            run_id: input.run_id.clone(),
            chunk: input.chunk.chunk,
            counts: ImportCounts::default(),
            by_code: BTreeMap::new(),
            imported: Vec::new(),
            rejects: Vec::new(),
            usage: Usage::default(),
        });
        let number = u32::try_from(outcome.imported.len() + 1).unwrap_or(u32::MAX);
        let key = keys::imported(&input.run_id, input.chunk.chunk, number);
        let object = deps.objects.create(&key, ContentType::Csv).await?;
        let mut rows = Rows::default();
        rows.row(["_record"].into_iter().chain(run.plan.fields.iter().map(|field| field.name.as_str())));
        let rows = rows.as_bytes().to_vec();
        let part = Part { key, header_bytes: rows.len() as u64, bytes: 0, records: 0 };
        Ok(Self {
            deps,
            run: Arc::clone(run),
            input,
            started: Instant::now(),
            outcome,
            part,
            object,
            rows,
            rejects: None,
            entries: Vec::new(),
            next_record: input.chunk.first_record,
        })
    }

    /// Counts a record that lost its key to another one.
    pub(crate) fn duplicate(&mut self, row: &Row) {
        self.next_record = row.record + 1;
        self.outcome.counts.read += 1;
        self.outcome.counts.duplicate += 1;
    }

    /// Counts what became of a record, and writes it out where it belongs.
    pub(crate) async fn written(&mut self, row: &Row, written: Written) -> Result<(), Error> {
        self.next_record = row.record + 1;
        let counts = &mut self.outcome.counts;
        counts.read += 1;
        self.outcome.usage.writes += 1;
        match written {
            Written::Imported => counts.imported += 1,
            Written::Unchanged => counts.unchanged += 1,
            Written::Stale => {
                counts.stale += 1;
                return Ok(());
            }
            Written::Refused(why) => {
                counts.rejected += 1;
                return self.refused(row, &why).await;
            }
        }
        self.part.records += 1;
        self.rows.extend_from_slice(&row.raw);
        self.rows.push(b'\n');
        if self.rows.len() >= FLUSH_BYTES {
            self.object.write(&self.rows).await?;
            self.rows.clear();
        }
        Ok(())
    }

    /// Counts a record that the gate has rejected, and writes it out as it came.
    pub(crate) async fn rejected_by_gate(&mut self, row: &Row, problems: Vec<Problem>) -> Result<(), Error> {
        self.next_record = row.record + 1;
        let counts = &mut self.outcome.counts;
        counts.read += 1;
        counts.rejected += 1;
        counts.rejected_by_gate += 1;
        self.reject(row, problems).await
    }

    async fn refused(&mut self, row: &Row, why: &str) -> Result<(), Error> {
        // What the sink says may hold a value, of whichever field.
        let why = if self.run.plan.masks.any() { "why is not shown, because a field is sensitive" } else { why };
        let problem = Problem::new(Stage::Import, Code::SinkRefused, format!("the table refused the record: {why}"));
        self.reject(row, vec![problem]).await
    }

    async fn reject(&mut self, row: &Row, problems: Vec<Problem>) -> Result<(), Error> {
        let objects = &*self.deps.objects;
        for code in problems.iter().map(|problem| problem.code).collect::<BTreeSet<_>>() {
            *self.outcome.by_code.entry(code.to_string()).or_insert(0) += 1;
        }
        let (file, binding) = match &mut self.rejects {
            Some(rejects) => rejects,
            none => {
                let binding = self.run.binding(objects, self.input.header).await?;
                let number = u32::try_from(self.outcome.rejects.len() + 1).unwrap_or(u32::MAX);
                let key = keys::rejected(&self.input.run_id, Phase::Import, self.input.chunk.chunk, number);
                none.insert((RejectFile::create(objects, key, &binding.labels).await?, binding))
            }
        };
        let chunk = &self.input.chunk;
        let start = Position { offset: chunk.start, line: chunk.first_line, record: chunk.first_record };
        let at = file.add(objects, &self.run, start, row.record, chunk.end, &binding.labels, &problems).await?;
        let entry = RejectEntry {
            record: at.record,
            line: at.line,
            offset: at.offset,
            problems,
            expires: expires(&self.run.document.as_of, self.deps.rejects_days)?,
        };
        self.entries.push(entry);
        if self.entries.len() >= INDEX_BATCH { Ok(self.index().await?) } else { Ok(()) }
    }

    async fn index(&mut self) -> Result<(), Fault> {
        if !self.entries.is_empty() {
            self.deps.rejects.record(&self.input.run_id, self.input.chunk.chunk, &self.entries).await?;
            self.entries.clear();
        }
        Ok(())
    }

    /// Ends the chunk: the outcome is written last, once.
    pub(crate) async fn complete(self) -> Result<ImportOutput, Error> {
        let (deps, input) = (self.deps, self.input);
        let outcome = self.close().await?;
        let key = keys::outcome(&input.run_id, Phase::Import, input.chunk.chunk);
        put_json_once(&*deps.objects, &key, &outcome).await?;
        Ok(ImportOutput { done: true, next_record: None })
    }

    /// Keeps what is done; `offset` is where the next record begins in the valid object.
    pub(crate) async fn interrupt(self, offset: u64) -> Result<ImportOutput, Error> {
        let (deps, input, next_record) = (self.deps, self.input, self.next_record);
        let outcome = self.close().await?;
        let progress = Progress { version: Version, offset, next_record, outcome };
        put_json(&*deps.objects, &keys::progress(&input.run_id, input.chunk.chunk), &progress).await?;
        Ok(ImportOutput { done: false, next_record: Some(next_record) })
    }

    async fn close(mut self) -> Result<ImportOutcome, Fault> {
        self.deps.sink.flush().await?;
        self.index().await?;
        self.object.write(&self.rows).await?;
        self.part.bytes = self.object.finish().await?;
        self.outcome.imported.push(self.part);
        if let Some((file, _)) = self.rejects {
            self.outcome.rejects.push(file.finish().await?);
        }
        let took = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.outcome.usage += Usage { invocations: 1, mb_ms: took.saturating_mul(self.deps.memory_mb), writes: 0 };
        Ok(self.outcome)
    }
}
