//! What makes this sink different from the others: its file.

use std::slice::from_ref;

use sluice_contract::{Order, RunId};
use sluice_engine::sink::DynamoDb;

use super::*;
use crate::sink::{Attribute, KeyField, SinkKind};

const RUN: &str = "products-000000000000000000000001";

fn target() -> Target {
    Target {
        sink: SinkKind::Table,
        name: "products".to_owned(),
        key: vec![KeyField { name: "id".to_owned(), number: true }],
    }
}

fn item(id: &str, price: &str) -> Item {
    let number = |text: &str| Some(Attribute::Number(text.to_owned()));
    let fields = vec![
        ("id".to_owned(), number(id)),
        ("price".to_owned(), number(price)),
        ("name".to_owned(), Some(Attribute::Text("a \"b\"\n".to_owned()))),
        ("sold".to_owned(), Some(Attribute::Bool(true))),
        ("note".to_owned(), None),
    ];
    Item { fields, hash: format!("hash of {price}") }
}

async fn write(sink: &JsonLinesSink, run: &str, item: &Item) -> Written {
    let run: RunId = run.parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let mut written = Vec::new();
    sink.write(&target(), from_ref(item), &Stamp { run: &run, order: &order }, &mut written).await.unwrap();
    sink.flush().await.unwrap();
    written.remove(0)
}

#[tokio::test]
async fn numbers_stay_as_they_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::open(folder.path()).unwrap();
    let price = "0.10000000000000000000000000000000000001";
    assert_eq!(write(&sink, RUN, &item("7", price)).await, Written::Imported);
    assert_eq!(write(&sink, RUN, &item("8", "+1")).await, Written::Imported);
    let text = std::fs::read_to_string(sink.path("products")).unwrap();
    let first = format!(
        r#"{{"id":7,"price":{price},"name":"a \"b\"\n","sold":true,"_run":"{RUN}","_order":"2026-11-21T02:33:00Z#{}#{RUN}","_hash":"hash of {price}"}}"#,
        "0".repeat(32)
    );
    assert_eq!(text.lines().next(), Some(first.as_str()));
    assert!(text.contains(r#""price":"+1""#));
}

#[tokio::test]
async fn maps_and_lists_are_json_and_their_numbers_exact() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::open(folder.path()).unwrap();
    let deep = r#"{"b":[0.10000000000000000000000000000000000001,null,{}],"c \"d\"":"x"}"#;
    let mut item = item("7", "1");
    item.fields[4].1 = Some(Attribute::json(&DynamoDb, deep, 32).unwrap());
    assert_eq!(write(&sink, RUN, &item).await, Written::Imported);
    let text = std::fs::read_to_string(sink.path("products")).unwrap();
    assert!(text.contains(&format!(r#","note":{deep},"_run""#)), "{text}");
}

#[tokio::test]
async fn a_second_process_finds_what_the_first_left_but_for_half_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::open(folder.path()).unwrap();
    assert_eq!(write(&sink, RUN, &item("7", "1.5")).await, Written::Imported);
    let path = sink.path("products");
    drop(sink);
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{whole}{{\"id\":9,\"pri")).unwrap();

    let sink = JsonLinesSink::open(folder.path()).unwrap();
    let later = "products-000000000000000000000002";
    // 7.0 is the key that 7 is.
    assert_eq!(write(&sink, later, &item("7.0", "1.5")).await, Written::Unchanged);
    assert_eq!(write(&sink, later, &item("9", "2")).await, Written::Imported);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&whole));
    assert_eq!(text.lines().count(), 3);
}

#[tokio::test]
async fn two_processes_do_not_write_to_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (JsonLinesSink::open(folder.path()).unwrap(), JsonLinesSink::open(folder.path()).unwrap());
    assert_eq!(write(&one, RUN, &item("7", "1.5")).await, Written::Imported);
    let run: RunId = RUN.parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let stamp = Stamp { run: &run, order: &order };
    let refused = other.write(&target(), &[item("8", "1")], &stamp, &mut Vec::new()).await;
    assert!(matches!(refused, Err(Fault::Misconfigured { .. })));
}

/// Lines that were not flushed are lost with the process, so the importer flushes before it writes an outcome.
#[tokio::test]
async fn lines_come_to_the_file_in_pieces_and_when_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::open(folder.path()).unwrap();
    let run: RunId = RUN.parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let lines = || std::fs::read_to_string(sink.path("products")).unwrap().lines().count();
    let stamp = Stamp { run: &run, order: &order };
    let items: Vec<Item> = (0..3000).map(|id| item(&id.to_string(), "1")).collect();
    sink.write(&target(), &items, &stamp, &mut Vec::new()).await.unwrap();
    assert!((1000..3000).contains(&lines()), "{}", lines());
    sink.flush().await.unwrap();
    assert_eq!(lines(), 3000);
    sink.flush().await.unwrap();
    assert_eq!(lines(), 3000);
}
