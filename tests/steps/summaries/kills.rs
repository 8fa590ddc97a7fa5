//! Import, merge and summarise, with a fault in each of their calls of a store, and each called twice: the same bytes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_contract::{RunId, Tally, Verdict, keys};
use sluice_pipeline::{Caller, Execution, Failed, Site, Task};
use sluice_platform::Call;
use sluice_platform::faulty::{At, FAULTS, Faults, Of, PortCall, Rule};
use sluice_platform::objects::Objects;
use sluice_platform::runtime::Deadline;
use sluice_platform::sorted::Room;
use sluice_platform::world::FaultyWorld;

use super::{CREDIT, KEY, SUMS, feed, files, visits, world};
use crate::world::World;

/// The steps that have faults.
const STATES: [&str; 3] = ["Import", "Merge", "Summarise"];
/// Calls of a step for one input, at most: fewer than the definition allows.
const TRIES: u32 = 3;

/// A fault in the first call of a step.
type Trouble = Option<(&'static str, Rule)>;

/// The state machine, which calls a step until it succeeds, and then once more.
struct Machine<'a> {
    world: &'a World,
    trouble: Trouble,
    faults: Faults,
    spent: Cell<bool>,
    /// The calls of stores in the first call of each step.
    calls: RefCell<BTreeMap<&'static str, Vec<PortCall>>>,
}

impl Machine<'_> {
    /// Calls a step once; `None` if it was killed.
    async fn once<I, O: 'static>(&self, site: Site, input: I, task: Task<I, O>) -> Option<Result<O, Failed>> {
        let mut steps = self.world.steps_in(&FaultyWorld::new(&**self.world, &self.faults));
        // Nothing fits into memory, so that every object is written.
        steps.import.summary_buffer = 1;
        steps.summarise.room = Room { buffer: 1, windows: 1 };
        // A call of import has no time, so that the next one continues.
        let limit = if site.state == "Import" { Duration::ZERO } else { Duration::from_mins(15) };
        let call = Call::local().until(Deadline::after(limit));
        tokio::select! {
            biased;
            answer = task(Arc::new(steps), input, call) => Some(answer),
            () = self.faults.crashed() => None,
        }
    }
}

impl Caller for Machine<'_> {
    fn objects(&self) -> Arc<dyn Objects> {
        self.world.objects()
    }

    async fn call<I, O>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        let mut last = None;
        for _ in 0..TRIES {
            let trouble = self.trouble.filter(|(state, _)| *state == site.state && !self.spent.replace(true));
            self.faults.arm(trouble.map(|(_, rule)| rule).as_slice());
            let answer = self.once(site, input.clone(), task).await;
            self.calls.borrow_mut().entry(site.state).or_insert_with(|| self.faults.calls());
            self.faults.arm(&[]);
            match answer {
                Some(Ok(answer)) => {
                    // As if its answer had been lost.
                    let again = self.once(site, input, task).await.unwrap();
                    return if site.state == "Import" { again } else { again.map(|_| answer) };
                }
                Some(Err(failed)) => {
                    assert!(["Transient", "Throttled"].contains(&failed.error.as_str()), "{site}: {failed}");
                    last = Some(failed);
                }
                None => last = Some(Failed { error: "killed".to_owned(), cause: site.to_string() }),
            }
        }
        Err(last.unwrap())
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, _: &'static str, items: Vec<(u32, F)>) {
        for (_, item) in items {
            item.await.unwrap();
        }
    }
}

/// What a run leaves.
#[derive(Debug, PartialEq)]
struct Left {
    tally: Tally,
    files: BTreeMap<String, String>,
    delivered: BTreeMap<String, Vec<u8>>,
    imported: String,
    rejects: String,
}

async fn run(trouble: Trouble) -> (Left, BTreeMap<&'static str, Vec<PortCall>>) {
    let failing = SUMS.replace(
        "{label: Records",
        "{label: N, sum: 'record.agent == null ? 0 : decimal(record.agent)'}, {label: Records",
    );
    let mut world = world(&feed(&[CREDIT, &failing], "import: {table: visits, key: [id], duplicates: last}\n"));
    world.chunk_bytes = 40;
    let text = visits(&["a,1,v,,x,1", "b,3,v,,,2", "a,2,v,,y,", "c,4,w,,,8", "d,5,v,no,,16", "e,6,w,7,x,32"]);
    let upload = world.upload(KEY, text);
    let id: RunId = world.deliver(&upload, true).await.run_id.unwrap();
    let machine =
        Machine { world: &world, trouble, faults: Faults::none(), spent: Cell::new(false), calls: RefCell::default() };
    let ended = Execution { caller: &machine, run: &id, name: id.as_str() }.run().await;
    let ended = ended.unwrap_or_else(|failed| panic!("{trouble:?}: {failed}"));
    assert_eq!((ended.merged, ended.reported), (Verdict::Imported, Verdict::Imported), "{trouble:?}");
    let left = Left {
        tally: world.tally(&id).tally,
        files: files(&world, &id),
        delivered: world.outbound.files(),
        imported: world.output(&id, keys::IMPORTED_CSV),
        rejects: world.output(&id, keys::REJECTS_CSV),
    };
    (left, machine.calls.into_inner())
}

#[tokio::test]
async fn whatever_fails_and_however_often_a_step_is_called_the_bytes_are_the_same() {
    let (expected, calls) = run(None).await;
    assert_eq!(expected.tally, Tally { read: 6, imported: 4, duplicate: 1, rejected: 1, ..Tally::default() });
    assert_eq!(expected.files["2026-11-21/words.tab"], "Word\tSum\tOrders\nx\t32.00\t1\ny\t2.00\t1\n");
    assert_eq!(expected.delivered.len(), 1);
    let mut cases = 0;
    for state in STATES {
        for (decision, kind) in FAULTS {
            let most = calls[state].iter().filter(|call| call.kind == kind).count() as u64;
            for at in 1..=most {
                let rule = Rule { decision, of: Of::Kind(kind), at: At::Only(at) };
                let (found, _) = run(Some((state, rule))).await;
                assert_eq!(found, expected, "{state} {rule:?}");
                cases += 1;
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 250, "{cases}");
}
