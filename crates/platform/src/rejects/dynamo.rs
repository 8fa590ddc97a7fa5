//! An index of rejects in DynamoDB.

mod clip;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use sluice_contract::{ChunkNo, RunId};

use super::{RejectEntry, Rejects};
use crate::Fault;
use crate::aws::attributes::{Attributes, from_item, to_item};
use crate::aws::{Aws, Call, fault, jitter};

/// Items that `BatchWriteItem` takes at once.
const BATCH: usize = 25;

/// How often a batch of which something was left over is sent again, before the table has to be
/// called throttled: 50 ms, doubling, at most 5 s, 10 times are at most some 20 s in all.
const ATTEMPTS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The table of rejects: partition key `chunk_key` (`<run id>#<chunk>`), sort key `record`.
///
/// An item is an entry of the index and not the record: what would make it larger than DynamoDB
/// takes (a value of a megabyte, a thousand problems) is clipped, and says so.
#[derive(Clone, Debug)]
pub struct DynamoRejects {
    client: Client,
    table: String,
}

impl DynamoRejects {
    /// The index in this table.
    #[must_use]
    pub fn new(aws: &Aws, table: &str) -> Self {
        Self { client: aws.dynamodb(), table: table.to_owned() }
    }

    /// Writes a batch until nothing of it is left over.
    async fn write(&self, chunk_key: &str, batch: Vec<WriteRequest>) -> Result<(), Fault> {
        let what = address(chunk_key);
        let call = Call { verb: "enter", to: &what };
        let mut left = HashMap::from([(self.table.clone(), batch)]);
        for attempt in 0..ATTEMPTS {
            let answer = self.client.batch_write_item().set_request_items(Some(left)).send().await;
            let answer = answer.map_err(|error| fault(call, &error))?;
            left = answer.unprocessed_items.unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(jitter(LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow(attempt)))).await;
        }
        let count: usize = left.values().map(Vec::len).sum();
        Err(Fault::Throttled {
            what: call.to_string(),
            source: format!("{count} of a batch are still unprocessed after {ATTEMPTS} attempts").into(),
        })
    }
}

/// How the rejects of a chunk are called where they are spoken of.
fn address(chunk_key: &str) -> String {
    format!("the rejects of {chunk_key}")
}

/// The partition key.
fn chunk_key(run: &RunId, chunk: ChunkNo) -> String {
    format!("{run}#{chunk}")
}

/// The item of a reject.
fn item(chunk_key: &str, reject: &RejectEntry) -> Result<Attributes, Fault> {
    let (clipped, problems) = clip::clip(reject);
    let mut item = to_item("a reject", &clipped)?;
    item.insert("chunk_key".to_owned(), AttributeValue::S(chunk_key.to_owned()));
    if problems > clipped.problems.len() {
        item.insert("problems_in_all".to_owned(), AttributeValue::N(problems.to_string()));
    }
    Ok(item)
}

#[async_trait]
impl Rejects for DynamoRejects {
    async fn record(&self, run: &RunId, chunk: ChunkNo, rejects: &[RejectEntry]) -> Result<(), Fault> {
        let chunk_key = chunk_key(run, chunk);
        // DynamoDB refuses a batch as a whole that names a key twice.
        let rejects: Vec<&RejectEntry> =
            rejects.iter().map(|reject| (reject.record, reject)).collect::<BTreeMap<_, _>>().into_values().collect();
        for batch in rejects.chunks(BATCH) {
            let mut requests = Vec::with_capacity(batch.len());
            for reject in batch {
                let put = PutRequest::builder()
                    .set_item(Some(item(&chunk_key, reject)?))
                    .build()
                    .map_err(|error| crate::aws::misconfigured(Call { verb: "enter", to: &chunk_key }, error))?;
                requests.push(WriteRequest::builder().put_request(put).build());
            }
            self.write(&chunk_key, requests).await?;
        }
        Ok(())
    }

    async fn list(&self, run: &RunId, chunk: ChunkNo) -> Result<Vec<RejectEntry>, Fault> {
        let chunk_key = chunk_key(run, chunk);
        let what = address(&chunk_key);
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("chunk_key = :chunk_key")
            .expression_attribute_values(":chunk_key", AttributeValue::S(chunk_key.clone()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut rejects = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| fault(Call { verb: "list", to: &what }, &error))?;
            rejects.push(from_item(&what, item)?);
        }
        Ok(rejects)
    }
}
