//! Records that `restructure` settles, and those that it leaves to `validate`: both come to the same table and outputs.

use sluice_contract::documents::{CheckOutcome, ImportCounts, ImportOutcome, Progress, ValidRecords};
use sluice_contract::steps::{ChunkInput, SplitOutput};
use sluice_contract::{Chunk, ErrorName, Phase, RunId, Verdict, keys};
use sluice_engine::checksum::Checksum;
use sluice_platform::{Call, Deadline, StepError};

use crate::world::{World, chunk_input};

const KEY: &str = "inbox/prices/a.csv";

/// A control character is imported with a warning, so `validate` judges the records 2, 5 and 6. The records 3 and 7 are rejected, and
/// the record 9 is omitted.
const MIXED: &str = "id,price\na,1\nb\u{7},2\nc,x\nd,4\ne\u{7},5\nf\u{7},6.50\ng,x\nh,8.50\n,\nj,10\n";

/// A run of one chunk, up to split.
async fn split(file: &str) -> (World, RunId, SplitOutput, Chunk) {
    split_with(World::new(), file).await
}

async fn split_with(mut world: World, file: &str) -> (World, RunId, SplitOutput, Chunk) {
    (world.chunk_bytes, world.one_pass_bytes) = (1 << 20, 1 << 20);
    let upload = world.upload(KEY, file);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_split(&run).await;
    let chunk = world.chunks(&run)[0];
    (world, run, split, chunk)
}

/// The folders of a run that have objects of these names.
fn folders<'a>(world: &World, run: &RunId, names: &[&'a str]) -> Vec<&'a str> {
    let has = |name: &&&str| !world.objects.keys(&format!("runs/{run}/{name}/")).is_empty();
    names.iter().filter(has).copied().collect()
}

/// Everything that the check can leave of a chunk.
const LEFT: [&str; 6] = ["settled", "settled-keys", "restructured", "valid", "keys", "rejected"];

#[tokio::test]
async fn an_object_without_records_is_not_written() {
    for (file, left, valid) in [
        ("id,price\na,1\nb,2.50\n", &["settled", "settled-keys"][..], 2),
        ("id,price\na,x\nb\n", &["restructured", "rejected"], 0),
        ("id,price\na,1\nb,x\n", &["settled", "settled-keys", "restructured", "rejected"], 1),
        ("id,price\na\u{7},1\n", &["restructured", "valid", "keys"], 1),
        ("id,price\na,1\n,\n", &["settled", "settled-keys", "restructured"], 1),
        (MIXED, &LEFT, 7),
    ] {
        let (world, run, split, chunk) = split(file).await;
        world.check(&run, &split, chunk).await;
        assert_eq!(folders(&world, &run, &LEFT), left, "{file:?}");
        let outcome = world.checked(&run, chunk.chunk);
        assert_eq!((outcome.read, outcome.valid), (chunk.records, valid), "{file:?}");
        assert!(outcome.contradictions(&chunk).is_empty(), "{file:?}");
        assert!(world.gate(&run).await, "{file:?}");
        world.import_chunks(&run, &split).await;
        assert_eq!(world.finish(&run).await, Verdict::Imported, "{file:?}");
        assert_eq!(world.tally(&run).tally.imported, valid, "{file:?}");
    }
}

#[tokio::test]
async fn all_records_are_imported_in_the_order_of_the_file() {
    let (world, run, split, chunk) = split(MIXED).await;
    world.check(&run, &split, chunk).await;
    let outcome = world.checked(&run, chunk.chunk);
    assert_eq!((outcome.settled.rows.records, outcome.accepted.records), (4, 3));
    assert_eq!((outcome.rejected, outcome.omitted.records()), (2, 1));
    assert!(world.gate(&run).await);
    // Each call takes one record, so that it goes on in the middle of either object.
    let input = chunk_input(&run, &split, Phase::Import, chunk);
    let mut calls = 1;
    let no_time = || Call::local().until(Deadline::after(std::time::Duration::ZERO));
    while !sluice_import::run(&world.import(), input.clone(), &no_time()).await.unwrap().done {
        let progress: Progress = world.document(&keys::progress(&run, chunk.chunk));
        assert_eq!(progress.outcome.counts.imported, calls);
        calls += 1;
    }
    assert_eq!(calls, 8);
    let outcome: ImportOutcome = world.document(&keys::outcome(&run, Phase::Import, chunk.chunk));
    assert_eq!(outcome.counts, ImportCounts { read: 7, imported: 7, ..ImportCounts::default() });
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    let expected = "_record,id,price\n1,a,1\n2,b\u{7},2\n4,d,4\n5,e\u{7},5\n6,f\u{7},6.5\n8,h,8.5\n10,j,10\n";
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), expected);
    assert_eq!(world.sink.items("prices").len(), 7);
}

#[tokio::test]
async fn the_gate_compares_settled_records_with_the_others() {
    let file = "id,price\na\u{7},1\nb,2\na\u{7},3\nb\u{7},4\nb,5\n";
    let (world, run, split, chunk) = split(file).await;
    world.check(&run, &split, chunk).await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(world.tally(&run).tally.duplicate, 2);
    assert_eq!(world.output(&run, keys::IMPORTED_CSV), "_record,id,price\n3,a\u{7},3\n4,b\u{7},4\n5,b,5\n");
}

#[tokio::test]
async fn a_feed_with_references_or_control_totals_settles_nothing() {
    let feed = crate::world::FEED;
    for addition in [
        "validate: {rules: [{reference: {field: id, table: shops, key: id}}]}\n",
        "validate: {limits: {totals: [{field: price, equals: 3}]}}\n",
    ] {
        let world = World::new();
        world.feed("prices", &format!("{feed}{addition}"));
        let (world, run, split, chunk) = split_with(world, "id,price\na,1\nb,2\n").await;
        let restructured = world.restructure(&run, &split, chunk).await;
        assert_eq!((restructured.rows.records, restructured.settled), (2, ValidRecords::default()), "{addition}");
    }
}

/// A feed with fields of several kinds, a hidden one, and rules of each severity.
const RULES: &str = "
version: 1
name: prices
restructure: {day: {from: day, date: '%d.%m.%Y'}}
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price, type: number, sensitive: true}
    - {name: day, type: date}
    - {name: note, constraints: {maxLength: 9}}
    - {name: one, type: integer}
import: {table: prices, key: [id]}
report: {recipients: [ops@example.com]}
validate:
  rules:
    - prohibited: {fields: [note], terms: [ivory]}
    - range: {field: price, minimum: 1}
    - range: {field: price, maximum: 9, severity: warn}
    - required_together: {fields: [price, day]}
";

/// Everything that can be wrong with a record, and several things at once.
const BROKEN: &str = "id,price,day,note,one\na,1,01.02.2000,x,1\nb,x,31.02.2000,ivory,1\n,0,,ivory \"\"and more,1\nc,10,01.02.2000,\u{7},1\n\
    d,10,,\u{7}ivory,1\ne,1,x,\n,,,,\nf,\"a\nb\",99.99.9999,\"x, \"\"y\"\"\",1\ng,100,01.02.2000,,1\nh,,01.02.2000,é ivory,1\n";

#[tokio::test]
async fn a_record_is_rejected_alike_whichever_step_judges_it() {
    // With a control total, `validate` judges all records. It is that of the records whose cells can be read.
    let mut found = Vec::new();
    for total in ["", "  limits: {totals: [{field: one, equals: 8}]}\n"] {
        let world = World::new();
        world.feed("prices", &format!("{RULES}{total}"));
        let (world, run, split, chunk) = split_with(world, BROKEN).await;
        world.check(&run, &split, chunk).await;
        let outcome = world.checked(&run, chunk.chunk);
        assert_eq!((outcome.settled.rows.records == 0, outcome.rejected), (!total.is_empty(), 6), "{outcome:?}");
        assert!(world.gate(&run).await);
        world.import_chunks(&run, &split).await;
        assert_eq!(world.finish(&run).await, Verdict::Imported);
        let CheckOutcome { by_code, causes, warnings, aborted, first_rejects, omitted, .. } = outcome;
        let outputs = [keys::REJECTS_CSV, keys::IMPORTED_CSV].map(|file| world.output(&run, file));
        found.push((by_code, causes, warnings, aborted, first_rejects, omitted, outputs, world.rejects.of(&run)));
    }
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn a_late_call_of_restructure_replaces_no_settled_record() {
    let (world, run, split, chunk) = split(MIXED).await;
    let restructured = world.restructure(&run, &split, chunk).await;
    world.validate(&run, &split, chunk, restructured.clone()).await.unwrap();
    let late = world.restructure(&run, &split, chunk).await;
    assert_eq!(late.rows, restructured.rows, "the rows that are left are read once, and are the same");
    let ValidRecords { rows, keys, .. } = &world.checked(&run, chunk.chunk).settled;
    assert_eq!((rows, keys), (&restructured.settled.rows, &restructured.settled.keys));
    assert!(rows.key != late.settled.rows.key && keys.key != late.settled.keys.key);
    assert_eq!(rows.crc64nvme, late.settled.rows.crc64nvme, "the same records are settled again");
    assert_eq!(keys.blocks, late.settled.keys.blocks);
    // What the late call has written is not needed.
    assert!(world.objects.remove(&late.settled.rows.key) && world.objects.remove(&late.settled.keys.key));
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
}

#[tokio::test]
async fn a_record_that_is_neither_settled_nor_left_is_noticed() {
    for change in [-1, 1] {
        let (world, run, split, chunk) = split(MIXED).await;
        let mut restructured = world.restructure(&run, &split, chunk).await;
        let records = &mut restructured.settled.rows.records;
        *records = records.checked_add_signed(change).unwrap();
        let error = world.validate(&run, &split, chunk, restructured).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::Corrupt);
        let settled = 4 + change;
        assert_eq!(
            error.to_string(),
            format!("chunk 1 has 10 records, but {settled} are settled and 6 are left to judge")
        );
        assert!(world.objects.bytes(&keys::outcome(&run, Phase::Check, chunk.chunk)).is_none());
    }
}

/// Checks the chunk, changes its outcome, and returns the error of the import.
async fn import_of(change: impl FnOnce(&World, &mut CheckOutcome)) -> (World, ChunkInput, sluice_import::Error) {
    let (world, run, split, chunk) = split(MIXED).await;
    world.check(&run, &split, chunk).await;
    assert!(world.gate(&run).await);
    let mut outcome = world.checked(&run, chunk.chunk);
    change(&world, &mut outcome);
    let key = keys::outcome(&run, Phase::Check, chunk.chunk);
    world.objects.insert(&key, serde_json::to_vec(&outcome).unwrap());
    let input = chunk_input(&run, &split, Phase::Import, chunk);
    let error = sluice_import::run(&world.import(), input.clone(), &Call::local()).await.unwrap_err();
    (world, input, error)
}

#[tokio::test]
async fn a_record_that_is_settled_and_judged_is_noticed() {
    let (world, input, error) = import_of(|_, outcome| outcome.accepted = outcome.settled.rows.clone()).await;
    assert_eq!(error.name(), ErrorName::Corrupt);
    assert!(error.to_string().contains("record 1 comes where one of 2 to 10 is to come"), "{error}");
    assert!(world.objects.bytes(&keys::outcome(&input.run_id, Phase::Import, input.chunk.chunk)).is_none());
}

#[tokio::test]
async fn a_row_without_a_number_is_noticed() {
    let (world, _, error) = import_of(|world, outcome| {
        let part = &mut outcome.settled.rows;
        let text =
            String::from_utf8(world.objects.bytes(&part.key).unwrap().to_vec()).unwrap().replace("\n1,", "\nsecret,");
        let sum = Checksum::of(text.as_bytes());
        (part.bytes, part.crc64nvme) = (sum.bytes(), sum.to_base64());
        world.objects.insert(&part.key, text.into_bytes());
    })
    .await;
    assert_eq!(error.name(), ErrorName::Corrupt);
    assert!(error.to_string().contains("/settled/") && !error.to_string().contains("secret"), "{error}");
    assert!(world.sink.items("prices").is_empty());
}
