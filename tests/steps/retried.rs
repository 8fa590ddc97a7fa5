//! An import that is interrupted, killed and failed ends like an undisturbed one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use sluice_contract::documents::{ImportCounts, ImportOutcome, Progress, TallyDocument, Usage};
use sluice_contract::steps::{ChunkInput, ImportOutput};
use sluice_contract::{ErrorName, Phase, RunId, Verdict, keys};
use sluice_platform::sink::{StoredItem, Written};
use sluice_platform::{Call, Deadline, StepError};

use crate::table::{Fails, Table, prices};
use crate::world::World;

const LATENCY: Duration = Duration::from_millis(10);

/// A feed with a unique field: some records are duplicates, and the gate rejects others.
const FEED: &str = "
version: 1
name: prices
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: code, constraints: {unique: true}}
import: {table: prices, key: [id]}
report: {recipients: [shop@example.com]}
";

/// The result of an import, without names of objects and usage.
#[derive(Debug, PartialEq)]
struct Ended {
    verdict: Verdict,
    counts: ImportCounts,
    by_code: BTreeMap<String, u64>,
    tally: TallyDocument,
    imported: String,
    rejects: String,
    items: Vec<StoredItem>,
}

async fn ended(world: &World, run: &RunId, table: &Table) -> Ended {
    let verdict = world.finish(run).await;
    let outcome: ImportOutcome = world.document(&keys::outcome(run, Phase::Import, world.chunks(run)[0].chunk));
    let tally = TallyDocument { usage: Usage::default(), ..world.tally(run) };
    Ended {
        verdict,
        counts: outcome.counts,
        by_code: outcome.by_code,
        tally,
        imported: world.output(run, keys::IMPORTED_CSV),
        rejects: world.output(run, keys::REJECTS_CSV),
        items: table.sink.items("prices"),
    }
}

/// How an invocation is disturbed.
#[derive(Clone, Copy, Debug)]
enum Disturbed {
    /// Its time is up after this many milliseconds.
    Interrupted(u64),
    /// It is killed after this many milliseconds.
    Killed(u64),
}

fn file(records: &[(u8, u8)]) -> String {
    let rows: Vec<String> = records.iter().map(|(id, code)| format!("{id},{code}\n")).collect();
    format!("id,code\n{}", rows.concat())
}

fn table(fails: BTreeMap<u32, Fails>) -> Arc<Table> {
    let refusal = Written::Refused("for what it is".to_owned());
    Arc::new(Table::new(LATENCY).failing(fails).refusing([3, 4, 17], &refusal))
}

async fn import(records: &[(u8, u8)], fails: BTreeMap<u32, Fails>, disturbed: &[Disturbed]) -> Ended {
    let mut world = World::new();
    world.feed("prices", FEED);
    let (run, input) = world.until_gated(&file(records)).await;
    let table = table(fails);
    let deps = world.importer(&table);
    for how in disturbed {
        let (call, time) = match how {
            Disturbed::Interrupted(ms) => (Call::local().until(Deadline::after(Duration::from_millis(*ms))), None),
            Disturbed::Killed(ms) => (Call::local(), Some(Duration::from_millis(*ms))),
        };
        let called = sluice_import::run(&deps, input.clone(), &call);
        let answer = match time {
            None => Some(called.await),
            Some(time) => tokio::time::timeout(time, called).await.ok(),
        };
        if let Some(Err(error)) = answer {
            assert!(error.name().is_retryable(), "{error}");
        }
    }
    // Then nothing disturbs it but the table. It is called once more than necessary.
    let mut done = 0;
    for _ in 0..200 {
        match sluice_import::run(&deps, input.clone(), &Call::local()).await {
            Ok(output) => done += u32::from(output.done),
            Err(error) => assert!(error.name().is_retryable(), "{error}"),
        }
        if done == 2 {
            break;
        }
    }
    assert_eq!(done, 2, "it ends");
    ended(&world, &run, &table).await
}

fn disturbed() -> impl Strategy<Value = Disturbed> {
    prop_oneof![(0..80_u64).prop_map(Disturbed::Interrupted), (0..80_u64).prop_map(Disturbed::Killed)]
}

fn fails() -> impl Strategy<Value = Fails> {
    prop_oneof![Just(Fails::Throttled), Just(Fails::Broken), Just(Fails::Lost)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_retried_importer_gives_the_outcome_of_an_undisturbed_one(
        records in prop::collection::vec((0..30_u8, 0..60_u8), 1..50),
        fails in prop::collection::btree_map(1..80_u32, fails(), 0..12),
        disturbed in prop::collection::vec(disturbed(), 0..6),
    ) {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let expected = runtime().block_on(import(&records, BTreeMap::new(), &[]));
        prop_assert_eq!(expected.verdict, Verdict::Imported);
        let found = runtime().block_on(import(&records, fails, &disturbed));
        prop_assert_eq!(found, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chunk_that_needs_five_invocations_writes_no_record_twice() {
    const RECORDS: u64 = 3_600;
    let mut world = World::new();
    let (run, input) = world.until_gated(&prices(RECORDS)).await;
    // Four writes at a time of 10 ms each, for 2 s: about 800 records in an invocation.
    let table = Arc::new(Table::new(LATENCY));
    let deps = world.importer(&table);
    let mut invocations = 1;
    loop {
        let call = Call::local().until(Deadline::after(Duration::from_secs(2)));
        let output = sluice_import::run(&deps, input.clone(), &call).await.unwrap();
        if output.done {
            break;
        }
        let progress: Progress = world.document(&keys::progress(&run, input.chunk.chunk));
        assert_eq!(output.next_record, Some(progress.next_record));
        assert_eq!(progress.outcome.counts.read + 1, progress.next_record);
        invocations += 1;
    }
    assert_eq!(invocations, 5);
    let sent = table.sent();
    assert_eq!(sent.len() as u64, RECORDS);
    assert!(sent.values().all(|times| *times == 1), "no record is sent twice");
    let outcome: ImportOutcome = world.document(&keys::outcome(&run, Phase::Import, input.chunk.chunk));
    assert_eq!(outcome.counts, ImportCounts { read: RECORDS, imported: RECORDS, ..ImportCounts::default() });
    assert_eq!((outcome.imported.len(), outcome.usage.invocations), (5, 5));
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    assert_eq!(world.output(&run, keys::IMPORTED_CSV).lines().count() as u64, RECORDS + 1);
}

/// The result of a single invocation with nine records and a table whose writes fail in part.
struct Single {
    world: World,
    input: ChunkInput,
    table: Arc<Table>,
    answer: Result<ImportOutput, sluice_import::Error>,
}

impl Single {
    async fn new(fails: impl IntoIterator<Item = (u32, Fails)>, time: Duration) -> Self {
        let mut world = World::new();
        let (_, input) = world.until_gated(&prices(9)).await;
        let table = Arc::new(Table::new(LATENCY).failing(fails));
        let call = Call::local().until(Deadline::after(time));
        let answer = sluice_import::run(&world.importer(&table), input.clone(), &call).await;
        Self { world, input, table, answer }
    }

    fn progress(&self) -> Option<Progress> {
        let key = keys::progress(&self.input.run_id, self.input.chunk.chunk);
        self.world.objects.bytes(&key).map(|bytes| serde_json::from_slice(&bytes).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_stops_taking_interrupts_an_importer_that_has_come_further_and_fails_one_that_has_not() {
    let time = Duration::from_secs(30);
    let single = Single::new((5..10_000).map(|write| (write, Fails::Throttled)), time).await;
    let answer = single.answer.as_ref().unwrap();
    assert_eq!((answer.done, answer.next_record), (false, Some(5)));
    let counts = ImportCounts { read: 4, imported: 4, ..ImportCounts::default() };
    assert_eq!(single.progress().unwrap().outcome.counts, counts);

    let single = Single::new((1..10_000).map(|write| (write, Fails::Throttled)), time).await;
    assert_eq!(single.answer.as_ref().unwrap_err().name(), ErrorName::Throttled);
    assert!(single.progress().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_throttled_for_a_while_is_written_in_the_same_invocation() {
    let single = Single::new((2..20).map(|write| (write, Fails::Throttled)), Duration::from_mins(1)).await;
    assert!(single.answer.unwrap().done);
    assert_eq!(single.table.sink.items("prices").len(), 9);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_was_written_while_its_answer_was_lost_counts_as_it_would_have() {
    for write in [1, 2, 5, 9] {
        let single = Single::new([(write, Fails::Lost)], Duration::from_mins(1)).await;
        assert_eq!(single.answer.unwrap_err().name(), ErrorName::Transient);
        let (world, input) = (single.world, single.input);
        let again = sluice_import::run(&world.importer(&single.table), input.clone(), &Call::local()).await.unwrap();
        assert!(again.done);
        let outcome: ImportOutcome = world.document(&keys::outcome(&input.run_id, Phase::Import, input.chunk.chunk));
        assert_eq!(outcome.counts, ImportCounts { read: 9, imported: 9, ..ImportCounts::default() });
    }
}
