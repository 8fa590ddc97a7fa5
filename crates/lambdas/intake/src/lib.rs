//! `intake`: is the upload ours, and can it be imported? Starts the run, or refuses the file.
//!
//! It may be called twice, late, out of order: the run id is a hash of feed, bucket, key and
//! version, and the ledger and the name of the execution agree on it. Killed between any two of its
//! writes, it is healed by the next delivery.

mod check;
mod event;

pub use event::{Answer, ObjectCreated};

use std::sync::Arc;

use sluice_contract::documents::Upload;
use sluice_contract::{ErrorName, RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::executions::Executions;
use sluice_platform::inbox::{Inbox, UploadVersion};
use sluice_platform::ledger::{Ledger, Registered, RunEntry, RunStage};
use sluice_platform::objects::Objects;
use sluice_platform::sink::Sink;
use sluice_platform::{Fault, StepError};
use sluice_report::{Refusal, Teller, refuse};

/// What `intake` knows of the world.
pub struct Deps {
    /// Name of the inbox bucket: events of others are not ours.
    pub inbox_bucket: String,
    /// The inbox.
    pub inbox: Arc<dyn Inbox>,
    /// The data bucket, where the feeds lie.
    pub objects: Arc<dyn Objects>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where records will go.
    pub sink: Arc<dyn Sink>,
    /// Executions of the main orchestrator.
    pub executions: Arc<dyn Executions>,
    /// Tells of a file that is refused.
    pub teller: Teller,
    /// The time.
    pub clock: Clock,
    /// Largest file that is accepted, in bytes.
    pub max_file_bytes: u64,
}

/// Why an event could not be handled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something outside failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl StepError for Error {
    fn name(&self) -> ErrorName {
        match self {
            Self::Fault(fault) => fault.name(),
        }
    }
}

/// Handles the event that an object was created.
///
/// # Errors
/// Where something outside fails; a file that is refused is no error.
pub async fn run(deps: &Deps, event: ObjectCreated) -> Result<Answer, Error> {
    let detail = event.detail;
    let key = detail.object.key.clone();
    let Some(upload) = keys::parse_upload(&key).filter(|_| detail.bucket.name == deps.inbox_bucket) else {
        return Ok(Answer::ignored("not an upload into a feed's folder of the inbox"));
    };
    // A file in a folder of another name is refused, under an id of its own.
    let folder = upload.feed;
    let feed = folder.parse().unwrap_or_else(|_| FeedName::unknown());
    let id = |version: &str| RunId::derive(&feed, &deps.inbox_bucket, &key, version);

    // The ledger is asked before S3: a version that was accepted is not in the inbox any more.
    if let Some(version) = &detail.object.version_id
        && let Some(entry) = deps.ledger.get(&id(version)).await?
    {
        return go_on(deps, entry).await;
    }
    let version = match &detail.object.version_id {
        Some(version) => deps.inbox.head(&key, version).await?,
        None => by_content(deps, &key, &detail.object, id).await?,
    };
    let Some(version) = version else {
        return Ok(Answer::ignored("this version is not in the inbox any more: accepted before, or deleted"));
    };
    let now = rfc3339((deps.clock)());
    let entry = RunEntry {
        run_id: id(&version.version_id),
        feed: folder.to_owned(),
        started_at: now.clone(),
        upload: Upload {
            bucket: deps.inbox_bucket.clone(),
            key: key.clone(),
            version_id: version.version_id,
            etag: version.etag,
            bytes: version.bytes,
            last_modified: version.last_modified,
            sequencer: detail.object.sequencer.unwrap_or_default(),
        },
        stage: RunStage::Registered,
        stage_at: now,
        deliveries: 1,
        conclusion: None,
        mail: None,
    };
    go_on(deps, entry).await
}

/// Where an event carries no version: the version whose content is the event's, never simply the
/// current one, which may be a later upload. Of several with the same content, the oldest that has no
/// run yet, so that none is left out; where all have one, the newest, whose delivery is counted.
async fn by_content(
    deps: &Deps,
    key: &str,
    object: &event::Object,
    id: impl Fn(&str) -> RunId,
) -> Result<Option<UploadVersion>, Fault> {
    let etag = object.etag.trim_matches('"');
    let mut same = deps.inbox.versions(key).await?;
    same.retain(|version| version.etag == etag && version.bytes == object.size);
    for version in same.iter().rev() {
        if deps.ledger.get(&id(&version.version_id)).await?.is_none() {
            return Ok(Some(version.clone()));
        }
    }
    Ok(same.into_iter().next())
}

/// Registers a run, or counts a delivery of one that is known, and does what is left to do.
async fn go_on(deps: &Deps, entry: RunEntry) -> Result<Answer, Error> {
    let entry = match deps.ledger.register(&entry).await? {
        Registered::New => entry,
        Registered::Known(known) => *known,
    };
    let told = entry.conclusion.is_some() && entry.mail.is_some();
    if told || entry.stage != RunStage::Registered {
        return Ok(Answer::known(entry.run_id));
    }
    let check = check::check(deps, &entry).await?;
    if !check.reasons.is_empty() {
        let now = rfc3339((deps.clock)());
        let refusal = Refusal { reasons: check.reasons, plan: check.plan.as_ref() };
        refuse(&*deps.ledger, &deps.teller, &entry, refusal, &now).await?;
        return Ok(Answer::refused(entry.run_id));
    }
    deps.executions.start(&entry.run_id).await?;
    deps.ledger.advance(&entry.run_id, RunStage::Started, &rfc3339((deps.clock)())).await?;
    Ok(Answer::started(entry.run_id))
}
