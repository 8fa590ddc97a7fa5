//! A sink that takes batches. Batches keep its limits and the order of the file, and the answers before a fault are kept.

use std::slice::from_ref;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use sluice_contract::documents::{ImportCounts, ImportOutcome, Progress};
use sluice_contract::{ErrorName, Phase, Verdict, keys};
use sluice_platform::sink::{Attribute, BatchLimits, Item, MemorySink, Sink, Stamp, Target, Written, only};
use sluice_platform::{Call, Fault, StepError};

use crate::world::World;

/// A table that takes batches, records them, and fails once at an item.
struct Batching {
    sink: MemorySink,
    limits: BatchLimits,
    batches: Mutex<Vec<Vec<String>>>,
    fails_at: Mutex<Option<&'static str>>,
}

#[async_trait]
impl Sink for Batching {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.sink.check(target).await
    }

    fn batch(&self) -> BatchLimits {
        self.limits
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        self.batches.lock().unwrap().push(items.iter().map(id).collect());
        for item in items {
            if self.fails_at.lock().unwrap().take_if(|fails_at| *fails_at == id(item)).is_some() {
                return Err(Fault::Transient { what: "write".into(), source: "the connection broke".into() });
            }
            match &*id(item) {
                "refused" => written.push(Written::Refused("for what it is".into())),
                _ => self.sink.write(target, from_ref(item), stamp, written).await?,
            }
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.sink.flush().await
    }
}

fn id(item: &Item<'_>) -> String {
    match item.fields.first() {
        Some((_, Some(Attribute::Text(id)))) => id.to_string(),
        _ => panic!("an item without an id"),
    }
}

impl Batching {
    fn new(items: usize, bytes: usize, fails_at: Option<&'static str>) -> Arc<Self> {
        let (batches, fails_at) = (Mutex::default(), Mutex::new(fails_at));
        Arc::new(Self { sink: MemorySink::new(), limits: BatchLimits { items, bytes }, batches, fails_at })
    }

    /// The number of items of each batch.
    fn sizes(&self) -> Vec<usize> {
        self.batches.lock().unwrap().iter().map(Vec::len).collect()
    }
}

/// `import` with this table.
fn deps(world: &World, table: &Arc<Batching>) -> sluice_import::Deps {
    sluice_import::Deps { sinks: only(Arc::clone(table) as Arc<dyn Sink>), ..world.import() }
}

fn file(ids: &[String]) -> String {
    let rows: Vec<String> = ids.iter().map(|id| format!("{id},1\n")).collect();
    format!("id,price\n{}", rows.concat())
}

#[tokio::test]
async fn a_batch_is_within_the_limits_of_the_sink() {
    let mut ids: Vec<String> = (10..90).map(|id| id.to_string()).collect();
    ids.insert(40, "x".repeat(1500));
    // The size of a record is its row plus what Sluice adds: 1,024 bytes and the names of its fields.
    for (items, bytes, expected) in [
        (1, usize::MAX, vec![1; 81]),
        (30, usize::MAX, vec![30, 30, 21]),
        (1_000, usize::MAX, vec![81]),
        (30, 2_200, [vec![2; 20], vec![1], vec![2; 20]].concat()),
        (30, 1, vec![1; 81]),
    ] {
        let mut world = World::new();
        let (run, input) = world.until_gated(&file(&ids)).await;
        let table = Batching::new(items, bytes, None);
        assert!(sluice_import::run(&deps(&world, &table), input, &Call::local()).await.unwrap().done);
        assert_eq!(table.sizes(), expected, "{items} items, {bytes} bytes");
        assert_eq!(table.batches.lock().unwrap().concat(), ids, "in the order of the file");
        assert_eq!(world.finish(&run).await, Verdict::Imported);
        assert_eq!(world.tally(&run).tally.imported, 81);
    }
}

#[tokio::test]
async fn answers_before_a_fault_in_the_middle_of_a_batch_are_kept() {
    let mut world = World::new();
    let mut ids: Vec<String> = (1..=20).map(|id| id.to_string()).collect();
    ids[4] = "refused".to_owned();
    // A duplicate: record 12 has the same key and wins.
    ids[10] = "12".to_owned();
    let (run, input) = world.until_gated(&file(&ids)).await;
    let table = Batching::new(8, usize::MAX, Some("14"));
    let importer = deps(&world, &table);
    let error = sluice_import::run(&importer, input.clone(), &Call::local()).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::Transient);
    let progress: Progress = world.document(&keys::progress(&run, input.chunk.chunk));
    let counts = ImportCounts { read: 13, imported: 11, rejected: 1, duplicate: 1, ..ImportCounts::default() };
    assert_eq!((progress.next_record, progress.outcome.counts), (14, counts));

    assert!(sluice_import::run(&importer, input.clone(), &Call::local()).await.unwrap().done);
    let outcome: ImportOutcome = world.document(&keys::outcome(&run, Phase::Import, input.chunk.chunk));
    let counts = ImportCounts { read: 20, imported: 18, rejected: 1, duplicate: 1, ..ImportCounts::default() };
    assert_eq!(outcome.counts, counts);
    assert_eq!(world.finish(&run).await, Verdict::Imported);
    let records: Vec<String> = world
        .output(&run, keys::IMPORTED_CSV)
        .lines()
        .skip(1)
        .map(|row| row.split(',').next().unwrap_or_default().to_owned())
        .collect();
    let expected: Vec<String> = (1..=20).filter(|n| ![5, 11].contains(n)).map(|n| n.to_string()).collect();
    assert_eq!(records, expected, "in the order of the file, each once");
}
