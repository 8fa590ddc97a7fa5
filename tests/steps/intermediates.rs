//! If an object is changed between two steps, the next step fails with the name of the object, and writes nothing.

use std::time::Duration;

use sluice_contract::documents::{CheckOutcome, ImportOutcome};
use sluice_contract::steps::{ChunkInput, SplitOutput};
use sluice_contract::{Chunk, ErrorName, Phase, RunId, keys};
use sluice_platform::{Call, Deadline, StepError};

use crate::world::{World, chunk_input};

/// A feed with a unique field, so that the gate rejects a record.
const FEED: &str = "
version: 1
name: prices
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: code, constraints: {unique: true}}
    - {name: price, type: number}
import: {table: prices, key: [id]}
";

/// Every kind of record: rejected by the check, rejected by the gate, duplicate, imported; with a control character, of which `validate`
/// warns, and without.
const FILE: &str = "id,code,price\n1,a,1\n2,b,x\n3,a,3\n4,d,4\n4,e,5\n6,f,6\n7,g,x\n8,f,8\n9\u{7},i,9\n10\u{7},j,10\n";

const DAMAGES: [&str; 5] =
    ["cut between two records", "cut in the middle of a record", "one record replaced", "empty", "missing"];

/// Damages an object whose records are lines, or have `entry` bytes.
fn damage(world: &World, key: &str, how: &str, entry: Option<usize>) {
    let mut bytes = world.objects.bytes(key).unwrap().to_vec();
    let last = match entry {
        Some(entry) => bytes.len() - entry,
        None => bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1,
    };
    match how {
        "cut between two records" => bytes.truncate(last),
        "cut in the middle of a record" => bytes.truncate(last + 1),
        // Changes a digit in the first cell, or a bit in the first bytes: the record still looks valid.
        "one record replaced" => bytes[last] ^= 1,
        "empty" => bytes.clear(),
        _ => {
            world.objects.remove(key);
            return;
        }
    }
    world.objects.insert(key, bytes);
}

/// A run of one chunk, up to split.
async fn split() -> (World, RunId, SplitOutput, Chunk) {
    let mut world = World::new();
    (world.chunk_bytes, world.one_pass_bytes) = (1 << 20, 1 << 20);
    world.feed("prices", FEED);
    let upload = world.upload("inbox/prices/a.csv", FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_split(&run).await;
    let chunk = world.chunks(&run)[0];
    (world, run, split, chunk)
}

async fn gated() -> (World, RunId, ChunkInput) {
    let (world, run, split, chunk) = split().await;
    world.check(&run, &split, chunk).await;
    assert!(world.gate(&run).await);
    let input = chunk_input(&run, &split, Phase::Import, chunk);
    (world, run, input)
}

/// Checks that a step failed with `Corrupt`, or with `Incomplete` if the object is missing, and named the object.
fn assert_names<T: std::fmt::Debug>(result: Result<T, impl StepError>, key: &str, how: &str) {
    let error = result.expect_err(how);
    let expected = if how == "missing" { ErrorName::Incomplete } else { ErrorName::Corrupt };
    assert_eq!(error.name(), expected, "{how}: {error}");
    assert!(error.to_string().contains(key), "{how}: {error}");
}

#[tokio::test]
async fn a_restructured_object_that_is_not_as_it_was_written_is_not_validated() {
    for how in DAMAGES {
        let (world, run, split, chunk) = split().await;
        let restructured = world.restructure(&run, &split, chunk).await;
        let key = restructured.rows.key.clone();
        damage(&world, &key, how, None);
        assert_names(world.validate(&run, &split, chunk, restructured).await, &key, how);
        assert!(world.objects.bytes(&keys::outcome(&run, Phase::Check, chunk.chunk)).is_none(), "{how}");
        // Another call of the chunk processor heals it.
        world.check(&run, &split, chunk).await;
        assert_eq!(world.checked(&run, chunk.chunk).read, 10);
    }
}

#[tokio::test]
async fn hashes_of_keys_that_are_not_as_they_were_written_do_not_pass_the_gate() {
    for how in DAMAGES {
        for is_settled in [true, false] {
            let (world, run, split, chunk) = split().await;
            world.check(&run, &split, chunk).await;
            let CheckOutcome { settled, keys, .. } = world.checked(&run, chunk.chunk);
            let key = if is_settled { settled.keys.key } else { keys.key };
            damage(&world, &key, how, Some(sluice_contract::KeyEntry::BYTES));
            assert_names(world.try_gate(&run).await, &key, how);
            assert!(world.objects.bytes(&keys::gate(&run)).is_none(), "{how}");
        }
    }
}

#[tokio::test]
async fn valid_records_that_are_not_as_they_were_written_are_not_imported() {
    for (how, part) in DAMAGES.into_iter().flat_map(|how| [(how, 0), (how, 1)]) {
        let (world, run, input) = gated().await;
        let key = world.checked(&run, input.chunk.chunk).valid_parts()[part].key.clone();
        damage(&world, &key, how, None);
        assert_names(sluice_import::run(&world.import(), input.clone(), &Call::local()).await, &key, how);
        assert!(world.sink.items("prices").is_empty(), "{how}: nothing is written");

        // The same after some of the records were imported.
        let (world, run, input) = gated().await;
        let call = Call::local().until(Deadline::after(Duration::ZERO));
        assert!(!sluice_import::run(&world.import(), input.clone(), &call).await.unwrap().done);
        let key = world.checked(&run, input.chunk.chunk).valid_parts()[part].key.clone();
        damage(&world, &key, how, None);
        assert_names(sluice_import::run(&world.import(), input.clone(), &Call::local()).await, &key, how);
        assert_eq!(world.sink.items("prices").len(), 1, "{how}: nothing is written");
        assert!(world.objects.bytes(&keys::outcome(&run, Phase::Import, input.chunk.chunk)).is_none(), "{how}");
    }
}

#[tokio::test]
async fn damaged_losers_are_not_imported() {
    for how in DAMAGES {
        let (world, run, input) = gated().await;
        let key = keys::losers(&run, input.chunk.chunk);
        // The last entry, and the seal behind it.
        damage(&world, &key, how, Some(sluice_contract::Loser::BYTES + sluice_contract::loser::SEAL_BYTES));
        assert_names(sluice_import::run(&world.import(), input.clone(), &Call::local()).await, &key, how);
        assert!(world.sink.items("prices").is_empty(), "{how}: nothing is written");
    }
}

#[tokio::test]
async fn parts_of_outputs_that_are_not_as_they_were_written_are_not_merged() {
    for how in DAMAGES {
        for part in ["imported", "rejected when checked", "rejected when imported"] {
            let (world, run, input) = gated().await;
            assert!(sluice_import::run(&world.import(), input.clone(), &Call::local()).await.unwrap().done);
            let outcome: ImportOutcome = world.document(&keys::outcome(&run, Phase::Import, input.chunk.chunk));
            let key = match part {
                "imported" => outcome.imported[0].key.clone(),
                "rejected when checked" => world.checked(&run, input.chunk.chunk).rejects.key,
                _ => outcome.rejects[0].key.clone(),
            };
            damage(&world, &key, how, None);
            assert_names(world.merge(&run).await, &key, how);
            assert!(world.objects.bytes(&keys::tally(&run)).is_none(), "{how}: {part}");
        }
    }
}
