//! A world on this machine: a folder, and some state in memory that ends with the command.
//!
//! There are two kinds. [`Local::once`] is for a run on its own:
//!
//! ```text
//! DIR/feeds, runs, output            as in a stack's data bucket; when a run has ended, little is kept in runs/<run>/
//! DIR/archive/                       names the file, instead of a copy
//! DIR/runs/<run>/rejects/            the index of rejects, which a stack has in a table
//! DIR/output/<feed>/<run>/           the outputs and the table: <table>.jsonl
//! DIR/mail/                          the mails, instead of being sent
//! ```
//!
//! Each run starts with an empty table, so the same file and feed give the same result every time. The other kind,
//! [`Lasting`], keeps its table and its ledger from run to run.

mod hold;
mod lasting;
mod layered;
mod tidy;
mod upload;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use bytes::Bytes;
use sluice_contract::{RunId, keys};
use sluice_engine::feed::{FeedName, FeedPlan};
use sluice_engine::report::shell_word;
use sluice_engine::sink::SinkKind;
use sluice_pipeline::{Config, Steps};
use sluice_platform::clock::Clock;
use sluice_platform::datasets::{Datasets, FileDatasets};
use sluice_platform::events::{Events, MemoryEvents};
use sluice_platform::executions::{Executions, MemoryExecutions};
use sluice_platform::inbox::{FileInbox, Inbox, UploadVersion};
use sluice_platform::joins::{Joins, MemoryJoins};
use sluice_platform::ledger::{Ledger, MemoryLedger, RunEntry, RunSearch};
use sluice_platform::mail::{Mailer, Outbox};
use sluice_platform::meter::Meter;
use sluice_platform::objects::{ContentType, Existing, FileObjects, Objects};
use sluice_platform::outbound::{FileOutbound, Outbound};
use sluice_platform::references::{JsonLinesReferences, References};
use sluice_platform::rejects::{FileRejects, Rejects};
use sluice_platform::run::Runs;
use sluice_platform::sink::{self, JsonLinesSink, Sinks};
use sluice_platform::{Fault, Site, World};

pub use self::lasting::Lasting;
use self::layered::Layered;
pub use self::tidy::Leftovers;
use self::upload::INBOX_BUCKET;
pub use self::upload::Upload;
use crate::feed::Feed;
use crate::run::Limits;

/// Memory for the gate's windows in bytes: 16 MiB. No request hides behind reading ahead here, so the windows may be short.
const WINDOWS: u64 = 16 * 1024 * 1024;

/// How many bytes of rows a join sorts in memory: 64 MiB. All cores sort at the same time.
const JOIN_BUFFER: usize = 64 * 1024 * 1024;

/// About how many bytes of the members' files are a partition of a join: 64 MiB, so that all cores are at work.
const JOIN_PARTITION: u64 = 64 * 1024 * 1024;

/// Writes in flight: parallel writes to one file would not be faster.
const IN_FLIGHT: usize = 1;

/// A world on this machine.
pub struct Local {
    /// The folder as a data bucket.
    pub objects: FileObjects,
    /// A lasting folder below this one: objects that are missing here are read from it.
    lower: Option<FileObjects>,
    /// The executions of this process.
    pub executions: MemoryExecutions,
    /// The joins of this process.
    pub joins: MemoryJoins,
    /// Where mails go.
    pub outbox: Outbox,
    /// Where summaries are delivered.
    outbound: FileOutbound,
    /// The index of rejects.
    pub rejects: FileRejects,
    folder: PathBuf,
    clock: Clock,
    runs: Runs,
    site: Site,
    ports: Ports,
}

/// The ports in which the two kinds differ.
struct Ports {
    inbox: Arc<dyn Inbox>,
    ledger: Arc<dyn Ledger>,
    search: Arc<dyn RunSearch>,
    sink: JsonLinesSink,
    references: JsonLinesReferences,
}

/// Why the world could not be created.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// The name of the file is not valid text, so it cannot be part of a key.
    #[error("the file's name is not text")]
    NoName,
    /// The results of an earlier run could not be removed.
    #[error("failed to remove {path}: {source}")]
    NotRemoved {
        /// The folder.
        path: PathBuf,
        /// The error of the file system.
        source: std::io::Error,
    },
    /// The folder or the file cannot be used.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Local {
    /// Creates the world of a run on its own in this folder, and uploads the file to it.
    pub async fn once(
        folder: &Path,
        feed: &FeedName,
        file: &Path,
        dry_run: bool,
        clock: Clock,
    ) -> Result<(Self, Upload), LocalError> {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or(LocalError::NoName)?;
        let key = keys::upload(feed, name, dry_run);
        let objects = FileObjects::open(folder)?;
        let inbox = FileInbox::new(file, &key, &objects);
        let upload = Upload::new(feed, inbox.version().await?, String::new());
        let output = objects.path(&keys::output(feed, &upload.run, keys::IMPORTED_CSV))?;
        let manifest = objects.path(&keys::manifest(&upload.run))?;
        for earlier in [&output, &manifest].into_iter().filter_map(|file| file.parent()) {
            match std::fs::remove_dir_all(earlier) {
                Err(source) if source.kind() != ErrorKind::NotFound => {
                    return Err(LocalError::NotRemoved { path: earlier.to_owned(), source });
                }
                _ => {}
            }
        }
        let ledger = MemoryLedger::new();
        let ports = Ports {
            inbox: Arc::new(inbox),
            ledger: Arc::new(ledger.clone()),
            search: Arc::new(ledger),
            sink: JsonLinesSink::open(output.parent().unwrap_or(folder))?,
            references: JsonLinesReferences::of_runs(folder.join("output")),
        };
        Ok((Self::new(folder, objects, ports, Site::Once, clock)?, upload))
    }

    fn new(folder: &Path, objects: FileObjects, ports: Ports, site: Site, clock: Clock) -> Result<Self, Fault> {
        Ok(Self {
            outbox: Outbox::open(folder.join("mail"))?,
            outbound: FileOutbound::new(&objects, &folder.join("outbound")),
            rejects: FileRejects::new(folder.join("runs")),
            runs: Runs::new(Arc::new(objects.clone())),
            executions: MemoryExecutions::new(),
            joins: MemoryJoins::new(),
            folder: folder.to_owned(),
            lower: None,
            objects,
            clock,
            site,
            ports,
        })
    }

    /// The same world, which keeps no intermediate files: it moves the parts of an output instead of copying them.
    #[must_use]
    pub fn sparing(mut self) -> Self {
        self.objects = self.objects.moving();
        self
    }

    /// Removes the intermediate files of a run that has ended and will not be resumed.
    pub fn tidy(&self, run: &RunId) -> anyhow::Result<()> {
        tidy::intermediates(&self.folder, run)
    }

    /// Looks whether the file of a run on its own is still the one that was uploaded. The steps read the file itself and
    /// no copy, so a file that has changed was perhaps read half before and half after the change.
    pub async fn confirm(&self, upload: &Upload) -> anyhow::Result<()> {
        let UploadVersion { key, version_id, .. } = upload.version();
        match self.ports.inbox.head(key, version_id).await? {
            Some(_) => Ok(()),
            None => bail!("the file was changed while it was read: run the command again"),
        }
    }

    /// Puts this world over a lasting folder: it reads the tables, runs and sources there, and writes nothing to it.
    pub async fn over(mut self, lasting: &Lasting) -> Result<Self, Fault> {
        for entry in lasting.runs()? {
            // Without the hash of its content, a check of the same file is not skipped as a repetition.
            self.ports.ledger.register(&RunEntry { content: None, ..entry }).await?;
        }
        self.ports.sink = lasting.local.ports.sink.clone();
        self.ports.references = lasting.local.ports.references.clone();
        self.runs = Runs::new(Arc::new(Layered { upper: self.objects.clone(), lower: lasting.local.objects.clone() }));
        self.lower = Some(lasting.local.objects.clone());
        Ok(self)
    }

    /// Writes the feed, and the files that it names, to where a stack has them.
    pub async fn put_feed(&self, name: &FeedName, feed: &Feed) -> Result<(), Fault> {
        let files = feed.files.iter().map(|(name, text)| (keys::feed_file(name), text.to_owned()));
        for (key, text) in files.chain([(keys::feed(name), feed.yaml.clone())]) {
            self.objects.put(&key, ContentType::Binary, Bytes::from(text), Existing::Replace).await?;
        }
        Ok(())
    }

    /// The steps, with the ports of this world.
    pub fn steps(&self, limits: Limits) -> Steps {
        let Limits { chunk_bytes, max_record_bytes } = limits;
        let config = Config {
            intake: sluice_intake::Config { max_file_bytes: u64::MAX },
            pin: sluice_pin::Config { chunk_bytes, max_record_bytes },
            // In one pass, one process uses all cores.
            split: sluice_split::Config { one_pass_bytes: u64::MAX, read_bytes: sluice_split::Config::READ_BYTES },
            import: sluice_import::Config { in_flight: IN_FLIGHT, margin: Duration::ZERO },
            dataset: sluice_dataset::Config { max_record_bytes, buffer: JOIN_BUFFER, partition_bytes: JOIN_PARTITION },
            settled_minutes: 0,
        };
        let mut steps = Steps::new(self, config);
        steps.gate.windows = WINDOWS;
        steps
    }

    /// The folder to which everything is written.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the outputs of a run.
    pub fn outputs(&self, feed: &FeedName, run: &RunId) -> PathBuf {
        self.folder.join(keys::output(feed, run, ""))
    }

    /// A sentence that says where the result of a run is.
    pub fn target_sentence(&self, plan: &FeedPlan, run: &RunId) -> String {
        if plan.import.sink == SinkKind::Outputs {
            return format!("The outputs are in {}.", shell_word(&self.outputs(&plan.name, run).display().to_string()));
        }
        let table = &plan.import.target;
        let path = self.table(table);
        if path.exists() {
            let path = shell_word(&path.display().to_string());
            format!("The table is {path}: zcat {path} shows its records, a line each.")
        } else {
            format!("The table {table} has no record yet.")
        }
    }

    /// The file of a table.
    pub fn table(&self, table: &str) -> PathBuf {
        self.ports.sink.path(table)
    }
}

impl World for Local {
    fn objects(&self) -> Arc<dyn Objects> {
        match &self.lower {
            Some(lower) => Arc::new(Layered { upper: self.objects.clone(), lower: lower.clone() }),
            None => Arc::new(self.objects.clone()),
        }
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

    fn outbound(&self) -> Arc<dyn Outbound> {
        Arc::new(self.outbound.clone())
    }

    fn inbox(&self) -> Arc<dyn Inbox> {
        Arc::clone(&self.ports.inbox)
    }

    fn inbox_bucket(&self) -> String {
        INBOX_BUCKET.to_owned()
    }

    /// The same objects: the keys of an inbox begin with `inbox/`, so they do not collide with others.
    fn inbox_objects(&self) -> Arc<dyn Objects> {
        World::objects(self)
    }

    fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.ports.ledger)
    }

    fn search(&self) -> Arc<dyn RunSearch> {
        Arc::clone(&self.ports.search)
    }

    fn executions(&self) -> Arc<dyn Executions> {
        Arc::new(self.executions.clone())
    }

    fn datasets(&self) -> Arc<dyn Datasets> {
        Arc::new(FileDatasets::new(self.folder.join("sets")))
    }

    fn joins(&self) -> Arc<dyn Joins> {
        Arc::new(self.joins.clone())
    }

    fn sinks(&self) -> Arc<dyn Sinks> {
        sink::only(Arc::new(self.ports.sink.clone()))
    }

    fn references(&self) -> Arc<dyn References> {
        Arc::new(self.ports.references.clone())
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

    fn meter(&self) -> Meter {
        Meter::new(0)
    }

    fn region(&self) -> Option<String> {
        None
    }

    fn site(&self) -> Site {
        self.site.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_changes_while_it_is_read_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        std::fs::write(&file, "id\n1\n").unwrap();
        let feed = "prices".parse().unwrap();
        let out = folder.path().join("out");
        let (local, upload) = Local::once(&out, &feed, &file, false, sluice_platform::clock::system).await.unwrap();
        local.confirm(&upload).await.unwrap();
        std::fs::write(&file, "id\n1\n2\n").unwrap();
        let error = local.confirm(&upload).await.unwrap_err().to_string();
        assert!(error.contains("the file was changed while it was read"), "{error}");
    }
}
