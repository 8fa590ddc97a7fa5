//! An index of rejects in DynamoDB.

mod batch;
mod clip;
mod item;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::{StreamExt, TryStreamExt, stream};
use sluice_contract::RunId;

use super::{Block, DueReject, RejectEntry, RejectState, Rejects};
use crate::Fault;
use crate::aws::attributes::Attributes;
use crate::aws::{Aws, AwsRequest, fault};

/// The index of the table by feed and time. It contains only rejects that wait to be retried.
const OPEN_RETRYABLE: &str = "open-retryable";

/// How many rejects are closed at the same time. At 5 ms each, that is some 10,000 a second.
const IN_FLIGHT: usize = 64;

/// How many blocks are queried at the same time, before their rejects are closed.
const BLOCKS_IN_FLIGHT: usize = 16;

/// The table of rejects: partition key `block_key` (`<run id>#<block>`, see [`Block`]), sort key `record`.
///
/// An item is an entry of the index, not the record. What would make it too large for DynamoDB (a value of a megabyte,
/// a thousand problems) is clipped, and the item says so.
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

    /// The numbers of the records of a block that have an entry, without those in the state `but`. The query covers
    /// only the range of these records, so it costs almost nothing if none of them has an entry.
    async fn numbers<T>(
        &self,
        block_key: &str,
        records: &BTreeMap<u64, T>,
        but: Option<RejectState>,
    ) -> Result<BTreeSet<u64>, Fault> {
        let (Some((first, _)), Some((last, _))) = (records.first_key_value(), records.last_key_value()) else {
            return Ok(BTreeSet::new());
        };
        let what = address(block_key);
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("block_key = :block_key AND #record BETWEEN :first AND :last")
            .projection_expression("#record")
            .expression_attribute_names("#record", "record")
            .expression_attribute_values(":block_key", text(block_key))
            .expression_attribute_values(":first", AttributeValue::N(first.to_string()))
            .expression_attribute_values(":last", AttributeValue::N(last.to_string()));
        if let Some(state) = but {
            query = query
                .filter_expression("#state <> :state")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":state", text(state.as_str()));
        }
        let mut items = query.into_paginator().items().send();
        let mut numbers = BTreeSet::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| fault(AwsRequest { verb: "list", to: &what }, &error))?;
            numbers.insert(item::number(&what, &item, "record")?);
        }
        numbers.retain(|number| records.contains_key(number));
        Ok(numbers)
    }

    fn update(&self, run: &RunId, record: u64) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.table)
            .key("block_key", AttributeValue::S(block_key(run, Block::of(record))))
            .key("record", AttributeValue::N(record.to_string()))
    }

    /// Closes or exhausts a reject; returns `false` if it does not exist or is already closed.
    async fn end(&self, run: &RunId, record: u64, state: RejectState, by: Option<&RunId>) -> Result<bool, Fault> {
        let mut set = "SET #state = :state".to_owned();
        let mut update = self.update(run, record);
        if let Some(by) = by {
            set.push_str(", closed_by = :by");
            update = update.expression_attribute_values(":by", text(by.as_str()));
        }
        let update = update
            .update_expression(format!("{set} REMOVE retry_feed, retry_at"))
            .condition_expression("attribute_exists(block_key) AND #state <> :closed")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":state", text(state.as_str()))
            .expression_attribute_values(":closed", text(RejectState::Closed.as_str()));
        send(update, run, record).await
    }

    /// The due rejects of a feed in one shard of the index.
    async fn due_in(&self, shard: String, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OPEN_RETRYABLE)
            .key_condition_expression("retry_feed = :shard AND retry_at <= :now")
            .expression_attribute_values(":shard", AttributeValue::S(shard))
            .expression_attribute_values(":now", AttributeValue::N(now.to_string()));
        let mut items = query.into_paginator().items().send();
        let mut due = Vec::new();
        while due.len() < limit
            && let Some(item) = items.next().await
        {
            due.push(item::due(&item.map_err(|error| fault(DUE, &error))?)?);
        }
        Ok(due)
    }

    /// The due rejects of all feeds. It scans the whole index, which contains only waiting rejects.
    async fn due_of_any(&self, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        let scan = self
            .client
            .scan()
            .table_name(&self.table)
            .index_name(OPEN_RETRYABLE)
            .filter_expression("retry_at <= :now")
            .expression_attribute_values(":now", AttributeValue::N(now.to_string()));
        let mut items = scan.into_paginator().items().send();
        let mut due = Vec::new();
        while due.len() < limit
            && let Some(item) = items.next().await
        {
            due.push(item::due(&item.map_err(|error| fault(DUE, &error))?)?);
        }
        Ok(due)
    }
}

/// The request for due rejects, as messages name it.
const DUE: AwsRequest<'_> = AwsRequest { verb: "list", to: "the rejects that are due to be retried" };

/// The name of a block's rejects in messages.
fn address(block_key: &str) -> String {
    format!("the rejects of {block_key}")
}

/// The partition key.
fn block_key(run: &RunId, block: Block) -> String {
    format!("{run}#{block}")
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Sends a conditional write; returns whether its condition held.
async fn send(update: UpdateItemFluentBuilder, run: &RunId, record: u64) -> Result<bool, Fault> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(false),
        Err(error) => {
            let to = format!("the reject of record {record} of {run}");
            Err(fault(AwsRequest { verb: "change", to: &to }, &error))
        }
    }
}

/// Records by their blocks.
fn by_block<T>(rejects: impl IntoIterator<Item = (u64, T)>) -> BTreeMap<Block, BTreeMap<u64, T>> {
    let mut blocks: BTreeMap<Block, BTreeMap<u64, T>> = BTreeMap::new();
    for (record, reject) in rejects {
        blocks.entry(Block::of(record)).or_default().insert(record, reject);
    }
    blocks
}

#[async_trait]
impl Rejects for DynamoRejects {
    /// `BatchWriteItem` has no conditions, and is ten times cheaper than single writes. So this first queries which
    /// entries exist, because they may be closed, and leaves them out. Between the query and the write nobody can close
    /// a new entry: that takes a run of a repair file made from an output, and that output is written only after this
    /// call.
    async fn record(&self, run: &RunId, rejects: &[RejectEntry]) -> Result<(), Fault> {
        for (block, mut rejects) in by_block(rejects.iter().map(|reject| (reject.record, reject))) {
            let block_key = block_key(run, block);
            let known = self.numbers(&block_key, &rejects, None).await?;
            rejects.retain(|record, _| !known.contains(record));
            let items = rejects.values().map(|reject| item::of(&block_key, block, reject));
            batch::write(&self.client, &self.table, &address(&block_key), items).await?;
        }
        Ok(())
    }

    async fn list(&self, run: &RunId, block: Block) -> Result<Vec<RejectEntry>, Fault> {
        let block_key = block_key(run, block);
        let what = address(&block_key);
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("block_key = :block_key")
            .expression_attribute_values(":block_key", text(&block_key));
        let mut items = query.into_paginator().items().send();
        let mut rejects = Vec::new();
        while let Some(item) = items.next().await {
            let item: Attributes = item.map_err(|error| fault(AwsRequest { verb: "list", to: &what }, &error))?;
            rejects.push(item::read(&what, item)?);
        }
        Ok(rejects)
    }

    /// First queries which rejects are not closed yet. So a repeated call continues where an interrupted one stopped.
    async fn close(&self, run: &RunId, records: &[u64], by: &RunId) -> Result<(), Fault> {
        let left = async |(block, records): (Block, BTreeMap<u64, ()>)| {
            self.numbers(&block_key(run, block), &records, Some(RejectState::Closed)).await
        };
        let blocks = by_block(records.iter().map(|record| (*record, ())));
        let left: Vec<_> = stream::iter(blocks).map(left).buffer_unordered(BLOCKS_IN_FLIGHT).try_collect().await?;
        let close = |record| self.end(run, record, RejectState::Closed, Some(by));
        let closed = stream::iter(left.into_iter().flatten()).map(close).buffer_unordered(IN_FLIGHT);
        closed.try_for_each(|_| async { Ok(()) }).await
    }

    async fn due(&self, feed: Option<&str>, now: i64, limit: usize) -> Result<Vec<DueReject>, Fault> {
        let Some(feed) = feed else { return self.due_of_any(now, limit).await };
        let mut due = Vec::new();
        for shard in item::shards(feed) {
            due.extend(self.due_in(shard, now, limit - due.len()).await?);
        }
        Ok(due)
    }

    async fn postpone(&self, run: &RunId, record: u64, attempt: u32, until: i64) -> Result<bool, Fault> {
        let update = self
            .update(run, record)
            .update_expression("SET attempts = :attempt, retry_at = :until")
            .condition_expression(
                "attribute_exists(retry_feed) AND (attempts < :attempt OR (attempts = :attempt AND retry_at = :until))",
            )
            .expression_attribute_values(":attempt", AttributeValue::N(attempt.to_string()))
            .expression_attribute_values(":until", AttributeValue::N(until.to_string()));
        send(update, run, record).await
    }

    async fn exhaust(&self, run: &RunId, record: u64) -> Result<bool, Fault> {
        self.end(run, record, RejectState::Exhausted, None).await
    }
}
