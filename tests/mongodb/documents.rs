//! What a document looks like.

use mongodb::bson::{Bson, DateTime, doc};
use sluice_platform::sink::{Attribute, Written};
use sluice_tests::mongod::collection;

use crate::shop::{Shop, item, run, text};

#[tokio::test]
async fn a_document_has_the_types_of_the_feed_and_keeps_what_others_wrote() {
    let shop = Shop::new("documents").await;
    shop.documents.insert_one(doc! {"_id": "a", "foreign": 1, "note": "old"}).await.unwrap();
    let price = Attribute::Map([("amount".to_owned(), Attribute::Number("1.50".into()))].into());
    let fields = vec![
        ("name", text("$x")),
        ("count", Some(Attribute::Integer("7".into()))),
        ("price", Some(price)),
        ("at", Some(Attribute::Date("1970-01-02".into()))),
        ("tags", Some(Attribute::List(vec![Attribute::Text("$set".into()), Attribute::Null]))),
        ("note", None),
    ];
    let (first, second) = (run(1), run(2));
    assert_eq!(shop.write(&first, &[item("a", fields.clone())]).await.unwrap(), [Written::Imported]);
    let mut found = shop.document("a").await;
    assert_eq!(found.remove("_run"), Some(first.0.as_str().into()));
    assert_eq!(found.remove("_order"), Some(first.1.as_str().into()));
    assert_eq!(found.remove("_was"), Some("".into()));
    let hash = found.remove("_hash");
    let decimal = Bson::Decimal128("1.50".parse().unwrap());
    let expected = doc! {
        "_id": "a", "foreign": 1, "name": "$x", "count": 7_i64, "price": {"amount": decimal},
        "at": DateTime::from_millis(86_400_000), "tags": ["$set", Bson::Null],
    };
    // The order of the fields has no meaning.
    assert_eq!(found.len(), expected.len());
    assert!(expected.iter().all(|(name, value)| found.get(name) == Some(value)), "{found}");

    assert_eq!(shop.write(&second, &[item("a", fields)]).await.unwrap(), [Written::Unchanged]);
    let found = shop.document("a").await;
    assert_eq!((found.get("_was"), found.get("_hash")), (hash.as_ref(), hash.as_ref()));
    // The earlier run comes late.
    assert_eq!(shop.write(&first, &[item("a", vec![("name", None)])]).await.unwrap(), [Written::Stale]);
    assert_eq!(shop.document("a").await, found);
}

#[tokio::test]
async fn a_key_is_found_whatever_type_it_was_stored_as() {
    let shop = Shop::of(collection("shop.keys", &[("id", false), ("line", true)])).await;
    let key = |line: &'static str| vec![("line", Some(Attribute::Number(line.into()))), ("name", text("x"))];
    for (stored, line) in [(Bson::Int32(1), "1"), (Bson::Double(0.5), "0.50"), (Bson::Int64(3), "3")] {
        shop.documents.insert_one(doc! {"_id": {"id": "a", "line": stored}}).await.unwrap();
        assert_eq!(shop.write(&run(1), &[item("a", key(line))]).await.unwrap(), [Written::Imported], "{line}");
    }
    assert_eq!(shop.documents.count_documents(doc! {}).await.unwrap(), 3);
    let dates = Shop::of(collection("shop.dates", &[("day", false)])).await;
    let fields = vec![("day", Some(Attribute::Date("2026-11-21".into()))), ("name", text("x"))];
    let mut dated = item("", fields);
    dated.fields.to_mut().remove(0);
    for expected in [Written::Imported, Written::Imported] {
        assert_eq!(dates.write(&run(1), &[dated.clone()]).await.unwrap(), [expected]);
    }
}
