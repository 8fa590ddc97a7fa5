//! Writing an object of any length in bounded memory.

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedPart};
use bytes::Bytes;
use tokio::task::JoinSet;

use super::{S3Objects, put};
use crate::Fault;
use crate::aws::multipart::{Multipart, address};
use crate::aws::{AwsRequest, fault};
use crate::objects::{ContentType, ObjectWriter};

/// The length of the first parts: the minimum of S3, in bytes.
const PART_BYTES: usize = 5 * 1024 * 1024;

/// The number of parts with the same length. Each further group of parts is longer by [`PART_BYTES`]. S3 takes 10,000
/// parts: 1,000 x 5 MiB x (1 + 2 + … + 10) = 268 GiB in one object. For a longer object S3 returns an error; nothing is
/// cut.
const PARTS_OF_A_LENGTH: usize = 1000;

/// Parts that are sent while the next one fills. Memory: (1 + 2) x 5 MiB = 15 MiB for each writer of up to 5 GiB.
const PARTS_UNDER_WAY: usize = 2;

/// An object that is being written: in one request if it fits in a part, else in a multipart upload.
pub(super) struct S3Writer {
    client: Client,
    bucket: String,
    key: String,
    content_type: ContentType,
    /// The bytes that were not sent yet: less than a part. Its capacity is exactly a part; a buffer that grows by
    /// doubling would take up to twice as much.
    buffer: Vec<u8>,
    length: u64,
    state: State,
}

enum State {
    /// No part was sent yet.
    Small,
    /// Parts were sent.
    Parts(Upload),
    /// A part could not be sent, and the upload was aborted.
    Failed,
}

struct Upload {
    multipart: Multipart,
    under_way: JoinSet<Result<CompletedPart, Fault>>,
    done: Vec<CompletedPart>,
    next_number: i32,
}

impl S3Writer {
    pub(super) fn new(objects: &S3Objects, key: &str, content_type: ContentType) -> Self {
        Self {
            client: objects.client.clone(),
            bucket: objects.bucket.clone(),
            key: key.to_owned(),
            content_type,
            buffer: Vec::new(),
            length: 0,
            state: State::Small,
        }
    }

    /// The length of the part that is being filled.
    fn part_bytes(&self) -> usize {
        match &self.state {
            State::Parts(upload) => part_bytes(upload.next_number),
            State::Small | State::Failed => PART_BYTES,
        }
    }

    /// Sends the buffer as a part.
    async fn send_part(&mut self) -> Result<(), Fault> {
        let upload = match &mut self.state {
            State::Parts(upload) => upload,
            State::Failed => return Err(given_up(&self.bucket, &self.key)),
            State::Small => {
                let content_type = Some(self.content_type.as_str());
                let multipart = Multipart::begin(&self.client, &self.bucket, &self.key, content_type).await?;
                self.state = State::Parts(Upload::new(multipart));
                let State::Parts(upload) = &mut self.state else { return Ok(()) };
                upload
            }
        };
        let sent = upload.send(std::mem::take(&mut self.buffer).into()).await;
        if sent.is_err() {
            self.give_up().await;
        }
        sent
    }

    /// Aborts the upload, and makes every later call fail, so that nobody writes the rest as the whole object.
    async fn give_up(&mut self) {
        if let State::Parts(mut upload) = std::mem::replace(&mut self.state, State::Failed) {
            upload.under_way.shutdown().await;
            upload.multipart.abort().await;
        }
    }
}

#[async_trait]
impl ObjectWriter for S3Writer {
    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        if matches!(self.state, State::Failed) {
            return Err(given_up(&self.bucket, &self.key));
        }
        while !bytes.is_empty() {
            let part_bytes = self.part_bytes();
            let (now, later) = bytes.split_at(bytes.len().min(part_bytes - self.buffer.len()));
            if self.buffer.is_empty() {
                self.buffer.reserve_exact(part_bytes);
            }
            self.buffer.extend_from_slice(now);
            self.length += now.len() as u64;
            bytes = later;
            if self.buffer.len() == part_bytes {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<u64, Fault> {
        if matches!(self.state, State::Small) {
            let request = put(&self.client, &self.bucket, &self.key, self.content_type, self.buffer.into());
            let address = address(&self.bucket, &self.key);
            request.send().await.map_err(|error| fault(AwsRequest { verb: "write", to: &address }, &error))?;
            return Ok(self.length);
        }
        if !self.buffer.is_empty() {
            self.send_part().await?;
        }
        let State::Parts(upload) = &mut self.state else { return Err(given_up(&self.bucket, &self.key)) };
        let completed = upload.complete().await;
        if completed.is_err() {
            self.give_up().await;
        }
        completed.map(|()| self.length)
    }
}

impl Upload {
    fn new(multipart: Multipart) -> Self {
        Self { multipart, under_way: JoinSet::new(), done: Vec::new(), next_number: 1 }
    }

    /// Sends a part as soon as fewer than [`PARTS_UNDER_WAY`] are under way.
    async fn send(&mut self, bytes: Bytes) -> Result<(), Fault> {
        while self.under_way.len() >= PARTS_UNDER_WAY {
            self.await_one().await?;
        }
        self.under_way.spawn(send_part(self.multipart.clone(), self.next_number, bytes));
        self.next_number += 1;
        Ok(())
    }

    async fn complete(&mut self) -> Result<(), Fault> {
        while !self.under_way.is_empty() {
            self.await_one().await?;
        }
        self.multipart.complete(std::mem::take(&mut self.done)).await
    }

    async fn await_one(&mut self) -> Result<(), Fault> {
        match self.under_way.join_next().await {
            None => {}
            Some(Ok(part)) => self.done.push(part?),
            Some(Err(error)) => {
                let what = format!("write a part of {}", address(&self.multipart.bucket, &self.multipart.key));
                return Err(Fault::Transient { what, source: Box::new(error) });
            }
        }
        Ok(())
    }
}

/// The length of a part by its number, from 1.
fn part_bytes(number: i32) -> usize {
    let before = usize::try_from(number - 1).unwrap_or_default();
    PART_BYTES * (1 + before / PARTS_OF_A_LENGTH)
}

/// Sends a part of an upload.
pub(super) async fn send_part(upload: Multipart, number: i32, bytes: Bytes) -> Result<CompletedPart, Fault> {
    let address = address(&upload.bucket, &upload.key);
    let sent = upload
        .client
        .upload_part()
        .bucket(&upload.bucket)
        .key(&upload.key)
        .upload_id(&upload.upload_id)
        .part_number(number)
        .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
        .body(ByteStream::from(bytes))
        .send()
        .await
        .map_err(|error| fault(AwsRequest { verb: "write a part of", to: &address }, &error))?;
    Ok(CompletedPart::builder()
        .part_number(number)
        .set_e_tag(sent.e_tag)
        .set_checksum_crc64_nvme(sent.checksum_crc64_nvme)
        .build())
}

fn given_up(bucket: &str, key: &str) -> Fault {
    Fault::Transient {
        what: format!("write {}", address(bucket, key)),
        source: "a part of it could not be written".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_parts() {
        const MIB: usize = 1024 * 1024;
        for (number, expected) in [(1, 5), (1000, 5), (1001, 10), (2000, 10), (2001, 15), (10_000, 50)] {
            assert_eq!(part_bytes(number), expected * MIB, "{number}");
        }
        assert_eq!((1..=10_000).map(part_bytes).sum::<usize>(), 275_000 * MIB);
    }
}
