//! Objects in S3.

mod concat;
mod writer;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode};
use bytes::Bytes;
use futures::stream;
use sluice_contract::ByteRange;

use self::concat::{LIMITS, Limits};
use self::writer::S3Writer;
use super::ahead::{self, OpenRange, Ranges, replaced};
use super::{Body, ContentType, Existing, Known, ObjectWriter, Objects, Piece, Reading};
use crate::aws::multipart::{address, whole_checksum};
use crate::aws::{Aws, AwsRequest, fault};
use crate::{Fault, chain};

/// How often a conditional write is tried if it conflicts with another one (409).
const CONFLICT_ATTEMPTS: u32 = 5;

/// The pause after the first conflict. It grows by this much each time. The other write is small and soon over.
const CONFLICT_PAUSE: Duration = Duration::from_millis(100);

/// The objects of an S3 bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
    limits: Limits,
}

impl S3Objects {
    /// The objects of this bucket.
    #[must_use]
    pub fn new(aws: &Aws, bucket: &str) -> Self {
        Self { client: aws.s3(), bucket: bucket.to_owned(), limits: LIMITS }
    }

    /// Concatenates objects from at most `parts` parts, and joins larger numbers of pieces in several levels. S3 takes
    /// 10,000 parts; a larger number counts as 10,000.
    #[must_use]
    pub fn with_most_parts(mut self, parts: usize) -> Self {
        self.limits.parts = parts.clamp(2, LIMITS.parts);
        self
    }

    fn address(&self, key: &str) -> String {
        address(&self.bucket, key)
    }

    /// Requests an object, or a range of it that is not empty. `None` if the range begins after the end (416).
    async fn get(
        &self,
        key: &str,
        range: Option<ByteRange>,
        version: Option<&str>,
    ) -> Result<Option<GetObjectOutput>, Fault> {
        let asked = range.map(|range| format!("bytes={}-{}", range.start, range.end - 1));
        let request = self.client.get_object().bucket(&self.bucket).key(key).set_range(asked);
        match request.set_if_match(version.map(str::to_owned)).send().await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.code() == Some("InvalidRange") => Ok(None),
            Err(error) if error.code() == Some("PreconditionFailed") => Err(replaced(&self.address(key))),
            Err(error) => Err(fault(AwsRequest { verb: "read", to: &self.address(key) }, &error)),
        }
    }
}

#[async_trait]
impl Ranges for S3Objects {
    async fn open_range(&self, key: &str, range: ByteRange, version: Option<&str>) -> Result<OpenRange, Fault> {
        let address = self.address(key);
        let Some(answer) = self.get(key, Some(range), version).await? else {
            // S3 answers every range of an empty object with 416. Any other object has a first byte.
            if range.start == 0 {
                return Ok(OpenRange { body: Box::pin(stream::empty()), length: 0, version: String::new() });
            }
            return Err(not_the_range(&address, Some(range), "the object is shorter"));
        };
        let got = answer.content_range().unwrap_or("the whole object").to_owned();
        let other = || not_the_range(&address, Some(range), &got);
        let (found, length) = read_range(&got).ok_or_else(other)?;
        let length = length.ok_or_else(other)?;
        // S3 cuts a range at the end of the object.
        let expected = ByteRange { end: range.end.min(length), ..range };
        if found != expected || answer.content_length() != i64::try_from(expected.len()).ok() {
            return Err(other());
        }
        let is = answer.e_tag().unwrap_or_default().to_owned();
        if version.is_some_and(|version| version != is) {
            // Some services that speak S3 ignore the condition.
            return Err(replaced(&address));
        }
        Ok(OpenRange { body: body(answer.body, address), length, version: is })
    }
}

/// A request that writes a whole object.
fn put(client: &Client, bucket: &str, key: &str, content_type: ContentType, bytes: Bytes) -> PutObjectFluentBuilder {
    client
        .put_object()
        .bucket(bucket)
        .key(key)
        .content_type(content_type.as_str())
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .body(ByteStream::from(bytes))
}

#[async_trait]
impl Objects for S3Objects {
    async fn head(&self, key: &str) -> Result<Option<Known>, Fault> {
        let address = self.address(key);
        let request = self.client.head_object().bucket(&self.bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        match request.send().await {
            Ok(answer) => {
                let crc64nvme = whole_checksum(&answer).map(str::to_owned);
                let bytes = answer.content_length().and_then(|length| u64::try_from(length).ok());
                Ok(bytes.map(|bytes| Known { bytes, crc64nvme }))
            }
            Err(error) => match fault(AwsRequest { verb: "look at", to: &address }, &error) {
                Fault::Missing { .. } => Ok(None),
                fault => Err(fault),
            },
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, Fault> {
        let address = self.address(prefix);
        let mut pages = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix).into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| fault(AwsRequest { verb: "list", to: &address }, &error))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }

    async fn read(&self, key: &str, range: Option<ByteRange>, reading: Reading) -> Result<Body, Fault> {
        if reading == Reading::Ahead {
            return ahead::read(self.clone(), key, range).await;
        }
        if range.is_some_and(ByteRange::is_empty) {
            // No request can ask for an empty range: S3 answers `bytes=5-4` with the whole object.
            return Ok(Box::pin(stream::empty()));
        }
        let address = self.address(key);
        let Some(answer) = self.get(key, range, None).await? else {
            return Err(not_the_range(&address, range, "the object is shorter"));
        };
        if let Some(asked) = range {
            // Only a 206 has a `Content-Range`.
            let got = answer.content_range().unwrap_or("the whole object");
            let is_asked = read_range(got).is_some_and(|(range, _)| range == asked);
            if !is_asked || answer.content_length() != i64::try_from(asked.len()).ok() {
                return Err(not_the_range(&address, range, got));
            }
        }
        Ok(body(answer.body, address))
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes, existing: Existing) -> Result<bool, Fault> {
        let mut attempt = 1;
        loop {
            let request = put(&self.client, &self.bucket, key, content_type, bytes.clone());
            let request = match existing {
                Existing::Replace => request,
                Existing::Keep => request.if_none_match("*"),
            };
            match request.send().await {
                Ok(_) => return Ok(true),
                Err(error) if existing == Existing::Keep && status(&error) == Some(412) => return Ok(false),
                Err(error) if status(&error) == Some(409) && attempt < CONFLICT_ATTEMPTS => {
                    tokio::time::sleep(CONFLICT_PAUSE * attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(fault(AwsRequest { verb: "write", to: &self.address(key) }, &error)),
            }
        }
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        Ok(Box::new(S3Writer::new(self, key, content_type)))
    }

    async fn concat(
        &self,
        key: &str,
        content_type: ContentType,
        scratch: &str,
        pieces: Vec<Piece>,
    ) -> Result<u64, Fault> {
        self.put_together(key, content_type, scratch, pieces).await
    }
}

/// The HTTP status of an error.
fn status(error: &SdkError<PutObjectError>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Parses a `Content-Range` (`bytes 0-9/100`): the range, and the length of the object if the header has it.
fn read_range(header: &str) -> Option<(ByteRange, Option<u64>)> {
    let (range, length) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let range = ByteRange { start: first.parse().ok()?, end: last.parse::<u64>().ok()?.checked_add(1)? };
    Some((range, length.parse().ok()))
}

fn not_the_range(address: &str, range: Option<ByteRange>, found: &str) -> Fault {
    let range = range.unwrap_or_default();
    Fault::Corrupt { what: format!("the range {}..{} of {address}", range.start, range.end), found: found.to_owned() }
}

/// A body as a stream. The HTTP client checks that it has the announced length.
fn body(body: ByteStream, address: String) -> Body {
    Box::pin(stream::try_unfold((body, address), |(mut body, address)| async move {
        match body.try_next().await {
            Ok(bytes) => Ok(bytes.map(|bytes| (bytes, (body, address)))),
            Err(error) => Err(Fault::Transient { what: format!("read {address}"), source: chain(&error).into() }),
        }
    }))
}

#[cfg(test)]
mod tests;
