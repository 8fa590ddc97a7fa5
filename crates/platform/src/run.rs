//! A run as its steps see it: what is fixed about it, and its feed, compiled.

use std::sync::Arc;

use sluice_contract::documents::RunDocument;
use sluice_contract::{ByteRange, Chunk, ErrorName, RunId, keys};
use sluice_engine::feed::{FeedPlan, FeedProblem};
use sluice_engine::header::{self, Binding};
use sluice_engine::record::Position;
use tokio::sync::Mutex;

use crate::documents::read_json;
use crate::objects::Objects;
use crate::records::Records;
use crate::{Fault, StepError};

/// A run.
pub struct Run {
    /// What is fixed about it.
    pub document: RunDocument,
    /// Its feed as it was when the run began.
    pub plan: FeedPlan,
}

/// Loads runs, and keeps the last: a function works on many chunks of one run, and its feed is
/// compiled once for them all.
pub struct Runs {
    objects: Arc<dyn Objects>,
    last: Mutex<Option<Arc<Run>>>,
}

/// Why a run cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its document could not be read.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Its feed has problems.
    #[error("the feed cannot be used: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Feed(Vec<FeedProblem>),
    /// The header in its source is not the one that `split` accepted.
    #[error("the header of the source does not have what the feed reads")]
    Header,
}

impl StepError for LoadError {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::Feed(_) => ErrorName::InvalidFeed,
            Self::Header => ErrorName::Corrupt,
        }
    }
}

impl Runs {
    /// A loader over the data bucket.
    #[must_use]
    pub fn new(objects: Arc<dyn Objects>) -> Self {
        Self { objects, last: Mutex::new(None) }
    }

    /// Loads a run.
    ///
    /// # Errors
    /// Where its document or its feed cannot be used.
    pub async fn load(&self, run_id: &RunId) -> Result<Arc<Run>, LoadError> {
        let mut last = self.last.lock().await;
        if let Some(run) = last.as_ref().filter(|run| run.document.run_id == *run_id) {
            return Ok(Arc::clone(run));
        }
        let document: RunDocument = read_json(&*self.objects, &keys::run_document(run_id)).await?;
        let plan = FeedPlan::from_yaml(&document.feed_yaml).map_err(LoadError::Feed)?;
        let run = Arc::new(Run { document, plan });
        *last = Some(Arc::clone(&run));
        Ok(run)
    }
}

impl Run {
    /// Reads the header of the source, and binds the feed's fields to its columns.
    ///
    /// # Errors
    /// Where it cannot be read, or is not the header that was accepted.
    pub async fn binding(&self, objects: &dyn Objects, header: ByteRange) -> Result<Binding, LoadError> {
        let source = &self.document.source;
        let mut records = Records::open(objects, source, Some(header), self.plan.dialect, Position::START).await?;
        if !records.advance().await? {
            return Err(LoadError::Header);
        }
        let labels: Vec<&[u8]> = records.record().iter().collect();
        header::check(&self.plan, &labels).binding.ok_or(LoadError::Header)
    }

    /// The records of a chunk, from the source.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn records(&self, objects: &dyn Objects, chunk: &Chunk) -> Result<Records, Fault> {
        let position = Position { offset: chunk.start, line: chunk.first_line, record: chunk.first_record };
        self.records_from(objects, position, chunk.end).await
    }

    /// The records of the source from a position to the end of a chunk.
    ///
    /// # Errors
    /// As [`Objects::read`].
    pub async fn records_from(&self, objects: &dyn Objects, from: Position, end: u64) -> Result<Records, Fault> {
        let range = ByteRange { start: from.offset, end };
        Records::open(objects, &self.document.source, Some(range), self.plan.dialect, from).await
    }
}
