//! Counts the requests that AWS bills. Each attempt counts, whatever the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use sluice_contract::documents::Requests;

/// The number of requests that the clients of an account have made so far. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestCounter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    s3_writes: AtomicU64,
    s3_reads: AtomicU64,
    table_writes: AtomicU64,
    table_reads: AtomicU64,
}

impl RequestCounter {
    /// The requests that were counted so far.
    pub(crate) fn so_far(&self) -> Requests {
        let count = |counted: &AtomicU64| counted.load(Ordering::Relaxed);
        let Counts { s3_writes, s3_reads, table_writes, table_reads } = &*self.0;
        Requests {
            s3_writes: count(s3_writes),
            s3_reads: count(s3_reads),
            table_writes: count(table_writes),
            table_reads: count(table_reads),
            ..Requests::default()
        }
    }

    /// The interceptor that counts the requests of a client of S3.
    pub(crate) fn of_s3(&self) -> impl Intercept + use<> {
        S3(self.clone())
    }

    /// The interceptor that counts the requests of a client of DynamoDB.
    pub(crate) fn of_dynamodb(&self) -> impl Intercept + use<> {
        DynamoDb(self.clone())
    }
}

fn add(counted: &AtomicU64, more: u64) {
    counted.fetch_add(more, Ordering::Relaxed);
}

/// Counts the requests to S3 by their price. PUT, COPY, POST and LIST have one price, GET and all others another, and DELETE is free:
/// <https://aws.amazon.com/s3/pricing/>.
#[derive(Debug)]
struct S3(RequestCounter);

impl Intercept for S3 {
    fn name(&self) -> &'static str {
        "CountsRequestsToS3"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let counts = &*self.0.0;
        match request.method() {
            "DELETE" => {}
            "GET" | "HEAD" if !lists(request.uri()) => add(&counts.s3_reads, 1),
            _ => add(&counts.s3_writes, 1),
        }
        Ok(())
    }
}

/// Whether a GET lists objects, their versions or uploads.
fn lists(uri: &str) -> bool {
    let query = uri.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|parameter| {
        let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
        ["list-type", "versions", "uploads"].contains(&name)
    })
}

/// Counts the items that requests to DynamoDB read and write.
#[derive(Debug)]
struct DynamoDb(RequestCounter);

impl Intercept for DynamoDb {
    fn name(&self) -> &'static str {
        "CountsRequestsToDynamoDb"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let (input, counts) = (context.input(), &*self.0.0);
        if let Some(batch) = input.downcast_ref::<BatchWriteItemInput>() {
            let items = batch.request_items().into_iter().flat_map(|tables| tables.values()).map(Vec::len);
            add(&counts.table_writes, items.sum::<usize>() as u64);
        } else if let Some(batch) = input.downcast_ref::<BatchGetItemInput>() {
            let keys = batch.request_items().into_iter().flat_map(|tables| tables.values());
            add(&counts.table_reads, keys.map(|keys| keys.keys().len()).sum::<usize>() as u64);
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let target = context.request().headers().get("x-amz-target").unwrap_or_default();
        let counts = &*self.0.0;
        match target.rsplit('.').next().unwrap_or_default() {
            "PutItem" | "UpdateItem" | "DeleteItem" => add(&counts.table_writes, 1),
            "GetItem" | "Query" | "Scan" => add(&counts.table_reads, 1),
            // Batches are counted above, by their items. Requests that describe a table are free.
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};

    use super::*;
    use crate::aws::scripted::{Answer, Scripted};

    #[tokio::test]
    async fn requests_to_s3_count_by_their_price() {
        let answer = |body: &str| Answer::Response(200, body.to_owned());
        let list = answer("<ListVersionsResult></ListVersionsResult>");
        let aws = Scripted::new(&[answer(""), answer(""), answer(""), list, answer("")]).aws().await;
        let s3 = aws.s3();
        drop(s3.get_object().bucket("b").key("versions").version_id("v").send().await);
        drop(s3.head_object().bucket("b").key("k").send().await);
        drop(s3.put_object().bucket("b").key("k").send().await);
        drop(s3.list_object_versions().bucket("b").send().await);
        drop(s3.delete_object().bucket("b").key("k").send().await);
        let counted = aws.requests().so_far();
        assert_eq!(counted, Requests { s3_reads: 2, s3_writes: 2, ..Requests::default() });
    }

    #[tokio::test]
    async fn requests_to_dynamodb_count_by_their_items() {
        let answers = [(); 3].map(|()| Answer::Response(200, "{}".to_owned()));
        let aws = Scripted::new(&answers).aws().await;
        let dynamodb = aws.dynamodb();
        let key = || AttributeValue::S("k".to_owned());
        drop(dynamodb.get_item().table_name("t").key("id", key()).send().await);
        drop(dynamodb.update_item().table_name("t").key("id", key()).send().await);
        let put = PutRequest::builder().item("id", key()).build().unwrap();
        let write = WriteRequest::builder().put_request(put).build();
        drop(dynamodb.batch_write_item().request_items("t", vec![write; 3]).send().await);
        let counted = aws.requests().so_far();
        assert_eq!(counted, Requests { table_reads: 1, table_writes: 4, ..Requests::default() });
    }

    #[test]
    fn a_list_is_known_by_its_query() {
        for (uri, expected) in [
            ("https://b.s3.amazonaws.com/?list-type=2&prefix=a", true),
            ("https://b.s3.amazonaws.com/?versions", true),
            ("https://b.s3.amazonaws.com/?versions&key-marker=a", true),
            ("https://b.s3.amazonaws.com/k?uploads", true),
            ("https://b.s3.amazonaws.com/versions?versionId=v", false),
            ("https://b.s3.amazonaws.com/list-type", false),
        ] {
            assert_eq!(lists(uri), expected, "{uri}");
        }
    }
}
