//! What a record does to the item of its key: empty cells that keep fields, modes, and deletions.

use sluice_contract::documents::{ImportOutcome, RunDocument};
use sluice_contract::{Phase, RunId, Tally, Verdict, keys};
use sluice_engine::Code;

use crate::world::World;

const KEY: &str = "inbox/stock/a.csv";

fn feed(import: &str) -> String {
    format!(
        "
version: 1
name: stock
schema:
  fields:
    - {{name: sku, constraints: {{required: true, pattern: '[A-Z][0-9]'}}}}
    - {{name: name, constraints: {{required: true}}}}
    - {{name: price, type: number, constraints: {{required: true}}}}
    - {{name: count, type: integer, constraints: {{unique: true}}}}
    - {{name: gone, type: boolean, trueValues: ['1'], falseValues: ['0', '']}}
import: {{table: stock, key: [sku], {import}}}
"
    )
}

fn world(import: &str, chunk_bytes: u64) -> World {
    let mut world = World::new();
    world.chunk_bytes = chunk_bytes;
    world.feed("stock", &feed(import));
    world
}

/// What the table holds, without the marks of Sluice but for those of a deletion.
fn table(world: &World) -> Vec<String> {
    let items = world.sink.items("stock");
    let shown = |item: sluice_platform::sink::StoredItem| {
        let fields: Vec<String> = item.fields.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
        fields.join(" ")
    };
    items.into_iter().map(shown).collect()
}

fn shown(value: &sluice_platform::sink::Attribute<'_>) -> String {
    use sluice_platform::sink::Attribute;
    match value {
        Attribute::Text(text) | Attribute::Number(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

fn tally(world: &World, run: &RunId) -> Tally {
    let tally = world.tally(run).tally;
    assert!(tally.adds_up(), "{tally:?}");
    tally
}

/// A partner's second file says only what has changed.
#[tokio::test]
async fn a_blank_cell_keeps_what_the_table_has() {
    let relaxed = |import: &str| {
        feed(import)
            .replace(", constraints: {required: true}}\n    - {name: price", "}\n    - {name: price")
            .replace("type: number, constraints: {required: true}", "type: number")
    };
    for chunk_bytes in [1, 1 << 20] {
        let mut world = World::new();
        world.chunk_bytes = chunk_bytes;
        world.feed("stock", &relaxed("empty: keep"));
        world.import_file(KEY, "sku,name,price,count,gone\nA1,Cup,4.50,10,\nA2,Jug,9.00,5,\n").await;
        let second = "sku,name,price,count,gone\nA1,,,8,\nA2,Jug,9.50,,\n";
        let (run, _) = world.import_file(KEY, second).await;
        assert_eq!(tally(&world, &run).imported, 2);
        let expected = ["count=8 name=Cup price=4.5 sku=A1", "count=5 name=Jug price=9.5 sku=A2"];
        assert_eq!(table(&world), expected);
        // The same records again change nothing, and the outputs say what the file says.
        let (run, _) = world.import_file(KEY, second).await;
        assert_eq!(tally(&world, &run).unchanged, 2);
        assert_eq!(table(&world), expected);
        assert!(world.output(&run, keys::IMPORTED_CSV).contains("\n1,A1,,,8,\n"));
        // A feed that removes fields does, also if the file is the same.
        world.feed("stock", &relaxed("empty: remove"));
        let (run, _) = world.import_file(KEY, second).await;
        assert_eq!(tally(&world, &run).imported, 2);
        assert_eq!(table(&world), ["count=8 sku=A1", "name=Jug price=9.5 sku=A2"]);
    }
}

#[tokio::test]
async fn a_mode_adds_or_changes_and_counts_what_it_leaves() {
    let first = "sku,name,price,count,gone\nA1,Cup,1,1,\nA2,Jug,2,2,\n";
    let second = "sku,name,price,count,gone\nA2,Jug,3,2,\nA3,Pan,4,3,\nx,Pot,5,4,\n";
    for (mode, imported, left, prices) in [
        ("upsert", 2, 0, vec!["1", "3", "4"]),
        ("insert_only", 1, 1, vec!["1", "2", "4"]),
        ("update_only", 1, 1, vec!["1", "3"]),
    ] {
        let world = world("mode: upsert", 1);
        world.import_file(KEY, first).await;
        world.feed("stock", &feed(&format!("mode: {mode}")));
        let (run, verdict) = world.import_file(KEY, second).await;
        let numbers = tally(&world, &run);
        assert_eq!(
            (verdict, numbers.imported, numbers.left, numbers.rejected),
            (Verdict::Imported, imported, left, 1),
            "{mode}"
        );
        let items = world.sink.items("stock");
        let found: Vec<String> = items.iter().map(|item| shown(&item.fields["price"])).collect();
        assert_eq!(found, prices, "{mode}");
        let rows = world.output(&run, keys::IMPORTED_CSV).lines().count() as u64 - 1;
        assert_eq!(rows, imported, "{mode}: what is left is not in imported.csv");
    }
}

const DELETE: &str = "delete: {when: record.gone == true, expires: 90d}";

/// A partner sends little more than the key of what is gone.
#[tokio::test]
async fn a_record_deletes_its_item_whatever_else_is_wrong_with_it() {
    for chunk_bytes in [1, 1 << 20] {
        let world = world(DELETE, chunk_bytes);
        world.import_file(KEY, "sku,name,price,count,gone\nA1,Cup,4.50,1,0\nA2,Jug,9.00,2,0\nA3,Pan,12,3,0\n").await;
        let file = "sku,name,price,count,gone\nA1,Cup,4.75,1,0\nA2,,,,1\nA3,,dear,1,1\nA4,,,,1\nnone,,,,1\nA5,,,,0\nA6,,,,maybe\n";
        let (run, verdict) = world.import_file(KEY, file).await;
        let numbers = tally(&world, &run);
        assert_eq!((verdict, numbers.read, numbers.imported), (Verdict::Imported, 7, 1));
        assert_eq!((numbers.deleted, numbers.rejected), (3, 3), "{numbers:?}");
        let marks: Vec<String> =
            table(&world).into_iter().filter(|item| item.contains("_deleted=Bool(true)")).collect();
        assert_eq!(marks.len(), 3, "{marks:?}");
        for (mark, sku) in marks.iter().zip(["A2", "A3", "A4"]) {
            let names: Vec<&str> = mark.split(' ').filter_map(|field| field.split('=').next()).collect();
            assert_eq!(names, ["_deleted", "_expires", "sku"], "nothing else is left");
            assert!(mark.ends_with(&format!("sku={sku}")), "{mark}");
            let expires: i64 = mark.split("_expires=").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
            let run: RunDocument = world.document(&keys::run_document(&run));
            let as_of: jiff::Timestamp = run.as_of.parse().unwrap();
            assert_eq!(expires, as_of.as_second() + 90 * 86_400, "by the run's clock");
        }
        assert_eq!(
            world.output(&run, keys::IMPORTED_CSV),
            "_record,sku,name,price,count,gone\n1,A1,Cup,4.75,1,false\n"
        );
        let codes: Vec<Code> = world.rejects.of(&run).iter().map(|entry| entry.problems[0].code).collect();
        assert_eq!(codes, [Code::ConstraintError, Code::ConstraintError, Code::ConstraintError]);
        let page = world.output(&run, keys::REPORT_HTML);
        assert!(page.contains("is deleted"), "the report says what became of them");
    }
}

#[tokio::test]
async fn an_older_file_does_not_bring_an_item_back_and_a_newer_one_does() {
    let world = world(DELETE, 1 << 20);
    let older = world.upload(KEY, "sku,name,price,count,gone\nA2,Jug,9,2,0\n");
    let older = world.deliver(&older, true).await.run_id.unwrap();
    let (run, _) = world.import_file("inbox/stock/b.csv", "sku,name,price,count,gone\nA2,,,,1\n").await;
    assert_eq!(tally(&world, &run).deleted, 1);
    assert_eq!(world.run(&older).await, Verdict::Imported);
    assert_eq!(tally(&world, &older).stale, 1);
    assert!(table(&world)[0].contains("_deleted"), "{:?}", table(&world));
    let (run, _) = world.import_file("inbox/stock/c.csv", "sku,name,price,count,gone\nA2,Jug,9,2,0\n").await;
    assert_eq!(tally(&world, &run).imported, 1);
    assert_eq!(table(&world), ["count=2 gone=Bool(false) name=Jug price=9 sku=A2"]);
}

/// Within a file, the records of a key decide as always which one counts.
#[tokio::test]
async fn the_winner_of_a_key_deletes_or_not() {
    for (duplicates, expected) in [("last", (0, 1)), ("first", (1, 0))] {
        let world = world(&format!("duplicates: {duplicates}, {DELETE}"), 1);
        let (run, _) = world.import_file(KEY, "sku,name,price,count,gone\nA2,Jug,9,2,0\nA2,,,,1\n").await;
        let numbers = tally(&world, &run);
        assert_eq!((numbers.imported, numbers.deleted), expected, "{duplicates}");
        assert_eq!(numbers.duplicate, 1);
    }
}

#[tokio::test]
async fn a_killed_importer_deletes_and_leaves_the_same_when_it_is_called_again() {
    let world = world(&format!("mode: update_only, {DELETE}"), 1 << 20);
    world.feed("stock", &feed(DELETE));
    world.import_file(KEY, "sku,name,price,count,gone\nA1,Cup,4.50,1,0\nA2,Jug,9.00,2,0\nA3,Pan,1,3,0\n").await;
    world.feed("stock", &feed(&format!("mode: update_only, {DELETE}")));
    let upload =
        world.upload(KEY, "sku,name,price,count,gone\nA1,Cup,4.50,1,0\nA2,,,,1\nA3,Pan,2,3,0\nA4,Pot,1,4,0\nA5,,,,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    let chunk = world.chunks(&run)[0].chunk;
    let key = keys::outcome(&run, Phase::Import, chunk);
    let first = world.document::<ImportOutcome>(&key).counts;
    assert_eq!((first.unchanged, first.imported, first.deleted, first.left), (1, 1, 1, 2));
    assert!(world.objects.remove(&key));
    world.import_chunks(&run, &split).await;
    assert_eq!(world.document::<ImportOutcome>(&key).counts, first);
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    tally(&world, &run);
}
