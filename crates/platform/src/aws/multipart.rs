//! Multipart uploads: an object that is sent in parts, and appears when it is completed.

use std::fmt::Write;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use sluice_contract::ByteRange;

use super::{AwsRequest, fault};
use crate::Fault;

/// How long S3 may take to answer a copy. For 5 GiB it takes a minute or more.
const COPY_TIMEOUT: Duration = Duration::from_mins(5);

/// An upload in parts that has begun.
///
/// It ends with [`complete`](Self::complete) or [`abort`](Self::abort). If it is dropped without either, because its
/// function was killed, S3 keeps its invisible parts and charges for them, until the bucket's lifecycle rule aborts the
/// upload (`AbortIncompleteMultipartUpload`). `drop` cannot abort it, because it cannot await a request.
#[derive(Clone, Debug)]
pub(crate) struct Multipart {
    pub(crate) client: Client,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) upload_id: String,
}

impl Multipart {
    /// Begins an upload.
    pub(crate) async fn begin(
        client: &Client,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
    ) -> Result<Self, Fault> {
        Self::begin_with(client, bucket, key, content_type, None).await
    }

    /// The same for an object with metadata: a name and a value.
    pub(crate) async fn begin_with(
        client: &Client,
        bucket: &str,
        key: &str,
        content_type: Option<&str>,
        metadata: Option<(&str, &str)>,
    ) -> Result<Self, Fault> {
        let address = address(bucket, key);
        let request = AwsRequest { verb: "begin", to: &address };
        let begun = client
            .create_multipart_upload()
            .bucket(bucket)
            .key(key)
            .set_content_type(content_type.map(str::to_owned))
            .set_metadata(metadata.map(|(name, value)| [(name.to_owned(), value.to_owned())].into()))
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .checksum_type(ChecksumType::FullObject)
            .send()
            .await
            .map_err(|error| fault(request, &error))?;
        let upload_id = begun.upload_id.ok_or_else(|| Fault::Corrupt {
            what: format!("the answer to beginning {address}"),
            found: "it has no upload id".to_owned(),
        })?;
        Ok(Self { client: client.clone(), bucket: bucket.to_owned(), key: key.to_owned(), upload_id })
    }

    /// Copies a range of another object as a part, on the server. `source` names that object for the header
    /// ([`copy_source`]), `what` names it in messages.
    pub(crate) async fn copy_part(
        &self,
        number: i32,
        source: &str,
        range: ByteRange,
        what: &str,
    ) -> Result<CompletedPart, Fault> {
        let copied = self
            .client
            .upload_part_copy()
            .copy_source(source)
            .copy_source_range(format!("bytes={}-{}", range.start, range.end - 1))
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.upload_id)
            .part_number(number)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(patient()))
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "copy a part of", to: what }, &error))?;
        let result = copied.copy_part_result.ok_or_else(|| Fault::Corrupt {
            what: format!("the answer to copying a part of {what}"),
            found: "it is empty".to_owned(),
        })?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(result.e_tag)
            .set_checksum_crc64_nvme(result.checksum_crc64_nvme)
            .build())
    }

    /// Makes the object visible, with its parts in the order of their numbers.
    pub(crate) async fn complete(&self, parts: Vec<CompletedPart>) -> Result<(), Fault> {
        self.complete_with(parts, None).await.map(drop)
    }

    /// Makes the object visible on a condition about what is there; `false` if it does not hold.
    pub(crate) async fn complete_if(&self, parts: Vec<CompletedPart>, condition: &Condition) -> Result<bool, Fault> {
        self.complete_with(parts, Some(condition)).await
    }

    async fn complete_with(&self, mut parts: Vec<CompletedPart>, condition: Option<&Condition>) -> Result<bool, Fault> {
        parts.sort_by_key(CompletedPart::part_number);
        let address = address(&self.bucket, &self.key);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let request = self
            .client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.upload_id)
            .multipart_upload(parts);
        let request = match condition {
            None => request,
            Some(Condition::Is(etag)) => request.if_match(etag),
            Some(Condition::IsNone) => request.if_none_match("*"),
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if condition.is_some() && Condition::is_broken_by(&error) => Ok(false),
            Err(error) => Err(fault(AwsRequest { verb: "complete", to: &address }, &error)),
        }
    }

    /// Aborts the upload after another failure. An error here is ignored: the caller reports the first failure, and the
    /// bucket's lifecycle rule removes the parts.
    pub(crate) async fn abort(&self) {
        let request =
            self.client.abort_multipart_upload().bucket(&self.bucket).key(&self.key).upload_id(&self.upload_id);
        let _ = request.send().await;
    }
}

/// A condition about the object under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It is the one with this entity tag.
    Is(String),
    /// There is none.
    IsNone,
}

impl Condition {
    /// Whether an error says that a condition does not hold (412, or `NoSuchKey` if the object is gone), or that another write is under
    /// way (409).
    pub(crate) fn is_broken_by<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
        let status = error.raw_response().map(|response| response.status().as_u16());
        matches!(status, Some(409 | 412)) || error.code() == Some("NoSuchKey")
    }
}

/// The CRC64NVME of a whole object, if S3 has one. A composite checksum, which is made of those of the parts, does not
/// count.
pub(crate) fn whole_checksum(head: &HeadObjectOutput) -> Option<&str> {
    let composite = head.checksum_type() == Some(&ChecksumType::Composite);
    head.checksum_crc64_nvme().filter(|checksum| !composite && !checksum.contains('-'))
}

/// The address of an object, as messages show it.
pub(crate) fn address(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// The timeouts for a copy.
pub(crate) fn patient() -> TimeoutConfig {
    TimeoutConfig::builder().read_timeout(COPY_TIMEOUT).build()
}

/// An object in the form of the header `x-amz-copy-source`.
pub(crate) fn copy_source(bucket: &str, key: &str) -> String {
    format!("{bucket}/{}", escape(key))
}

/// Percent-encodes a key for a header. The SDK encodes all headers but this one.
pub(crate) fn escape(key: &str) -> String {
    let mut escaped = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                escaped.push(char::from(byte));
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_a_header() {
        assert_eq!(escape("inbox/products/a b+ü?.csv"), "inbox/products/a%20b%2B%C3%BC%3F.csv");
    }
}
