//! A queue of failures of a stack.

use anyhow::Context;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use sluice_platform::aws::AwsFailure;

use crate::args::QueueKind;

/// How long a received message is hidden from other readers, in seconds: longer than a function may take.
const HIDDEN: i32 = 600;

/// How long to wait for a message, in seconds. Without this wait, SQS may leave out messages that the queue has
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>).
const WAIT: i32 = 2;

/// What to do about a queue that a feed names and that is missing.
pub const CREATE_QUEUE: &str = "Create the queue, with a dead-letter queue: docs/feeds.md, \"Queues\", has a template.";

impl QueueKind {
    /// Both queues.
    pub const ALL: [Self; 2] = [Self::Undelivered, Self::FailedCalls];

    /// Its name without the name of the stack, as in the template and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undelivered => "undelivered",
            Self::FailedCalls => "failed-calls",
        }
    }
}

/// A queue.
pub struct Queue {
    client: Client,
    url: String,
    /// Its name.
    pub name: String,
}

impl Queue {
    /// Finds a queue of a stack.
    pub async fn find(config: &SdkConfig, stack: &str, kind: QueueKind) -> anyhow::Result<Self> {
        let client = Client::new(config);
        let name = format!("{stack}-{}", kind.as_str());
        let found = client.get_queue_url().queue_name(&name).send().await.map_err(|error| AwsFailure::of(&error));
        let found = found.with_context(|| format!("looking for the queue {name}"))?;
        let url = found.queue_url.with_context(|| format!("the queue {name} has no address"))?;
        Ok(Self { client, url, name })
    }

    /// About how many messages it has, including those that somebody works on.
    pub async fn length(&self) -> anyhow::Result<u64> {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let request = self.client.get_queue_attributes().queue_url(&self.url).set_attribute_names(Some(names.to_vec()));
        let found = request.send().await.map_err(|error| AwsFailure::of(&error));
        let found = found.with_context(|| format!("looking at the queue {}", self.name))?;
        let attributes = found.attributes.unwrap_or_default();
        let number = |name: &QueueAttributeName| attributes.get(name).and_then(|text| text.parse::<u64>().ok());
        Ok(names.iter().filter_map(number).sum())
    }

    /// Receives a message, and hides it from other readers for a while; `None` if there is none.
    pub async fn receive(&self) -> anyhow::Result<Option<Message>> {
        let request = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(1)
            .visibility_timeout(HIDDEN)
            .wait_time_seconds(WAIT)
            .message_attribute_names("All");
        let received = request.send().await.map_err(|error| AwsFailure::of(&error));
        let received = received.with_context(|| format!("reading the queue {}", self.name))?;
        Ok(received.messages.unwrap_or_default().pop())
    }

    /// Removes a received message.
    pub async fn delete(&self, receipt: &str) -> anyhow::Result<()> {
        let request = self.client.delete_message().queue_url(&self.url).receipt_handle(receipt);
        let deleted = request.send().await.map_err(|error| AwsFailure::of(&error));
        deleted.with_context(|| format!("removing a message from the queue {}", self.name))?;
        Ok(())
    }

    /// Shows a message to other readers again. If that fails, they see it when it is no longer hidden.
    pub async fn release(&self, receipt: &str) {
        let request = self.client.change_message_visibility().queue_url(&self.url).receipt_handle(receipt);
        let _ = request.visibility_timeout(0).send().await;
    }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn the_template_and_the_command_line_have_the_names() {
        let template = include_str!("../../../template.yaml");
        for kind in QueueKind::ALL {
            assert!(template.contains(&format!("QueueName: !Sub \"${{AWS::StackName}}-{}\"", kind.as_str())));
            assert_eq!(kind.to_possible_value().unwrap().get_name(), kind.as_str());
        }
    }
}
