//! Writes documents to a MongoDB server with the sink and, in turns, with plain unordered upserts of the same driver, and prints how many
//! documents each writes per second. The environment names the server: `tools/mongod.py env`.
//!
//! `documents COUNT ROUNDS`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement")]

use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, stream};
use mongodb::bson::{Document, doc};
use mongodb::options::{ClientOptions, Tls, TlsOptions};
use mongodb::{Client, Database};
use sluice_contract::{Order, RunId};
use sluice_mongodb::MongoSink;
use sluice_platform::connections::{Connection, MemoryConnections};
use sluice_platform::sink::{Attribute, ContentHash, Item, KeyField, Manner, Sink, SinkKind, Stamp, Target, Via};

/// The commands at the same time.
const IN_FLIGHT: usize = 2;
/// The documents of a command.
const BATCH: usize = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|number| number.parse().unwrap());
    let (count, rounds): (usize, usize) = (arguments.next().unwrap_or(20_000), arguments.next().unwrap_or(5));
    let variable = |name| std::env::var(name).unwrap();
    let (uri, ca_file) = (variable("MONGODB_WRITER"), variable("MONGODB_CA"));
    let database = database(&uri, &ca_file).await;
    let sink = sink(&uri, &ca_file);
    for round in 0..rounds {
        for what in ["new", "changed", "unchanged"] {
            if what == "new" {
                for name in ["sink", "plain"] {
                    database.collection::<Document>(name).drop().await.unwrap();
                }
            }
            let version = if what == "new" { "L" } else { "XL" };
            let run = round * 3 + ["new", "changed", "unchanged"].iter().position(|of| *of == what).unwrap();
            let begun = Instant::now();
            write(&sink, count, run, version).await;
            let sink_took = begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            upsert(&database, count, run, version).await;
            let plain_took = begun.elapsed().as_secs_f64();
            #[expect(clippy::cast_precision_loss, reason = "documents per second need no more digits")]
            let per_second = |took: f64| count as f64 / took;
            println!(
                "{what}: {:.0} documents/s with the sink, {:.0} plain ({:.2})",
                per_second(sink_took),
                per_second(plain_took),
                plain_took / sink_took
            );
        }
    }
}

async fn database(uri: &str, ca_file: &str) -> Database {
    let mut options = ClientOptions::parse(uri).await.unwrap();
    options.tls = Some(Tls::Enabled(TlsOptions::builder().ca_file_path(std::path::PathBuf::from(ca_file)).build()));
    Client::with_options(options).unwrap().database("bench")
}

fn sink(uri: &str, ca_file: &str) -> MongoSink {
    let ca = std::fs::read_to_string(ca_file).unwrap();
    let json = serde_json::json!({"version": 1, "uri": uri, "ca": ca, "feeds": {"bench": ["bench.sink"]}});
    let connections = MemoryConnections::default();
    connections.insert("main".parse().unwrap(), serde_json::from_value::<Connection>(json).unwrap());
    MongoSink::new(Arc::new(connections))
}

async fn write(sink: &MongoSink, count: usize, run: usize, version: &str) {
    let via = Via { connection: "main".parse().unwrap(), feed: "bench".parse().unwrap() };
    let key = vec![KeyField { name: "id".to_owned(), number: false }];
    let target = Target {
        sink: SinkKind::Collection,
        name: "bench.sink".to_owned(),
        key,
        via: Some(via),
        manner: Manner::default(),
    };
    let id: RunId = format!("bench-{run:024x}").parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &id);
    let (target, stamp) = (&target, Stamp { run: &id, order: &order });
    let batches = (0..count).step_by(BATCH).map(|start| async move {
        let ids: Vec<String> = (start..count.min(start + BATCH)).map(|number| format!("{number:09}")).collect();
        let items: Vec<Item<'_>> = ids.iter().map(|id| item(id, version)).collect();
        sink.write(target, &items, &stamp, &mut Vec::new()).await.unwrap();
    });
    stream::iter(batches).buffer_unordered(IN_FLIGHT).collect::<()>().await;
}

/// A record of nine fields besides its key, as the products of the other benchmarks have.
fn item<'a>(id: &'a str, version: &'a str) -> Item<'a> {
    let text = |text: &'a str| Some(Attribute::Text(text.into()));
    let fields = vec![
        ("id", text(id)),
        ("name", text("A product with a name of usual length")),
        ("size", text(version)),
        ("colour", text("midnight blue")),
        ("count", Some(Attribute::Integer("17".into()))),
        ("price", Some(Attribute::Number("129.95".into()))),
        ("weight", Some(Attribute::Number("0.75".into()))),
        ("active", Some(Attribute::Bool(true))),
        ("since", Some(Attribute::Date("2026-11-21".into()))),
        ("note", None),
    ];
    let hash = if version == "L" { 1 } else { 2 };
    Item { record: 1, fields: fields.into(), hash: ContentHash::from(hash), deletion: None }
}

/// The same documents as plain upserts, with the fields that the sink writes too.
async fn upsert(database: &Database, count: usize, run: usize, version: &str) {
    let batches = (0..count).step_by(BATCH).map(|start| async move {
        let updates: Vec<Document> = (start..count.min(start + BATCH))
            .map(|number| {
                let price: mongodb::bson::Decimal128 = "129.95".parse().unwrap();
                let weight: mongodb::bson::Decimal128 = "0.75".parse().unwrap();
                let set = doc! {
                    "name": "A product with a name of usual length", "size": version, "colour": "midnight blue", "count": 17_i64,
                    "price": price, "weight": weight, "active": true, "since": mongodb::bson::DateTime::from_millis(1_795_219_200_000),
                    "_run": format!("bench-{run:024x}"), "_order": format!("2026-11-21T02:33:00Z bench-{run:024x}"),
                    "_hash": "00000000000000000000000000000001", "_was": "",
                };
                doc! {"q": {"_id": format!("{number:09}")}, "u": {"$set": set, "$unset": {"note": 1}}, "upsert": true}
            })
            .collect();
        let command = doc! {"update": "plain", "updates": updates, "ordered": false, "writeConcern": {"w": "majority"}};
        database.run_command(command).await.unwrap();
    });
    stream::iter(batches).buffer_unordered(IN_FLIGHT).collect::<()>().await;
}
