//! Copies a version on the server, whatever its size. Its bytes do not pass through this process.

use aws_sdk_s3::types::{ChecksumAlgorithm, TaggingDirective};
use futures::stream::{self, StreamExt, TryStreamExt};
use sluice_contract::ByteRange;

use super::S3Inbox;
use crate::Fault;
use crate::aws::multipart::{Multipart, address, copy_source, escape, patient};
use crate::aws::{AwsRequest, fault};
use crate::inbox::UploadVersion;

/// The length of a part. 512 MiB are copied in seconds, and 10,000 such parts are 4.9 TiB.
const PART_BYTES: u64 = 512 * 1024 * 1024;

/// The maximum number of parts of an object in S3.
const MAX_PARTS: u64 = 10_000;

/// Parts that are copied at the same time. S3 copies one at some 100 MB/s, and eight at eight times that.
const PARTS_AT_ONCE: usize = 8;

impl S3Inbox {
    /// Copies a version with one request.
    pub(super) async fn copy_at_once(&self, version: &UploadVersion, to: &str) -> Result<(), Fault> {
        let address = address(&self.inbox, &version.key);
        self.client
            .copy_object()
            .copy_source(self.source(version))
            .bucket(&self.data)
            .key(to)
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            // Tags are not copied, because reading and writing them needs further permissions.
            .tagging_directive(TaggingDirective::Replace)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(patient()))
            .send()
            .await
            .map_err(|error| fault(AwsRequest { verb: "archive", to: &address }, &error))?;
        Ok(())
    }

    /// Copies a version in parts.
    pub(super) async fn copy_in_parts(
        &self,
        version: &UploadVersion,
        to: &str,
        content_type: Option<&str>,
    ) -> Result<(), Fault> {
        let upload = Multipart::begin(&self.client, &self.data, to, content_type).await?;
        let (source, address) = (self.source(version), address(&self.inbox, &version.key));
        let copy = |(number, range)| upload.copy_part(number, &source, range, &address);
        let copies = (1..).zip(parts(version.bytes)).map(copy);
        let copied = stream::iter(copies).buffer_unordered(PARTS_AT_ONCE).try_collect().await;
        let completed = match copied {
            Ok(parts) => upload.complete(parts).await,
            Err(fault) => Err(fault),
        };
        if completed.is_err() {
            upload.abort().await;
        }
        completed
    }

    /// The version in the form of the header `x-amz-copy-source`.
    fn source(&self, version: &UploadVersion) -> String {
        format!("{}?versionId={}", copy_source(&self.inbox, &version.key), escape(&version.version_id))
    }
}

/// The parts in which this many bytes are copied. All but the last have the same length.
fn parts(bytes: u64) -> impl Iterator<Item = ByteRange> {
    let part = PART_BYTES.max(bytes.div_ceil(MAX_PARTS));
    (0..bytes.div_ceil(part)).map(move |index| ByteRange { start: index * part, end: bytes.min((index + 1) * part) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_everything_once_and_are_not_too_many() {
        const TIB: u64 = 1024 * 1024 * 1024 * 1024;
        for bytes in [1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 6 * 1024 * 1024 * 1024, 48 * TIB] {
            let parts: Vec<ByteRange> = parts(bytes).collect();
            assert_eq!(parts.first().map(|part| part.start), Some(0));
            assert_eq!(parts.last().map(|part| part.end), Some(bytes));
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert!(parts.iter().all(|part| !part.is_empty()));
            assert!(parts.len() as u64 <= MAX_PARTS);
        }
    }
}
