//! Numbers that do not add up end a run as INCONSISTENT, with a mail that says which chunk contradicts what.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_contract::documents::{CheckOutcome, ImportOutcome, Manifest};
use sluice_contract::steps::SplitOutput;
use sluice_contract::{ChunkNo, Phase, RunId, Verdict, keys};
use sluice_engine::Place;

use crate::world::World;

const FILE: &str = "id,price\n1,1\n2,x\n3,3\n4,4\n5,5,5\n6,6\n";

async fn checked() -> (World, RunId, SplitOutput) {
    let world = World::new();
    let upload = world.upload("inbox/prices/a.csv", FILE);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.chunks(&run).len() > 1);
    (world, run, split)
}

/// Changes a document of the run.
fn change<T: Serialize + DeserializeOwned>(world: &World, key: &str, change: impl FnOnce(&mut T)) {
    let mut document: T = world.document(key);
    change(&mut document);
    world.objects.insert(key, serde_json::to_vec(&document).unwrap());
}

/// Checks that the run ends as INCONSISTENT, and that its mail has these sentences.
async fn assert_inconsistent(world: &World, run: &RunId, expected: &[&str]) {
    assert_eq!(world.finish(run).await, Verdict::Inconsistent);
    assert_eq!(world.tally(run).contradictions, expected);
    let mails = world.mailer.sent();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject.contains("INCONSISTENT"), "{}", mails[0].subject);
    assert!(mails[0].text.contains("What does not add up"), "{}", mails[0].text);
    for sentence in expected {
        assert!(mails[0].text.contains(&format!("- {sentence}\n")), "{}", mails[0].text);
        assert!(mails[0].html.contains(sentence), "{}", mails[0].html);
    }
    assert!(mails[0].text.contains(&format!("runs/{run}/")), "{}", mails[0].text);
    // A repeated call gives the same.
    assert_eq!(world.merge(run).await.unwrap(), Verdict::Inconsistent);
    assert_eq!(world.tally(run).contradictions, expected);
}

/// Checks that the gate finds a changed outcome before anything is written.
async fn found_by_the_gate(change_it: impl FnOnce(&mut CheckOutcome), expected: &[&str]) {
    let (world, run, _) = checked().await;
    change(&world, &keys::outcome(&run, Phase::Check, ChunkNo(2)), change_it);
    assert!(!world.gate(&run).await);
    assert_inconsistent(&world, &run, expected).await;
    assert!(world.sink.items("prices").is_empty());
}

#[tokio::test]
async fn a_record_that_was_lost_when_it_was_checked_is_found_before_anything_is_written() {
    let lost = |outcome: &mut CheckOutcome| {
        (outcome.read, outcome.valid, outcome.settled.rows.records) =
            (outcome.read - 1, outcome.valid - 1, outcome.settled.rows.records - 1);
    };
    let (first, last) = {
        let (world, run, _) = checked().await;
        let chunk = world.chunks(&run)[1];
        (chunk.first_record, chunk.first_record + chunk.records - 1)
    };
    let read = last - first + 1;
    let lines = [
        format!(
            "chunk 2 (records {first} to {last}): the file has {read} records there, but {} were checked",
            read - 1
        ),
        "the file: 6 records were read, but 5 are accounted for".to_owned(),
    ];
    found_by_the_gate(lost, &lines.each_ref().map(String::as_str)).await;
}

/// The records of the second chunk, as sentences name them.
async fn second_chunk() -> String {
    let (world, run, _) = checked().await;
    let chunk = world.chunks(&run)[1];
    format!("chunk 2 (records {} to {})", chunk.first_record, chunk.first_record + chunk.records - 1)
}

#[tokio::test]
async fn a_record_that_was_counted_twice_when_it_was_checked_is_found_before_anything_is_written() {
    let name = second_chunk().await;
    let (world, run, _) = checked().await;
    let CheckOutcome { read, valid, rejected, .. } = world.checked(&run, ChunkNo(2));
    let lines = [
        format!("{name}: {read} records were checked, but {} are valid, {rejected} rejected and 0 omitted", valid + 1),
        format!("{name}: {} records are valid, but {valid} were written for the import", valid + 1),
        "the file: 6 records were read, but 7 are accounted for".to_owned(),
    ];
    found_by_the_gate(|outcome| outcome.valid += 1, &lines.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn a_record_that_was_omitted_and_is_something_else_is_found_before_anything_is_written() {
    let name = second_chunk().await;
    let (world, run, _) = checked().await;
    let CheckOutcome { read, valid, rejected, .. } = world.checked(&run, ChunkNo(2));
    let lines = [
        format!("{name}: {read} records were checked, but {valid} are valid, {rejected} rejected and 1 omitted"),
        "the file: 6 records were read, but 7 are accounted for".to_owned(),
    ];
    let place = Place { record: 3, line: 4 };
    found_by_the_gate(|outcome| outcome.omitted.add("empty", place), &lines.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn records_that_two_chunks_claim_are_found_before_anything_is_written() {
    let (world, run, _) = checked().await;
    let chunk = world.chunks(&run)[1];
    change(&world, &keys::manifest(&run), |manifest: &mut Manifest| manifest.chunks[1].first_record -= 1);
    assert!(!world.gate(&run).await);
    let (first, last) = (chunk.first_record - 1, chunk.first_record + chunk.records - 2);
    let name = format!("chunk 2 (records {first} to {last})");
    let lines = [
        format!("{name}: it begins with record {first}, but the one before ends with record {first}"),
        format!("{name}: its outcome is that of chunk 2, which begins with record {}", chunk.first_record),
    ];
    let mut found = world.document::<sluice_contract::documents::GateDocument>(&keys::gate(&run)).contradictions;
    // If another chunk follows, it has a gap before it now.
    found.retain(|sentence| sentence.starts_with("chunk 2 "));
    assert_eq!(found, lines);
    assert_eq!(world.finish(&run).await, Verdict::Inconsistent);
    assert!(world.sink.items("prices").is_empty());
}

/// Checks that the tally finds a changed outcome of the import.
async fn found_by_the_tally(change_it: impl FnOnce(&mut ImportOutcome), expected: &[String]) {
    let (world, run, split) = checked().await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    change(&world, &keys::outcome(&run, Phase::Import, ChunkNo(2)), change_it);
    assert_inconsistent(&world, &run, &expected.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// The outcome of importing the second chunk.
async fn second_outcome() -> ImportOutcome {
    let (world, run, split) = checked().await;
    assert!(world.gate(&run).await);
    world.import_chunks(&run, &split).await;
    world.document(&keys::outcome(&run, Phase::Import, ChunkNo(2)))
}

#[tokio::test]
async fn a_valid_record_that_is_lost_makes_the_run_inconsistent() {
    let (name, imported) = (second_chunk().await, second_outcome().await.counts.imported);
    let lines = [
        format!("{name}: {imported} records reached the import, but {} are accounted for", imported - 1),
        format!(
            "{name}: the table holds {} records of it, but {imported} were written to its part of imported.csv",
            imported - 1
        ),
        "the file: 6 records were read, but 5 are accounted for".to_owned(),
        "imported.csv holds 4 records, but 3 were counted".to_owned(),
    ];
    found_by_the_tally(|outcome| outcome.counts.imported -= 1, &lines).await;
}

#[tokio::test]
async fn a_part_that_is_named_twice_makes_the_run_inconsistent() {
    let (name, imported) = (second_chunk().await, second_outcome().await.counts.imported);
    let lines = [
        format!(
            "{name}: the table holds {imported} records of it, but {} were written to its part of imported.csv",
            2 * imported
        ),
        format!("imported.csv holds {} records, but 4 were counted", 4 + imported),
    ];
    found_by_the_tally(|outcome| outcome.imported.push(outcome.imported[0].clone()), &lines).await;
}

#[tokio::test]
async fn a_duplicate_that_the_gate_did_not_name_makes_the_run_inconsistent() {
    let (name, imported) = (second_chunk().await, second_outcome().await.counts.imported);
    let lines = [
        format!(
            "{name}: the table holds {} records of it, but {imported} were written to its part of imported.csv",
            imported - 1
        ),
        "the file: 1 duplicates were left out, but the gate named 0".to_owned(),
        "imported.csv holds 4 records, but 3 were counted".to_owned(),
    ];
    found_by_the_tally(
        |outcome| (outcome.counts.imported, outcome.counts.duplicate) = (outcome.counts.imported - 1, 1),
        &lines,
    )
    .await;
}
