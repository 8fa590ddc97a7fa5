//! The files of the sink. The contract suite tests everything else.

use std::slice::from_ref;

use sluice_contract::{Order, RunId};
use sluice_engine::sink::DynamoDb;

use super::*;
use crate::sink::{Attribute, ContentHash, KeyField, SinkKind};

const RUN: &str = "products-000000000000000000000001";

fn target() -> Target {
    Target {
        sink: SinkKind::Table,
        via: None,
        manner: crate::sink::Manner::default(),
        name: "products".to_owned(),
        key: vec![KeyField { name: "id".to_owned(), number: true }],
    }
}

fn item(id: &str, price: &str) -> Item<'static> {
    let number = |text: &str| Some(Attribute::Number(text.to_owned().into()));
    let fields = vec![
        ("id", number(id)),
        ("price", number(price)),
        ("name", Some(Attribute::Text("a \"b\"\n".into()))),
        ("sold", Some(Attribute::Bool(true))),
        ("note", None),
    ];
    Item { record: 1, fields: fields.into(), hash: hash(price), deletion: None }
}

/// A hash of a price.
fn hash(price: &str) -> ContentHash {
    ContentHash::from(price.bytes().fold(0, |hash, byte| hash << 2 | u128::from(byte)))
}

async fn write(sink: &JsonLinesSink, run: &str, item: &Item<'_>) -> Written {
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
        r#"{{"id":7,"price":{price},"name":"a \"b\"\n","sold":true,"_run":"{RUN}","_order":"2026-11-21T02:33:00Z#{}#{RUN}","_hash":"{}"}}"#,
        "0".repeat(32),
        hash(price)
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
    item.fields.to_mut()[4].1 = Some(Attribute::json(&DynamoDb, deep, 32).unwrap());
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
    // 7.0 and 7 are the same key.
    assert_eq!(write(&sink, later, &item("7.0", "1.5")).await, Written::Unchanged);
    assert_eq!(write(&sink, later, &item("9", "2")).await, Written::Imported);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(&whole));
    assert_eq!(text.lines().count(), 3);
}

/// A sink whose first run has found an empty table knows only its keys, and one that was opened again has read its items.
#[tokio::test]
async fn a_second_run_finds_what_the_first_wrote_with_or_without_a_new_process() {
    let later = "products-000000000000000000000002";
    for lasting in [false, true] {
        let open = |folder: &Path| if lasting { JsonLinesSink::lasting(folder) } else { JsonLinesSink::open(folder) };
        let mut tables = Vec::new();
        for again in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut sink = open(folder.path()).unwrap();
            for (id, price) in [("7", "1.5"), ("8", "2"), ("7", "1.5")] {
                assert_eq!(write(&sink, RUN, &item(id, price)).await, Written::Imported);
            }
            if again {
                drop(sink);
                sink = open(folder.path()).unwrap();
            }
            for (run, id, price, expected) in [
                (later, "7", "1.5", Written::Unchanged),
                (later, "8", "3", Written::Imported),
                (RUN, "8", "2", Written::Stale),
                (later, "7", "1.5", Written::Unchanged),
                (later, "9", "1", Written::Imported),
            ] {
                assert_eq!(write(&sink, run, &item(id, price)).await, expected, "{run} {id}");
            }
            sink.compact().unwrap();
            tables.push(std::fs::read(sink.path("products")).unwrap());
        }
        assert!(tables[0] == tables[1], "{lasting}");
    }
}

/// The lines of a batch are joined at once where they are as they were made, and one by one where they are not.
#[tokio::test]
async fn a_batch_in_which_items_are_kept_refused_or_not_new_has_the_lines_of_single_writes() {
    let later = "products-000000000000000000000002";
    let batch: Vec<Item<'_>> =
        ["1", "no number", "2", "3", "3", "4", "5", "6", "7"].map(|id| item(id, "1.5")).into_iter().collect();
    let mut tables = Vec::new();
    for size in [1, 2, batch.len()] {
        let folder = tempfile::tempdir().unwrap();
        let sink = JsonLinesSink::open(folder.path()).unwrap();
        for id in ["2", "4", "7"] {
            write(&sink, RUN, &item(id, "1")).await;
        }
        let run: RunId = later.parse().unwrap();
        let order = Order::new("2026-11-21T02:33:00Z", "", &run);
        let mut written = Vec::new();
        for items in batch.chunks(size) {
            sink.write(&target(), items, &Stamp { run: &run, order: &order }, &mut written).await.unwrap();
        }
        sink.flush().await.unwrap();
        assert!(matches!(&written[..2], [Written::Imported, Written::Refused(_)]));
        let text = std::fs::read_to_string(sink.path("products")).unwrap();
        assert_eq!((written.len(), text.lines().count(), text.matches("_was").count()), (9, 10, 3));
        tables.push((written, text));
    }
    assert!(tables.iter().all(|table| *table == tables[0]));
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
    let items: Vec<Item<'_>> = (0..3000).map(|id| item(&id.to_string(), "1")).collect();
    for batch in items.chunks(700) {
        sink.write(&target(), batch, &stamp, &mut Vec::new()).await.unwrap();
    }
    assert!((1000..3000).contains(&lines()), "{}", lines());
    sink.flush().await.unwrap();
    assert_eq!(lines(), 3000);
    sink.flush().await.unwrap();
    assert_eq!(lines(), 3000);
}

/// Each thread writes items of its own, and all of them write the same ones too.
#[tokio::test]
async fn batches_of_several_threads_come_to_the_file_once_each() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::open(folder.path()).unwrap();
    let run: RunId = RUN.parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let stamp = Stamp { run: &run, order: &order };
    let batch = |from: usize| -> Vec<Item<'_>> { (from..from + 300).map(|id| item(&id.to_string(), "1")).collect() };
    let write = |from| {
        let mut written = Vec::new();
        sink.table(&target())
            .unwrap()
            .write(crate::sink::Manner::default(), &batch(from), &stamp, &mut written)
            .unwrap();
        assert_eq!(written, vec![Written::Imported; 300]);
    };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || (0..10).for_each(|number| write(thread * 3000 + number * 300)));
            scope.spawn(move || (0..10).for_each(|number| write(12_000 + number * 300)));
        }
    });
    sink.flush().await.unwrap();
    let text = std::fs::read_to_string(sink.path("products")).unwrap();
    let ids: std::collections::BTreeSet<&str> = text.lines().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!((ids.len(), text.lines().count()), (15_000, 15_000));
    assert!(text.lines().all(|line| line.starts_with("{\"id\":") && line.ends_with("\"}")));
}

/// The lines of a compressed table.
fn unpacked(path: &std::path::Path) -> String {
    let mut text = String::new();
    read_lines(&File::open(path).unwrap(), path, Packing::Gzip, |line| {
        text.push_str(line);
        Ok(())
    })
    .unwrap();
    text
}

#[tokio::test]
async fn a_table_that_lasts_is_readable_wherever_a_write_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::lasting(folder.path()).unwrap();
    assert_eq!(write(&sink, RUN, &item("7", "1.5")).await, Written::Imported);
    let path = sink.path("products");
    let first = std::fs::read(&path).unwrap();
    assert_eq!(write(&sink, RUN, &item("8", "1.5")).await, Written::Imported);
    let both = std::fs::read(&path).unwrap();
    drop(sink);
    let later = "products-000000000000000000000002";
    for cut in first.len()..both.len() {
        std::fs::write(&path, &both[..cut]).unwrap();
        let sink = JsonLinesSink::lasting(folder.path()).unwrap();
        assert_eq!(write(&sink, later, &item("7", "1.5")).await, Written::Unchanged, "cut at {cut}");
        assert_eq!(write(&sink, later, &item("8", "1.5")).await, Written::Imported, "cut at {cut}");
        assert_eq!(unpacked(&path).lines().count(), 3);
    }
    // A damaged table is not treated like one that was cut off.
    let mut damaged = both.clone();
    damaged[first.len()] = b'x';
    std::fs::write(&path, &damaged).unwrap();
    let sink = JsonLinesSink::lasting(folder.path()).unwrap();
    let (run, item) = (RUN.parse().unwrap(), item("9", "1"));
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let refused = sink.write(&target(), &[item], &Stamp { run: &run, order: &order }, &mut Vec::new()).await;
    let refused = refused.unwrap_err();
    assert!(matches!(&refused, Fault::Corrupt { what, .. } if what.starts_with("line 2 of ")), "{refused:?}");
}

#[tokio::test]
async fn a_table_that_lasts_does_not_grow_with_the_number_of_runs() {
    let folder = tempfile::tempdir().unwrap();
    for number in 1..=9 {
        let sink = JsonLinesSink::lasting(folder.path()).unwrap();
        let run = format!("products-{number:024}");
        let expected = if number == 1 { Written::Imported } else { Written::Unchanged };
        for id in 0..20 {
            assert_eq!(write(&sink, &run, &item(&id.to_string(), "1.5")).await, expected);
        }
        sink.compact().unwrap();
        let text = unpacked(&sink.path("products"));
        assert_eq!((text.lines().count(), text.matches(&run).count()), (20 + usize::from(number > 1), 40));
        // The sink continues with the file that replaced the old one.
        assert_eq!(write(&sink, &run, &item("20", "1")).await, expected);
        drop(sink);
        let sink = JsonLinesSink::lasting(folder.path()).unwrap();
        assert_eq!(write(&sink, &run, &item("20", "1")).await, expected);
        std::fs::write(folder.path().join("products.jsonl.unfinished"), "half").unwrap();
    }
}

#[tokio::test]
async fn a_table_that_lasts_keeps_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::lasting(folder.path()).unwrap();
    let mut other = target();
    other.key[0].number = false;
    assert_eq!(sink.check(&other).await.unwrap(), [""; 0], "there is no table yet");
    write(&sink, RUN, &item("7", "1.5")).await;
    assert_eq!(sink.check(&target()).await.unwrap(), [""; 0]);
    let problems = JsonLinesSink::lasting(folder.path()).unwrap().check(&other).await.unwrap();
    let expected = "The table \"products\" has the key id (a number), and the feed has id (a text). Import into another \
                    folder or table.";
    assert_eq!(problems, [expected]);
}

/// Writes an item of a feed that keeps fields, or of one that removes them, and returns the line.
async fn write_fields(sink: &JsonLinesSink, empty: Empty, run: u32, price: Option<&str>, note: Option<&str>) -> String {
    let run: RunId = format!("products-{run:024}").parse().unwrap();
    let order = Order::new("2026-11-21T02:33:00Z", "", &run);
    let target = Target { manner: Manner { empty, ..Manner::default() }, ..target() };
    let number = |text: Option<&str>| text.map(|text| Attribute::Number(text.to_owned().into()));
    let fields = vec![("id", number(Some("7"))), ("price", number(price)), ("note", number(note))];
    let hash = ContentHash::from(u128::from(run.as_str().as_bytes()[32]));
    let item = Item { record: 1, fields: fields.into(), hash, deletion: None };
    let mut written = Vec::new();
    sink.write(&target, from_ref(&item), &Stamp { run: &run, order: &order }, &mut written).await.unwrap();
    assert_eq!(written, [Written::Imported]);
    sink.flush().await.unwrap();
    let text = std::fs::read_to_string(sink.path("products")).unwrap();
    text.lines().last().unwrap().split(",\"_run\"").next().unwrap().to_owned()
}

/// Whether another feed removes fields in between, or another process goes on, does not matter.
#[tokio::test]
async fn a_line_has_the_fields_that_its_record_keeps() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = JsonLinesSink::open(folder.path()).unwrap();
    let (keep, remove) = (Empty::Keep, Empty::Remove);
    for (at, empty, price, note, expected) in [
        (1, keep, Some("1.50"), None, r#"{"id":7,"price":1.50"#),
        (2, keep, None, Some("2"), r#"{"id":7,"price":1.50,"note":2"#),
        (3, remove, None, Some("3"), r#"{"id":7,"note":3"#),
        (4, keep, Some("4"), None, r#"{"id":7,"note":3,"price":4"#),
        (5, keep, None, Some("5"), r#"{"id":7,"note":5,"price":4"#),
    ] {
        assert_eq!(write_fields(&sink, empty, at, price, note).await, expected);
        if at == 4 {
            sink = JsonLinesSink::open(folder.path()).unwrap();
        }
    }
}

#[tokio::test]
async fn a_deleted_item_is_a_line_with_its_key_and_a_mark() {
    let folder = tempfile::tempdir().unwrap();
    let sink = JsonLinesSink::open(folder.path()).unwrap();
    write(&sink, RUN, &item("7", "1")).await;
    let fields = vec![("id", Some(Attribute::Number("7".into()))), ("price", None)];
    let deletion = Some(crate::sink::Deletion { expires: Some(1_800_000_000) });
    let gone = Item { record: 1, fields: fields.into(), hash: ContentHash::of_deletion(), deletion };
    let later = RUN.replace('1', "2");
    assert_eq!(write(&sink, &later, &gone).await, Written::Deleted);
    let text = std::fs::read_to_string(sink.path("products")).unwrap();
    let line = text.lines().last().unwrap();
    assert!(line.starts_with("{\"id\":7,\"_run\":"), "{line}");
    let end = format!(",\"_deleted\":true,\"_expires\":1800000000,\"_was\":\"{}\"}}", hash("1"));
    assert!(line.ends_with(&end), "{line}");
}
