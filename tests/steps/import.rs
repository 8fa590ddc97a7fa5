//! `import`: one conditional write per winner, against a deadline, however often the step is called.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sluice_contract::documents::{ImportCounts, ImportOutcome, Progress};
use sluice_contract::{ErrorName, Phase, RunId, Verdict, keys};
use sluice_engine::checksum::Checksum;
use sluice_platform::runtime::Deadline;
use sluice_platform::sink::Attribute;
use sluice_platform::{Call, StepError};

use crate::world::{World, chunk_input};

const KEY: &str = "inbox/prices/a.csv";

fn counts(world: &World, run: &RunId) -> ImportCounts {
    let chunk = world.chunks(run)[0].chunk;
    world.document::<ImportOutcome>(&keys::outcome(run, Phase::Import, chunk)).counts
}

/// A file with these records.
fn file(records: std::ops::Range<u32>) -> String {
    let rows = records.map(|id| format!("{id},{id}.50"));
    ["id,price".to_owned()].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_killed_importer_counts_the_same_when_it_is_called_again() {
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    let upload = world.upload(KEY, file(0..50));
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    let first = counts(&world, &run);
    // As if the call had been killed between its last write and its outcome.
    let chunk = world.chunks(&run)[0].chunk;
    assert!(world.objects.remove(&keys::outcome(&run, Phase::Import, chunk)));
    world.import_chunks(&run, &split).await;
    assert_eq!(counts(&world, &run), first);
    assert_eq!(first, ImportCounts { read: 50, imported: 50, ..ImportCounts::default() });
    assert_eq!(world.finish(&run).await, Verdict::Imported);
}

#[tokio::test]
async fn a_chunk_that_needs_many_invocations_goes_on_from_its_progress() {
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    let upload = world.upload(KEY, file(0..50));
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    let input = chunk_input(&run, &split, Phase::Import, world.chunks(&run)[0]);
    let progress = keys::progress(&run, input.chunk.chunk);

    // Even without any time, a call writes one record, so that the repeated calls come to an end.
    let one = sluice_import::run(&world.import(), input.clone(), &Call::local().until(Deadline::after(Duration::ZERO)))
        .await
        .unwrap();
    assert_eq!((one.done, one.next_record), (false, Some(2)));
    assert_eq!(world.sink.items("prices").len(), 1);

    // As if an earlier invocation had come to record 21.
    let mut part: Progress = world.document(&progress);
    let valid = world.objects.bytes(&world.checked(&run, input.chunk.chunk).settled.rows.key).unwrap();
    let at = String::from_utf8(valid.to_vec()).unwrap().find("\n21,").unwrap() + 1;
    (part.settled_done, part.next_record) = (Checksum::of(&valid[..at]), 21);
    part.outcome.counts = ImportCounts { read: 20, imported: 20, ..ImportCounts::default() };
    world.objects.insert(&progress, serde_json::to_vec(&part).unwrap());
    let rest = sluice_import::run(&world.import(), input, &Call::local()).await.unwrap();
    assert!(rest.done);
    assert_eq!(world.sink.items("prices").len(), 31, "what was done is not done again");
    assert_eq!(counts(&world, &run), ImportCounts { read: 50, imported: 50, ..ImportCounts::default() });
}

#[tokio::test]
async fn a_write_that_fails_keeps_what_was_done_before_it() {
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    let upload = world.upload(KEY, file(0..50));
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    let input = chunk_input(&run, &split, Phase::Import, world.chunks(&run)[0]);
    for failing in [30, 5] {
        world.failing_write.store(failing, Ordering::Relaxed);
        let error = sluice_import::run(&world.import(), input.clone(), &Call::local()).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::Transient);
    }
    let progress: Progress = world.document(&keys::progress(&run, input.chunk.chunk));
    assert_eq!((progress.next_record, progress.outcome.counts.imported), (34, 33), "each attempt comes further");
    world.import_chunks(&run, &split).await;
    assert_eq!(counts(&world, &run), ImportCounts { read: 50, imported: 50, ..ImportCounts::default() });
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(world.output(&run, keys::IMPORTED_CSV).lines().count(), 51);
}

#[tokio::test]
async fn a_second_upload_of_the_same_content_is_unchanged() {
    let world = World::new();
    let (first, _) = world.import_file(KEY, file(0..20)).await;
    let (second, verdict) = world.import_file("inbox/prices/b.csv", file(0..20)).await;
    assert_eq!(verdict, Verdict::Imported);
    let tally = world.tally(&second).tally;
    assert_eq!((tally.imported, tally.unchanged), (0, 20));
    for output in [keys::IMPORTED_CSV, keys::REJECTS_CSV] {
        assert_eq!(world.output(&first, output), world.output(&second, output));
    }
}

#[tokio::test]
async fn an_older_upload_that_comes_late_does_not_overwrite() {
    let world = World::new();
    let older = world.inbox.upload(KEY, "2026-11-20T00:00:00Z", "id,price\n1,1\n2,1\n");
    let (_, verdict) = world.import_file("inbox/prices/b.csv", "id,price\n1,2\n").await;
    assert_eq!(verdict, Verdict::Imported);
    let late = world.deliver(&older, true).await.run_id.unwrap();
    assert_eq!(world.run(&late).await, Verdict::Imported);
    let tally = world.tally(&late).tally;
    assert_eq!((tally.imported, tally.stale), (1, 1));
    assert_eq!(world.output(&late, keys::IMPORTED_CSV), "_record,id,price\n2,2,1\n");
}

#[tokio::test]
async fn of_several_records_with_one_key_the_last_valid_one_wins() {
    let world = World::new();
    let (run, _) =
        world.import_file(KEY, "id,price\na,1\nb,1\na,2\nb,x\nlong-enough-to-be-in-another-chunk,1\na,3\na,4\n").await;
    assert!(world.chunks(&run).len() > 1);
    let tally = world.tally(&run).tally;
    assert_eq!((tally.read, tally.imported, tally.duplicate, tally.rejected), (7, 3, 3, 1));
    assert_eq!(
        world.output(&run, keys::IMPORTED_CSV),
        "_record,id,price\n2,b,1\n5,long-enough-to-be-in-another-chunk,1\n7,a,4\n"
    );
}

#[tokio::test]
async fn a_field_that_is_empty_now_is_gone_from_the_item() {
    let world = World::new();
    world.import_file(KEY, "id,price\n1,2\n").await;
    world.import_file("inbox/prices/b.csv", "id,price\n1,\n").await;
    let items = world.sink.items("prices");
    assert_eq!(items.len(), 1);
    assert!(!items[0].fields.contains_key("price"), "{:?}", items[0]);
}

#[tokio::test]
async fn names_with_dots_and_json_become_maps_and_lists_with_exact_numbers() {
    let world = World::new();
    world.feed(
        "nested",
        "
version: 1
name: nested
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price.amount, type: number}
    - {name: price.currency}
    - {name: more, type: object}
import: {table: nested, key: [id]}
",
    );
    let number = "0.1000000000000000000000000000000000001";
    let header = "id,price.amount,price.currency,more";
    let deep = format!("{{\"\"a\"\":{}1{}}}", "[".repeat(31), "]".repeat(31));
    let file = format!("{header}\na,{number},EUR,\"{{\"\"a\"\": [{number}]}}\"\nb,,EUR,\"{deep}\"\nc,,EUR,\n");
    let (run, verdict) = world.import_file("inbox/nested/a.csv", file).await;
    assert_eq!(verdict, Verdict::Imported);
    let items = world.sink.items("nested");
    let number = || Attribute::Number(number.into());
    let currency = ("currency".to_owned(), Attribute::Text("EUR".into()));
    let price = Attribute::Map([("amount".to_owned(), number()), currency.clone()].into());
    let more = Attribute::Map([("a".to_owned(), Attribute::List(vec![number()]))].into());
    assert_eq!((&items[0].fields["price"], &items[0].fields["more"]), (&price, &more));
    assert_eq!(items[1].fields["price"], Attribute::Map([currency].into()));
    assert!(!items[1].fields.contains_key("more"));
    let rejects = world.output(&run, keys::REJECTS_CSV);
    assert!(rejects.contains("[sink-refused] more: is nested too deeply"), "{rejects}");

    // A value that the new record does not have is removed from the map, too.
    world.import_file("inbox/nested/b.csv", format!("{header}\na,1,,\n")).await;
    let price = Attribute::Map([("amount".to_owned(), Attribute::Number("1".into()))].into());
    assert_eq!(world.sink.items("nested")[0].fields["price"], price);
    assert!(!world.sink.items("nested")[0].fields.contains_key("more"));
}
