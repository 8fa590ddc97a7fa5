//! What a document looks like.

use mongodb::bson::{Bson, DateTime, Regex, cstr, doc};
use sluice_engine::spec::{Empty, Mode};
use sluice_platform::sink::{Attribute, Manner, Target, Written};
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
async fn a_record_that_keeps_fields_changes_only_those_that_it_says() {
    let keep = Manner { empty: Empty::Keep, ..Manner::default() };
    let shop = Shop::of(Target { manner: keep, ..collection("shop.keep", &[("id", false)]) }).await;
    let fields = |name, note| vec![("name", text(name)), ("note", note)];
    shop.documents.insert_one(doc! {"_id": "a", "foreign": 1, "note": "old"}).await.unwrap();
    assert_eq!(shop.write(&run(1), &[item("a", fields("Cup", None))]).await.unwrap(), [Written::Imported]);
    let found = shop.document("a").await;
    assert_eq!([found.get_str("name").unwrap(), found.get_str("note").unwrap()], ["Cup", "old"]);
    assert_eq!(found.get_i32("foreign").unwrap(), 1);
    assert_eq!(shop.write(&run(2), &[item("a", fields("Jug", text("new")))]).await.unwrap(), [Written::Imported]);
    assert_eq!(shop.document("a").await.get_str("note").unwrap(), "new");
    let same = [item("a", vec![("name", None), ("note", None)])];
    assert_eq!(shop.write(&run(3), &same).await.unwrap(), [Written::Imported]);
    let found = shop.document("a").await;
    assert_eq!([found.get_str("name").unwrap(), found.get_str("note").unwrap()], ["Jug", "new"]);
}

/// A document of another program is there: it can be changed, and nothing is added in its place.
#[tokio::test]
async fn a_document_of_another_program_is_there_for_every_mode() {
    for (mode, expected, name) in
        [(Mode::InsertOnly, Written::Left, "old"), (Mode::UpdateOnly, Written::Imported, "Cup")]
    {
        let manner = Manner { mode, ..Manner::default() };
        let name_of = format!("shop.mode-{expected:?}");
        let shop = Shop::of(Target { manner, ..collection(&name_of, &[("id", false)]) }).await;
        shop.documents.insert_one(doc! {"_id": "a", "name": "old"}).await.unwrap();
        let written = shop.write(&run(1), &[item("a", vec![("name", text("Cup"))])]).await.unwrap();
        assert_eq!(written, [expected]);
        assert_eq!(shop.document("a").await.get_str("name").unwrap(), name);
    }
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

/// Somebody else may write anything into a field of Sluice; a document with no order that Sluice writes counts as earlier.
#[tokio::test]
async fn a_foreign_order_is_earlier_whatever_it_is() {
    let shop = Shop::new("foreign").await;
    let orders = [
        Bson::Null,
        Bson::Int32(7),
        Bson::from(doc! {"$gt": 1}),
        Bson::RegularExpression(Regex { pattern: cstr!("^2").into(), options: cstr!("i").into() }),
        Bson::from(vec![1, 2]),
    ];
    for (at, order) in orders.into_iter().enumerate() {
        let id = at.to_string();
        shop.documents.insert_one(doc! {"_id": &id, "_order": order.clone(), "_hash": 5, "foreign": 1}).await.unwrap();
        let written = shop.write(&run(1), &[item(&id, vec![("name", text("x"))])]).await.unwrap();
        assert_eq!(written, [Written::Imported], "{order}");
        let found = shop.document(&id).await;
        assert_eq!(found.get_i32("foreign").ok().zip(found.get_str("_was").ok()), Some((1, "")), "{found}");
    }
}

/// Names inside of a nested record that look like operators or paths are kept, in a new document and in one that is there.
#[tokio::test]
async fn members_may_have_any_name() {
    let shop = Shop::new("members").await;
    let nested = |value: &'static str| {
        let members = ["$ref", "$x", "a.b", "", "$id"].map(|name| (name.to_owned(), Attribute::Text(value.into())));
        Some(Attribute::Map(members.into()))
    };
    for (number, value) in [(1, "inserted"), (2, "changed")] {
        let written = shop.write(&run(number), &[item("a", vec![("nested", nested(value))])]).await.unwrap();
        assert_eq!(written, [Written::Imported]);
        let expected = doc! {"": value, "$id": value, "$ref": value, "$x": value, "a.b": value};
        assert_eq!(shop.document("a").await.get_document("nested").unwrap(), &expected);
    }
}
