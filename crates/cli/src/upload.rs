//! Uploads a file to the inbox of a stack.

use std::path::{Path, PathBuf};

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::primitives::ByteStream;
use sluice_contract::{RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_platform::aws::AwsFailure;

/// 5 GiB, the maximum of a single request to S3.
const MAX_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// Why a file could not be uploaded.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// Its path has no file name, or one that is not valid text.
    #[error("{0} has no file name that can be a part of a key")]
    NoName(PathBuf),
    /// It is too large for a single request.
    #[error("the file has {0} bytes, and at most {MAX_BYTES} are uploaded here; use `aws s3 cp` with {1}")]
    TooLarge(u64, String),
    /// It cannot be read.
    #[error("failed to read the file: {0}")]
    NotReadable(String),
    /// S3 refused it.
    #[error("failed to upload to {address}")]
    NotTaken {
        /// The address.
        address: String,
        /// The error of S3.
        source: AwsFailure,
    },
    /// Without versions a run cannot be followed.
    #[error("the bucket {0} keeps no versions: it is not the inbox of a stack")]
    NotVersioned(String),
}

/// Uploads a file as `inbox/<feed>/<its name>`, and returns the run that this starts: every delivery of this
/// version has the same run id.
pub async fn upload(config: &SdkConfig, bucket: &str, feed: &FeedName, file: &Path) -> Result<RunId, UploadError> {
    let name = file.file_name().and_then(|name| name.to_str()).ok_or_else(|| UploadError::NoName(file.to_owned()))?;
    let key = format!("{}{feed}/{name}", keys::INBOX);
    let address = format!("s3://{bucket}/{key}");
    let bytes = std::fs::metadata(file).map_err(|error| UploadError::NotReadable(error.to_string()))?.len();
    if bytes > MAX_BYTES {
        return Err(UploadError::TooLarge(bytes, address));
    }
    let body = ByteStream::from_path(file).await.map_err(|error| UploadError::NotReadable(error.to_string()))?;
    // A custom endpoint has a single host name for all buckets.
    let client = Client::from_conf(Builder::from(config).force_path_style(config.endpoint_url().is_some()).build());
    let put = client.put_object().bucket(bucket).key(&key).content_type("text/csv").body(body).send().await;
    let put = put.map_err(|error| UploadError::NotTaken { address, source: AwsFailure::of(&error) })?;
    let version = put.version_id.ok_or_else(|| UploadError::NotVersioned(bucket.to_owned()))?;
    Ok(RunId::derive(feed, bucket, &key, &version))
}
