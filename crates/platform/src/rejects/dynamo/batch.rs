//! Writes many items at once, with retries.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};

use crate::Fault;
use crate::aws::attributes::Attributes;
use crate::aws::{AwsRequest, fault, jitter, misconfigured};

/// The number of items that `BatchWriteItem` takes at once.
const BATCH: usize = 25;

/// How often the unprocessed rest of a batch is sent again before the table counts as throttled. The pauses double from
/// 50 ms up to 5 s: 10 attempts take at most some 20 s.
const ATTEMPTS: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Writes items with distinct keys into a table. `what` is their name in messages.
pub(super) async fn write(
    client: &Client,
    table: &str,
    what: &str,
    items: impl Iterator<Item = Result<Attributes, Fault>>,
) -> Result<(), Fault> {
    let request = AwsRequest { verb: "enter", to: what };
    let mut batch = Vec::with_capacity(BATCH);
    for item in items {
        let put = PutRequest::builder().set_item(Some(item?)).build().map_err(|error| misconfigured(request, error))?;
        batch.push(WriteRequest::builder().put_request(put).build());
        if batch.len() == BATCH {
            send(client, table, request, std::mem::take(&mut batch)).await?;
        }
    }
    if batch.is_empty() { Ok(()) } else { send(client, table, request, batch).await }
}

/// Writes a batch. Repeats the request until no item is unprocessed.
async fn send(client: &Client, table: &str, request: AwsRequest<'_>, batch: Vec<WriteRequest>) -> Result<(), Fault> {
    let mut left = HashMap::from([(table.to_owned(), batch)]);
    for attempt in 0..ATTEMPTS {
        let answer = client.batch_write_item().set_request_items(Some(left)).send().await;
        let answer = answer.map_err(|error| fault(request, &error))?;
        left = answer.unprocessed_items.unwrap_or_default();
        if left.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(jitter(LONGEST_PAUSE.min(FIRST_PAUSE * 2_u32.pow(attempt)))).await;
    }
    let count: usize = left.values().map(Vec::len).sum();
    Err(Fault::Throttled {
        what: request.to_string(),
        source: format!("{count} of a batch are still unprocessed after {ATTEMPTS} attempts").into(),
    })
}
