//! A sink in MongoDB: collections.
//!
//! A batch is read, and then written with at most two unordered commands. `find` says what state the majority of the members has of each
//! document: which run wrote it, under which order, with which content. An item whose document this run or a later one has written gets
//! its answer from that. New documents are inserted; the others are changed, on the condition that they still have the order that was
//! read. If the majority acknowledges that all statements took effect, they decide; otherwise the batch is read again. So everything that
//! fails half-way is repeated, and the answer of a repeated batch is the same.
//!
//! This crate has the driver. Only the function that writes to collections and its tests depend on it.

mod batch;
mod bson;
mod check;
mod clients;
mod command;
mod refusal;
mod state;
mod statement;

use std::sync::Arc;

use async_trait::async_trait;
use sluice_platform::Fault;
use sluice_platform::connections::Connections;
use sluice_platform::sink::{BatchLimits, Item, Sink, Stamp, Target, Written};

use self::batch::Batch;
use self::clients::Clients;
use self::command::Command;

/// Collections of MongoDB.
pub struct MongoSink {
    clients: Clients,
}

impl MongoSink {
    /// The collections that these connections lead to.
    #[must_use]
    pub fn new(connections: Arc<dyn Connections>) -> Self {
        Self { clients: Clients::new(connections) }
    }
}

#[async_trait]
impl Sink for MongoSink {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        match self.clients.find(target).await? {
            Ok(client) => check::problems(&client, target).await,
            Err(refusal) => Ok(vec![refusal]),
        }
    }

    /// A thousand documents in a command: more gain nothing. The limit in bytes leaves room for the statements around the values.
    fn batch(&self) -> BatchLimits {
        BatchLimits { items: 1_000, bytes: 4 << 20 }
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        if items.is_empty() {
            return Ok(());
        }
        let what = format!("write to the collection {:?}", target.name);
        let client = match self.clients.find(target).await? {
            Ok(client) => client,
            Err(refusal) => return Err(Fault::Misconfigured { what, source: refusal.into() }),
        };
        let Some((database, collection)) = target.name.split_once('.') else {
            return Err(Fault::Misconfigured { what, source: "its name has no database".into() });
        };
        let database = client.database(database);
        let mut batch = Batch::new(target, items);
        let to = Command { database: &database, collection, target, stamp, what: &what };
        let done = batch.write(to).await;
        if matches!(done, Err(Fault::Misconfigured { .. }))
            && let Some(via) = &target.via
        {
            self.clients.forget(via);
        }
        // An answer counts only if those of all items before it are there.
        written.extend(batch.into_answers().map_while(|answer| answer));
        done
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}
