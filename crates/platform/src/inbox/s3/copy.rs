//! Copying a version on the server, whatever its size: no byte of it passes through here.

use std::fmt::Write;
use std::time::Duration;

use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedPart, TaggingDirective};
use futures::stream::{self, StreamExt, TryStreamExt};
use sluice_contract::ByteRange;

use super::S3Inbox;
use crate::Fault;
use crate::aws::multipart::{Multipart, address};
use crate::aws::{Call, fault};
use crate::inbox::UploadVersion;

/// How long S3 may take to answer a copy: 5 GiB take it a minute or more.
const COPY_TIMEOUT: Duration = Duration::from_mins(5);

/// The length of a part: 512 MiB are copied in seconds, and 10,000 of them are 4.9 TiB.
const PART_BYTES: u64 = 512 * 1024 * 1024;

/// How many parts an object may have.
const MAX_PARTS: u64 = 10_000;

/// Parts copied at once. S3 copies one at some 100 MB/s, eight at eight times that.
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
            // Tags stay behind: reading and writing them takes permissions of their own.
            .tagging_directive(TaggingDirective::Replace)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(patient()))
            .send()
            .await
            .map_err(|error| fault(Call { verb: "archive", to: &address }, &error))?;
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
        let copies =
            (1..).zip(parts(version.bytes)).map(|(number, range)| self.copy_part(&upload, version, number, range));
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

    async fn copy_part(
        &self,
        upload: &Multipart,
        version: &UploadVersion,
        number: i32,
        range: ByteRange,
    ) -> Result<CompletedPart, Fault> {
        let address = address(&self.inbox, &version.key);
        let copied = self
            .client
            .upload_part_copy()
            .copy_source(self.source(version))
            .copy_source_range(format!("bytes={}-{}", range.start, range.end - 1))
            .bucket(&upload.bucket)
            .key(&upload.key)
            .upload_id(&upload.upload_id)
            .part_number(number)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(patient()))
            .send()
            .await
            .map_err(|error| fault(Call { verb: "archive a part of", to: &address }, &error))?;
        let result = copied.copy_part_result.ok_or_else(|| Fault::Corrupt {
            what: format!("the answer to copying a part of {address}"),
            found: "it is empty".to_owned(),
        })?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(result.e_tag)
            .set_checksum_crc64_nvme(result.checksum_crc64_nvme)
            .build())
    }

    /// The version as the header `x-amz-copy-source` has it.
    fn source(&self, version: &UploadVersion) -> String {
        format!("{}/{}?versionId={}", self.inbox, escape(&version.key), escape(&version.version_id))
    }
}

fn patient() -> TimeoutConfig {
    TimeoutConfig::builder().read_timeout(COPY_TIMEOUT).build()
}

/// The parts in which this many bytes are copied: all of one length but the last.
fn parts(bytes: u64) -> impl Iterator<Item = ByteRange> {
    let part = PART_BYTES.max(bytes.div_ceil(MAX_PARTS));
    (0..bytes.div_ceil(part)).map(move |index| ByteRange { start: index * part, end: bytes.min((index + 1) * part) })
}

/// Percent-encodes a key for a header. The SDK leaves this one header to whoever calls it.
fn escape(key: &str) -> String {
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

    #[test]
    fn a_key_survives_a_header() {
        assert_eq!(escape("inbox/products/a b+ü?.csv"), "inbox/products/a%20b%2B%C3%BC%3F.csv");
    }
}
