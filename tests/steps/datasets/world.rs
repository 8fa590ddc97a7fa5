//! A world with the shipped dataset, and the way from a file of a member to the joined records.

use std::ops::Deref;

use serde_json::Value;
use sluice_contract::documents::{Generation, JoinEnd, JoinReport, Origin};
use sluice_contract::steps::{DatasetInput, RunNoted};
use sluice_contract::{RunId, Verdict, keys};
use sluice_dataset::Answer;
use sluice_pipeline::Join;
use sluice_platform::datasets::{Datasets, SetEntry};
use sluice_platform::sink::StoredItem;
use sluice_tests::read;

use crate::world::World;

/// The day of the shipped files.
pub const DAY: &str = "20230828";
pub const CUSTOMERS: &str = "customer_id,customer_name\n1,John Doe\n2,Jane Smith\n3,Alice Johnson\n";
pub const ORDERS: &str =
    "order_id,customer_id,amount\n1001,1,250.00\n1002,1,150.00\n1003,2,300.00\n1004,3,120.00\n1005,3,80.00\n";
pub const ITEMS: &str = "item_id,order_id\n501,1001\n502,1001\n503,1002\n504,1003\n505,1004\n506,1005\n";
/// The three members with their files.
pub const FILES: [(&str, &str); 3] = [("customers", CUSTOMERS), ("orders", ORDERS), ("items", ITEMS)];

/// A world with the shipped dataset.
pub struct Shop(pub World);

impl Deref for Shop {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Shop {
    /// A world with the shipped dataset and its feeds.
    pub fn new() -> Self {
        Self::with(&read("datasets/customer-orders.yaml"))
    }

    /// A world with another text of that dataset.
    pub fn with(yaml: &str) -> Self {
        let world = World::new();
        for feed in ["customers", "orders", "items", "customer-messages", "customer-totals", "orphan-messages"] {
            world.feed(feed, &read(&format!("feeds/{feed}.yaml")));
        }
        world.objects.insert("datasets/customer-orders.yaml", yaml.as_bytes().to_vec());
        Self(world)
    }

    /// Another world in the state of this one, with the inbox and the tables empty.
    pub fn copy(&self) -> Self {
        let copy = Self(World::new());
        for key in self.objects.keys("") {
            copy.objects.insert(&key, self.objects.bytes(&key).unwrap());
        }
        self.ledger.entries().into_iter().for_each(|entry| copy.ledger.insert(entry));
        self.0.datasets.entries().into_iter().for_each(|entry| copy.0.datasets.insert(entry));
        copy
    }

    /// Imports a file of a member without an event.
    pub async fn import(&self, member: &str, day: &str, content: &str) -> RunId {
        self.import_file(&format!("inbox/{member}/{member}_{day}.csv"), content).await.0
    }

    /// The event that a run has ended.
    pub async fn ended(&self, run: &RunId) -> RunNoted {
        let input = DatasetInput::Ended { run_id: run.clone() };
        match sluice_dataset::run(&self.steps().dataset, input).await.unwrap() {
            Answer::Noted(noted) => noted,
            other => panic!("{other:?}"),
        }
    }

    /// Imports a file of a member, and delivers the event.
    pub async fn put(&self, member: &str, day: &str, content: &str) -> RunId {
        let run = self.import(member, day, content).await;
        self.ended(&run).await;
        run
    }

    /// Imports all members of a day.
    pub async fn put_all(&self, day: &str) {
        for (member, content) in FILES {
            self.put(member, day, content).await;
        }
    }

    /// Runs every join that is running, one after the other.
    pub async fn join(&self) -> Vec<(u64, JoinEnd)> {
        let mut ended = Vec::new();
        for (name, of) in self.joins.running() {
            ended.push((of.generation, self.join_of(&of).await));
            self.joins.end(&name, "SUCCEEDED");
        }
        ended
    }

    /// Runs a join to its end.
    pub async fn join_of(&self, of: &Generation) -> JoinEnd {
        Join { caller: &self.0, of }.run().await.unwrap().ended
    }

    /// Delivers what was put into the inbox, and imports it. Returns the runs.
    pub async fn deliver_offers(&self) -> Vec<RunId> {
        let mut runs = Vec::new();
        for key in self.offered.keys("inbox/") {
            let bytes = self.offered.bytes(&key).unwrap().to_vec();
            self.offered.remove(&key);
            let (run, verdict) = self.import_file(&key, bytes).await;
            assert_eq!(verdict, Verdict::Imported, "{key}");
            let origin = self.entry(&run).await.origin;
            assert!(matches!(origin, Origin::Join { .. }), "{key}: {origin:?}");
            runs.push(run);
        }
        runs
    }

    /// Joins what is complete, and imports what was joined.
    pub async fn settle(&self) -> Vec<(u64, JoinEnd)> {
        let ended = self.join().await;
        self.deliver_offers().await;
        ended
    }

    pub async fn set(&self, day: &str) -> SetEntry {
        let dataset = "customer-orders".parse().unwrap();
        self.datasets.get(&dataset, &day.parse().unwrap()).await.unwrap().unwrap()
    }

    /// The joined file of a generation, as it was put into the inbox or moved to the archive.
    pub fn joined(&self, day: &str, generation: u64) -> Vec<Value> {
        let file = format!("customer-orders-{day}-{generation}.jsonl");
        let key = self.objects.keys("archive/customer-totals/").into_iter().find(|key| key.ends_with(&file));
        let inbox = format!("inbox/customer-totals/{file}");
        let bytes = key.map_or_else(|| self.offered.bytes(&inbox), |key| self.objects.bytes(&key)).unwrap();
        std::str::from_utf8(&bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The orphans of a generation: member, record and reason of each.
    pub fn orphans(&self, day: &str, generation: u64) -> Vec<String> {
        let Some(bytes) = self.objects.bytes(&keys::join_output(&of(day, generation), keys::ORPHANS_CSV)) else {
            return Vec::new();
        };
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let rows = reader.records().map(|row| row.unwrap());
        rows.map(|row| format!("{} {} {}", &row[0], &row[2], &row[3])).collect()
    }

    pub fn report(&self, day: &str, generation: u64) -> JoinReport {
        self.document(&keys::join_output(&of(day, generation), keys::REPORT_JSON))
    }

    /// Sends `sweep` around.
    pub async fn sweep(&self) -> sluice_sweep::Answer {
        let deadline = sluice_platform::Call::local().deadline();
        sluice_sweep::run(&self.0.sweep(), sluice_sweep::Tick {}, deadline).await.unwrap()
    }

    /// What became of the records of the newest run of a feed: imported, unchanged and stale.
    pub fn outcome(&self, run: &RunId) -> (u64, u64, u64) {
        let tally = self.tally(run).tally;
        (tally.imported, tally.unchanged, tally.stale)
    }

    /// The items of a table or queue.
    pub fn items(&self, target: &str) -> Vec<StoredItem> {
        self.sink.items(target)
    }
}

/// A generation of the shipped dataset.
pub fn of(day: &str, generation: u64) -> Generation {
    Generation { dataset: "customer-orders".parse().unwrap(), set: day.parse().unwrap(), generation }
}
