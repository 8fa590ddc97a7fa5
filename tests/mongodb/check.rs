//! What intake says of a collection: each failure has its sentence.

use std::sync::Arc;

use mongodb::bson::doc;
use sluice_mongodb::MongoSink;
use sluice_platform::Fault;
use sluice_platform::connections::MemoryConnections;
use sluice_platform::sink::{Sink, Stamp, Target, Via};
use sluice_tests::mongod::{Mongod, collection};

use crate::shop::{Shop, items, run};

async fn problems(connections: MemoryConnections, target: &Target) -> String {
    MongoSink::new(Arc::new(connections)).check(target).await.unwrap().join(" ")
}

#[tokio::test]
async fn each_failure_has_its_sentence() {
    let mongod = Mongod::from_env();
    let target = collection("shop.checked", &[("id", false)]);
    let with = |uri: &str| mongod.connections(uri, "shop.checked");
    assert_eq!(problems(with(&mongod.writer), &target).await, "");
    for (uri, said) in [
        (
            mongod.reader.clone(),
            "The user of the connection lacks rights to the collection \"shop.checked\": insert, update.",
        ),
        (
            mongod.writer.replace(":writer@", ":wrong@"),
            "The connection cannot be used: the server refuses user or password.",
        ),
        (mongod.writer.replace("tls=true", "tls=false"), "The address of the connection main cannot be used"),
        (format!("{}&tlsInsecure=true", mongod.writer), "The address of the connection main cannot be used"),
        ("no address".to_owned(), "The address of the connection main cannot be used"),
        (
            "mongodb://writer:writer@127.0.0.1:1/?tls=true&serverSelectionTimeoutMS=1000".to_owned(),
            "The server does not answer as the primary of its replica set, or cannot be reached.",
        ),
    ] {
        let found = problems(with(&uri), &target).await;
        assert!(found.starts_with(said), "{found}");
    }
    let none = problems(MemoryConnections::default(), &target).await;
    assert_eq!(none, "There is no connection main: an operator has to register it.");
}

#[tokio::test]
async fn a_collection_by_which_keys_are_not_apart_is_refused() {
    let shop = Shop::new("checked").await;
    let database = shop.client.database("shop");
    for (name, create) in [
        ("view", doc! {"create": "view", "viewOn": "checked", "pipeline": []}),
        ("collated", doc! {"create": "collated", "collation": {"locale": "en", "strength": 1}}),
        ("capped", doc! {"create": "capped", "capped": true, "size": 4096}),
    ] {
        database.collection::<mongodb::bson::Document>(name).drop().await.unwrap();
        database.run_command(create).await.unwrap();
        let target = collection(&format!("shop.{name}"), &[("id", false)]);
        let found = problems(shop.mongod.connections(&shop.mongod.writer, &target.name), &target).await;
        assert!(found.contains(&format!("\"shop.{name}\"")) && found.ends_with('.'), "{found}");
    }
}

/// A feed reaches what an operator permitted, and nothing else, also if intake did not look.
#[tokio::test]
async fn another_feed_and_another_collection_are_refused() {
    let shop = Shop::new("permitted").await;
    let other_collection = collection("shop.other", &[("id", false)]);
    let mut other_feed = shop.target.clone();
    other_feed.via = Some(Via { connection: "main".parse().unwrap(), feed: "other".parse().unwrap() });
    for target in [other_collection, other_feed] {
        let said = shop.sink.check(&target).await.unwrap().join(" ");
        assert!(said.contains("may not write to") && said.contains("through the connection main"), "{said}");
        let (run, order) = run(1);
        let written =
            shop.sink.write(&target, &items(1, "L"), &Stamp { run: &run, order: &order }, &mut Vec::new()).await;
        assert!(matches!(written, Err(Fault::Misconfigured { .. })), "{written:?}");
    }
}

/// The values of a connection are in no text that somebody sees.
#[tokio::test]
async fn the_address_is_in_no_message() {
    let mongod = Mongod::from_env();
    let target = collection("shop.checked", &[("id", false)]);
    for uri in [
        "mongodb://hidden:hidden@hidden.invalid/?tls=true&serverSelectionTimeoutMS=500".to_owned(),
        "mongodb://hidden:hidden@hidden/?tls=hidden".to_owned(),
        "mongodb+srv://hidden:hidden@hidden.invalid/".to_owned(),
        mongod.writer.replace("writer:writer", "hidden:hidden"),
    ] {
        let sink = MongoSink::new(Arc::new(mongod.connections(&uri, "shop.checked")));
        let (run, order) = run(1);
        let said = match sink.check(&target).await {
            Ok(problems) => problems.join(" "),
            Err(fault) => sluice_platform::chain(&fault),
        };
        let written = sink.write(&target, &items(1, "L"), &Stamp { run: &run, order: &order }, &mut Vec::new()).await;
        let said = said + &sluice_platform::chain(&written.unwrap_err());
        assert!(said.len() > 40 && !said.contains("hidden"), "{said}");
    }
}
