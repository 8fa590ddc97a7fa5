//! A sink in queues: one message per record whose content was not sent yet.
//!
//! A queue cannot be asked what it holds, so a table has an [`Entry`] for each key. A record goes through four steps, and
//! a call that is killed between any two of them repeats them:
//!
//! 1. **Take** the key with one conditional write. If the entry says that a later run has it, the record is stale; if the
//!    same content was sent last, it is unchanged.
//! 2. **Read** the entries of the batch again, right before they are sent. A key that a later run has taken by now is not
//!    sent.
//! 3. **Send** the messages.
//! 4. **Mark** what was sent, on the condition that the key is still this run's.
//!
//! An entry that was taken has nothing that was sent until it is marked. So what is marked is what the consumers got last, and
//! a run that finds no mark sends its content, even if it is the content of before. A call that was killed after step 3 sends the
//! same message again: the effect is at least once. A FIFO queue drops such a repetition within five minutes.

mod dynamo;
mod entry;
mod memory;
mod message;
mod queues;
mod sqs;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;

pub use dynamo::DynamoEntries;
use entry::Next;
pub use entry::{Claim, Entries, Entry, Sent};
pub use memory::{MemoryEntries, MemoryQueues};
pub use message::{Attributes, Message};
pub use queues::{Delivery, Queue, Queues};
pub use sqs::SqsQueues;

use super::{BatchLimits, Item, Sink, Stamp, Target, Written};
use crate::Fault;
use crate::aws::jitter;
use crate::shared::Shared;

/// The number of messages that SQS takes at once.
const BATCH: usize = 10;
/// The total size of the messages that every SQS takes at once, in bytes: 256 KiB, as it was before 2025. A queue that takes
/// larger messages takes as many bytes at once.
const BATCH_BYTES: usize = 256 * 1024;
/// How often the failed messages of a batch are tried, in all.
const ATTEMPTS: u32 = 4;
/// The first pause between these attempts; the others double.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How often a key is tried to be taken that other runs change meanwhile.
const RACES: u32 = 8;

/// Queues, and the state of their messages.
pub struct QueueSink {
    entries: Arc<dyn Entries>,
    queues: Arc<dyn Queues>,
    /// The queues that were found, by the names that feeds give them.
    found: Shared<HashMap<String, Queue>>,
}

/// A record of a batch.
#[derive(Default)]
struct Part {
    /// Its message, if it has one.
    message: Option<Message>,
    /// An earlier record of the batch with the same key, which decides for both.
    twin: Option<usize>,
    /// What became of it.
    answer: Option<Written>,
}

impl QueueSink {
    /// These queues, whose messages have these entries.
    #[must_use]
    pub fn new(entries: Arc<dyn Entries>, queues: Arc<dyn Queues>) -> Self {
        Self { entries, queues, found: Shared::default() }
    }

    /// The queue of a target, which is looked for once.
    async fn queue(&self, target: &Target) -> Result<Queue, Fault> {
        if let Some(queue) = self.found.lock().get(&target.name) {
            return Ok(queue.clone());
        }
        let queue = self.queues.find(&target.name).await?;
        let what = || format!("send to queue {}", target.name);
        let queue = queue.map_err(|why| Fault::Misconfigured { what: what(), source: why.into() })?;
        self.found.lock().insert(target.name.clone(), queue.clone());
        Ok(queue)
    }

    /// Takes a key. `None` if its message is to be sent.
    async fn take(&self, claim: Claim<'_>) -> Result<Option<Written>, Fault> {
        for _ in 0..RACES {
            let Some(entry) = self.entries.take(claim).await? else { return Ok(None) };
            match entry::next(&entry, claim) {
                Next::Send => return Ok(None),
                Next::Done(written) => return Ok(Some(written)),
                Next::Keep if self.entries.keep(claim).await? => return Ok(Some(Written::Unchanged)),
                Next::Keep => {}
            }
        }
        let what = "take the key of a message".to_owned();
        Err(Fault::Transient { what, source: "other runs change its entry at the same time".into() })
    }

    /// Takes the keys of a batch. Returns the parts to send, up to the first key that could not be taken.
    async fn take_all(&self, parts: &mut [Part], fault: &mut Option<Fault>) -> Vec<usize> {
        let taken = join_all(parts.iter().map(async |part| match &part.message {
            Some(message) => Some(self.take(message.claim()).await),
            None => None,
        }));
        let taken = taken.await;
        let mut to_send = Vec::new();
        for (at, (part, taken)) in parts.iter_mut().zip(taken).enumerate() {
            match taken {
                Some(Ok(Some(written))) => part.answer = Some(written),
                Some(Ok(None)) if fault.is_none() => to_send.push(at),
                Some(Err(failed)) => *fault = fault.take().or(Some(failed)),
                None | Some(Ok(None)) => {}
            }
        }
        to_send
    }

    /// Sends the messages whose keys were taken.
    async fn send_all(&self, queue: &Queue, parts: &mut [Part], taken: &[usize]) -> Result<(), Fault> {
        if taken.is_empty() {
            return Ok(());
        }
        let messages: Vec<(usize, &Message)> =
            taken.iter().filter_map(|at| Some((*at, parts.get(*at)?.message.as_ref()?))).collect();
        let names: Vec<&str> = messages.iter().map(|(_, message)| message.entry.as_str()).collect();
        let entries = self.entries.read(&names).await?;
        let (mut answers, mut pieces, mut bytes) = (Vec::new(), Vec::<Vec<(usize, &Message)>>::new(), 0);
        for ((at, message), entry) in messages.iter().zip(entries) {
            let Some(entry) = entry else {
                let what = "send a message".to_owned();
                return Err(Fault::Transient { what, source: "its entry was removed meanwhile".into() });
            };
            if entry.run != message.attributes.run {
                answers.push((*at, Written::Stale));
            } else if entry.sent.is_some() {
                // Another call for the same chunk was faster.
                answers.push((*at, Written::Imported));
            } else {
                let size = message.size();
                match pieces.last_mut() {
                    Some(piece) if bytes + size <= queue.message_bytes.max(BATCH_BYTES) => piece.push((*at, message)),
                    _ => {
                        pieces.push(vec![(*at, message)]);
                        bytes = 0;
                    }
                }
                bytes += size;
            }
        }
        let mut sent = Ok(());
        for piece in pieces {
            sent = self.send(queue, piece, &mut answers).await;
            if sent.is_err() {
                break;
            }
        }
        for (at, written) in answers {
            if let Some(part) = parts.get_mut(at) {
                part.answer = Some(written);
            }
        }
        sent
    }

    /// Sends messages in one batch, tries again those that failed, and marks those that were sent.
    async fn send(
        &self,
        queue: &Queue,
        mut left: Vec<(usize, &Message)>,
        answers: &mut Vec<(usize, Written)>,
    ) -> Result<(), Fault> {
        let (mut sent, mut attempt) = (Vec::new(), 0);
        let mut fault = loop {
            let messages: Vec<&Message> = left.iter().map(|(_, message)| *message).collect();
            let deliveries = match self.queues.send(queue, &messages).await {
                Ok(deliveries) => deliveries,
                Err(fault) => break Some(fault),
            };
            let (mut failed, mut fault) = (Vec::new(), None);
            for ((at, message), delivery) in left.into_iter().zip(deliveries) {
                match delivery {
                    Delivery::Sent => sent.push((at, message)),
                    Delivery::Refused(why) => answers.push((at, Written::Refused(why))),
                    Delivery::Failed(of_one) => {
                        failed.push((at, message));
                        fault = Some(of_one);
                    }
                }
            }
            attempt += 1;
            if !matches!(fault, Some(Fault::Transient { .. })) || attempt == ATTEMPTS {
                break fault;
            }
            tokio::time::sleep(jitter(FIRST_PAUSE * 2_u32.pow(attempt))).await;
            left = failed;
        };
        let marked = join_all(sent.iter().map(|(_, message)| self.entries.mark(message.claim()))).await;
        for ((at, _), marked) in sent.iter().zip(marked) {
            match marked {
                // If a later run has taken the key meanwhile, the message was sent all the same.
                Ok(_) => answers.push((*at, Written::Imported)),
                Err(failed) => fault = fault.or(Some(failed)),
            }
        }
        fault.map_or(Ok(()), Err)
    }
}

/// The parts of a batch before anything is sent.
fn parts(queue: &Queue, target: &Target, items: &[Item<'_>], stamp: &Stamp<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(items.len());
    for item in items {
        let refused = |written| Part { answer: Some(written), ..Part::default() };
        parts.push(match Message::of(target, item, stamp) {
            Err(refusal) => refused(Written::Refused(refusal.to_string())),
            Ok(message) => {
                let is_same = |part: &Part| part.message.as_ref().is_some_and(|other| other.entry == message.entry);
                let (size, most) = (message.size(), queue.message_bytes);
                if let Some(twin) = parts.iter().position(is_same) {
                    Part { twin: Some(twin), ..Part::default() }
                } else if size > most {
                    refused(Written::TooLarge(format!(
                        "it has {size} bytes, but the queue takes messages of up to {most}"
                    )))
                } else {
                    Part { message: Some(message), ..Part::default() }
                }
            }
        });
    }
    parts
}

#[async_trait]
impl Sink for QueueSink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        Ok(self.queues.find(&target.name).await?.err().into_iter().collect())
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits { items: BATCH, bytes: 1 << 20 }
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        let queue = self.queue(target).await?;
        let (mut parts, mut fault) = (parts(&queue, target, items, stamp), None);
        let taken = self.take_all(&mut parts, &mut fault).await;
        if let Err(failed) = self.send_all(&queue, &mut parts, &taken).await {
            // It may be gone, or another one by now.
            self.found.lock().remove(&target.name);
            fault = Some(failed);
        }
        let before = written.len();
        for part in parts {
            let answer = part.twin.and_then(|twin| written.get(before + twin).cloned()).or(part.answer);
            let Some(answer) = answer else { break };
            written.push(answer);
        }
        fault.map_or(Ok(()), Err)
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
