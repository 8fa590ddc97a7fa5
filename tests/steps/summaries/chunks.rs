//! The file of a summary does not depend on chunks, on their order, or on what fits into memory.

use std::collections::BTreeMap;
use std::time::Duration;

use sluice_contract::{Phase, RunId, Verdict, keys};
use sluice_pipeline::{Caller, Execution, process};
use sluice_platform::Call;
use sluice_platform::runtime::Deadline;
use sluice_platform::sorted::Room;

use super::{CREDIT, KEY, SUMS, feed, files, visits, world};
use crate::world::{World, chunk_input};

/// Many visits of a few visitors, not in the order of time, and some with the same time.
fn many() -> String {
    let mut rng = fastrand::Rng::with_seed(7);
    let records: Vec<String> = (0..300)
        .map(|id| {
            let word = if rng.bool() { format!("word {}", rng.u8(..40)) } else { String::new() };
            let amount = if rng.bool() { format!("{}.{:02}", rng.u8(..90), rng.u8(..100)) } else { String::new() };
            format!("{id},{},v{},,{word},{amount}", rng.u8(..50), rng.u8(..20))
        })
        .collect();
    visits(&records.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A world with both kinds of summaries, and `table` or none.
fn of(table: &str, chunk_bytes: u64) -> World {
    let mut world = world(&feed(&[CREDIT, SUMS], table));
    world.chunk_bytes = chunk_bytes;
    world
}

/// Runs an upload up to and including the gate.
async fn checked(world: &World, text: &str) -> (RunId, sluice_contract::steps::SplitOutput) {
    let upload = world.upload(KEY, text);
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    (run, split)
}

#[tokio::test]
async fn chunks_of_any_size_in_any_order_give_the_same_bytes() {
    for table in ["", "import: {table: visits, key: [id]}\n"] {
        let mut found: Vec<BTreeMap<String, String>> = Vec::new();
        for (chunk_bytes, seed) in [(1, 1), (1, 2), (64, 3), (700, 4), (5000, 5), (1 << 20, 6)] {
            let world = of(table, chunk_bytes);
            let (run, split) = checked(&world, &many()).await;
            let mut chunks = world.chunks(&run);
            fastrand::Rng::with_seed(seed).shuffle(&mut chunks);
            for chunk in chunks {
                process(&world, chunk_input(&run, &split, Phase::Import, chunk), None).await.unwrap();
            }
            assert_eq!(world.finish(&run).await, Verdict::Imported);
            found.push(files(&world, &run));
        }
        assert!(
            found[0]["visitors.csv"].lines().count() == 21 && found[0]["2026-11-21/words.tab"].lines().count() > 20
        );
        assert!(found.iter().all(|files| *files == found[0]), "{found:#?}");
    }
}

/// What does not fit into memory is written as sorted objects, and merged, in several levels if there are many.
#[tokio::test]
async fn what_does_not_fit_into_memory_gives_the_same_bytes() {
    let whole = of("", 1 << 20);
    let (run, split) = checked(&whole, &many()).await;
    whole.import_chunks(&run, &split).await;
    whole.finish(&run).await;
    let expected = files(&whole, &run);
    assert!(sorted(&whole, &run).is_empty(), "all of it fits into memory");
    for (chunk_bytes, import_buffer, buffer, windows) in
        [(1 << 20, 1, 1, 1), (100, 1 << 20, 1, 1), (1 << 20, 2000, 2000, 1 << 20), (1, 1, 1 << 20, 1)]
    {
        let world = of("", chunk_bytes);
        let (run, split) = checked(&world, &many()).await;
        for chunk in world.chunks(&run) {
            let deps = sluice_import::Deps { summary_buffer: import_buffer, ..world.import() };
            let input = chunk_input(&run, &split, Phase::Import, chunk);
            assert!(sluice_import::run(&deps, input, &Call::local()).await.unwrap().done);
        }
        world.merge(&run).await.unwrap();
        let deps = sluice_summarise::Deps { room: Room { buffer, windows }, ..world.steps().summarise };
        let input = sluice_contract::steps::RunInput { run_id: run.clone() };
        let output = sluice_summarise::run(&deps, input.clone()).await.unwrap();
        assert_eq!((output.written, output.delivered), (2, 1));
        assert_eq!(files(&world, &run), expected, "{chunk_bytes} {import_buffer} {buffer} {windows}");
        if buffer < 1 << 20 {
            let lots = sorted(&world, &run);
            for of in ["1/groups/", "1/ranked/", "2/ranked/"] {
                assert!(lots.iter().any(|key| key.contains(of)), "{of} {lots:?}");
            }
        }
        // A call that starts anew writes the same over what is there.
        assert!(world.objects.remove(&keys::summaries(&run)));
        assert_eq!(sluice_summarise::run(&deps, input).await.unwrap(), output);
        assert_eq!(files(&world, &run), expected);
    }
}

/// The objects for what does not fit into memory.
fn sorted(world: &World, run: &RunId) -> Vec<String> {
    let keys = world.objects.keys(&format!("runs/{run}/summaries/"));
    keys.into_iter().filter(|key| !key.contains("/entries/")).collect()
}

/// An import that is out of time goes on in the next call, and what both add is added once.
#[tokio::test]
async fn calls_without_time_give_the_same_bytes() {
    let mut found = Vec::new();
    for impatient in [false, true] {
        let world = of("import: {table: visits, key: [id]}\n", 4000);
        let (run, split) = checked(&world, &many()).await;
        let mut calls = 0;
        for chunk in world.chunks(&run) {
            loop {
                let limit = if impatient { Duration::ZERO } else { Duration::from_mins(1) };
                let input = chunk_input(&run, &split, Phase::Import, chunk);
                let call = Call::local().until(Deadline::after(limit));
                calls += 1;
                if sluice_import::run(&world.import(), input, &call).await.unwrap().done {
                    break;
                }
            }
        }
        assert!((calls > 100) == impatient, "{calls}");
        assert_eq!(world.finish(&run).await, Verdict::Imported);
        found.push(files(&world, &run));
    }
    assert_eq!(found[0], found[1]);
}

/// Chunks that are imported at the same time, as in a Map.
#[tokio::test]
async fn chunks_at_the_same_time_give_the_same_bytes() {
    let mut found = Vec::new();
    for at_once in [false, true] {
        let world = of("", 300);
        let (run, split) = checked(&world, &many()).await;
        let inputs = world.chunks(&run).into_iter().map(|chunk| chunk_input(&run, &split, Phase::Import, chunk));
        if at_once {
            let all = inputs.map(|input| process(&world, input, None));
            for done in futures::future::join_all(all).await {
                done.unwrap();
            }
        } else {
            world.import_chunks(&run, &split).await;
        }
        let execution = Execution { caller: &world, run: &run, name: run.as_str() };
        assert_eq!(execution.finish().await.unwrap().reported, Verdict::Imported);
        assert!(Caller::objects(&world).head(&keys::summaries(&run)).await.unwrap().is_some());
        found.push(files(&world, &run));
    }
    assert_eq!(found[0], found[1]);
}
