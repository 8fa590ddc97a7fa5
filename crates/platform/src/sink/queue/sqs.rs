//! Queues of Amazon SQS.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry,
};
use sluice_engine::sink::Sqs;

use super::message::Message;
use super::queues::{Delivery, Queue, Queues};
use crate::Fault;
use crate::aws::{Aws, AwsRequest, fault, is_throttling, misconfigured, refused};

/// The longest name of a queue
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>).
const LONGEST_NAME: usize = 80;
/// The largest message of a queue that does not say how large its messages may be, in bytes: what every queue takes.
const MESSAGE_BYTES: usize = 256 * 1024;
/// The codes of a queue that does not exist, of the two protocols of SQS.
const NO_QUEUE: [&str; 2] = ["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

/// Queues whose names begin with a prefix that feeds do not mention.
#[derive(Clone, Debug)]
pub struct SqsQueues {
    client: Client,
    prefix: String,
}

impl SqsQueues {
    /// The queues whose names begin with this prefix.
    #[must_use]
    pub fn new(aws: &Aws, prefix: &str) -> Self {
        Self { client: aws.sqs(), prefix: prefix.to_owned() }
    }
}

#[async_trait]
impl Queues for SqsQueues {
    async fn find(&self, name: &str) -> Result<Result<Queue, String>, Fault> {
        let full = format!("{}{name}", self.prefix);
        let (length, to) = (full.len(), format!("queue {full}"));
        if length > LONGEST_NAME {
            return Ok(Err(format!(
                "The name of the queue {full:?} has {length} characters; SQS takes {LONGEST_NAME}."
            )));
        }
        let request = AwsRequest { verb: "look at", to: &to };
        let missing = || Ok(Err(format!("The queue {full:?} does not exist.")));
        let url = match self.client.get_queue_url().queue_name(&full).send().await {
            Ok(answer) => answer.queue_url.unwrap_or_default(),
            Err(error) if error.code().is_some_and(|code| NO_QUEUE.contains(&code)) => return missing(),
            Err(error) => return Err(fault(request, &error)),
        };
        let wanted = QueueAttributeName::MaximumMessageSize;
        let answer =
            match self.client.get_queue_attributes().queue_url(&url).attribute_names(wanted.clone()).send().await {
                Ok(answer) => answer,
                Err(error) if error.code().is_some_and(|code| NO_QUEUE.contains(&code)) => return missing(),
                Err(error) => return Err(fault(request, &error)),
            };
        let bytes = answer.attributes().and_then(|found| found.get(&wanted)?.parse().ok());
        Ok(Ok(Queue { url, is_fifo: Sqs::is_fifo(name), message_bytes: bytes.unwrap_or(MESSAGE_BYTES) }))
    }

    async fn send(&self, queue: &Queue, messages: &[&Message]) -> Result<Vec<Delivery>, Fault> {
        let to = format!("queue {}", queue.url.rsplit('/').next().unwrap_or_default());
        let request = AwsRequest { verb: "send to", to: &to };
        let entries: Result<Vec<_>, _> =
            messages.iter().enumerate().map(|(at, message)| entry(queue, at, message)).collect();
        let entries = entries.map_err(|error| misconfigured(request, error))?;
        let batch = self.client.send_message_batch().queue_url(&queue.url).set_entries(Some(entries));
        let answer = batch.send().await.map_err(|error| fault(request, &error))?;
        let deliveries = (0..messages.len()).map(|at| {
            let id = at.to_string();
            if answer.successful().iter().any(|sent| sent.id() == id) {
                return Delivery::Sent;
            }
            answer.failed().iter().find(|failed| failed.id() == id).map_or_else(
                || {
                    let found = "it does not name every message".to_owned();
                    Delivery::Failed(Fault::Corrupt { what: format!("the answer of {to}"), found })
                },
                |failed| delivery(request, failed),
            )
        });
        Ok(deliveries.collect())
    }
}

/// A message as an entry of a batch, with its place as id.
fn entry(
    queue: &Queue,
    at: usize,
    message: &Message,
) -> Result<SendMessageBatchRequestEntry, aws_sdk_sqs::error::BuildError> {
    let mut entry = SendMessageBatchRequestEntry::builder().id(at.to_string()).message_body(&message.body);
    for (name, kind, value) in message.attributes.list() {
        entry = entry
            .message_attributes(name, MessageAttributeValue::builder().data_type(kind).string_value(value).build()?);
    }
    if queue.is_fifo {
        entry = entry.message_group_id(&message.group).message_deduplication_id(&message.deduplication);
    }
    entry.build()
}

/// What became of a message that was not sent. If SQS calls it the sender's fault, the message is refused, unless it is the
/// fault of all messages: a key that the function may not use.
fn delivery(request: AwsRequest<'_>, failed: &BatchResultErrorEntry) -> Delivery {
    let (code, message) = (failed.code(), failed.message().unwrap_or("no message"));
    let of_all = code.to_ascii_lowercase().contains("kms") || code.contains("AccessDenied");
    if failed.sender_fault() && !is_throttling(code) && !of_all {
        return Delivery::Refused(format!("{code}: {message}"));
    }
    Delivery::Failed(match refused(request, code, message) {
        // What is not the sender's fault passes.
        Fault::Misconfigured { what, source } if !of_all => Fault::Transient { what, source },
        fault => fault,
    })
}

#[cfg(test)]
mod tests;
