//! `sluice redrive`: handles the messages of a queue of failures again.
//!
//! It calls the function with the event again, and waits for its answer. It removes a message only after that succeeded. So a
//! command that is killed loses nothing, and every function may get an event twice.

mod message;

use std::collections::HashSet;
use std::time::Duration;

use anyhow::Context;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::Builder;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_sqs::types::Message;
use serde_json::Value;
use sluice_engine::display::count;
use sluice_platform::aws::AwsFailure;

use self::message::{Act, Task, failed_call, undelivered};
use crate::args::{QueueKind, RedriveArgs};
use crate::ending::Ending;
use crate::place::Deployed;
use crate::print::printable;
use crate::queue::Queue;
use crate::screen::say;

/// How long to wait for a function. The slowest that handles events, the sweep, has 240 seconds.
const PATIENCE: Duration = Duration::from_mins(5);

/// Handles the messages of a queue again, one after the other.
pub async fn redrive(args: &RedriveArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let queue = Queue::find(deployed.aws.config(), &deployed.stack.name, args.queue).await?;
    let mut work = Work { deployed: &deployed, kind: args.queue, dry_run: args.dry_run, done: 0, kept: Vec::new() };
    let ended = work.all(&queue).await;
    for receipt in &work.kept {
        queue.release(receipt).await;
    }
    ended?;
    let kept = work.kept.len() as u64;
    if args.dry_run {
        say(&format!("{} in the queue {}; nothing was done: this was a dry run", count(kept, "message"), queue.name));
        return Ok(Ending::Good);
    }
    say(&format!("{} handled again, {kept} left in the queue {}", count(work.done, "message"), queue.name));
    Ok(if kept == 0 { Ending::Good } else { Ending::Failed })
}

/// The state of the work on a queue.
struct Work<'a> {
    deployed: &'a Deployed,
    kind: QueueKind,
    dry_run: bool,
    /// How many messages were handled.
    done: u64,
    /// The receipts of the messages that stay.
    kept: Vec<String>,
}

impl Work<'_> {
    async fn all(&mut self, queue: &Queue) -> anyhow::Result<()> {
        let mut seen = HashSet::new();
        while let Some(message) = queue.receive().await? {
            let receipt = message.receipt_handle.clone().unwrap_or_default();
            let id = message.message_id.clone().unwrap_or_default();
            // A message comes again only if the work takes longer than messages are hidden.
            let is_new = seen.insert(id);
            self.kept.push(receipt.clone());
            if !is_new {
                return Ok(());
            }
            if self.one(&message).await? {
                queue.delete(&receipt).await?;
                self.kept.pop();
                self.done += 1;
            }
        }
        Ok(())
    }

    /// Handles a message, and prints the result. Returns whether the message can be removed.
    async fn one(&self, message: &Message) -> anyhow::Result<bool> {
        let body = message.body().unwrap_or_default();
        let task = match self.kind {
            QueueKind::Undelivered => {
                let attribute = |name: &str| message.message_attributes()?.get(name)?.string_value();
                undelivered(&attribute, body)
            }
            QueueKind::FailedCalls => failed_call(body),
        };
        let task = match task {
            Ok(task) => task,
            Err(why) => {
                let id = message.message_id().unwrap_or_default();
                say(&printable(&format!("message {id}: {why}; it stays in the queue")));
                return Ok(false);
            }
        };
        let Task { who, what, why, act } = &task;
        let about = format!("{} on {what} ({why})", short(who, &self.deployed.stack.name));
        if self.dry_run {
            say(&printable(&about));
            return Ok(false);
        }
        let failed = self.act(act).await.with_context(|| format!("handling again: {}", printable(&about)))?;
        match &failed {
            None => say(&printable(&format!("{about}: handled again"))),
            Some(failed) => say(&printable(&format!("{about}: failed again, and stays in the queue: {failed}"))),
        }
        Ok(failed.is_none())
    }

    /// Does the task of a message. Returns the reason if it failed.
    async fn act(&self, act: &Act) -> anyhow::Result<Option<String>> {
        let stack = &self.deployed.stack;
        match act {
            Act::Invoke { function, .. } if !function.starts_with(&format!("{}-", stack.name)) => {
                Ok(Some(format!("{function} is not a function of the stack {}", stack.name)))
            }
            Act::Invoke { function, event } => self.invoke(function, event).await,
            Act::Start { machine } if stack.retry_rejects_arn.as_ref() != Some(machine) => {
                Ok(Some(format!("{machine} is not a state machine of the stack {}", stack.name)))
            }
            Act::Start { machine } => {
                let sfn = aws_sdk_sfn::Client::new(self.deployed.aws.config());
                let started = sfn.start_execution().state_machine_arn(machine).input("{}").send().await;
                started.map_err(|error| AwsFailure::of(&error))?;
                Ok(None)
            }
            // The subscribers of the topic are operators, and so are those who run this command.
            Act::Print { text } => {
                say(&printable(text));
                Ok(None)
            }
        }
    }

    async fn invoke(&self, function: &str, event: &Value) -> anyhow::Result<Option<String>> {
        let config = self.deployed.aws.config();
        let timeouts = TimeoutConfig::builder().read_timeout(PATIENCE).build();
        let client = aws_sdk_lambda::Client::from_conf(Builder::from(config).timeout_config(timeouts).build());
        let request = client.invoke().function_name(function).payload(Blob::new(event.to_string()));
        let answer = request.send().await.map_err(|error| AwsFailure::of(&error))?;
        let error: Value = match (answer.function_error, answer.payload) {
            (None, _) => return Ok(None),
            (Some(_), payload) => {
                let payload = payload.map(Blob::into_inner).unwrap_or_default();
                serde_json::from_slice(&payload).unwrap_or_default()
            }
        };
        Ok(Some(message::error(&error)))
    }
}

/// The name of a function, a state machine or a topic without that of the stack.
fn short<'a>(name: &'a str, stack: &str) -> &'a str {
    name.strip_prefix(stack).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name)
}
