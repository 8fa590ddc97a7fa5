//! A collection, and the sink that writes to it.

use std::sync::Arc;

use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection};
use sluice_contract::{Order, RunId};
use sluice_mongodb::MongoSink;
use sluice_platform::Fault;
use sluice_platform::sink::{Attribute, ContentHash, Item, Sink, Stamp, Target, Written};
use sluice_tests::mongod::{Mongod, collection};

pub struct Shop {
    pub mongod: Mongod,
    pub target: Target,
    pub sink: MongoSink,
    /// The collection, as somebody else sees it.
    pub documents: Collection<Document>,
    pub client: Client,
}

impl Shop {
    /// An empty collection with the key `id`, a text.
    pub async fn new(name: &str) -> Self {
        Self::of(collection(&format!("shop.{name}"), &[("id", false)])).await
    }

    /// An empty collection.
    pub async fn of(target: Target) -> Self {
        let mongod = Mongod::from_env();
        let uri = mongod.writer.clone();
        Self::through(mongod, &uri, target).await
    }

    /// An empty collection that the sink reaches at this address.
    pub async fn through(mongod: Mongod, uri: &str, target: Target) -> Self {
        let client = mongod.client().await;
        let (database, name) = target.name.split_once('.').unwrap();
        let documents = client.database(database).collection(name);
        documents.drop().await.unwrap();
        let sink = MongoSink::new(Arc::new(mongod.connections(uri, &target.name)));
        Self { mongod, target, sink, documents, client }
    }

    /// Writes a batch as a run.
    pub async fn write(&self, run: &(RunId, Order), items: &[Item<'_>]) -> Result<Vec<Written>, Fault> {
        let mut written = Vec::new();
        self.sink.write(&self.target, items, &Stamp { run: &run.0, order: &run.1 }, &mut written).await?;
        Ok(written)
    }

    /// The document with this `_id`.
    pub async fn document(&self, id: &str) -> Document {
        self.documents.find_one(doc! {"_id": id}).await.unwrap().unwrap_or_else(|| panic!("there is no {id}"))
    }
}

/// A run; the order is that of the numbers.
pub fn run(number: u32) -> (RunId, Order) {
    let run: RunId = format!("shop-{number:024x}").parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    (run, order)
}

pub fn text(text: &str) -> Option<Attribute<'static>> {
    Some(Attribute::Text(text.to_owned().into()))
}

/// An item with the key `id` and these other fields.
pub fn item<'a>(id: &str, fields: Vec<(&'a str, Option<Attribute<'a>>)>) -> Item<'a> {
    let hash = fields.iter().fold(1_u128, |hash, field| {
        format!("{field:?}").bytes().fold(hash, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()))
    });
    let mut all = vec![("id", text(id))];
    all.extend(fields);
    Item { record: 1, fields: all.into(), hash: ContentHash::from(hash), deletion: None }
}

/// So many items, each with a text.
pub fn items(count: usize, size: &str) -> Vec<Item<'_>> {
    (0..count).map(|number| item(&format!("{number:05}"), vec![("size", text(size))])).collect()
}
