//! The world of a run on this machine: a folder, and what is in memory for as long as the run takes.
//!
//! ```text
//! DIR/feeds, archive, runs, output   as in a stack's data bucket
//! DIR/runs/<run>/rejects/             beside what a stack has there, the index of rejects
//! DIR/output/<feed>/<run>/           beside the outputs, the table: <table>.jsonl
//! DIR/mail/                          the mails, instead of being sent
//! ```
//!
//! The run of a file begins anew whenever it is called, with an empty table: the same file and feed
//! give the same result, whatever was tried before.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sluice_contract::{RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_intake::ObjectCreated;
use sluice_pipeline::{Config, Steps};
use sluice_platform::clock::Clock;
use sluice_platform::events::{Events, MemoryEvents};
use sluice_platform::executions::{Executions, MemoryExecutions};
use sluice_platform::inbox::{FileInbox, Inbox, UploadVersion};
use sluice_platform::ledger::{Ledger, MemoryLedger, RunSearch};
use sluice_platform::mail::{Mailer, Outbox};
use sluice_platform::objects::{ContentType, Existing, FileObjects, Objects};
use sluice_platform::references::{JsonLinesReferences, References};
use sluice_platform::rejects::{FileRejects, Rejects};
use sluice_platform::run::Runs;
use sluice_platform::sink::{self, JsonLinesSink, Sinks};
use sluice_platform::{Fault, World};

use crate::feed::Feed;

/// The name that the inbox bucket has here.
const INBOX_BUCKET: &str = "local";

/// Writes in flight: to a file, one after the other is as fast as any.
const IN_FLIGHT: usize = 1;

/// The world of a run on this machine.
pub struct Local {
    /// The run.
    pub run: RunId,
    /// The folder as a data bucket.
    pub objects: FileObjects,
    /// The ledger.
    pub ledger: MemoryLedger,
    /// Executions: this one.
    pub executions: MemoryExecutions,
    /// Where mails go.
    pub outbox: Outbox,
    /// The index of rejects.
    pub rejects: FileRejects,
    folder: PathBuf,
    outputs: PathBuf,
    clock: Clock,
    runs: Runs,
    inbox: FileInbox,
    version: UploadVersion,
    sink: JsonLinesSink,
}

/// The world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The file has no name that can be a part of a key.
    #[error("the file's name is not text")]
    NoName,
    /// What an earlier call left could not be removed.
    #[error("failed to remove {path}: {source}")]
    NotRemoved {
        /// What was to be removed.
        path: PathBuf,
        /// Why it was not.
        source: std::io::Error,
    },
    /// The folder or the file cannot be used.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Local {
    /// A world in this folder in which the file was just uploaded.
    pub async fn open(
        folder: &Path,
        feed: &FeedName,
        file: &Path,
        dry_run: bool,
        clock: Clock,
    ) -> Result<Self, LocalError> {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or(LocalError::NoName)?;
        let key = keys::upload(feed, name, dry_run);
        let objects = FileObjects::open(folder)?;
        let inbox = FileInbox::new(file, &key, &objects);
        let version = inbox.version().await?;
        let run = RunId::derive(feed, INBOX_BUCKET, &key, &version.version_id);
        let output = objects.path(&keys::output(feed, &run, keys::IMPORTED_CSV))?;
        let manifest = objects.path(&keys::manifest(&run))?;
        for earlier in [&output, &manifest].into_iter().filter_map(|file| file.parent()) {
            match std::fs::remove_dir_all(earlier) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(LocalError::NotRemoved { path: earlier.to_owned(), source });
                }
                _ => {}
            }
        }
        Ok(Self {
            sink: JsonLinesSink::open(output.parent().unwrap_or(folder))?,
            outputs: output.parent().unwrap_or(folder).to_owned(),
            outbox: Outbox::open(folder.join("mail"))?,
            folder: folder.to_owned(),
            clock,
            runs: Runs::new(Arc::new(objects.clone())),
            ledger: MemoryLedger::new(),
            executions: MemoryExecutions::new(),
            rejects: FileRejects::new(folder.join("runs")),
            run,
            objects,
            inbox,
            version,
        })
    }

    /// Puts the feed where a stack has it, with the files that it names.
    pub async fn put_feed(&self, name: &FeedName, feed: &Feed) -> Result<(), Fault> {
        let files = feed.files.iter().map(|(name, text)| (keys::feed_file(name), text.to_owned()));
        for (key, text) in files.chain([(keys::feed(name), feed.yaml.clone())]) {
            self.objects.put(&key, ContentType::Binary, Bytes::from(text), Existing::Replace).await?;
        }
        Ok(())
    }

    /// The event of the upload, as a bucket would send it.
    pub fn event(&self) -> Result<ObjectCreated, serde_json::Error> {
        serde_json::from_value(serde_json::json!({
            "detail": {
                "bucket": { "name": INBOX_BUCKET },
                "object": {
                    "key": self.version.key,
                    "size": self.version.bytes,
                    "etag": self.version.etag,
                    "version-id": self.version.version_id,
                },
            },
        }))
    }

    /// The size of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.version.bytes
    }

    /// The steps in this world.
    pub fn steps(&self, chunk_bytes: u64, max_record_bytes: u64) -> Steps {
        let config = Config {
            intake: sluice_intake::Config { max_file_bytes: u64::MAX },
            pin: sluice_pin::Config { chunk_bytes, max_record_bytes },
            // One process has all cores in one pass.
            split: sluice_split::Config { one_pass_bytes: u64::MAX, read_bytes: sluice_split::Config::READ_BYTES },
            import: sluice_import::Config { in_flight: IN_FLIGHT, margin: Duration::ZERO },
            settled_minutes: 0,
        };
        Steps::new(self, config)
    }

    /// The folder to which everything goes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the outputs.
    pub fn outputs(&self) -> &Path {
        &self.outputs
    }

    /// The file of a table.
    pub fn table(&self, table: &str) -> PathBuf {
        self.sink.path(table)
    }
}

impl World for Local {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.objects.clone())
    }

    fn data_bucket(&self) -> String {
        self.folder.display().to_string()
    }

    fn location(&self) -> String {
        format!("{}/", self.folder.display())
    }

    fn runs(&self) -> Runs {
        self.runs.clone()
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::new(self.inbox.clone())
    }

    fn inbox_bucket(&self) -> String {
        INBOX_BUCKET.to_owned()
    }

    /// The folder `inbox` beside the others: all keys of an inbox begin so.
    fn inbox_objects(&self) -> Arc<dyn Objects> {
        World::objects(self)
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::new(self.ledger.clone())
    }

    fn search(&self) -> Arc<dyn RunSearch> {
        Arc::new(self.ledger.clone())
    }

    fn executions(&self) -> Arc<dyn Executions> {
        Arc::new(self.executions.clone())
    }

    fn sinks(&self) -> Arc<dyn Sinks> {
        sink::only(Arc::new(self.sink.clone()))
    }

    /// The tables that the runs in this folder have left: together they are what a stack has.
    fn references(&self) -> Arc<dyn References> {
        Arc::new(JsonLinesReferences::of_runs(self.folder.join("output")))
    }

    fn rejects(&self) -> Arc<dyn Rejects> {
        Arc::new(self.rejects.clone())
    }

    fn rejects_days(&self) -> u32 {
        0
    }

    fn mailer(&self) -> Arc<dyn Mailer> {
        Arc::new(self.outbox.clone())
    }

    fn operators(&self) -> Vec<String> {
        Vec::new()
    }

    fn events(&self) -> Arc<dyn Events> {
        Arc::new(MemoryEvents::new())
    }

    fn clock(&self) -> Clock {
        self.clock
    }

    fn memory_mb(&self) -> u64 {
        0
    }

    fn is_local(&self) -> bool {
        true
    }
}
