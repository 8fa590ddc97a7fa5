//! Everything outside, in memory, behind backends that fail when they are told to.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use sluice_contract::{Order, RunId, keys};
use sluice_engine::feed::FeedName;
use sluice_platform::faulty::Faults;
use sluice_platform::inbox::UploadVersion;
use sluice_platform::sink::{Item, Sink, Stamp};
use sluice_platform::world::MemoryWorld;

use crate::refusing::RefusingSink;
use crate::scenario::{Scenario, Upload};

/// The inbox bucket of this world.
pub const INBOX: &str = MemoryWorld::INBOX;

/// More bytes than any file of the suite has, even a fraction of it: each is one chunk then.
pub const WHOLE: u64 = 1 << 20;

/// A world in memory with the table of this suite, what is to fail in it, and the numbers of the steps.
pub struct World {
    pub memory: MemoryWorld,
    pub faults: Faults,
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
    /// A world with the feed of a scenario, for a file of so many bytes, and an empty table.
    pub fn new(scenario: &Scenario, bytes: u64) -> Self {
        let memory =
            MemoryWorld { front: Arc::new(|table| Arc::new(RefusingSink(table.clone()))), ..MemoryWorld::new(clock) };
        let feed: FeedName = scenario.feed.parse().unwrap();
        memory.objects.insert(&keys::feed(&feed), scenario.yaml.clone().into_bytes());
        Self {
            memory,
            faults: Faults::none(),
            chunk_bytes: (bytes / scenario.chunks).max(1),
            one_pass_bytes: if scenario.by_ranges { bytes * 3 / 4 } else { bytes },
        }
    }

    /// A world in which the files before that of a scenario are imported, and were told long ago. That one has so many bytes.
    pub async fn after(scenario: &Scenario, bytes: u64) -> Self {
        let world = Self::new(scenario, WHOLE);
        assert_eq!(crate::run::import_before(&world, scenario).await, scenario.runs);
        let fresh = Self::new(scenario, bytes);
        let MemoryWorld { events, mailer, .. } = fresh.memory;
        Self { memory: MemoryWorld { events, mailer, ..world.memory }, ..fresh }
    }

    /// Uploads a file.
    pub fn upload(&self, feed: &str, upload: &Upload, bytes: Vec<u8>) -> UploadVersion {
        self.inbox.upload(&upload.key(feed), upload.last_modified, bytes)
    }

    /// Has the table hold what earlier runs have left in it.
    pub async fn put_items(&self, scenario: &Scenario) {
        for item in &*scenario.items {
            let run: RunId = item.run().parse().unwrap();
            let order: Order = serde_json::from_value(item.order().into()).unwrap();
            let fields = item.fields.iter().map(|(name, value)| (name.clone(), Some(value.clone())));
            let stored = Item { fields: fields.collect(), hash: item.hash().to_owned() };
            self.sink.write(&scenario.target, &stored, &Stamp { run: &run, order: &order }).await.unwrap();
        }
    }
}

thread_local! {
    /// How often somebody has looked at the clock.
    static LOOKS: Cell<i64> = const { Cell::new(0) };
}

/// A clock that is a second later whenever somebody looks at it: who repeats something has another time.
pub fn clock() -> jiff::Timestamp {
    let looks = LOOKS.get() + 1;
    LOOKS.set(looks);
    jiff::Timestamp::constant(1_795_228_380 + looks, 0)
}
