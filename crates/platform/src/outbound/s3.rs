//! An outbound bucket in S3.
//!
//! A file carries the order of its run as metadata. A delivery reads it, and writes on the condition that the object is still the one that
//! it read (`If-Match`), or that there still is none (`If-None-Match`). S3 copies the bytes on the server.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use futures::stream::{self, StreamExt, TryStreamExt};
use sluice_contract::ByteRange;

use super::{Delivered, Delivery, Outbound};
use crate::Fault;
use crate::aws::multipart::{Condition, Multipart, address, copy_source};
use crate::aws::{Aws, AwsRequest, fault};

/// The name of the metadata with the order.
const ORDER: &str = "sluice-order";
/// The length of a part: 512 MiB are copied in seconds.
const PART_BYTES: u64 = 512 * 1024 * 1024;
/// Parts that are copied at the same time.
const PARTS_AT_ONCE: usize = 4;
/// How often a delivery is tried if another one changes the object in between.
const ATTEMPTS: u32 = 6;
/// The pause after the first conflict. It grows by this much each time.
const PAUSE: Duration = Duration::from_millis(100);

/// An outbound bucket in S3.
#[derive(Clone, Debug)]
pub struct S3Outbound {
    client: Client,
    bucket: String,
    data: String,
}

/// What is under a key.
struct Known {
    etag: String,
    order: Option<String>,
}

impl S3Outbound {
    /// This outbound bucket, beside this data bucket.
    #[must_use]
    pub fn new(aws: &Aws, bucket: &str, data: &str) -> Self {
        Self { client: aws.s3(), bucket: bucket.to_owned(), data: data.to_owned() }
    }

    async fn known(&self, key: &str) -> Result<Option<Known>, Fault> {
        let address = address(&self.bucket, key);
        match self.client.head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => {
                let order = head.metadata().and_then(|metadata| metadata.get(ORDER)).cloned();
                Ok(Some(Known { etag: head.e_tag.unwrap_or_default(), order }))
            }
            Err(error) => match fault(AwsRequest { verb: "look at", to: &address }, &error) {
                Fault::Missing { .. } => Ok(None),
                fault => Err(fault),
            },
        }
    }

    /// The length of an object of the data bucket.
    async fn length(&self, key: &str) -> Result<u64, Fault> {
        let address = address(&self.data, key);
        let head = self.client.head_object().bucket(&self.data).key(key).send().await;
        let head = head.map_err(|error| fault(AwsRequest { verb: "look at", to: &address }, &error))?;
        Ok(head.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or_default())
    }

    /// Writes the file on a condition; `false` if the condition does not hold.
    async fn write(&self, delivery: &Delivery<'_>, bytes: u64, condition: &Condition) -> Result<bool, Fault> {
        if bytes == 0 {
            return self.write_empty(delivery, condition).await;
        }
        let metadata = (ORDER, delivery.order.as_str());
        let content_type = Some(delivery.content_type.as_str());
        let upload =
            Multipart::begin_with(&self.client, &self.bucket, delivery.to, content_type, Some(metadata)).await?;
        let (source, address) = (copy_source(&self.data, delivery.from), address(&self.data, delivery.from));
        let part = PART_BYTES.max(bytes.div_ceil(10_000));
        let ranges =
            (0..bytes.div_ceil(part)).map(|at| ByteRange { start: at * part, end: bytes.min((at + 1) * part) });
        let copies = (1..).zip(ranges).map(|(number, range)| upload.copy_part(number, &source, range, &address));
        let copied = stream::iter(copies).buffer_unordered(PARTS_AT_ONCE).try_collect().await;
        let completed = match copied {
            Ok(parts) => upload.complete_if(parts, condition).await,
            Err(fault) => Err(fault),
        };
        if !matches!(completed, Ok(true)) {
            upload.abort().await;
        }
        completed
    }

    async fn write_empty(&self, delivery: &Delivery<'_>, condition: &Condition) -> Result<bool, Fault> {
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(delivery.to)
            .content_type(delivery.content_type.as_str())
            .metadata(ORDER, delivery.order.as_str())
            .body(ByteStream::from_static(b""));
        let request = match condition {
            Condition::Is(etag) => request.if_match(etag),
            Condition::IsNone => request.if_none_match("*"),
        };
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) if Condition::is_broken_by(&error) => Ok(false),
            Err(error) => Err(fault(AwsRequest { verb: "write", to: &address(&self.bucket, delivery.to) }, &error)),
        }
    }
}

#[async_trait]
impl Outbound for S3Outbound {
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Delivered, Fault> {
        let bytes = self.length(delivery.from).await?;
        for attempt in 1..=ATTEMPTS {
            let condition = match self.known(delivery.to).await? {
                None => Condition::IsNone,
                // The same run delivered the same bytes.
                Some(known) if known.order.as_deref() == Some(delivery.order.as_str()) => {
                    return Ok(Delivered::Written);
                }
                Some(known) if known.order.as_deref() > Some(delivery.order.as_str()) => {
                    return Ok(Delivered::Overtaken);
                }
                Some(known) => Condition::Is(known.etag),
            };
            if self.write(delivery, bytes, &condition).await? {
                return Ok(Delivered::Written);
            }
            tokio::time::sleep(PAUSE * attempt).await;
        }
        let what = format!("deliver {}", address(&self.bucket, delivery.to));
        Err(Fault::Transient { what, source: "other deliveries change the file all the time".into() })
    }

    fn location(&self, key: &str) -> String {
        address(&self.bucket, key)
    }
}
