//! Objects in S3.

mod writer;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use bytes::Bytes;
use futures::stream;
use sluice_contract::ByteRange;

use self::writer::S3Writer;
use super::{Body, ContentType, ObjectWriter, Objects};
use crate::aws::multipart::address;
use crate::aws::{Aws, Call, fault};
use crate::{Fault, chain};

/// How often a conditional write is tried that meets another one (409).
const CONFLICT_ATTEMPTS: u32 = 5;

/// How long to wait between: the other write is small and over in a moment.
const CONFLICT_PAUSE: Duration = Duration::from_millis(100);

/// The objects of an S3 bucket.
#[derive(Clone, Debug)]
pub struct S3Objects {
    client: Client,
    bucket: String,
}

impl S3Objects {
    /// The objects of this bucket.
    #[must_use]
    pub fn new(aws: &Aws, bucket: &str) -> Self {
        Self { client: aws.s3(), bucket: bucket.to_owned() }
    }

    fn address(&self, key: &str) -> String {
        address(&self.bucket, key)
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
    async fn read(&self, key: &str, range: Option<ByteRange>) -> Result<Body, Fault> {
        if range.is_some_and(ByteRange::is_empty) {
            // There is no way to ask for nothing: `bytes=5-4` is answered with the whole object.
            return Ok(Box::pin(stream::empty()));
        }
        let address = self.address(key);
        let asked = range.map(|range| format!("bytes={}-{}", range.start, range.end - 1));
        let request = self.client.get_object().bucket(&self.bucket).key(key).set_range(asked);
        let answer = match request.send().await {
            Ok(answer) => answer,
            // 416: the range begins after the end.
            Err(error) if error.code() == Some("InvalidRange") => {
                return Err(not_the_range(&address, range, "the object is shorter"));
            }
            Err(error) => return Err(fault(Call { verb: "read", to: &address }, &error)),
        };
        if let Some(asked) = range {
            // A `Content-Range` comes with a 206 and with nothing else.
            let got = answer.content_range().unwrap_or("the whole object");
            if !is_range(got, asked) || answer.content_length() != i64::try_from(asked.len()).ok() {
                return Err(not_the_range(&address, range, got));
            }
        }
        Ok(body(answer.body, address))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, Fault> {
        let address = self.address(key);
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(answer) => Ok(answer.content_length().and_then(|length| u64::try_from(length).ok())),
            Err(error) => match fault(Call { verb: "look at", to: &address }, &error) {
                Fault::Missing { .. } => Ok(None),
                fault => Err(fault),
            },
        }
    }

    async fn put(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<(), Fault> {
        let request = put(&self.client, &self.bucket, key, content_type, bytes);
        request.send().await.map_err(|error| fault(Call { verb: "write", to: &self.address(key) }, &error))?;
        Ok(())
    }

    async fn put_once(&self, key: &str, content_type: ContentType, bytes: Bytes) -> Result<bool, Fault> {
        let mut attempt = 1;
        loop {
            let request = put(&self.client, &self.bucket, key, content_type, bytes.clone()).if_none_match("*");
            match request.send().await {
                Ok(_) => return Ok(true),
                Err(error) if status(&error) == Some(412) => return Ok(false),
                Err(error) if status(&error) == Some(409) && attempt < CONFLICT_ATTEMPTS => {
                    tokio::time::sleep(CONFLICT_PAUSE * attempt).await;
                    attempt += 1;
                }
                Err(error) => return Err(fault(Call { verb: "write", to: &self.address(key) }, &error)),
            }
        }
    }

    async fn create(&self, key: &str, content_type: ContentType) -> Result<Box<dyn ObjectWriter>, Fault> {
        Ok(Box::new(S3Writer::new(self, key, content_type)))
    }
}

/// The status with which S3 refused.
fn status(error: &SdkError<PutObjectError>) -> Option<u16> {
    error.raw_response().map(|response| response.status().as_u16())
}

/// Whether a `Content-Range` (`bytes 0-9/100`) is exactly the range that was asked for.
fn is_range(header: &str, asked: ByteRange) -> bool {
    header
        .strip_prefix("bytes ")
        .and_then(|rest| rest.split_once('/'))
        .is_some_and(|(range, _)| range == format!("{}-{}", asked.start, asked.end - 1))
}

fn not_the_range(address: &str, range: Option<ByteRange>, found: &str) -> Fault {
    let range = range.unwrap_or_default();
    Fault::Corrupt { what: format!("the range {}..{} of {address}", range.start, range.end), found: found.to_owned() }
}

/// A body as a stream. The HTTP client makes sure that it has the length that was announced.
fn body(body: ByteStream, address: String) -> Body {
    Box::pin(stream::try_unfold((body, address), |(mut body, address)| async move {
        match body.try_next().await {
            Ok(bytes) => Ok(bytes.map(|bytes| (bytes, (body, address)))),
            Err(error) => Err(Fault::Transient { what: format!("read {address}"), source: chain(&error).into() }),
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_content_ranges() {
        let asked = ByteRange { start: 10, end: 20 };
        for (header, expected) in [
            ("bytes 10-19/100", true),
            ("bytes 10-19/*", true),
            ("bytes 10-18/19", false),
            ("bytes 0-99/100", false),
            ("bytes */100", false),
            ("", false),
        ] {
            assert_eq!(is_range(header, asked), expected, "{header}");
        }
    }
}
