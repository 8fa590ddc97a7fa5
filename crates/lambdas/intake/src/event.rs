//! The input and the output of `intake`.

use serde::{Deserialize, Serialize};
use sluice_contract::RunId;
use sluice_platform::inbox::UploadVersion;

/// S3's event "Object Created", as EventBridge delivers it. It names only the fields that intake uses, and ignores others, because
/// AWS adds fields.
#[derive(Clone, Debug, Deserialize)]
pub struct ObjectCreated {
    /// What happened.
    pub detail: Detail,
}

impl ObjectCreated {
    /// Makes the event for a version in the inbox, as the sweep does when S3's event is missing.
    #[must_use]
    pub fn of(bucket: &str, version: &UploadVersion) -> Self {
        let UploadVersion { key, version_id, etag, bytes, .. } = version.clone();
        let object = Object { key, size: bytes, etag, version_id: Some(version_id), sequencer: None };
        Self { detail: Detail { bucket: Bucket { name: bucket.to_owned() }, object } }
    }
}

/// What happened.
#[derive(Clone, Debug, Deserialize)]
pub struct Detail {
    /// The bucket of the object.
    pub bucket: Bucket,
    /// The object that was created.
    pub object: Object,
}

/// A bucket.
#[derive(Clone, Debug, Deserialize)]
pub struct Bucket {
    /// Its name.
    pub name: String,
}

/// An object, as it was when the event was made.
#[derive(Clone, Debug, Deserialize)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its entity tag.
    pub etag: String,
    /// Its version; some engines leave it out.
    #[serde(rename = "version-id", default)]
    pub version_id: Option<String>,
    /// Orders events of one key.
    #[serde(default)]
    pub sequencer: Option<String>,
}

/// What `intake` did with an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Done {
    /// It started a run.
    Started,
    /// It found the run of the upload, which an earlier event has started.
    Known,
    /// It registered a run and refused it.
    Refused,
    /// It did nothing: the upload is not for a feed.
    Ignored,
}

/// What `intake` did, and with which run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// What it did.
    pub done: Done,
    /// The run, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_id: Option<RunId>,
    /// Why nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

impl Answer {
    pub(crate) fn started(run: RunId) -> Self {
        Self { done: Done::Started, run_id: Some(run), why: None }
    }

    pub(crate) fn known(run: RunId) -> Self {
        Self { done: Done::Known, run_id: Some(run), why: None }
    }

    pub(crate) fn refused(run: RunId) -> Self {
        Self { done: Done::Refused, run_id: Some(run), why: None }
    }

    pub(crate) fn ignored(why: &'static str) -> Self {
        Self { done: Done::Ignored, run_id: None, why: Some(why) }
    }
}
