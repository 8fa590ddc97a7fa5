//! A run as its steps see it: its documents, and its compiled feed.

use std::sync::Arc;

use bytes::Bytes;
use sluice_contract::documents::{Repairs, RunDocument, SourceDocument};
use sluice_contract::{ByteRange, Chunk, ErrorName, RunId, keys};
use sluice_engine::checksum::Checksum;
use sluice_engine::encoding::SourceText;
use sluice_engine::feed::FeedPlan;
use sluice_engine::fixed::FixedReader;
use sluice_engine::header::{self, Binding};
use sluice_engine::json::LineReader;
use sluice_engine::record::Position;
use sluice_engine::repair::{Parent, Producer, RepairReader, Sheet};
use sluice_engine::restructure::Omit;
use sluice_engine::row_reader::RowReader;
use sluice_engine::spec::FeedProblem;
use sluice_engine::{InvalidTime, RunContext};
use tokio::sync::{Mutex, OnceCell};

use crate::compiled::{Compiled, compiled};
use crate::documents::{find_json, read_all, read_json};
use crate::objects::{Body, Objects, Reading, SMALL, body_of, short};
use crate::records::Records;
use crate::{Fault, StepError};

/// A run.
pub struct Run {
    /// The pinned input: `run.json`.
    pub document: RunDocument,
    /// The feed as it was when the run began, compiled for the file of the run. For a repair, see
    /// [`FeedPlan::for_repairs`].
    pub plan: Arc<FeedPlan>,
    /// How the producer writes its own files, also if the run reads a repair.
    producer: Producer,
    /// `source.json`; `None` until `pin` is done.
    source: Option<SourceDocument>,
    /// The bytes of a small source, once a step has read them.
    small: OnceCell<Bytes>,
    /// The run's only clock: the time in its document.
    pub context: RunContext,
}

/// Loads runs and keeps the last one, because a function works on many chunks of one run and compiles its feed only
/// once. Clones share the run that they keep.
#[derive(Clone)]
pub struct Runs {
    objects: Arc<dyn Objects>,
    last: Arc<Mutex<Option<Arc<Run>>>>,
}

/// Why a run cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its document could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Its feed has problems.
    #[error("the feed cannot be used: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Feed(Vec<FeedProblem>),
    /// Its document has an invalid time.
    #[error("the document of the run cannot be used")]
    Time(#[from] InvalidTime),
    /// The header in its source is not the one that `split` accepted.
    #[error("the header of the source does not have what the feed reads")]
    Header,
}

impl StepError for LoadError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Feed(_) => ErrorName::InvalidFeed,
            Self::Time(_) | Self::Header => ErrorName::Corrupt,
        }
    }
}

impl Runs {
    /// A loader over the data bucket.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>) -> Self {
        Self { objects, last: Arc::default() }
    }

    /// Loads a run.
    ///
    /// # Errors
    /// If its documents or its feed cannot be used.
    pub async fn load(&self, run_id: &RunId) -> Result<Arc<Run>, LoadError> {
        let mut last = self.last.lock().await;
        if let Some(run) = last.as_ref().filter(|run| run.document.run_id == *run_id) {
            return Ok(Arc::clone(run));
        }
        let source: Option<SourceDocument> = find_json(&*self.objects, &keys::source_document(run_id)).await?;
        let document = match &source {
            Some(source) => source.run.clone(),
            None => read_json(&*self.objects, &keys::run_document(run_id)).await?,
        };
        let Compiled { plan, producer } = compile_feed(&document)?;
        let context = RunContext::at(&document.as_of)?;
        let run = Arc::new(Run { document, plan, producer, source, small: OnceCell::new(), context });
        // A run that is not pinned yet is not kept, so it is loaded again once `pin` is done.
        *last = Some(Arc::clone(&run)).filter(|run| run.source.is_some());
        Ok(run)
    }
}

/// Compiles the feed of a run for the file that the run reads: a file of the producer, or a repair.
///
/// # Errors
/// Every problem of the feed.
pub fn compile(document: &RunDocument) -> Result<Arc<FeedPlan>, LoadError> {
    compile_feed(document).map(|compiled| compiled.plan)
}

/// How the producer writes its own files, also if the run reads a repair.
///
/// # Errors
/// Every problem of the feed.
pub fn producer(document: &RunDocument) -> Result<Producer, LoadError> {
    compile_feed(document).map(|compiled| compiled.producer)
}

/// Compiles the feed of a run. Only here does a repair get another plan than an ordinary file.
fn compile_feed(document: &RunDocument) -> Result<Compiled, LoadError> {
    let saved = document.repairs.as_ref().map(|repairs| repairs.saved);
    compiled(&document.feed_yaml, &document.feed_files, saved).map_err(LoadError::Feed)
}

/// The header of a source, bound to the feed's fields.
pub struct Bound {
    /// The columns that each field is read from.
    pub binding: Binding,
    /// Decides which records of the source are omitted; of a repair, which rows.
    pub omit: Omit,
    /// Makes records from what the file holds, with the labels of the binding. `None` if it holds them as they are.
    pub row_reader: Option<RowReader>,
}

/// Compares the checksum of an object with the expected one, if that is known.
///
/// # Errors
/// `Corrupt` if they differ.
pub fn confirm(key: &str, expected: Option<&str>, found: Checksum) -> Result<(), Fault> {
    let found = found.to_base64();
    match expected {
        Some(expected) if expected != found => Err(Fault::Corrupt {
            what: format!("object {key}"),
            found: format!("its CRC64NVME is {found}, and should be {expected}"),
        }),
        _ => Ok(()),
    }
}

impl Run {
    /// The source document: what records are read from.
    ///
    /// # Errors
    /// `Missing` if `pin` is not done.
    pub fn source(&self) -> Result<&SourceDocument, Fault> {
        let missing = || Fault::Missing { what: format!("object {}", keys::source_document(&self.document.run_id)) };
        self.source.as_ref().ok_or_else(missing)
    }

    /// Compares the checksum of the whole source with the one that `pin` recorded, if it recorded one.
    ///
    /// # Errors
    /// `Corrupt` if they differ.
    pub fn confirm(&self, read: Checksum) -> Result<(), Fault> {
        let source = self.source()?;
        confirm(&source.key, source.crc64nvme.as_deref(), read)
    }

    /// How the bytes of the source are decoded.
    ///
    /// # Errors
    /// As [`Run::source`].
    pub fn text(&self) -> Result<SourceText, Fault> {
        self.source().map(|source| source.text)
    }

    /// The maximum length of a record of the source, in bytes.
    #[must_use]
    pub fn max_record(&self) -> usize {
        usize::try_from(self.document.max_record_bytes).unwrap_or(usize::MAX)
    }

    /// Reads the header of the source, and binds the feed's fields to its columns. If the feed names the columns, the
    /// source has no header.
    ///
    /// # Errors
    /// If the header cannot be read, or is not the one that `split` accepted.
    pub async fn binding(&self, objects: &dyn Objects, header: ByteRange) -> Result<Binding, LoadError> {
        self.bind(objects, header).await.map(|bound| bound.binding)
    }

    /// As [`Run::binding`], together with what omits records and what makes them of rows.
    ///
    /// # Errors
    /// As [`Run::binding`].
    pub async fn bind(&self, objects: &dyn Objects, header: ByteRange) -> Result<Bound, LoadError> {
        if let Some(columns) = &self.plan.source.columns {
            let binding = header::check(&self.plan, columns).binding.ok_or(LoadError::Header)?;
            let text = self.text()?;
            let omit = Omit::new(&self.plan, columns, text);
            let row_reader = match &self.plan.source.fixed {
                Some(layout) => Some(RowReader::Fixed(Box::new(FixedReader::new(Arc::clone(layout), text)))),
                None => self.plan.json.as_ref().map(|_| RowReader::Json(Box::new(LineReader::new(columns, text)))),
            };
            return Ok(Bound { binding, omit, row_reader });
        }
        let source = self.source()?;
        let start = Position { offset: header.start, ..Position::START };
        let mut records = self.records_from(objects, start, header.end).await?;
        if !self.plan.source.header.is_first_record() {
            return self.bind_rows(records).await;
        }
        if !records.advance().await? {
            return Err(LoadError::Header);
        }
        let record = records.record();
        let Some(Repairs { run, columns, .. }) = &self.document.repairs else {
            let labels: Vec<_> = record.iter().map(|label| source.text.show(label).into_owned()).collect();
            let binding = header::check(&self.plan, &labels).binding.ok_or(LoadError::Header)?;
            let omit = Omit::new(&self.plan, &binding.labels, source.text);
            return Ok(Bound { binding, omit, row_reader: None });
        };
        let sheet = Sheet::of(record.iter()).ok_or(LoadError::Header)?;
        let binding = header::check(&self.plan, sheet.labels()).binding.ok_or(LoadError::Header)?;
        let omit = Omit::new(&self.plan, sheet.all(), source.text);
        let parent = Parent { run: run.to_string(), producer: self.producer.clone(), columns: columns.clone() };
        Ok(Bound { binding, omit, row_reader: Some(RowReader::Repair(Box::new(RepairReader::new(sheet, parent)))) })
    }

    /// As [`Run::bind`], for a header that may have several records.
    async fn bind_rows(&self, mut records: Records) -> Result<Bound, LoadError> {
        let text = self.text()?;
        let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
        while rows.len() < self.plan.source.header.rows && records.advance().await? {
            rows.push(records.record().iter().map(<[u8]>::to_vec).collect());
        }
        let show = |row: &Vec<Vec<u8>>| row.iter().map(|label| text.show(label).into_owned()).collect();
        let rows_shown: Vec<Vec<String>> = rows.iter().map(show).collect();
        let labels: Vec<String> = show(&header::join(&rows, text));
        let binding = header::check(&self.plan, &labels).binding.ok_or(LoadError::Header)?;
        Ok(Bound { binding, omit: Omit::of_rows(&self.plan, &rows_shown, text), row_reader: None })
    }

    /// The run whose rejects this run repairs, if it is a repair.
    #[must_use]
    pub fn repairs(&self) -> Option<&RunId> {
        self.document.repairs.as_ref().map(|repairs| &repairs.run)
    }

    /// The records of a chunk, from the source.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn records(&self, objects: &dyn Objects, chunk: &Chunk) -> Result<Records, Fault> {
        let position = Position { offset: chunk.start, line: chunk.first_line, record: chunk.first_record };
        self.records_from(objects, position, chunk.end).await
    }

    /// The records of the source from a position to the end of a range, such as a chunk.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn records_from(&self, objects: &dyn Objects, from: Position, end: u64) -> Result<Records, Fault> {
        let range = ByteRange { start: from.offset, end };
        let source = self.source()?;
        let body = if source.bytes <= SMALL {
            self.small(objects, source, range).await?
        } else {
            objects.read(&source.key, Some(range), Reading::Ahead).await?
        };
        Ok(Records::of(source.key.clone(), body, self.plan.dialect, from).max_record(self.max_record()))
    }

    /// A range of a small source, which is read once and kept: its header, records and rejects take one request together. The source
    /// never changes, so its bytes are good for all chunks and calls.
    async fn small(&self, objects: &dyn Objects, source: &SourceDocument, range: ByteRange) -> Result<Body, Fault> {
        let read = || async { read_all(objects, &source.key, None).await.map(Bytes::from) };
        let all = self.small.get_or_try_init(read).await?;
        let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        if start > end || end > all.len() {
            return Err(short(&source.key, range, all.len() as u64));
        }
        Ok(body_of(all.slice(start..end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_held_against_one_that_is_known() {
        let found = Checksum::of(b"123456789");
        assert!(confirm("k", None, found).is_ok());
        assert!(confirm("k", Some(&found.to_base64()), found).is_ok());
        let other = confirm("k", Some("AAAAAAAAAAA="), found).unwrap_err();
        assert_eq!(
            other.to_string(),
            "object k is not what was expected: its CRC64NVME is rosUhgp5mIg=, and should be AAAAAAAAAAA="
        );
    }
}
