//! Imports into a collection of a real MongoDB server, to which the stack has a connection.

use std::io::Write;
use std::process::Stdio;

use mongodb::bson::{Bson, Document, doc};
use serde_json::Value;
use sluice_contract::RunId;
use sluice_tests::local_aws::LocalAws;
use sluice_tests::mongod::Mongod;

use crate::imports::{PATIENCE, command, sample, sluice};
use crate::lost::upload_unheard;

/// The products feed for a collection.
fn feed(name: &str, collection: &str) -> String {
    let products = sluice_tests::read("feeds/products.yaml");
    let table = "import: {table: products, key: [id], duplicates: last}";
    assert!(products.contains(table));
    products
        .replace("name: products\n", &format!("name: {name}\n"))
        .replace(table, &format!("import: {{collection: {collection}, connection: shop, key: [id], duplicates: last}}"))
}

/// Registers the connection `shop` for these feeds, each with its collection, as an operator does.
fn connect(mongod: &Mongod, permitted: &[(&str, &str)]) {
    let mut arguments = vec!["connection".to_owned(), "set".to_owned(), "shop".to_owned()];
    arguments.extend(["--ca".to_owned(), mongod.ca_file.clone()]);
    for (feed, collection) in permitted {
        arguments.extend(["--permit".to_owned(), format!("{feed}={collection}")]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = command(&arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(mongod.writer.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// The counts of a run that ended IMPORTED: imported, unchanged, stale.
async fn counts(aws: &LocalAws, run: &RunId) -> [u32; 3] {
    let ended = aws.concluded(run, PATIENCE).await;
    assert_eq!(ended["conclusion"]["verdict"], "IMPORTED", "{ended:#}");
    ["imported", "unchanged", "stale"].map(|count| {
        let tally: &Value = &ended["conclusion"]["tally"];
        tally[count].as_str().unwrap().parse().unwrap()
    })
}

#[tokio::test]
async fn products_are_imported_once_and_an_older_file_that_comes_late_changes_nothing() {
    let (aws, mongod) = (LocalAws::from_env().await, Mongod::from_env());
    let (feed_name, collection) = ("shop-products", "shop.products");
    connect(&mongod, &[(feed_name, collection)]);
    aws.put_feed(feed_name, &feed(feed_name, collection)).await;
    let documents = mongod.client().await.database("shop").collection::<Document>("products");
    documents.drop().await.unwrap();
    // The same records in files with other bytes.
    let content = |empty_lines: &[u8]| [&sample("products.csv"), empty_lines].concat();

    let old = upload_unheard(&aws, feed_name, "0.csv", content(b"\r\n")).await;
    let first = aws.upload(feed_name, "1.csv", content(b"")).await;
    let [imported, unchanged, stale] = counts(&aws, &first).await;
    assert!(imported > 20 && unchanged == 0 && stale == 0, "{imported} {unchanged} {stale}");
    let count = documents.count_documents(doc! {"_run": first.as_str()}).await.unwrap();
    assert_eq!(count, u64::from(imported));

    let again = aws.upload(feed_name, "2.csv", content(b"\r\n\r\n")).await;
    assert_eq!(counts(&aws, &again).await, [0, imported, 0]);

    aws.invoke("intake", &old.event).await;
    assert_eq!(counts(&aws, &old.run).await, [0, 0, imported]);
    let untouched = documents.count_documents(doc! {"_run": again.as_str()}).await.unwrap();
    assert_eq!(untouched, u64::from(imported));

    let one = documents.find_one(doc! {}).await.unwrap().unwrap();
    let is_decimal = matches!(one.get("price"), Some(Bson::Decimal128(_)));
    assert!(is_decimal && one.get_str("_id").is_ok() && !one.contains_key("id"), "{one}");
    let mails = aws.mails_about(&first).await;
    assert!(mails[0].body_text.contains("written to the collection by this run"), "{}", mails[0].body_text);
}

#[tokio::test]
async fn many_chunks_are_imported_by_the_function_with_the_driver() {
    let (aws, mongod) = (LocalAws::from_env().await, Mongod::from_env());
    let (feed_name, collection) = ("shop-lines", "shop.lines");
    connect(&mongod, &[(feed_name, collection)]);
    aws.put_feed(
        feed_name,
        "version: 1\nname: shop-lines\nschema:\n  fields:\n    - {name: id, type: integer, constraints: {required: true}}\n    \
         - {name: text}\nimport: {collection: shop.lines, connection: shop, key: [id]}\n",
    )
    .await;
    let documents = mongod.client().await.database("shop").collection::<Document>("lines");
    documents.drop().await.unwrap();
    aws.configure("split", &[("CHUNK_BYTES", "4096")]).await;
    let lines = (0..1_000).map(|id| format!("{id},{}\n", "x".repeat(20))).collect::<String>();
    let run = aws.upload(feed_name, "lines.csv", format!("id,text\n{lines}")).await;
    let counted = counts(&aws, &run).await;
    aws.configure("split", &[("CHUNK_BYTES", "33554432")]).await;
    assert_eq!(counted, [1_000, 0, 0]);
    assert_eq!(documents.count_documents(doc! {"_run": run.as_str()}).await.unwrap(), 1_000);
    let one = documents.find_one(doc! {"_id": 7}).await.unwrap().unwrap();
    assert_eq!(one.get("_id"), Some(&Bson::Int64(7)));
}

/// The mails say what an operator has to do, and nothing of the address.
#[tokio::test]
async fn a_feed_that_is_not_permitted_and_a_connection_that_is_missing_are_refused() {
    let (aws, mongod) = (LocalAws::from_env().await, Mongod::from_env());
    connect(&mongod, &[("shop-others", "shop.others")]);
    for (feed_name, collection, connection, said) in [
        (
            "shop-foreign",
            "shop.others",
            "shop",
            "The feed shop-foreign may not write to \"shop.others\" through the connection shop",
        ),
        (
            "shop-others",
            "shop.else",
            "shop",
            "The feed shop-others may not write to \"shop.else\" through the connection shop",
        ),
        ("shop-nowhere", "shop.others", "nowhere", "There is no connection nowhere: an operator has to register it."),
    ] {
        let yaml = feed(feed_name, collection).replace("connection: shop", &format!("connection: {connection}"));
        aws.put_feed(feed_name, &yaml).await;
        let run = aws.upload(feed_name, "a.csv", sample("products.csv")).await;
        let ended = aws.concluded(&run, PATIENCE).await;
        assert_eq!(ended["conclusion"]["verdict"], "REFUSED", "{ended:#}");
        let mails = aws.mails_about(&run).await;
        assert!(mails[0].body_text.contains(said), "{}", mails[0].body_text);
        assert!(!mails[0].body_text.contains("mongodb://"), "{}", mails[0].body_text);
    }
    let tested = sluice(&["connection", "test", "shop"]);
    assert_eq!(tested.status.code(), Some(0), "{tested:?}");
    assert_eq!(aws.log_lines("mongodb://").await, [""; 0], "an address is in no log");
    assert_eq!(sluice(&["connection", "remove", "shop"]).status.code(), Some(0));
    let listed = String::from_utf8(sluice(&["connection", "list"]).stdout).unwrap();
    assert!(!listed.contains("shop.others"), "{listed}");
}
