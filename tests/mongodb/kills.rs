//! Whole imports whose importer fails or is killed at each of its calls: the run ends as it does undisturbed, and so do the documents.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::{Document, doc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use sluice_contract::documents::TallyDocument;
use sluice_contract::steps::ChunkInput;
use sluice_contract::{Phase, RunId, Verdict, keys};
use sluice_mongodb::MongoSink;
use sluice_pipeline::{Caller, Config, Execution, Failed, Site, Steps, Task};
use sluice_platform::Call;
use sluice_platform::faulty::{At, Decision, FAULTS, Faults, Kind, Of, PortCall, Rule};
use sluice_platform::inbox::UploadVersion;
use sluice_platform::objects::Objects;
use sluice_platform::world::{FaultyWorld, MemoryWorld};
use sluice_tests::mongod::{Mongod, collection};

use crate::shop::Shop;

const FEED: &str = "
version: 1
name: shop
schema:
  fields:
    - {name: id, constraints: {required: true}}
    - {name: price.amount, type: number}
import: {collection: shop.killed, connection: main, key: [id]}
report: {recipients: [ops@example.com]}
";

/// A record that is rejected, a key that comes twice, and records without a price.
const FIRST: &str = "id,price.amount\na,1.50\nb,2\nc,\nd,dear\na,1.75\ne,5\nf,6\n";
/// A later file: some of it is unchanged.
const SECOND: &str = "id,price.amount\na,1.75\nb,2.25\ng,7\n";

/// The state of the importer that a state machine calls for a collection.
const IMPORTER: &str = "Import into a collection";

/// A fault at one of the calls of the importer of a chunk.
type Trouble = (u32, Rule);

/// A world in memory whose sink is the real server.
struct World {
    memory: MemoryWorld,
    faults: Faults,
    trouble: Cell<Option<Trouble>>,
    /// What the importers of each chunk called.
    calls: RefCell<BTreeMap<u32, Vec<PortCall>>>,
}

impl World {
    fn new(mongod: &Mongod, trouble: Option<Trouble>) -> Self {
        let sink = Arc::new(MongoSink::new(Arc::new(mongod.connections(&mongod.writer, "shop.killed"))));
        let memory = MemoryWorld {
            front: Arc::new(move |_| Arc::clone(&sink) as _),
            ..MemoryWorld::new(|| "2026-11-21T02:40:00Z".parse().unwrap())
        };
        memory.objects.insert(&keys::feed(&"shop".parse().unwrap()), FEED.as_bytes().to_vec());
        Self { memory, faults: Faults::none(), trouble: Cell::new(trouble), calls: RefCell::default() }
    }

    fn steps(&self) -> Arc<Steps> {
        let config = Config {
            intake: sluice_intake::Config { max_file_bytes: 1 << 20 },
            pin: sluice_pin::Config { chunk_bytes: 25, max_record_bytes: 1 << 16 },
            split: sluice_split::Config { one_pass_bytes: 1 << 20, read_bytes: 1 << 16 },
            import: sluice_import::Config { in_flight: 8, margin: Duration::from_millis(1) },
            dataset: sluice_dataset::Config::of(1024 * 1024),
            settled_minutes: 10,
        };
        Arc::new(Steps::new(&FaultyWorld::new(&self.memory, &self.faults), config))
    }

    fn upload(&self, second: u32, content: &str) -> UploadVersion {
        let at = format!("2026-11-21T02:33:{second:02}Z");
        self.memory.inbox.upload(&format!("inbox/shop/{second}.csv"), &at, content.as_bytes().to_vec())
    }

    /// Registers an upload, and returns its run.
    async fn deliver(&self, upload: &UploadVersion) -> RunId {
        let object = json!({
            "key": upload.key, "size": upload.bytes, "etag": upload.etag, "version-id": upload.version_id, "sequencer": "0055",
        });
        let event = json!({"detail": {"bucket": {"name": MemoryWorld::INBOX}, "object": object}});
        let answer = sluice_intake::run(&self.steps().intake, serde_json::from_value(event).unwrap()).await;
        answer.unwrap().run_id.unwrap()
    }

    async fn import(&self, upload: &UploadVersion) -> TallyDocument {
        let run = self.deliver(upload).await;
        let ended = Execution { caller: self, run: &run, name: run.as_str() }.run().await.unwrap();
        assert_eq!(ended.reported, Verdict::Imported);
        serde_json::from_slice(&self.memory.objects.bytes(&keys::tally(&run)).unwrap()).unwrap()
    }
}

impl Caller for World {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.memory.objects.clone())
    }

    /// The importer has its fault in its first call, and is called again, as the state machine does.
    async fn call<I, O>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        if site.state != IMPORTER {
            return task(self.steps(), input, Call::local()).await;
        }
        let trouble = self.trouble.get().filter(|(chunk, _)| *chunk == site.item);
        self.trouble.set(if trouble.is_some() { None } else { self.trouble.get() });
        let rules: Vec<Rule> = trouble.into_iter().map(|(_, rule)| rule).collect();
        self.faults.arm(&rules);
        let first = tokio::select! {
            answer = task(self.steps(), input.clone(), Call::local()) => Some(answer),
            () = self.faults.crashed() => None,
        };
        self.calls.borrow_mut().entry(site.item).or_default().extend(self.faults.calls());
        self.faults.arm(&[]);
        match first {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(failed)) if rules.is_empty() => Err(failed),
            Some(Err(_)) | None => task(self.steps(), input, Call::local()).await,
        }
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, _: &'static str, items: Vec<(u32, F)>) {
        for (_, item) in items {
            item.await.unwrap();
        }
    }
}

/// The documents of the collection, in the order of their keys.
async fn documents(shop: &Shop) -> Vec<Document> {
    let mut found = shop.documents.find(doc! {}).sort(doc! {"_id": 1}).await.unwrap();
    let mut documents = Vec::new();
    while found.advance().await.unwrap() {
        documents.push(found.deserialize_current().unwrap());
    }
    documents
}

/// Imports both files into an empty collection, the second with this trouble.
async fn both(shop: &Shop, trouble: Option<Trouble>) -> (World, [TallyDocument; 2], Vec<Document>) {
    shop.documents.drop().await.unwrap();
    let world = World::new(&shop.mongod, None);
    let first = world.import(&world.upload(1, FIRST)).await;
    world.calls.take();
    world.trouble.set(trouble);
    let second = world.import(&world.upload(2, SECOND)).await;
    assert!(world.trouble.get().is_none(), "an importer had the fault");
    let documents = documents(shop).await;
    (world, [first, second], documents)
}

/// The kinds of faults that tests of other sinks have, without throttling: its pauses take real time, and are the same for each sink.
fn faults(kind: Kind) -> impl Iterator<Item = Decision> {
    let of_kind = FAULTS.into_iter().filter(move |(decision, of)| *of == kind && *decision != Decision::Throttle);
    of_kind.map(|(decision, _)| decision)
}

#[tokio::test]
async fn an_importer_that_fails_at_any_call_ends_as_if_nothing_had_happened() {
    let shop = Shop::of(collection("shop.killed", &[("id", false)])).await;
    let (world, expected, stored) = both(&shop, None).await;
    assert_eq!((expected[0].tally.imported, expected[0].tally.rejected, expected[0].tally.duplicate), (5, 1, 1));
    assert_eq!((expected[1].tally.imported, expected[1].tally.unchanged), (2, 1));
    let calls = world.calls.take();
    let mut cases = 0;
    for (chunk, calls) in &calls {
        for (at, call) in calls.iter().enumerate() {
            for decision in faults(call.kind) {
                let rule = Rule { decision, of: Of::Any, at: At::Only(at as u64 + 1) };
                let (_, tallies, found) = both(&shop, Some((*chunk, rule))).await;
                let case = format!("{decision:?} at call {at} of chunk {chunk}, {call:?}");
                for (tally, expected) in tallies.iter().zip(&expected) {
                    assert_eq!((tally.verdict, tally.tally), (expected.verdict, expected.tally), "{case}");
                }
                assert_eq!(found, stored, "{case}");
                cases += 1;
            }
        }
    }
    assert!(cases > 30, "{cases} cases");
}

/// While the importer is dead, a later run imports the same keys. The dead one goes on: what it has not written is stale, and so is
/// what was overtaken.
#[tokio::test]
async fn an_importer_that_was_killed_and_overtaken_takes_nothing_back() {
    let shop = Shop::of(collection("shop.killed", &[("id", false)])).await;
    for at in 1..=3 {
        shop.documents.drop().await.unwrap();
        let world = World::new(&shop.mongod, None);
        let (early, late) = (world.upload(1, FIRST), world.upload(2, SECOND));
        let run = world.deliver(&early).await;
        let execution = Execution { caller: &world, run: &run, name: run.as_str() };
        let checked = execution.check().await.unwrap();
        let rule = Rule { decision: Decision::CrashAfter, of: Of::Operation("write an item"), at: At::Only(at) };
        world.faults.arm(&[rule]);
        let (steps, call) = (world.steps(), Call::local());
        let input = ChunkInput {
            run_id: run.clone(),
            attempt: 1,
            phase: Phase::Import,
            header: checked.chunks.header,
            chunk: checked.chunks.chunks[1],
        };
        tokio::select! {
            _ = sluice_import::run(&steps.import, input, &call) => {}
            () = world.faults.crashed() => {}
        }
        world.faults.arm(&[]);
        let second = world.import(&late).await;
        assert_eq!(second.tally.imported + second.tally.unchanged, 3, "{:?}", second.tally);
        let before = documents(&shop).await;
        execution.process_chunks(Phase::Import, &checked.chunks).await.unwrap();
        let ended = execution.finish().await.unwrap();
        assert_eq!(ended.reported, Verdict::Imported);
        let tally: TallyDocument =
            serde_json::from_slice(&world.memory.objects.bytes(&keys::tally(&run)).unwrap()).unwrap();
        assert_eq!(tally.tally.stale, 2, "a and b are of the later run: {:?}", tally.tally);
        let after = documents(&shop).await;
        let later = |documents: &[Document]| -> Vec<Document> {
            documents.iter().filter(|one| one.get_str("_run").is_ok_and(|of| of != run.as_str())).cloned().collect()
        };
        assert_eq!(later(&after), later(&before));
        assert_eq!(after.len(), 6);
    }
}
