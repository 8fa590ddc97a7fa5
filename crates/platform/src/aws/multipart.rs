//! Multipart uploads: objects that come in parts and appear when all of them are there.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};

use super::{Call, fault};
use crate::Fault;

/// An upload in parts that has begun.
///
/// It ends by [`complete`](Self::complete) or [`abort`](Self::abort). One that is merely dropped,
/// because its function was killed, keeps its parts, which nobody sees and somebody pays for: the
/// bucket has a lifecycle rule that aborts incomplete uploads (`AbortIncompleteMultipartUpload`).
/// Aborting on drop is not to be had, since that is a request and `drop` cannot await its answer.
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
        let address = address(bucket, key);
        let call = Call { verb: "begin", to: &address };
        let begun = client
            .create_multipart_upload()
            .bucket(bucket)
            .key(key)
            .set_content_type(content_type.map(str::to_owned))
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .send()
            .await
            .map_err(|error| fault(call, &error))?;
        let upload_id = begun.upload_id.ok_or_else(|| Fault::Corrupt {
            what: format!("the answer to beginning {address}"),
            found: "it has no upload id".to_owned(),
        })?;
        Ok(Self { client: client.clone(), bucket: bucket.to_owned(), key: key.to_owned(), upload_id })
    }

    /// Makes the object visible: its parts in the order of their numbers.
    pub(crate) async fn complete(&self, mut parts: Vec<CompletedPart>) -> Result<(), Fault> {
        parts.sort_by_key(CompletedPart::part_number);
        let address = address(&self.bucket, &self.key);
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        self.client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(&self.key)
            .upload_id(&self.upload_id)
            .multipart_upload(parts)
            .send()
            .await
            .map_err(|error| fault(Call { verb: "complete", to: &address }, &error))?;
        Ok(())
    }

    /// Gives the parts up, after something else has failed. Where even that fails, the bucket's
    /// lifecycle rule does it, and the failure to tell is the first one.
    pub(crate) async fn abort(&self) {
        let request =
            self.client.abort_multipart_upload().bucket(&self.bucket).key(&self.key).upload_id(&self.upload_id);
        let _ = request.send().await;
    }
}

/// How an object is called where one is spoken of.
pub(crate) fn address(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}
