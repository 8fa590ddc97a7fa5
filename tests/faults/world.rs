//! A world in memory whose backends fail on command.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use sluice_contract::documents::Manifest;
use sluice_contract::{Order, RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_pipeline::{Config, Steps};
use sluice_platform::faulty::{Faults, FaultyEntries, FaultyQueues};
use sluice_platform::inbox::UploadVersion;
use sluice_platform::rejects::{Block, Rejects};
use sluice_platform::sink::queue::{MemoryEntries, MemoryQueues};
use sluice_platform::sink::{Deletion, Item, QueueSink, Sink, Stamp};
use sluice_platform::world::{FaultyWorld, Front, MemoryWorld};

use crate::refusing::{RefusingSink, refuses};
use crate::scenario::{Scenario, Upload};

/// The inbox bucket of this world.
pub const INBOX: &str = MemoryWorld::INBOX;

/// More bytes than any file of the suite has, so that each file is one chunk.
pub const WHOLE: u64 = 1 << 20;

/// Queues in memory, and the entries of their messages.
#[derive(Clone, Debug)]
pub struct Messages {
    pub queues: MemoryQueues,
    pub entries: MemoryEntries,
}

impl Messages {
    /// Empty queues.
    pub fn new() -> Self {
        Self { queues: MemoryQueues::new(1 << 20, refuses), entries: MemoryEntries::new() }
    }
}

/// A world in memory with the table of this suite, the faults to inject, and the settings of the steps.
pub struct World {
    pub memory: MemoryWorld,
    pub faults: Faults,
    pub messages: Messages,
    pub chunk_bytes: u64,
    pub one_pass_bytes: u64,
}

impl Deref for World {
    type Target = MemoryWorld;

    fn deref(&self) -> &MemoryWorld {
        &self.memory
    }
}

impl World {
    /// A world with the feed of a scenario and an empty table, for a file of `bytes` bytes.
    pub fn new(scenario: &Scenario, bytes: u64) -> Self {
        let faults = Faults::none();
        let messages = scenario.queue.clone().unwrap_or_else(Messages::new);
        let messages = Messages { queues: messages.queues.fork(), entries: messages.entries.fork() };
        let front: Front = if scenario.queue.is_some() {
            let (Messages { queues, entries }, faults) = (messages.clone(), faults.clone());
            Arc::new(move |_| {
                let entries = FaultyEntries::new(Arc::new(entries.clone()), &faults);
                let queues = FaultyQueues::new(Arc::new(queues.clone()), &faults);
                Arc::new(QueueSink::new(Arc::new(entries), Arc::new(queues)))
            })
        } else {
            Arc::new(|table| Arc::new(RefusingSink(table.clone())))
        };
        let memory = MemoryWorld { front, ..MemoryWorld::new(clock) };
        let feed: FeedName = scenario.feed.parse().unwrap();
        memory.objects.insert(&keys::feed(&feed), scenario.yaml.clone().into_bytes());
        Self {
            memory,
            faults,
            messages,
            chunk_bytes: (bytes / scenario.chunks).max(1),
            one_pass_bytes: if scenario.by_ranges { bytes * 3 / 4 } else { bytes },
        }
    }

    /// A world in which the files before that of a scenario were imported and reported long ago. The scenario's file has `bytes` bytes.
    pub async fn after(scenario: &Scenario, bytes: u64) -> Self {
        let world = Self::new(scenario, WHOLE);
        assert_eq!(crate::run::import_before(&world, scenario).await, scenario.runs);
        let fresh = Self::new(scenario, bytes);
        let MemoryWorld { events, mailer, .. } = fresh.memory;
        Self { memory: MemoryWorld { events, mailer, ..world.memory }, ..fresh }
    }

    /// A fresh environment of each function.
    pub fn steps(&self) -> Arc<Steps> {
        let &Self { chunk_bytes, one_pass_bytes, .. } = self;
        let config = Config {
            intake: sluice_intake::Config { max_file_bytes: 1024 * 1024 },
            pin: sluice_pin::Config { chunk_bytes, max_record_bytes: 64 * 1024 },
            split: sluice_split::Config { one_pass_bytes, read_bytes: 300 },
            import: sluice_import::Config { in_flight: 8, margin: Duration::from_millis(1) },
            dataset: sluice_dataset::Config::of(1024 * 1024),
            settled_minutes: 0,
        };
        Arc::new(Steps::new(&FaultyWorld::new(&self.memory, &self.faults), config))
    }

    /// The codes of the rejects in the index, by record.
    pub async fn index(&self, run: &RunId) -> Vec<(u64, u64, BTreeSet<String>)> {
        let mut all = Vec::new();
        let records = self.document::<Manifest>(&keys::manifest(run)).records;
        for block in Block::all(records) {
            for entry in self.rejects.list(run, block).await.unwrap() {
                let codes = entry.problems.iter().map(|problem| problem.code.to_string()).collect();
                all.push((entry.record, entry.line, codes));
            }
        }
        all.sort();
        all
    }

    /// A document in the data bucket.
    pub fn document<T: serde::de::DeserializeOwned>(&self, key: &str) -> T {
        let bytes = self.objects.bytes(key).unwrap_or_else(|| panic!("{key} is not there"));
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{key}: {error}"))
    }

    /// Uploads a file.
    pub fn upload(&self, feed: &str, upload: &Upload, bytes: Vec<u8>) -> UploadVersion {
        self.inbox.upload(&upload.key(feed), upload.last_modified, bytes)
    }

    /// Puts the items of earlier runs into the table. What they have sent is in the queues from the start.
    pub async fn put_items(&self, scenario: &Scenario) {
        for item in &*scenario.items {
            let run: RunId = item.run().parse().unwrap();
            let order: Order = serde_json::from_value(item.order().into()).unwrap();
            let own = ["_deleted", "_expires"];
            let fields = item.fields.iter().filter(|(name, _)| !own.contains(&name.as_str()));
            let fields = fields.map(|(name, value)| (name.as_str(), Some(value.clone()))).collect();
            let deletion = item.fields.contains_key("_deleted").then_some(Deletion { expires: None });
            let stored = Item { record: 1, fields, hash: item.hash(), deletion };
            let stamp = Stamp { run: &run, order: &order };
            self.sink.write(&scenario.target, &[stored], &stamp, &mut Vec::new()).await.unwrap();
        }
    }
}

thread_local! {
    /// How often the clock was read.
    static LOOKS: Cell<i64> = const { Cell::new(0) };
}

/// A clock that advances by a second at each look, so that a repeated call sees another time.
pub fn clock() -> jiff::Timestamp {
    let looks = LOOKS.get() + 1;
    LOOKS.set(looks);
    jiff::Timestamp::constant(1_795_228_380 + looks, 0)
}
