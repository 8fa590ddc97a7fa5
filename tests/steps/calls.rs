//! Two calls of one step for one chunk at the same time: the caller gave one up, but it works on.

use std::sync::Arc;
use std::time::Duration;

use sluice_contract::documents::{ImportOutcome, Part, Progress};
use sluice_contract::steps::{ChunkInput, RestructureOutput, SplitOutput, ValidateInput};
use sluice_contract::{Chunk, Phase, RunId, Verdict, keys};
use sluice_engine::checksum::Checksum;
use sluice_platform::{Call, Deadline};

use crate::table::{Table, prices};
use crate::world::{World, chunk_input};

/// The input of restructure in the second attempt at a run.
fn again(run: &RunId, split: &SplitOutput, chunk: Chunk) -> ChunkInput {
    ChunkInput { attempt: 2, ..chunk_input(run, split, Phase::Check, chunk) }
}

/// The input of validate in the second attempt at a run.
fn again_with(run: &RunId, split: &SplitOutput, chunk: Chunk, restructured: RestructureOutput) -> ValidateInput {
    let ChunkInput { run_id, attempt, phase, header, chunk } = again(run, split, chunk);
    ValidateInput { run_id, attempt, phase, header, chunk, restructured }
}

/// Whether an object still is what its document says.
fn is_unchanged(world: &World, part: &Part) -> bool {
    world.objects.bytes(&part.key).is_some_and(|bytes| part.differs(Checksum::of(&bytes)).is_none())
}

#[tokio::test(start_paused = true)]
async fn an_importer_that_was_given_up_replaces_nothing_that_a_progress_or_an_outcome_names() {
    const RECORDS: u64 = 400;
    let mut world = World::new();
    let (run, input) = world.until_gated(&prices(RECORDS)).await;
    let table = Arc::new(Table::new(Duration::from_millis(10)));
    let (fast, slow) = (world.importer(&table), world.importer_of(&table, 1));
    let (progress, outcome) =
        (keys::progress(&run, input.chunk.chunk), keys::outcome(&run, Phase::Import, input.chunk.chunk));

    // The slow call was given up. While it works on, a second call is interrupted, and a third continues from there.
    let given_up = Call::local().until(Deadline::after(Duration::from_secs(2)));
    let given_up = sluice_import::run(&slow, input.clone(), &given_up);
    let others = async {
        let second = Call::local().until(Deadline::after(Duration::from_millis(500)));
        assert!(!sluice_import::run(&fast, input.clone(), &second).await.unwrap().done);
        let kept: Progress = world.document(&progress);
        assert!(
            !kept.outcome.imported.is_empty() && kept.outcome.imported.iter().all(|part| is_unchanged(&world, part))
        );
        let third = sluice_import::run(&fast, input.clone(), &Call::local()).await.unwrap();
        assert!(third.done);
        (kept, world.document::<ImportOutcome>(&outcome))
    };
    let (late, (kept, counted)) = tokio::join!(given_up, others);
    // The slow call ended last, so the progress is its own now. The outcome of the third call is unchanged.
    assert!(!late.unwrap().done);
    let its: Progress = world.document(&progress);
    assert_ne!(its, kept);
    assert_eq!(world.document::<ImportOutcome>(&outcome), counted);
    for part in counted.imported.iter().chain(&kept.outcome.imported).chain(&its.outcome.imported) {
        assert!(is_unchanged(&world, part), "{part:?}");
    }
    // Another call writes nothing.
    let before = table.sent();
    assert!(sluice_import::run(&fast, input, &Call::local()).await.unwrap().done);
    assert_eq!(table.sent(), before);
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(world.tally(&run).tally.imported, RECORDS);
    assert_eq!(world.output(&run, keys::IMPORTED_CSV).lines().count() as u64, RECORDS + 1);
}

#[tokio::test(start_paused = true)]
async fn an_importer_that_ends_after_another_changes_no_outcome() {
    let mut world = World::new();
    let (run, input) = world.until_gated(&prices(50)).await;
    let table = Arc::new(Table::new(Duration::from_millis(10)));
    let (fast, slow) = (world.importer(&table), world.importer_of(&table, 1));
    let outcome = keys::outcome(&run, Phase::Import, input.chunk.chunk);
    let (slow_call, fast_call) = (Call::local(), Call::local());
    let first = async {
        sluice_import::run(&fast, input.clone(), &fast_call).await.unwrap();
        world.document::<ImportOutcome>(&outcome)
    };
    let (counted, late) = tokio::join!(first, sluice_import::run(&slow, input.clone(), &slow_call));
    assert!(late.unwrap().done);
    assert_eq!(world.document::<ImportOutcome>(&outcome), counted);
    assert!(counted.imported.iter().all(|part| part.key.contains(fast_call.id()) && is_unchanged(&world, part)));
    assert_eq!(world.objects.keys(&format!("runs/{run}/imported/")).len(), 2, "each has written objects of its own");
}

#[tokio::test]
async fn of_two_validators_with_different_answers_one_counts_and_both_say_what_it_says() {
    let world = World::new();
    // A record with a warning is left to validate.
    let upload = world.upload("inbox/prices/a.csv", "id,price\n1\u{7},1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_split(&run).await;
    let chunk = world.chunks(&run)[0];
    let restructured = world.restructure(&run, &split, chunk).await;
    // The row as another release might have restructured it.
    let text = String::from_utf8(world.objects.bytes(&restructured.rows.key).unwrap().to_vec()).unwrap();
    let text = text.replace(",1\n", ",x\n");
    let sum = Checksum::of(text.as_bytes());
    let mut other = restructured.clone();
    (other.rows.key, other.rows.bytes, other.rows.crc64nvme) = ("other.csv".into(), sum.bytes(), sum.to_base64());
    world.objects.insert("other.csv", text.into_bytes());

    let (one, two) = tokio::join!(
        world.validate(&run, &split, chunk, restructured),
        world.validate(&run, &split, chunk, other.clone())
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    let outcome = world.checked(&run, chunk.chunk);
    assert_eq!((outcome.valid, outcome.rejected), (one.valid, one.rejected));
    let written = |folder: &str| world.objects.keys(&format!("runs/{run}/{folder}/")).len();
    assert_eq!((written("valid"), written("rejected")), (1, 1), "both have worked");
    // A validator writes no object without a record.
    for part in [&outcome.accepted, &outcome.rejects] {
        assert!(*part == Part::default() || is_unchanged(&world, part));
    }
    // A later attempt that finds the outcome reads nothing else.
    world.objects.remove("other.csv");
    let input = again_with(&run, &split, chunk, other);
    assert_eq!(sluice_validate::run(&world.steps().validate, input, &Call::local()).await.unwrap(), one);
    let go = world.gate(&run).await;
    assert!(go);
    world.import_chunks(&run, &split).await;
    assert_eq!(world.finish(&run).await, Verdict::Imported);
}

#[tokio::test]
async fn a_chunk_that_an_earlier_attempt_checked_is_not_restructured_again() {
    let world = World::new();
    let upload = world.upload("inbox/prices/a.csv", "id,price\n1,1\n");
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    let chunk = world.chunks(&run)[0];
    // Neither the source nor the restructured object is needed any more.
    for key in
        world.objects.keys("").into_iter().filter(|key| key.starts_with("archive/") || key.contains("/restructured/"))
    {
        assert!(world.objects.remove(&key));
    }
    let before = world.objects.keys("");
    let (steps, input) = (world.steps(), again(&run, &split, chunk));
    let restructured = sluice_restructure::run(&steps.restructure, input, &Call::local()).await.unwrap();
    let input = again_with(&run, &split, chunk, restructured);
    assert_eq!(sluice_validate::run(&world.steps().validate, input, &Call::local()).await.unwrap().valid, 1);
    assert_eq!(world.objects.keys(""), before);
}
