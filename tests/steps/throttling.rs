//! A table with a limited rate: `import` adapts to the rate, and does not fail because of it.

use std::slice::from_ref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sluice_contract::documents::{ImportCounts, ImportOutcome};
use sluice_contract::{ErrorName, Phase, keys};
use sluice_platform::runtime::Deadline;
use sluice_platform::sink::{BatchLimits, Item, MemorySink, Sink, Stamp, Target, Written, only};
use sluice_platform::{Call, Fault, StepError};
use tokio::time::Instant;

use crate::world::{World, chunk_input};

const RECORDS: u32 = 6_000;
const LATENCY: Duration = Duration::from_millis(5);

/// A table with a rate of writes. Like DynamoDB, it allows a burst: a tenth of a second's worth.
struct Table {
    sink: MemorySink,
    rate: f64,
    /// Most items of a batch.
    batch: usize,
    state: Mutex<State>,
}

struct State {
    credit: f64,
    at: Instant,
    throttled: u32,
    in_flight: usize,
    most_in_flight: usize,
}

impl Table {
    fn new(rate: f64, batch: usize) -> Self {
        let state = State { credit: 0.0, at: Instant::now(), throttled: 0, in_flight: 0, most_in_flight: 0 };
        Self { sink: MemorySink::new(), rate, batch, state: Mutex::new(state) }
    }

    fn takes_one(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let passed = state.at.elapsed().as_secs_f64();
        state.at = Instant::now();
        state.credit = (state.credit + passed * self.rate).min(self.rate / 10.0);
        let takes = state.credit >= 1.0;
        if takes {
            state.credit -= 1.0;
        } else {
            state.throttled += 1;
        }
        takes
    }
}

#[async_trait]
impl Sink for Table {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.sink.check(target).await
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits { items: self.batch, bytes: usize::MAX }
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        {
            let mut state = self.state.lock().unwrap();
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
        }
        tokio::time::sleep(LATENCY).await;
        self.state.lock().unwrap().in_flight -= 1;
        for item in items {
            if !self.takes_one() {
                return Err(Fault::Throttled { what: "write to table prices".into(), source: "too fast".into() });
            }
            self.sink.write(target, from_ref(item), stamp, written).await?;
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        self.sink.flush().await
    }
}

/// Imports a file of one chunk into a table of this rate. Returns the result, the duration, and the table.
async fn import(
    (rate, batch): (f64, usize),
    in_flight: usize,
    deadline: Deadline,
) -> (World, Arc<Table>, Result<ImportCounts, sluice_import::Error>, Duration) {
    let mut world = World::new();
    world.chunk_bytes = 1 << 20;
    let rows: Vec<String> = (0..RECORDS).map(|id| format!("{id},1\n")).collect();
    let upload = world.upload("inbox/prices/a.csv", format!("id,price\n{}", rows.concat()));
    let run = world.deliver(&upload, true).await.run_id.unwrap();
    let split = world.until_checked(&run).await;
    assert!(world.gate(&run).await);
    let input = chunk_input(&run, &split, Phase::Import, world.chunks(&run)[0]);
    let chunk = input.chunk.chunk;
    let table = Arc::new(Table::new(rate, batch));
    let deps = sluice_import::Deps { sinks: only(Arc::clone(&table) as Arc<dyn Sink>), ..world.import_with(in_flight) };
    let begun = Instant::now();
    let imported = sluice_import::run(&deps, input, &Call::local().until(deadline)).await;
    let took = begun.elapsed();
    let counts = imported.map(|output| {
        assert!(output.done);
        world.document::<ImportOutcome>(&keys::outcome(&run, Phase::Import, chunk)).counts
    });
    if counts.is_err() {
        assert!(world.objects.bytes(&keys::progress(&run, chunk)).is_none(), "it came no further");
    }
    (world, table, counts, took)
}

#[tokio::test(start_paused = true)]
async fn the_importer_writes_about_as_fast_as_the_table_takes() {
    for (rate, batch) in [(500.0, 1), (2_000.0, 1), (8_000.0, 1), (8_000.0, 10)] {
        let (_, table, counts, took) = import((rate, batch), 256, Deadline::none()).await;
        let all = u64::from(RECORDS);
        assert_eq!(counts.unwrap(), ImportCounts { read: all, imported: all, ..ImportCounts::default() });
        let state = table.state.lock().unwrap();
        let share = f64::from(RECORDS) / took.as_secs_f64() / rate;
        assert!(share > 0.6, "at {rate} writes a second it used {share:.2} of them");
        assert!(state.throttled < RECORDS / 5, "at {rate} writes a second {} were throttled", state.throttled);
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_is_in_flight_than_it_may() {
    for (most, batch, expected) in [(1, 1, 1), (8, 1, 8), (40, 1, 40), (40, 10, 4), (40, 100, 1)] {
        let (_, table, counts, _) = import((1e9, batch), most, Deadline::none()).await;
        assert_eq!(counts.unwrap().imported, u64::from(RECORDS));
        let found = table.state.lock().unwrap().most_in_flight;
        assert_eq!(found, expected, "the window opens up to its limit");
    }
}

#[tokio::test(start_paused = true)]
async fn a_table_that_takes_nothing_fails_the_invocation_as_throttled() {
    let time = Duration::from_mins(5);
    let (_, table, counts, took) = import((0.0, 1), 64, Deadline::after(time)).await;
    assert_eq!(counts.unwrap_err().name(), ErrorName::Throttled);
    assert!(took > time / 2 && took < time + LATENCY, "{took:?}: it tries as long as there is time, and no longer");
    let throttled = table.state.lock().unwrap().throttled;
    assert!(throttled < 5_000, "it was throttled {throttled} times: it goes easy on the table");
}
