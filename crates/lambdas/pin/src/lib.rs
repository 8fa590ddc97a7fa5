//! `pin`: moves an accepted file into the archive.
//!
//! It is the first step of every execution, and begins by claiming the run for it ([`fence`]).
//!
//! It writes to `run.json` what the run works with, copies the uploaded version to the archive on the server, finds out what records
//! are read from ([`source`]), and only then deletes exactly that version from the inbox. Each of these parts finds out whether an
//! earlier attempt has done it, and depends only on those before it. So pin can be killed at any point and called again.

mod fence;
mod parts;
mod repairs;
mod source;

use std::sync::Arc;

use sluice_contract::documents::{Origin, RunDocument, SourceDocument, Version};
use sluice_contract::steps::{PinInput, PinOutput};
use sluice_contract::{ErrorName, RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::documents::{find_json, put_json_once};
use sluice_platform::executions::Executions;
use sluice_platform::feeds::{self, FeedError};
use sluice_platform::fence::{FenceError, Fenced};
use sluice_platform::inbox::{Inbox, UploadVersion};
use sluice_platform::ledger::{Ledger, RunEntry, RunStage, archived_by};
use sluice_platform::meter::Meter;
use sluice_platform::objects::{Known, Objects};
use sluice_platform::run::LoadError;
use sluice_platform::{Fault, Settings, StepError, World};

/// What `pin` knows of the world.
pub struct Deps {
    /// The data bucket.
    pub objects: Arc<dyn Objects>,
    /// The inbox.
    pub inbox: Arc<dyn Inbox>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Executions of the main orchestrator.
    pub executions: Arc<dyn Executions>,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// The time.
    pub clock: Clock,
    /// The settings of `pin`.
    pub config: Config,
}

/// The settings of `pin`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Target size of a chunk in bytes.
    pub chunk_bytes: u64,
    /// The longest record in bytes.
    pub max_record_bytes: u64,
}

impl Config {
    /// Reads the settings of `pin`.
    pub fn from_env(settings: &mut Settings) -> Self {
        Self { chunk_bytes: settings.number("CHUNK_BYTES"), max_record_bytes: settings.number("MAX_RECORD_BYTES") }
    }
}

impl Deps {
    /// Takes what `pin` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        Self {
            objects: world.objects(),
            inbox: world.inbox(),
            ledger: world.ledger(),
            executions: world.executions(),
            meter: world.meter(),
            clock: world.clock(),
            config,
        }
    }
}

/// Why a run could not be pinned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The run is not in the ledger.
    #[error("the run {0} is not in the ledger: uploading a file registers one")]
    UnknownRun(RunId),
    /// The ledger's entry names a feed that is no valid feed name.
    #[error("the ledger has {0:?} for the feed, which is not the name of a feed")]
    InvalidFeedName(String),
    /// Another execution holds the run, or the run is over.
    #[error(transparent)]
    Fenced(#[from] FenceError),
    /// The upload was deleted before it could be copied.
    #[error("version {version} of {key} is not in the inbox any more, and was not archived; upload the file again")]
    UploadGone {
        /// The key of the upload.
        key: String,
        /// Its version.
        version: String,
    },
    /// The archived source of a rerun has not the size that it had.
    #[error("the archived source {key} of the run {parent} has {found}, not {expected} bytes; upload the file again")]
    ArchiveGone {
        /// The archive copy.
        key: String,
        /// The run that archived it.
        parent: RunId,
        /// Its size now, in words.
        found: String,
        /// Its size when it was archived, in bytes.
        expected: u64,
    },
    /// The feed could not be loaded.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The feed has problems.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl From<Fenced> for Error {
    fn from(fenced: Fenced) -> Self {
        Self::Fenced(fenced.into())
    }
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
            Self::UnknownRun(_) | Self::InvalidFeedName(_) => ErrorName::InvalidInput,
            Self::Fenced(fenced) => fenced.name(),
            Self::UploadGone { .. } | Self::ArchiveGone { .. } => ErrorName::Incomplete,
            Self::Feed(error) => error.name(),
            Self::Load(error) => error.name(),
        }
    }
}

/// Claims a run for an execution, and pins its upload.
///
/// # Errors
/// `Fenced` if another execution is at work on the run, or its end is final. Others if the upload is gone, or something outside
/// fails.
pub async fn run(deps: &Deps, input: PinInput) -> Result<PinOutput, Error> {
    let reading = deps.meter.start();
    let PinInput { run_id, execution } = input;
    let entry = fence::take(deps, &run_id, &execution).await?;
    let attempt = run_id.attempt(&execution);
    // The first attempt finds nothing, unless Step Functions has called it before: then it makes the same documents again.
    let pinned = if attempt > 1 { find_json(&*deps.objects, &keys::source_document(&run_id)).await? } else { None };
    let source: SourceDocument = match pinned {
        Some(source) => source,
        None => {
            let document = fix(deps, &entry).await?;
            let known = match &document.origin {
                Origin::Rerun { .. } => verify(deps, &entry, &document).await?,
                Origin::Upload | Origin::Repair { .. } | Origin::Join { .. } => archive(deps, &document).await?,
            };
            source::make(&*deps.objects, document, known).await?
        }
    };
    let document = &source.run;
    if !matches!(document.origin, Origin::Rerun { .. }) {
        if let Some((parent, at)) = keys::parse_retry_upload(&document.upload.key) {
            // retry may not know whether its upload succeeded. It finds the upload in the inbox, or else this mark.
            put_json_once(&*deps.objects, &keys::retry_taken(&parent, at), &run_id).await?;
        }
        if let Origin::Join { of, .. } = &document.origin {
            // The same for a file that a join has offered.
            put_json_once(&*deps.objects, &keys::join_taken(of, &document.feed), &run_id).await?;
        }
        deps.inbox.remove(&document.upload.key, &document.upload.version_id).await?;
    }
    deps.ledger.advance(&run_id, RunStage::Pinned, &rfc3339((deps.clock)()), &reading.noted()).await?;
    Ok(PinOutput { source: source.key, bytes: source.bytes, attempt })
}

/// Writes `run.json`. If an earlier or another call wrote it first, returns that one.
async fn fix(deps: &Deps, entry: &RunEntry) -> Result<RunDocument, Error> {
    let key = keys::run_document(&entry.run_id);
    let document = match describe(deps, entry).await {
        Ok(document) => document,
        // The run may have been fixed before its feed became unusable.
        Err(error) => return find_json(&*deps.objects, &key).await?.ok_or(error),
    };
    if put_json_once(&*deps.objects, &key, &document).await? {
        return Ok(document);
    }
    find_json(&*deps.objects, &key).await?.ok_or_else(|| Fault::Missing { what: key }.into())
}

/// Describes the run, with its feed as it is now.
async fn describe(deps: &Deps, entry: &RunEntry) -> Result<RunDocument, Error> {
    let feed: FeedName = entry.feed.parse().map_err(|_| Error::InvalidFeedName(entry.feed.clone()))?;
    let loaded = feeds::load(&*deps.objects, &feed).await?;
    if let Some(misnamed) = loaded.misnamed {
        return Err(FeedError::Unreadable(vec![misnamed]).into());
    }
    let upload = entry.upload.clone();
    let source = archived_by(&*deps.ledger, entry).await?;
    Ok(RunDocument {
        version: Version,
        run_id: entry.run_id.clone(),
        archive: keys::archive(&feed, &source.started_at, &source.run_id, &upload.key),
        order: entry.order(),
        origin: entry.origin.clone(),
        as_of: entry.started_at.clone(),
        chunk_bytes: deps.config.chunk_bytes,
        max_record_bytes: deps.config.max_record_bytes,
        dry_run: keys::is_dry_run(&upload.key),
        repairs: repairs::find(&deps.objects, &entry.origin).await?,
        feed,
        feed_yaml: loaded.yaml,
        feed_files: loaded.files,
        upload,
    })
}

/// Copies the upload to the archive, and returns what the bucket knows of the copy.
async fn archive(deps: &Deps, document: &RunDocument) -> Result<Known, Error> {
    let upload = &document.upload;
    let version = UploadVersion {
        key: upload.key.clone(),
        version_id: upload.version_id.clone(),
        etag: upload.etag.clone(),
        bytes: upload.bytes,
        last_modified: upload.last_modified.clone(),
    };
    match deps.inbox.archive(&version, &document.archive).await {
        // An attempt removes the upload only after it has verified the copy.
        Err(Fault::Missing { .. }) => match deps.objects.head(&document.archive).await? {
            Some(known) if known.bytes == upload.bytes => Ok(known),
            _ => Err(Error::UploadGone { key: upload.key.clone(), version: upload.version_id.clone() }),
        },
        archived => Ok(archived?),
    }
}

/// Compares the archive copy that a rerun reads with what its parent archived: by size, and by checksum if the parent's
/// `source.json` still exists. Returns what the bucket knows of the copy.
async fn verify(deps: &Deps, entry: &RunEntry, document: &RunDocument) -> Result<Known, Error> {
    let parent = archived_by(&*deps.ledger, entry).await?.run_id;
    let (key, expected) = (document.archive.clone(), document.upload.bytes);
    let known = match deps.objects.head(&key).await? {
        Some(known) if known.bytes == expected => known,
        other => {
            let found = other.map_or_else(|| "no bytes any more".to_owned(), |known| format!("{} bytes", known.bytes));
            return Err(Error::ArchiveGone { key, parent, found, expected });
        }
    };
    let source: Option<SourceDocument> = find_json(&*deps.objects, &keys::source_document(&parent)).await?;
    let was = source.filter(|source| source.key == key).and_then(|source| source.crc64nvme);
    match (was, &known.crc64nvme) {
        (Some(was), Some(is)) if was != *is => {
            Err(Fault::Corrupt { what: format!("object {key}"), found: format!("its CRC64NVME is {is}, not {was}") }
                .into())
        }
        _ => Ok(known),
    }
}
