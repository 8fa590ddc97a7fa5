//! A table with latency and scripted failures, which counts its writes.

use std::collections::BTreeMap;
use std::slice::from_ref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use sluice_contract::steps::ChunkInput;
use sluice_contract::{Phase, RunId};
use sluice_platform::Fault;
use sluice_platform::sink::{Attribute, BatchLimits, Item, MemorySink, Sink, Stamp, Target, Written, only};

use crate::world::{World, chunk_input};

/// How a write fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// The table asks to slow down.
    Throttled,
    /// The request is lost.
    Broken,
    /// The item is written, and the answer is lost.
    Lost,
}

/// A table with latency and scripted failures.
pub struct Table {
    pub sink: MemorySink,
    /// The duration of a write.
    latency: Duration,
    /// The writes that fail, by their numbers from 1.
    fails: BTreeMap<u32, Fails>,
    /// The answers for refused items, by their `id`.
    refuses: BTreeMap<String, Written>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    writes: u32,
    by_id: BTreeMap<String, u32>,
}

impl Table {
    pub fn new(latency: Duration) -> Self {
        let (fails, refuses) = (BTreeMap::new(), BTreeMap::new());
        Self { sink: MemorySink::new(), latency, fails, refuses, state: Mutex::default() }
    }

    /// The same, with writes that fail.
    pub fn failing(mut self, fails: impl IntoIterator<Item = (u32, Fails)>) -> Self {
        self.fails = fails.into_iter().collect();
        self
    }

    /// The same, with items that it refuses.
    pub fn refusing<I: ToString>(mut self, ids: impl IntoIterator<Item = I>, refusal: &Written) -> Self {
        self.refuses = ids.into_iter().map(|id| (id.to_string(), refusal.clone())).collect();
        self
    }

    /// How often each item was sent.
    pub fn sent(&self) -> BTreeMap<String, u32> {
        self.state.lock().unwrap().by_id.clone()
    }
}

#[async_trait]
impl Sink for Table {
    async fn check(&self, target: &Target) -> Result<Vec<String>, Fault> {
        self.sink.check(target).await
    }

    fn batch(&self) -> BatchLimits {
        BatchLimits::ONE
    }

    async fn write(
        &self,
        target: &Target,
        items: &[Item<'_>],
        stamp: &Stamp<'_>,
        written: &mut Vec<Written>,
    ) -> Result<(), Fault> {
        for item in items {
            written.push(self.write_one(target, item, stamp).await?);
        }
        Ok(())
    }

    async fn flush(&self) -> Result<(), Fault> {
        Ok(())
    }
}

impl Table {
    async fn write_one(&self, target: &Target, item: &Item<'_>, stamp: &Stamp<'_>) -> Result<Written, Fault> {
        let Some((_, Some(Attribute::Text(id)))) = item.fields.iter().find(|(name, _)| *name == "id") else {
            panic!("an item without an id");
        };
        let fails = {
            let mut state = self.state.lock().unwrap();
            state.writes += 1;
            *state.by_id.entry(id.to_string()).or_insert(0) += 1;
            self.fails.get(&state.writes).copied()
        };
        let what = || "write to table prices".to_owned();
        tokio::time::sleep(self.latency / 2).await;
        let written = match (fails, self.refuses.get(&**id)) {
            (Some(Fails::Throttled), _) => Err(Fault::Throttled { what: what(), source: "too fast".into() }),
            (Some(Fails::Broken), _) => Err(Fault::Transient { what: what(), source: "no connection".into() }),
            (_, Some(refused)) => Ok(refused.clone()),
            (_, None) => {
                let mut written = Vec::new();
                let answer = self.sink.write(target, from_ref(item), stamp, &mut written).await;
                answer.map(|()| written.remove(0))
            }
        };
        tokio::time::sleep(self.latency / 2).await;
        match fails {
            Some(Fails::Lost) => Err(Fault::Transient { what: what(), source: "the answer was lost".into() }),
            _ => written,
        }
    }
}

/// A file with the records `1,1`, `2,1`, and so on.
pub fn prices(records: u64) -> String {
    let rows: Vec<String> = (1..=records).map(|id| format!("{id},1\n")).collect();
    format!("id,price\n{}", rows.concat())
}

impl World {
    /// `import` with this table.
    pub fn importer(&self, table: &Arc<Table>) -> sluice_import::Deps {
        self.importer_of(table, 4)
    }

    /// The same, with at most `in_flight` writes in flight.
    pub fn importer_of(&self, table: &Arc<Table>, in_flight: usize) -> sluice_import::Deps {
        sluice_import::Deps { sinks: only(Arc::clone(table) as Arc<dyn Sink>), ..self.import_with(in_flight) }
    }

    /// A run of this file in one chunk, up to its gate.
    pub async fn until_gated(&mut self, file: &str) -> (RunId, ChunkInput) {
        self.chunk_bytes = 1 << 20;
        self.one_pass_bytes = 1 << 20;
        let upload = self.upload("inbox/prices/a.csv", file);
        let run = self.deliver(&upload, true).await.run_id.unwrap();
        let split = self.until_checked(&run).await;
        assert!(self.gate(&run).await);
        let input = chunk_input(&run, &split, Phase::Import, self.chunks(&run)[0]);
        (run, input)
    }
}
