//! A folder that keeps one table and one ledger for all of its runs.
//!
//! ```text
//! DIR/tables/                        the tables that feeds name: <table>.jsonl.gz, and the key in <table>.json
//! DIR/ledger/                        a document for each run
//! DIR/feeds, archive, runs, output   as in a stack's data bucket; when a run has ended, little is kept in runs/<run>/
//! DIR/runs/<run>/rejects/            the index of rejects, which a stack has in a table
//! DIR/inbox/                         uploads until they are accepted
//! DIR/mail/                          the mails, instead of being sent
//! DIR/.lock                          held by the one process that works here
//! ```

use std::path::Path;
use std::sync::Arc;

use sluice_contract::{RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_intake::run_of;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::inbox::{FolderInbox, Inbox};
use sluice_platform::ledger::{FileLedger, Ledger, RunEntry, RunSearch};
use sluice_platform::objects::FileObjects;
use sluice_platform::references::JsonLinesReferences;
use sluice_platform::sink::JsonLinesSink;
use sluice_platform::{Fault, Site, World};

use super::hold::Hold;
use super::upload::{INBOX_BUCKET, Upload};
use super::{Local, Ports, tidy};
use crate::ending::misused;
use crate::source::{Source, standard_input};

/// A folder that keeps one table and one ledger for all of its runs.
pub struct Lasting {
    /// The world in the folder.
    pub local: Local,
    inbox: FolderInbox,
    ledger: FileLedger,
    sink: JsonLinesSink,
    /// The lock; `None` if this only reads.
    _hold: Option<Hold>,
}

impl Lasting {
    /// Opens a folder to work in it, and creates it if needed. Other processes are shown `doing`.
    pub async fn open(folder: &Path, doing: &str, clock: Clock) -> anyhow::Result<Self> {
        let hold = Hold::take(folder, doing)?;
        // This process holds the lock, so unfinished files are left from killed processes.
        tidy::unfinished(folder)?;
        let opened = Self::with(folder, Some(hold), clock)?;
        opened.forget_lost_uploads().await?;
        Ok(opened)
    }

    /// Opens an existing folder to read from it, without the lock.
    pub fn look(folder: &Path) -> anyhow::Result<Self> {
        exists(folder)?;
        Self::with(folder, None, sluice_platform::clock::system)
    }

    /// Opens an existing folder to work in it.
    pub async fn reopen(folder: &Path, doing: &str, clock: Clock) -> anyhow::Result<Self> {
        exists(folder)?;
        Self::open(folder, doing, clock).await
    }

    fn with(folder: &Path, hold: Option<Hold>, clock: Clock) -> anyhow::Result<Self> {
        let objects = FileObjects::open(folder)?;
        let inbox = FolderInbox::new(&objects, clock);
        let ledger = FileLedger::open(folder.join("ledger"))?;
        let tables = folder.join("tables");
        let sink = JsonLinesSink::lasting(&tables)?;
        let references = JsonLinesReferences::lasting(tables);
        let ports = Ports {
            inbox: Arc::new(inbox.clone()),
            ledger: Arc::new(ledger.clone()),
            search: Arc::new(ledger.clone()),
            sink: sink.clone(),
            references,
        };
        let local = Local::new(folder, objects, ports, Site::Folder { folder: folder.to_owned(), feed: None }, clock)?;
        Ok(Self { local, inbox, ledger, sink, _hold: hold })
    }

    /// Sets the path of the feed that the user gave, which the advice of a report then names.
    pub fn name_feed(&mut self, feed: &Path) {
        self.local.site = Site::Folder { folder: self.local.folder.clone(), feed: Some(feed.to_owned()) };
    }

    /// Uploads a copy of a file, or the content of the standard input.
    pub async fn upload(&self, feed: &FeedName, source: &Source, name: &str, dry_run: bool) -> anyhow::Result<Upload> {
        let key = keys::upload(feed, name, dry_run);
        let version = match source {
            Source::File(file) => self.inbox.upload(file, &key).await?,
            Source::StandardInput => self.inbox.upload_stream(standard_input()?, &key).await?,
        };
        let sequencer = FolderInbox::sequencer(&version);
        Ok(Upload::new(feed, version, sequencer))
    }

    /// Removes an upload that was not accepted. The user still has the file.
    pub async fn take_back(&self, upload: &Upload) -> anyhow::Result<()> {
        Ok(self.inbox.remove(&upload.version().key, &upload.version().version_id).await?)
    }

    /// Compacts the table, and removes the intermediate files of a run unless `keep` says otherwise.
    pub fn tidy(&self, run: &RunId, keep: bool) -> anyhow::Result<()> {
        self.sink.compact()?;
        if keep { Ok(()) } else { tidy::intermediates(self.local.folder(), run) }
    }

    /// All runs.
    pub fn runs(&self) -> Result<Vec<RunEntry>, Fault> {
        self.ledger.entries()
    }

    /// The runs that have not ended, except for `but`.
    pub async fn unfinished(&self, but: &RunId) -> anyhow::Result<Vec<RunId>> {
        let now = rfc3339((self.local.clock())() + jiff::SignedDuration::from_secs(1));
        let mut open = self.ledger.open_runs(&now, None).await?.runs;
        open.retain(|run| run != but);
        Ok(open)
    }

    /// Removes uploads without a run. They are left if a process is killed between uploading a file and registering its run.
    async fn forget_lost_uploads(&self) -> anyhow::Result<()> {
        for version in self.inbox.page(None).await?.versions {
            let run = run_of(INBOX_BUCKET, &version.key, &version.version_id);
            if self.ledger.get(&run).await?.is_none() {
                self.inbox.remove(&version.key, &version.version_id).await?;
            }
        }
        Ok(())
    }
}

fn exists(folder: &Path) -> anyhow::Result<()> {
    if folder.is_dir() { Ok(()) } else { Err(misused(format!("{} is not a folder", folder.display()))) }
}
