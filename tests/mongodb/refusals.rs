//! Documents that the collection refuses, beside others that it takes.

use mongodb::IndexModel;
use mongodb::bson::doc;
use mongodb::options::IndexOptions;
use sluice_platform::sink::{Item, Written};

use crate::shop::{Shop, item, items, run, text};

/// Writes a batch twice, because a repeated batch has the same answers. Returns what was not imported, with its index.
async fn refused(shop: &Shop, items: &[Item<'_>]) -> Vec<(usize, Written)> {
    let written = shop.write(&run(1), items).await.unwrap();
    assert_eq!(shop.write(&run(1), items).await.unwrap(), written);
    let others = written.into_iter().enumerate().filter(|(_, written)| *written != Written::Imported);
    others.collect()
}

#[tokio::test]
async fn a_validator_refuses_one_document_of_a_thousand() {
    let shop = Shop::new("validated").await;
    let database = shop.client.database("shop");
    database.create_collection("validated").validator(doc! {"size": {"$ne": "bad"}}).await.unwrap();
    let mut all = items(1_000, "L");
    all[500] = item("00500", vec![("size", text("bad"))]);
    let refused = refused(&shop, &all).await;
    assert!(
        matches!(&refused[..], [(500, Written::Refused(why))] if why == "Document failed validation"),
        "{refused:?}"
    );
    assert_eq!(shop.documents.count_documents(doc! {}).await.unwrap(), 999);
}

#[tokio::test]
async fn a_duplicate_in_another_unique_index_is_refused() {
    let shop = Shop::new("unique").await;
    let unique =
        IndexModel::builder().keys(doc! {"size": 1}).options(IndexOptions::builder().unique(true).build()).build();
    shop.documents.create_index(unique).await.unwrap();
    let all = [("a", "S"), ("b", "M"), ("c", "S"), ("d", "L")].map(|(id, size)| item(id, vec![("size", text(size))]));
    let refused = refused(&shop, &all).await;
    assert!(matches!(&refused[..], [(2, Written::Refused(why))] if why.contains("size_1")), "{refused:?}");
}

#[tokio::test]
async fn a_document_over_16_mb_is_refused_and_its_neighbours_are_written() {
    let shop = Shop::new("large").await;
    let (almost, large) = ("x".repeat(9 << 20), "x".repeat(17 << 20));
    // The first is too large together with what somebody else wrote; the third is too large for a command.
    shop.documents.insert_one(doc! {"_id": "a", "foreign": &almost}).await.unwrap();
    let all = [("a", &*almost), ("b", "S"), ("c", &*large), ("d", &*almost), ("e", &*almost)]
        .map(|(id, size)| item(id, vec![("size", text(size))]));
    let refused = refused(&shop, &all).await;
    assert!(matches!(&refused[..], [(0, Written::TooLarge(_)), (2, Written::TooLarge(_))]), "{}", refused.len());
    assert_eq!(shop.documents.count_documents(doc! {"_run": {"$exists": true}}).await.unwrap(), 3);
}
