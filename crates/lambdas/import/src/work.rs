//! The work on a chunk: counts records, writes them to the outputs, and saves the progress when the time is up.

use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_contract::documents::{ImportCounts, ImportOutcome, Part, Progress, Requests, Usage, Version};
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{Phase, keys};
use sluice_engine::checksum::{Checksum, Crc64Nvme};
use sluice_engine::feed::FeedPlan;
use sluice_engine::record::Rows;
use sluice_engine::{Code, FirstRejects, Problem, Stage};
use sluice_platform::documents::{put_json, put_json_once};
use sluice_platform::meter::Reading;
use sluice_platform::part::PartWriter;
use sluice_platform::reject_log::{Logged, RejectLog, RejectStore};
use sluice_platform::run::Run;
use sluice_platform::sink::{Sink, SinkKind, Written};
use sluice_platform::{Call, Fault, chain};

use crate::Error;
use crate::batch::Row;
use crate::chunk::Deps;
use crate::overtaken::Overtaken;
use crate::summaries::{Added, Summaries};

/// Rows are written in pieces of this size, in bytes: a few thousand rows, a small part of a multipart upload.
const FLUSH_BYTES: usize = 256 * 1024;

/// The outcome of a chunk before its first record.
fn nothing(input: &ChunkInput, plan: &FeedPlan) -> ImportOutcome {
    ImportOutcome {
        version: Version,
        run_id: input.run_id.clone(),
        chunk: input.chunk.chunk,
        counts: ImportCounts { items: plan.group.is_some().then_some(0), ..ImportCounts::default() },
        by_code: BTreeMap::new(),
        imported: Vec::new(),
        overtaken: Vec::new(),
        rejects: Vec::new(),
        first_rejects: FirstRejects::default(),
        summaries: Vec::new(),
        usage: Usage::default(),
    }
}

/// The cells of a row before its line break; `None` if the record deletes. A feed that deletes has a mark behind the fields of each row,
/// which is empty if the record does not.
fn fields_of<'r>(row: Row<'r>, plan: &FeedPlan) -> Option<&'r [u8]> {
    let line = row.line.strip_suffix(b"\n").unwrap_or(row.line);
    if plan.import.delete.is_some() { line.strip_suffix(b",") } else { Some(line) }
}

/// The work of one invocation on a chunk. It writes its own parts of the outputs, and leaves those of earlier invocations alone.
pub(crate) struct Work<'a> {
    deps: &'a Deps,
    run: Arc<Run>,
    sink: &'a dyn Sink,
    input: &'a ChunkInput,
    call: &'a Call,
    reading: Reading,
    outcome: ImportOutcome,
    /// The checksums of the valid objects, as far as earlier invocations came.
    before: [Checksum; 2],
    /// The checksums of their rows that this invocation has done since.
    done: [Crc64Nvme; 2],
    /// Records that this invocation has done.
    taken: u64,
    object: PartWriter,
    header_bytes: u64,
    records: u64,
    rows: Vec<u8>,
    summaries: Summaries,
    overtaken: Overtaken<'a>,
    /// Opened at the first reject. Boxed, because it is large and seldom needed.
    rejects: Option<Box<RejectLog<'a>>>,
    next_record: u64,
}

impl<'a> Work<'a> {
    /// Begins a chunk, or continues after the progress of an earlier invocation.
    pub(crate) async fn create(
        deps: &'a Deps,
        run: &Arc<Run>,
        sink: &'a dyn Sink,
        input: &'a ChunkInput,
        call: &'a Call,
        progress: Option<Progress>,
        reading: Reading,
    ) -> Result<Self, Error> {
        let Progress { done, settled_done, next_record, outcome, .. } = progress.unwrap_or_else(|| Progress {
            version: Version,
            done: Checksum::default(),
            settled_done: Checksum::default(),
            next_record: input.chunk.first_record,
            outcome: nothing(input, &run.plan),
        });
        let key = keys::imported(&input.run_id, input.chunk.chunk, call.id());
        let object = PartWriter::create(&*deps.objects, key).await?;
        let labels =
            || run.plan.leading().iter().copied().chain(run.plan.fields.iter().map(|field| field.name.as_str()));
        let key = keys::overtaken(&input.run_id, input.chunk.chunk, call.id());
        let overtaken = Overtaken::new(&*deps.objects, key, labels());
        let mut rows = Rows::default();
        rows.row(labels());
        let rows = rows.as_bytes().to_vec();
        Ok(Self {
            deps,
            run: Arc::clone(run),
            sink,
            input,
            call,
            reading,
            outcome,
            before: [settled_done, done],
            done: [Crc64Nvme::new(), Crc64Nvme::new()],
            taken: 0,
            object,
            header_bytes: rows.len() as u64,
            records: 0,
            rows,
            summaries: Summaries::new(run, input, call),
            overtaken,
            rejects: None,
            next_record,
        })
    }

    /// The checksums of the valid objects, as far as they are done.
    pub(crate) fn done(&self) -> [Checksum; 2] {
        let ([settled, judged], [settled_since, judged_since]) = (self.before, &self.done);
        [settled.then(settled_since.checksum()), judged.then(judged_since.checksum())]
    }

    /// The number of the first record that may not be done.
    pub(crate) fn next_record(&self) -> u64 {
        self.next_record
    }

    /// Begins with the records after the bytes that are `done`.
    pub(crate) fn begin(&mut self, done: [Checksum; 2]) {
        self.before = done;
    }

    /// Notes that these lines of one of the valid objects are done.
    pub(crate) fn done_with(&mut self, part: usize, lines: &[u8]) {
        if let Some(done) = self.done.get_mut(part) {
            done.update(lines);
        }
    }

    /// Counts a record.
    fn take(&mut self, row: Row<'_>) {
        self.next_record = row.record + 1;
        self.taken += 1;
        self.outcome.counts.read += row.records();
    }

    /// Counts a record that lost its key to another one.
    pub(crate) fn duplicate(&mut self, row: Row<'_>) {
        self.take(row);
        self.outcome.counts.duplicate += row.records();
    }

    /// Counts a record by the sink's answer, and adds it to the rows of the output if the target holds it. Returns the refusal if the
    /// sink refuses it; [`Work::refused`] writes that to the rejects.
    pub(crate) fn written(&mut self, row: Row<'_>, written: Written) -> Option<(Code, String)> {
        self.take(row);
        // AWS bills no write to a collection, and there is none to the outputs.
        let is_free = matches!(self.run.plan.import.sink, SinkKind::Collection | SinkKind::Outputs);
        self.outcome.usage.writes += u64::from(!is_free);
        let counts = &mut self.outcome.counts;
        let refusal = match written {
            Written::Imported => {
                counts.imported += row.records();
                None
            }
            Written::Unchanged => {
                counts.unchanged += row.records();
                None
            }
            Written::Stale => {
                counts.stale += row.records();
                self.overtake(row, "stale");
                return None;
            }
            Written::Left => {
                counts.left += row.records();
                self.overtake(row, "left");
                return None;
            }
            Written::Deleted => {
                counts.deleted += row.records();
                return None;
            }
            Written::TooLarge(why) => Some((self.run.plan.sink.limits().too_large, why)),
            Written::Refused(why) => Some((Code::SinkRefused, why)),
        };
        if refusal.is_some() {
            counts.rejected += row.records();
        } else {
            counts.items = counts.items.map(|items| items + 1);
            self.records += 1;
            // The output takes the row without the mark of a feed that deletes.
            self.rows.extend_from_slice(fields_of(row, &self.run.plan).unwrap_or_default());
            self.rows.push(b'\n');
        }
        refusal
    }

    /// Keeps what a record adds to a summary, once the sink has answered.
    pub(crate) fn add(&mut self, added: Added) {
        self.summaries.add(added);
    }

    /// Keeps a winner that the sink does not hold. A record that deletes is none.
    fn overtake(&mut self, row: Row<'_>, outcome: &str) {
        if let Some(fields) = fields_of(row, &self.run.plan) {
            self.overtaken.add(fields, outcome);
        }
    }

    /// Writes the rows to the output if there are enough of them, and what summaries have too much in memory.
    pub(crate) async fn write_rows(&mut self) -> Result<(), Error> {
        self.summaries.make_room(&*self.deps.objects, self.deps.summary_buffer).await?;
        if self.rows.len() >= FLUSH_BYTES {
            self.object.write(&self.rows).await?;
            self.rows.clear();
        }
        Ok(self.overtaken.make_room().await?)
    }

    /// Counts a record that the gate rejected, and writes it to the rejects.
    pub(crate) async fn rejected_by_gate(&mut self, row: Row<'_>, problems: Vec<Problem>) -> Result<(), Error> {
        self.take(row);
        let counts = &mut self.outcome.counts;
        counts.rejected += row.records();
        counts.rejected_by_gate += row.records();
        self.reject(row, problems).await
    }

    /// Counts a record of which it cannot be said what it adds to a summary, and writes it to the rejects.
    pub(crate) async fn unsummarised(&mut self, row: Row<'_>, problem: Problem) -> Result<(), Error> {
        self.take(row);
        self.outcome.counts.rejected += row.records();
        self.reject(row, vec![problem]).await
    }

    /// Writes a record that the sink refused to the rejects.
    pub(crate) async fn refused(&mut self, row: Row<'_>, code: Code, why: &str) -> Result<(), Error> {
        // The sink's message may quote the value of any field.
        let why = if self.run.plan.masks.any() { "why is not shown, because a field is sensitive" } else { why };
        let problem =
            Problem::new(Stage::Import, code, format!("the {} refused the record: {why}", self.run.plan.sink.target()));
        self.reject(row, vec![problem]).await
    }

    async fn reject(&mut self, row: Row<'_>, problems: Vec<Problem>) -> Result<(), Error> {
        let rejects = match &mut self.rejects {
            Some(rejects) => rejects,
            none => {
                let Deps { objects, rejects: index, rejects_days: days, .. } = self.deps;
                let store = RejectStore { objects: &**objects, index: &**index, days: *days };
                let ChunkInput { header, chunk, .. } = *self.input;
                let log = RejectLog::open(store, &self.run, Phase::Import, header, chunk, self.call).await?;
                none.insert(Box::new(log))
            }
        };
        Ok(rejects.add(row.record, row.item, problems).await?)
    }

    /// Ends the chunk after its last record. Writes the outcome last, and once.
    pub(crate) async fn complete(self, valid: [&Part; 2]) -> Result<ImportOutput, Error> {
        let (deps, input) = (self.deps, self.input);
        for (part, done) in valid.into_iter().zip(self.done()).filter(|(part, _)| part.records > 0) {
            if let Some(found) = part.differs(done) {
                return Err(Fault::Corrupt { what: format!("object {}", part.key), found }.into());
            }
        }
        let outcome = self.close().await?;
        let key = keys::outcome(&input.run_id, Phase::Import, input.chunk.chunk);
        put_json_once(&*deps.objects, &key, &outcome).await?;
        Ok(ImportOutput { done: true, next_record: None })
    }

    /// Ends the invocation because of a fault, and saves its progress.
    pub(crate) async fn interrupt_by(self, fault: Fault) -> Result<ImportOutput, Error> {
        let comes_further = self.taken > 0;
        if comes_further {
            let interrupted = self.interrupt().await?;
            // A slow sink is no failure: the state machine must not count this call as an attempt.
            if matches!(fault, Fault::Throttled { .. }) {
                tracing::warn!("the time is up, and what is done is kept: {}", chain(&fault));
                return Ok(interrupted);
            }
        }
        Err(fault.into())
    }

    /// Ends the invocation because its time is up, and saves its progress.
    pub(crate) async fn interrupt(self) -> Result<ImportOutput, Error> {
        let (deps, input, next_record, [settled_done, done]) = (self.deps, self.input, self.next_record, self.done());
        let outcome = self.close().await?;
        let progress = Progress { version: Version, done, settled_done, next_record, outcome };
        put_json(&*deps.objects, &keys::progress(&input.run_id, input.chunk.chunk), &progress).await?;
        Ok(ImportOutput { done: false, next_record: Some(next_record) })
    }

    async fn close(mut self) -> Result<ImportOutcome, Fault> {
        self.sink.flush().await?;
        if self.records > 0 {
            self.object.write(&self.rows).await?;
            self.outcome.imported.push(self.object.finish(self.header_bytes, self.records).await?);
        }
        self.outcome.summaries.extend(self.summaries.finish(&*self.deps.objects).await?);
        self.outcome.overtaken.extend(self.overtaken.finish().await?);
        if let Some(rejects) = self.rejects {
            let Logged { part, by_code, first } = rejects.finish().await?;
            self.outcome.rejects.push(part);
            for (code, records) in by_code {
                *self.outcome.by_code.entry(code).or_insert(0) += records;
            }
            self.outcome.first_rejects.extend(first);
        }
        // The outcome, or the progress, is still to be written.
        self.outcome.usage += self.reading.usage_with(Requests { s3_writes: 1, ..Requests::default() });
        Ok(self.outcome)
    }
}
