//! Logs the rejects of a chunk in a phase: into the file, which is authoritative, into the index, and as counts for the
//! report.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sluice_contract::documents::Part;
use sluice_contract::{ByteRange, Chunk, Phase, keys};
use sluice_engine::feed::RetryPlan;
use sluice_engine::group::ItemRecords;
use sluice_engine::record::Position;
use sluice_engine::reject::Place;
use sluice_engine::{Code, FirstRejects, Place as RecordPlace, Problem, Stage};

use self::file::RejectFile;
use crate::objects::Objects;
use crate::records::Records;
use crate::rejects::{RejectEntry, Rejects};
use crate::run::{LoadError, Run};
use crate::{Call, Fault};

/// The number of entries that are written to the index together.
const INDEX_BATCH: usize = 100;

/// Where rejects are written.
#[derive(Clone, Copy)]
pub struct RejectStore<'a> {
    /// The data bucket.
    pub objects: &'a dyn Objects,
    /// The index of rejects.
    pub index: &'a dyn Rejects,
    /// How many days an entry of the index is kept, counted from the run's clock.
    pub days: u32,
}

/// Writes the rejects of a chunk in a phase.
///
/// Records are written as they came. So the log opens the source a second time at the first reject, and reads it as
/// rejects come. A chunk without rejects is not read twice.
pub struct RejectLog<'a> {
    store: RejectStore<'a>,
    run: Arc<Run>,
    chunk: Chunk,
    file: RejectFile,
    source: Option<Records>,
    /// Entries that are not in the index yet.
    entries: Vec<RejectEntry>,
    /// When entries expire, in seconds since the epoch.
    expires: i64,
    by_code: BTreeMap<String, u64>,
    first: FirstRejects,
}

/// What a log has written.
#[derive(Default)]
pub struct Logged {
    /// The file; without a key if there were no rejects.
    pub part: Part,
    /// Rejects by code; a record with several codes counts under each.
    pub by_code: BTreeMap<String, u64>,
    /// The first rejects.
    pub first: FirstRejects,
}

impl<'a> RejectLog<'a> {
    /// Opens the log of a chunk of a run. `header` is the range of the header in the source. The key of the file
    /// contains the id of this call.
    ///
    /// # Errors
    /// If the header cannot be read, or is not the one that `split` accepted; if the file cannot be begun.
    pub async fn open(
        store: RejectStore<'a>,
        run: &Arc<Run>,
        phase: Phase,
        header: ByteRange,
        chunk: Chunk,
        call: &Call,
    ) -> Result<Self, LoadError> {
        let key = keys::rejected(&run.document.run_id, phase, chunk.chunk, call.id());
        let file = RejectFile::create(store.objects, key, run, header).await?;
        let expires = run.context.as_of.as_second() + i64::from(store.days) * 24 * 60 * 60;
        Ok(Self {
            store,
            run: Arc::clone(run),
            chunk,
            file,
            source: None,
            entries: Vec::new(),
            expires,
            by_code: BTreeMap::new(),
            first: FirstRejects::default(),
        })
    }

    /// Adds a record of the chunk by its number, and the others that make an item with it, if there are any. Records must come in
    /// the order of the source.
    ///
    /// # Errors
    /// If the source cannot be read, or file or index cannot be written; `Corrupt` if the chunk has no such record.
    pub async fn add(&mut self, record: u64, item: &ItemRecords, problems: Vec<Problem>) -> Result<(), Fault> {
        let Chunk { start: offset, first_line: line, first_record, .. } = self.chunk;
        let mut source = self.take_source(Position { offset, line, record: first_record }).await?;
        seek(&mut source, record, &self.run).await?;
        self.add_item(source, item, problems).await
    }

    /// Adds a record of the chunk by its position, as [`RejectLog::add`] does. The source is read from there; the records before it
    /// are skipped.
    ///
    /// # Errors
    /// As [`RejectLog::add`].
    pub async fn add_at(&mut self, at: Position, item: &ItemRecords, problems: Vec<Problem>) -> Result<(), Fault> {
        let mut source = self.take_source(at).await?;
        if !source.advance_to(at).await? {
            let Position { record, offset, .. } = at;
            let found = format!("no record {record} at byte {offset}");
            return Err(Fault::Corrupt { what: self.run.source()?.key.clone(), found });
        }
        self.add_item(source, item, problems).await
    }

    /// Adds the record that the source has gone to, and the others of its item.
    async fn add_item(&mut self, source: Records, item: &ItemRecords, problems: Vec<Problem>) -> Result<(), Fault> {
        let may_succeed = rejecting(&problems).all(|problem| problem.code.is_retryable());
        let Position { record: first, line, .. } = source.record().position;
        let of = 1 + item.others.len();
        // If records of an item are missing in a repair, those that came say so in the next repair too.
        let keeps =
            self.run.repairs().is_some() && problems.iter().any(|problem| problem.code == Code::IncompleteGroup);
        let place = |at| (!keeps).then_some(Place { at, of, first });
        if item.others.is_empty() {
            return self.add_found(source, place(1), problems, may_succeed).await;
        }
        let stage = problems.first().map_or(Stage::Restructure, |problem| problem.stage);
        let by_record = item.found.by_record(RecordPlace { record: first, line }, problems);
        let mut by_record: BTreeMap<u64, Vec<Problem>> =
            by_record.map(|(place, problems)| (place.record, problems)).collect();
        let wrong = by_record.iter().find(|(_, problems)| rejecting(problems).next().is_some());
        let wrong = wrong.map_or(first, |(record, _)| *record);
        let mut of_record = |record: u64| {
            let mut problems = by_record.remove(&record).unwrap_or_default();
            if rejecting(&problems).next().is_none() {
                let message = format!("record {wrong} of the same item is rejected, and this one with it");
                problems.push(Problem::new(stage, Code::ItemRejected, message));
            }
            problems
        };
        self.add_found(source, place(1), of_record(first), may_succeed).await?;
        for (at, record) in (2..).zip(item.others.iter()) {
            let Some(mut source) = self.source.take() else { break };
            seek(&mut source, record, &self.run).await?;
            self.add_found(source, place(at), of_record(record), may_succeed).await?;
        }
        Ok(())
    }

    /// Completes the file and the index.
    ///
    /// # Errors
    /// If one of them cannot be written.
    pub async fn finish(mut self) -> Result<Logged, Fault> {
        self.write_index().await?;
        Ok(Logged { part: self.file.finish().await?, by_code: self.by_code, first: self.first })
    }

    /// Takes the records of the source, and opens it at a position if it is not open yet.
    async fn take_source(&mut self, from: Position) -> Result<Records, Fault> {
        match self.source.take() {
            Some(source) => Ok(source),
            None => self.run.records_from(self.store.objects, from, self.chunk.end).await,
        }
    }

    /// Adds the record that the source has gone to, and puts the source back. `may_succeed` says whether it can succeed unchanged.
    async fn add_found(
        &mut self,
        source: Records,
        place: Option<Place>,
        mut problems: Vec<Problem>,
        may_succeed: bool,
    ) -> Result<(), Fault> {
        let row = source.record();
        let attempts = self.file.add(&row, place, &mut problems).await?;
        let Position { record, line, offset } = row.position;
        self.source = Some(source);
        let codes: BTreeSet<_> = rejecting(&problems).map(|problem| problem.code).collect();
        for code in codes {
            match self.by_code.get_mut(code.as_str()) {
                Some(records) => *records += 1,
                None => drop(self.by_code.insert(code.to_string(), 1)),
            }
        }
        self.first.add(record, line, &problems);
        let entry = RejectEntry::open(record, line, offset, problems, self.expires).attempts(attempts);
        self.entries.push(match self.retry_at(&entry, may_succeed) {
            Some(at) => entry.retry(self.run.plan.name.as_str(), at),
            None => entry,
        });
        if self.entries.len() >= INDEX_BATCH { self.write_index().await } else { Ok(()) }
    }

    /// When a reject is due to be retried; `None` if it cannot succeed unchanged, or its feed does not retry. A reject
    /// that has used all attempts of its feed is due at once, so that `retry` marks it as exhausted.
    fn retry_at(&self, entry: &RejectEntry, may_succeed: bool) -> Option<i64> {
        let most = self.run.plan.retry.attempts;
        if most == 0 || self.run.document.dry_run || !may_succeed {
            return None;
        }
        let wait = if entry.attempts < most { RetryPlan::wait(entry.attempts) } else { 0 };
        Some(self.run.context.as_of.as_second() + wait)
    }

    async fn write_index(&mut self) -> Result<(), Fault> {
        if !self.entries.is_empty() {
            self.store.index.record(&self.run.document.run_id, &self.entries).await?;
            self.entries.clear();
        }
        Ok(())
    }
}

/// Reads the source up to a record.
async fn seek(source: &mut Records, record: u64, run: &Run) -> Result<(), Fault> {
    loop {
        let found = if source.advance().await? {
            match source.record().position.record {
                found if found < record => continue,
                found if found == record => return Ok(()),
                found => format!("record {found}, but not {record} before it"),
            }
        } else {
            format!("no record {record} in its chunk")
        };
        return Err(Fault::Corrupt { what: run.source()?.key.clone(), found });
    }
}

/// The problems that reject a record.
fn rejecting(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems.iter().filter(|problem| !problem.is_warning())
}
