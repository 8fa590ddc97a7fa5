//! A file that was just uploaded to a world on this machine.

use sluice_contract::RunId;
use sluice_engine::feed::FeedName;
use sluice_intake::ObjectCreated;
use sluice_platform::inbox::UploadVersion;

/// The name of the inbox bucket on this machine.
pub const INBOX_BUCKET: &str = "local";

/// A file that was just uploaded.
pub struct Upload {
    /// The run that imports it.
    pub run: RunId,
    version: UploadVersion,
    /// A hexadecimal number that orders uploads of the same second, as the sequencer of S3 does.
    sequencer: String,
}

impl Upload {
    /// The upload of this version of a file, in the folder of a feed.
    pub fn new(feed: &FeedName, version: UploadVersion, sequencer: String) -> Self {
        Self { run: RunId::derive(feed, INBOX_BUCKET, &version.key, &version.version_id), version, sequencer }
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
                    "sequencer": self.sequencer,
                },
            },
        }))
    }

    /// The size of the file in bytes.
    pub fn bytes(&self) -> u64 {
        self.version.bytes
    }

    /// Its version in the inbox.
    pub fn version(&self) -> &UploadVersion {
        &self.version
    }
}
