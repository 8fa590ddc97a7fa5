//! References of a file to itself: the key of another record of the file, or of an item of the feed's own table.

use std::fmt::Write;

use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_engine::Code;

use crate::world::World;

const KEY: &str = "inbox/shop/a.csv";

fn feed(import: &str) -> String {
    format!(
        "
version: 1
name: shop
schema:
  fields:
    - {{name: sku, constraints: {{required: true}}}}
    - {{name: parent}}
    - {{name: code, constraints: {{unique: true}}}}
    - {{name: price, type: number}}
validate:
  rules:
    - reference: {{field: parent, to: self}}
    - range: {{field: price, minimum: 1, severity: warn}}
import: {{table: shop, key: [sku]{import}}}
report: {{recipients: [shop@example.com]}}
"
    )
}

fn world(import: &str, chunk_bytes: u64) -> World {
    let mut world = World::new();
    world.chunk_bytes = chunk_bytes;
    world.feed("shop", &feed(import));
    world
}

/// The keys that the table has.
fn table(world: &World) -> Vec<String> {
    let text =
        |value: &sluice_platform::sink::Attribute<'_>| format!("{value:?}").split('"').nth(1).unwrap().to_owned();
    world.sink.items("shop").iter().map(|item| text(&item.fields["sku"])).collect()
}

fn tally(world: &World, run: &RunId) -> Tally {
    let tally = world.tally(run).tally;
    assert!(tally.adds_up(), "{tally:?}");
    tally
}

fn rejected(world: &World, run: &RunId) -> Vec<(u64, Vec<Code>)> {
    let codes = |problems: &[sluice_engine::Problem]| problems.iter().map(|problem| problem.code).collect();
    world.rejects.of(run).iter().map(|entry| (entry.record, codes(&entry.problems))).collect()
}

fn notes(world: &World, run: &RunId) -> Vec<String> {
    world.tally(run).notes.iter().map(ToString::to_string).collect()
}

/// Whether the parent comes before its children or after them, in the same chunk or in another one.
#[tokio::test]
async fn a_parent_is_found_anywhere_in_the_file() {
    for chunk_bytes in [1, 40, 1 << 20] {
        let world = world("", chunk_bytes);
        let file = "sku,parent,code,price\nTEE-S,TEE,,19\nTEE,,,\nTEE-L,TEE,,0.50\nCAP-1,CAP,,12\nMUG,\" \",,5\n";
        let (run, verdict) = world.import_file(KEY, file).await;
        assert_eq!((verdict, tally(&world, &run).imported), (Verdict::Imported, 4));
        assert_eq!(rejected(&world, &run), [(4, vec![Code::ReferenceMissing])]);
        let problem = &world.rejects.of(&run)[0].problems[0];
        assert_eq!(problem.message, "neither the file nor the table \"shop\" has an item whose sku is \"CAP\"");
        assert_eq!((problem.field.as_deref(), problem.value.as_deref()), (Some("parent"), Some("CAP")));
        assert_eq!(table(&world), ["MUG", "TEE", "TEE-L", "TEE-S"]);
        assert_eq!(notes(&world, &run), [""; 0]);
        assert_eq!(world.tally(&run).by_code["reference-missing"], 1);
        // The parent comes in another file, and the reject is tried again.
        let (again, _) =
            world.import_file("inbox/shop/b.csv", "sku,parent,code,price\nCAP,,,\nCAP-2,CAP-1,,\nCAP-3,TEE,,\n").await;
        assert_eq!(tally(&world, &again).imported, 2, "CAP-1 is not in the table, TEE is");
        let repair = world.output(&run, keys::REJECTS_CSV);
        let (repair, _) = world.import_file("inbox/shop/repair.csv", repair).await;
        assert_eq!((tally(&world, &repair).imported, table(&world).len()), (1, 7));
    }
}

/// What the table answered first counts, so that a repeated call of the gate decides the same.
#[tokio::test]
async fn the_gate_decides_the_same_although_the_table_has_changed() {
    let world = world("", 1 << 20);
    let upload = world.upload(KEY, "sku,parent,code,price\nA,B,,1\nC,,,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    let losers = |world: &World| world.objects.bytes(&keys::losers(&run, sluice_contract::ChunkNo(1)));
    let first = losers(&world);
    world.import_file("inbox/shop/b.csv", "sku,parent,code,price\nB,,,\n").await;
    assert!(world.gate(&run).await);
    assert_eq!(losers(&world), first);
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(rejected(&world, &run), [(1, vec![Code::ReferenceMissing])]);
}

/// One pass: what the gate takes out takes nothing with it, and a note counts who stays behind.
#[tokio::test]
async fn a_child_whose_parent_is_taken_out_stays_and_is_counted() {
    let (missing, unique, shared) = (Code::ReferenceMissing, Code::UniqueError, Code::DuplicateKey);
    for (import, rows, expected, orphans) in [
        // A parent whose own parent is nowhere, and a grandchild.
        ("", "A,X,,\nB,A,,\nC,B,,\nD,A,,\n", vec![(1, vec![missing])], 2),
        // A parent that repeats a unique value.
        ("", "A,,7,\nB,,7,\nC,B,,\n", vec![(2, vec![unique])], 1),
        // A parent whose key is there twice.
        (", duplicates: reject", "A,,,\nA,,,\nB,A,,\nC,B,,\n", vec![(1, vec![shared]), (2, vec![shared])], 1),
        // One of two stays, so nobody is left behind.
        ("", "A,,,\nA,,,\nB,A,,\n", vec![], 0),
        // A child that is rejected is not left behind.
        ("", "A,X,,\nB,,7,\nC,A,7,\n", vec![(1, vec![missing]), (3, vec![unique])], 0),
        // Everything that is wrong is said.
        ("", "A,,7,\nB,X,7,\n", vec![(2, vec![unique, missing])], 0),
    ] {
        for chunk_bytes in [1, 1 << 20] {
            let world = world(import, chunk_bytes);
            let (run, verdict) = world.import_file(KEY, format!("sku,parent,code,price\n{rows}")).await;
            assert_eq!(verdict, Verdict::Imported, "{rows}");
            tally(&world, &run);
            assert_eq!(rejected(&world, &run), expected, "{rows}");
            let (records, are) = if orphans == 1 { ("record refers", "is") } else { ("records refer", "are") };
            let note = format!(
                "[parent-rejected, warning] {orphans} {records} to records of this file that were rejected after they had passed \
                 their check, and {are} kept"
            );
            let expected = if orphans > 0 { vec![note] } else { vec![] };
            assert_eq!(notes(&world, &run), expected, "{rows}");
            let mail = world.mailer.sent().pop().unwrap();
            assert_eq!(mail.text.contains("parent-rejected"), orphans > 0, "{}", mail.text);
        }
    }
}

/// A record that is rejected takes no part in what is decided about keys.
#[tokio::test]
async fn another_record_of_the_key_wins_over_one_whose_parent_is_missing() {
    for chunk_bytes in [1, 1 << 20] {
        let world = world("", chunk_bytes);
        let (run, _) = world.import_file(KEY, "sku,parent,code,price\nA,,,1\nA,X,,2\nB,A,,3\nA,,,4\nA,X,,5\n").await;
        let numbers = tally(&world, &run);
        assert_eq!((numbers.imported, numbers.duplicate, numbers.rejected), (2, 1, 2));
        assert_eq!(rejected(&world, &run).len(), 2);
        assert!(world.output(&run, keys::IMPORTED_CSV).contains("\n4,A,,,4\n"));
        assert_eq!(notes(&world, &run), [""; 0]);
    }
}

#[tokio::test]
async fn what_is_deleted_is_no_parent() {
    let import = ", delete: {when: record.price == -1}";
    for chunk_bytes in [1, 1 << 20] {
        let world = world(import, chunk_bytes);
        world.import_file(KEY, "sku,parent,code,price\nA,,,1\nB,,,1\nC,,,1\n").await;
        world.import_file("inbox/shop/b.csv", "sku,parent,code,price\nB,,,-1\n").await;
        // A is deleted by the file, B is a mark in the table, C is an item; D is deleted and is there again.
        let file = "sku,parent,code,price\n1,A,,1\nA,X,,-1\n2,B,,1\n3,C,,1\nD,,,-1\n4,D,,1\nD,,,2\n";
        let (run, _) = world.import_file("inbox/shop/c.csv", file).await;
        let missing = vec![Code::ReferenceMissing];
        assert_eq!(rejected(&world, &run), [(1, missing.clone()), (3, missing)]);
        assert_eq!(tally(&world, &run).deleted, 1);
    }
}

/// More keys than one window has, each asked once, and records of all kinds between them.
#[tokio::test]
async fn many_references_are_asked_in_windows() {
    let world = world("", 20_000);
    let mut parents = "sku,parent,code,price\n".to_owned();
    for parent in (0..4_000).step_by(2) {
        writeln!(parents, "P{parent},,,1").unwrap();
    }
    world.import_file(KEY, parents).await;
    let mut children = "sku,parent,code,price\n".to_owned();
    for child in 0..8_000 {
        // Every third record has a warning, so that it is not settled.
        writeln!(children, "C{child},P{},,{}", child / 2, if child % 3 == 0 { "0.5" } else { "2" }).unwrap();
    }
    let (run, verdict) = world.import_file("inbox/shop/b.csv", children).await;
    let numbers = tally(&world, &run);
    assert_eq!((verdict, numbers.imported, numbers.rejected), (Verdict::Imported, 4_000, 4_000));
    assert!(world.rejects.of(&run).iter().all(|entry| (entry.record - 1) / 2 % 2 == 1));
}

#[tokio::test]
async fn a_file_whose_references_were_replaced_is_not_judged() {
    let world = world("", 1 << 20);
    let upload = world.upload(KEY, "sku,parent,code,price\nA,X,,1\nB,Y,,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    world.until_checked(&run).await;
    let checked = world.checked(&run, world.chunks(&run)[0].chunk);
    let key = checked.settled.references.key;
    let bytes = world.objects.bytes(&key).unwrap();
    world.objects.insert(&key, String::from_utf8(bytes.to_vec()).unwrap().replace('X', "B").into_bytes());
    let failed = world.try_gate(&run).await.unwrap_err();
    assert!(failed.to_string().contains(&key), "{failed}");
}
