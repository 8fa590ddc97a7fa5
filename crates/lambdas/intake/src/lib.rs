//! `intake`: decides whether an upload can be imported. Starts the run, or refuses the file.
//!
//! It may be called twice, late, or out of order: the run id is a hash of feed, bucket, key and version, and the ledger and the
//! name of the execution agree on it. If it is killed between two of its writes, the next delivery completes the rest.

mod check;
mod event;
mod offer;
mod repair;
pub mod rerun;
mod waiting;

pub use event::{Answer, Done, ObjectCreated};
pub use waiting::{Waiting, look_again};

use std::sync::Arc;

use sluice_contract::documents::{Origin, Upload};
use sluice_contract::{ErrorName, RunId, Verdict, keys};
use sluice_engine::feed::FeedName;
use sluice_platform::clock::{Clock, rfc3339};
use sluice_platform::executions::Executions;
use sluice_platform::inbox::{Inbox, UploadVersion};
use sluice_platform::ledger::{Ledger, Registered, RunEntry, RunStage};
use sluice_platform::meter::{Meter, Reading};
use sluice_platform::objects::Objects;
use sluice_platform::sink::Sinks;
use sluice_platform::{Fault, Settings, StepError, World};
use sluice_report::{Notifier, Refusal, refuse};

use repair::UploadKind;

/// What `intake` knows of the world.
pub struct Deps {
    /// Name of the inbox bucket; events of other buckets are ignored.
    pub inbox_bucket: String,
    /// The inbox.
    pub inbox: Arc<dyn Inbox>,
    /// The data bucket, with the feeds.
    pub objects: Arc<dyn Objects>,
    /// The ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Opens the sink of a feed: where its records will go.
    pub sinks: Arc<dyn Sinks>,
    /// Executions of the main orchestrator.
    pub executions: Arc<dyn Executions>,
    /// Sends the mail about a refused file.
    pub notifier: Notifier,
    /// Measures what a call uses, for the cost estimate.
    pub meter: Meter,
    /// The time.
    pub clock: Clock,
    /// The settings of `intake`.
    pub config: Config,
}

/// The settings of `intake`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Largest file that is accepted, in bytes.
    pub max_file_bytes: u64,
}

impl Config {
    /// Reads the settings of `intake`.
    pub fn from_env(settings: &mut Settings) -> Self {
        Self { max_file_bytes: settings.number("MAX_FILE_BYTES") }
    }
}

impl Deps {
    /// Takes what `intake` needs from a world.
    #[must_use]
    pub fn new(world: &(impl World + ?Sized), config: Config) -> Self {
        Self {
            inbox_bucket: world.inbox_bucket(),
            inbox: world.inbox(),
            objects: world.objects(),
            ledger: world.ledger(),
            sinks: world.sinks(),
            executions: world.executions(),
            notifier: Notifier::new(world),
            meter: world.meter(),
            clock: world.clock(),
            config,
        }
    }
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

/// Returns the id of the run that imports one version of a file in the inbox. A file in no feed's folder has an id too: intake
/// refuses it under that id.
#[must_use]
pub fn run_of(inbox_bucket: &str, key: &str, version_id: &str) -> RunId {
    let feed = keys::folder(key).parse().unwrap_or_else(|_| FeedName::unknown());
    RunId::derive(&feed, inbox_bucket, key, version_id)
}

/// Handles the event that an object was created.
///
/// # Errors
/// If something outside fails. A refused file is no error.
pub async fn run(deps: &Deps, event: ObjectCreated) -> Result<Answer, Error> {
    let reading = deps.meter.start();
    let detail = event.detail;
    let key = detail.object.key.clone();
    if detail.bucket.name != deps.inbox_bucket {
        return Ok(Answer::ignored("not of the inbox"));
    }
    if keys::is_folder(&key, detail.object.size) {
        return Ok(Answer::ignored("an empty key that ends in / is a folder"));
    }
    let folder = keys::folder(&key);
    let id = |version: &str| run_of(&deps.inbox_bucket, &key, version);

    // Ask the ledger before S3: a version that was accepted is not in the inbox any more.
    if let Some(version) = &detail.object.version_id
        && let Some(entry) = deps.ledger.get(&id(version)).await?
    {
        let registered = deps.ledger.register(&entry).await?;
        return go_on(deps, &reading, entry, registered, None).await;
    }
    let mut counted = None;
    loop {
        let version = match &detail.object.version_id {
            Some(version) => deps.inbox.head(&key, version).await?.map(|version| (version, false)),
            None => by_content(deps, &key, &detail.object, id).await?,
        };
        if !matches!(version, Some((_, true)))
            && let Some((entry, registered)) = counted.take()
        {
            return go_on(deps, &reading, entry, registered, None).await;
        }
        let Some((version, is_free)) = version else {
            return Ok(Answer::ignored("this version is not in the inbox any more: accepted before, or deleted"));
        };
        let now = rfc3339((deps.clock)());
        let upload = Upload {
            bucket: deps.inbox_bucket.clone(),
            key: key.clone(),
            version_id: version.version_id,
            etag: version.etag,
            bytes: version.bytes,
            last_modified: version.last_modified,
            sequencer: detail.object.sequencer.clone().unwrap_or_default(),
        };
        // A file in no feed's folder is refused, whatever its content.
        let joined = offer::find(deps, &upload, &id(&upload.version_id)).await?;
        let kind = match keys::parse_upload(&key) {
            Some(_) if joined.is_none() => repair::find(deps, folder, &upload).await?,
            _ => UploadKind::Ordinary,
        };
        let origin = match (&kind, joined) {
            (UploadKind::Repair(origin), _) => origin.clone(),
            (_, joined) => joined.unwrap_or(Origin::Upload),
        };
        let entry = RunEntry::new(id(&upload.version_id), folder, upload, origin, &now);
        let registered = deps.ledger.register(&entry).await?;
        if !(is_free && matches!(registered, Registered::Known(_))) {
            return go_on(deps, &reading, entry, registered, Some(kind)).await;
        }
        // Another event has registered this version in the meantime. So this event means the next version without a run; if
        // there is none, it was a second delivery for this version.
        counted = Some((entry, registered));
    }
}

/// Finds the version that an event without a version id means: one with the event's content, never simply the current one, which
/// may be a later upload. Of several with the same content, it takes the oldest that has no run yet, so that none is left out.
/// If all have a run, it takes the newest, whose delivery is counted. The flag says whether the version has no run yet.
async fn by_content(
    deps: &Deps,
    key: &str,
    object: &event::Object,
    id: impl Fn(&str) -> RunId,
) -> Result<Option<(UploadVersion, bool)>, Fault> {
    let etag = object.etag.trim_matches('"');
    let mut same = deps.inbox.versions(key).await?;
    same.retain(|version| version.etag == etag && version.bytes == object.size);
    for version in same.iter().rev() {
        if deps.ledger.get(&id(&version.version_id)).await?.is_none() {
            return Ok(Some((version.clone(), true)));
        }
    }
    Ok(same.into_iter().next().map(|version| (version, false)))
}

/// Does what is left to do for a run in the ledger. `kind` is the kind of its upload, if this call has looked at it.
async fn go_on(
    deps: &Deps,
    reading: &Reading,
    entry: RunEntry,
    registered: Registered,
    kind: Option<UploadKind>,
) -> Result<Answer, Error> {
    let (entry, kind) = match registered {
        Registered::New => (entry, kind),
        // The ledger's entry stands, even if a look at the upload would say something else by now.
        Registered::Known(known) => (*known, None),
    };
    if let Some(conclusion) = &entry.conclusion {
        if conclusion.verdict != Verdict::Refused || entry.mail.is_some() {
            return Ok(Answer::known(entry.run_id));
        }
        // The run was refused, but intake died before it sent the mail. Send it now, with the reasons from then.
        let check = check::check(deps, &entry).await?;
        let (reasons, next) = (conclusion.reasons.clone(), conclusion.next);
        let refusal = Refusal { reasons, plan: check.plan.as_deref(), next };
        refuse(&*deps.ledger, &deps.notifier, &entry, refusal, &conclusion.at).await?;
        return Ok(Answer::refused(entry.run_id));
    }
    if entry.stage != RunStage::Registered {
        return Ok(Answer::known(entry.run_id));
    }
    let mut check = check::check(deps, &entry).await?;
    check.reasons.extend(match kind {
        Some(UploadKind::Refused(why)) => Some(why),
        Some(UploadKind::Ordinary | UploadKind::Repair(_)) => None,
        None => repair::check(deps, &entry).await?,
    });
    if !check.reasons.is_empty() {
        let now = rfc3339((deps.clock)());
        let next = waiting::next(&entry, &check.reasons);
        let refusal = Refusal { reasons: check.reasons, plan: check.plan.as_deref(), next };
        refuse(&*deps.ledger, &deps.notifier, &entry, refusal, &now).await?;
        return Ok(Answer::refused(entry.run_id));
    }
    deps.executions.start(&entry.run_id, 1).await?;
    deps.ledger.advance(&entry.run_id, RunStage::Started, &rfc3339((deps.clock)()), &reading.noted()).await?;
    Ok(Answer::started(entry.run_id))
}
