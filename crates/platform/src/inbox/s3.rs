//! An inbox in S3: a versioned bucket.

mod copy;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{ChecksumMode, ObjectVersion};
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;

use super::{Inbox, InboxPage, InboxPlace, UploadVersion};
use crate::aws::multipart::{address, whole_checksum};
use crate::aws::{Aws, AwsRequest, fault};
use crate::clock::rfc3339;
use crate::objects::Known;
use crate::{Fault, aws, chain};

/// The largest object that S3 copies with one request, in bytes: 5 GiB.
const COPY_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

/// A versioned S3 bucket, and the bucket into which accepted uploads are copied.
#[derive(Clone, Debug)]
pub struct S3Inbox {
    client: Client,
    inbox: String,
    data: String,
    copy_limit: u64,
}

impl S3Inbox {
    /// The inbox in one bucket, with its archive in another.
    #[must_use]
    pub fn new(aws: &Aws, inbox_bucket: &str, data_bucket: &str) -> Self {
        Self { client: aws.s3(), inbox: inbox_bucket.to_owned(), data: data_bucket.to_owned(), copy_limit: COPY_LIMIT }
    }

    /// Copies versions that are larger than `bytes` in parts, several at a time. S3 copies at most 5 GiB with one
    /// request, so a higher limit counts as 5 GiB.
    #[must_use]
    pub fn with_copy_limit(self, bytes: u64) -> Self {
        Self { copy_limit: bytes.min(COPY_LIMIT), ..self }
    }

    /// The metadata of an object, with its checksum.
    async fn look(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<HeadObjectOutput, Fault> {
        let address = address(bucket, key);
        self.client
            .head_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "look at", to: &address }, &error))
    }
}

#[async_trait]
impl Inbox for S3Inbox {
    async fn versions(&self, key: &str) -> Result<Vec<UploadVersion>, Fault> {
        let address = address(&self.inbox, key);
        let mut found = Vec::new();
        let (mut key_marker, mut version_marker) = (None, None);
        loop {
            let page = self
                .client
                .list_object_versions()
                .bucket(&self.inbox)
                .prefix(key)
                .set_key_marker(key_marker)
                .set_version_id_marker(version_marker)
                .send()
                .await
                .map_err(|error| fault(AwsRequest { verb: "list the versions of", to: &address }, &error))?;
            for version in page.versions().iter().filter(|version| version.key() == Some(key)) {
                found.push(listed(key, version)?);
            }
            // The listing is by prefix, and the key itself comes before all longer keys. So it stops at the first page
            // that does not continue within the key. Within a key, the newest version comes first.
            let goes_on = page.is_truncated() == Some(true) && page.next_key_marker() == Some(key);
            if !goes_on {
                return Ok(found);
            }
            (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
        }
    }

    async fn page(&self, from: Option<&InboxPlace>) -> Result<InboxPage, Fault> {
        let address = address(&self.inbox, "");
        let page = self
            .client
            .list_object_versions()
            .bucket(&self.inbox)
            .set_key_marker(from.map(|from| from.key.clone()))
            .set_version_id_marker(from.and_then(|from| from.version_id.clone()))
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "list the versions of", to: &address }, &error))?;
        let versions = page.versions().iter().map(|version| listed(version.key().unwrap_or_default(), version));
        let versions = versions.collect::<Result<_, _>>()?;
        let next = page.next_key_marker.filter(|_| page.is_truncated == Some(true));
        let next = next.map(|key| InboxPlace { key, version_id: page.next_version_id_marker });
        Ok(InboxPage { versions, next })
    }

    async fn head(&self, key: &str, version_id: &str) -> Result<Option<UploadVersion>, Fault> {
        let head = match self.look(&self.inbox, key, Some(version_id)).await {
            Ok(head) if head.delete_marker() != Some(true) => head,
            Ok(_) | Err(Fault::Missing { .. }) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let fields = (head.e_tag(), head.content_length(), head.last_modified());
        version(key, version_id, fields).map(Some)
    }

    async fn first_bytes(&self, key: &str, version_id: &str, most: u64) -> Result<Option<Bytes>, Fault> {
        let address = address(&self.inbox, key);
        let read = AwsRequest { verb: "read the start of", to: &address };
        let asked = match most.checked_sub(1) {
            Some(last) => format!("bytes=0-{last}"),
            None => return Ok(self.head(key, version_id).await?.map(|_| Bytes::new())),
        };
        let request = self.client.get_object().bucket(&self.inbox).key(key).version_id(version_id).range(asked);
        let answer = match request.send().await {
            Ok(answer) => answer,
            // S3 refuses every range of an empty object.
            Err(error) if error.code() == Some("InvalidRange") => return Ok(Some(Bytes::new())),
            Err(error) => {
                return match fault(read, &error) {
                    Fault::Missing { .. } => Ok(None),
                    fault => Err(fault),
                };
            }
        };
        let range = answer.content_range().unwrap_or_default().to_owned();
        if !range.is_empty() && !range.starts_with("bytes 0-") {
            let found = format!("the first {most} bytes were asked for, and the answer is {range}");
            return Err(Fault::Corrupt { what: address, found });
        }
        // Some services that speak S3 ignore the range of a version. Then the rest of the body is not read.
        let (mut body, mut bytes) = (answer.body, BytesMut::new());
        while (bytes.len() as u64) < most
            && let Some(piece) = body.try_next().await.map_err(|error| broken_off(read, &error))?
        {
            bytes.extend_from_slice(&piece);
        }
        bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(Some(bytes.freeze()))
    }

    async fn crc64nvme(&self, key: &str, version_id: &str) -> Result<Option<String>, Fault> {
        match self.look(&self.inbox, key, Some(version_id)).await {
            Ok(head) => Ok(whole_checksum(&head).map(str::to_owned)),
            Err(Fault::Missing { .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn archive(&self, version: &UploadVersion, to: &str) -> Result<Known, Fault> {
        let source = self.look(&self.inbox, &version.key, Some(&version.version_id)).await?;
        if version.bytes <= self.copy_limit {
            self.copy_at_once(version, to).await?;
        } else {
            self.copy_in_parts(version, to, source.content_type()).await?;
        }
        let copy = self.look(&self.data, to, None).await?;
        match difference(version, &source, &copy) {
            None => Ok(Known { bytes: version.bytes, crc64nvme: whole_checksum(&copy).map(str::to_owned) }),
            Some(found) => Err(Fault::Corrupt { what: aws::multipart::address(&self.data, to), found }),
        }
    }

    async fn remove(&self, key: &str, version_id: &str) -> Result<(), Fault> {
        let address = address(&self.inbox, key);
        self.client
            .delete_object()
            .bucket(&self.inbox)
            .key(key)
            .version_id(version_id)
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "remove a version of", to: &address }, &error))?;
        Ok(())
    }
}

/// The fault of a body that broke off.
fn broken_off(request: AwsRequest<'_>, error: &(dyn std::error::Error + 'static)) -> Fault {
    Fault::Transient { what: request.to_string(), source: chain(error).into() }
}

fn listed(key: &str, listed: &ObjectVersion) -> Result<UploadVersion, Fault> {
    let id = listed.version_id().unwrap_or("null");
    version(key, id, (listed.e_tag(), listed.size(), listed.last_modified()))
}

/// A version from its description by S3, in a listing or in the answer to a HEAD request.
fn version(
    key: &str,
    version_id: &str,
    (etag, bytes, last_modified): (Option<&str>, Option<i64>, Option<&DateTime>),
) -> Result<UploadVersion, Fault> {
    let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
    let last_modified = last_modified.and_then(|time| Timestamp::from_second(time.secs()).ok());
    match (etag, bytes, last_modified) {
        (Some(etag), Some(bytes), Some(last_modified)) => Ok(UploadVersion {
            key: key.to_owned(),
            version_id: version_id.to_owned(),
            etag: etag.trim_matches('"').to_owned(),
            bytes,
            last_modified: rfc3339(last_modified),
        }),
        _ => Err(Fault::Corrupt {
            what: format!("the description of version {version_id} of {key}"),
            found: "entity tag, size or time are missing".to_owned(),
        }),
    }
}

/// How a copy differs from its source, as far as the two can be compared.
fn difference(version: &UploadVersion, source: &HeadObjectOutput, copy: &HeadObjectOutput) -> Option<String> {
    if copy.content_length() != i64::try_from(version.bytes).ok() {
        return Some(format!("it has {:?} bytes, not {}", copy.content_length(), version.bytes));
    }
    // Both have a CRC64NVME of the whole object, unless the producer chose another checksum.
    if let (Some(theirs), Some(ours)) = (whole_checksum(source), whole_checksum(copy))
        && theirs != ours
    {
        return Some(format!("its CRC64NVME is {ours}, not {theirs}"));
    }
    let ours = copy.e_tag().unwrap_or_default().trim_matches('"');
    let comparable = [source, copy].into_iter().all(|head| is_md5(head.e_tag(), head.ssekms_key_id()));
    (comparable && ours != version.etag).then(|| format!("its entity tag is {ours}, not {}", version.etag))
}

/// Whether an entity tag is the MD5 of the content. It is not for an object that was uploaded in parts, or that is
/// encrypted with a key of KMS.
fn is_md5(etag: Option<&str>, kms_key: Option<&str>) -> bool {
    etag.is_some_and(|etag| !etag.contains('-')) && kms_key.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(bytes: i64, etag: &str, crc: Option<&str>, kms_key: Option<&str>) -> HeadObjectOutput {
        HeadObjectOutput::builder()
            .content_length(bytes)
            .e_tag(format!("\"{etag}\""))
            .set_checksum_crc64_nvme(crc.map(str::to_owned))
            .set_ssekms_key_id(kms_key.map(str::to_owned))
            .build()
    }

    #[test]
    fn copies_are_compared_where_they_can_be() {
        let of = |etag: &str| UploadVersion {
            key: "k".to_owned(),
            version_id: "v".to_owned(),
            etag: etag.to_owned(),
            bytes: 3,
            last_modified: "2026-11-21T02:33:00Z".to_owned(),
        };
        let plain = head(3, "aa", Some("x"), None);
        assert_eq!(difference(&of("aa"), &plain, &plain), None);
        assert!(difference(&of("aa"), &plain, &head(2, "aa", Some("x"), None)).is_some());
        assert!(difference(&of("aa"), &plain, &head(3, "aa", Some("y"), None)).is_some());
        assert!(difference(&of("aa"), &plain, &head(3, "bb", None, None)).is_some());
        assert_eq!(difference(&of("aa"), &plain, &head(3, "bb-2", None, None)), None);
        // A checksum of checksums is not compared with that of a whole object.
        assert_eq!(difference(&of("aa"), &head(3, "aa", Some("z-2"), None), &plain), None);
        assert_eq!(difference(&of("aa"), &plain, &head(3, "bb", None, Some("key"))), None);
    }
}
