//! A join that is killed, or fails, at each of its calls to the world.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_contract::documents::JoinEnd;
use sluice_contract::steps::DatasetInput;
use sluice_pipeline::{Caller, Config, Failed, Join, Site, Steps, Task};
use sluice_platform::Call;
use sluice_platform::datasets::SetState;
use sluice_platform::faulty::{At, Decision, FAULTS, Faults, Kind, Of, PortCall, Rule};
use sluice_platform::objects::Objects;
use sluice_platform::world::FaultyWorld;

use super::world::{DAY, FILES, Shop, of};

/// Calls of a step, at most.
const TRIES: u32 = 3;

/// Calls the steps of a join, of which the first that the rule applies to fails. A step that fails is called again.
struct Machine<'a> {
    shop: &'a Shop,
    faults: Faults,
    /// Whether the offered files are imported between two calls of a step, so that pin has moved them on.
    imports: bool,
}

impl Machine<'_> {
    fn steps(&self) -> Steps {
        let memory: &sluice_platform::world::MemoryWorld = self.shop;
        let config = Config {
            intake: sluice_intake::Config { max_file_bytes: 1 << 20 },
            pin: sluice_pin::Config { chunk_bytes: 1 << 20, max_record_bytes: 1 << 20 },
            split: sluice_split::Config { one_pass_bytes: 1 << 20, read_bytes: 1 << 20 },
            import: sluice_import::Config { in_flight: 1, margin: std::time::Duration::from_millis(1) },
            // One partition, so that there are few calls; the oracle's test has many.
            dataset: sluice_dataset::Config { partition_bytes: 1 << 20, buffer: 100, ..self.shop.join },
            settled_minutes: 10,
        };
        Steps::new(&FaultyWorld::new(memory, &self.faults), config)
    }
}

impl Caller for Machine<'_> {
    fn objects(&self) -> Arc<dyn Objects> {
        self.shop.objects()
    }

    async fn call<I, O>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        let mut last = None;
        for _ in 0..TRIES {
            let steps = Arc::new(self.steps());
            let answer = tokio::select! {
                biased;
                answer = task(steps, input.clone(), Call::local()) => Some(answer),
                () = self.faults.crashed() => None,
            };
            match answer {
                Some(Ok(answer)) => return Ok(answer),
                Some(Err(failed)) => {
                    assert!(["Transient", "Throttled"].contains(&failed.error.as_str()), "{site}: {failed}");
                    last = Some(failed);
                }
                None => {}
            }
            if self.imports {
                self.shop.deliver_offers().await;
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

/// The shipped files with two orphans, complete and not joined yet.
async fn complete() -> Shop {
    let shop = Shop::new();
    for (member, content) in FILES {
        shop.put(member, DAY, &content.replace("1005,3,", "1005,9,")).await;
    }
    shop
}

/// What was put into the inbox: keys and contents.
fn offered(shop: &Shop) -> Vec<(String, bytes::Bytes)> {
    shop.offered.keys("inbox/").into_iter().map(|key| (key.clone(), shop.offered.bytes(&key).unwrap())).collect()
}

/// Joins a complete set with this fault, and checks that the result is the same.
async fn join_with(complete: &Shop, rule: Option<Rule>, imports: bool) -> (Vec<PortCall>, Vec<(String, bytes::Bytes)>) {
    let shop = complete.copy();
    let machine = Machine { shop: &shop, faults: Faults::none(), imports };
    machine.faults.arm(rule.as_slice());
    let ended = Box::pin(Join { caller: &machine, of: &of(DAY, 3) }.run()).await.unwrap();
    let calls = machine.faults.calls();
    assert_eq!(ended.ended, JoinEnd::Published, "{rule:?}");
    let set = shop.set(DAY).await;
    assert_eq!((set.state, set.generation, set.ends.len()), (SetState::Published, 3, 1), "{rule:?}");
    assert_eq!(shop.orphans(DAY, 3), ["orders 5 no-parent", "items 6 parent-orphan"], "{rule:?}");
    let found = offered(&shop);
    if imports {
        shop.deliver_offers().await;
        let runs: Vec<String> = shop.ledger.entries().into_iter().map(|entry| entry.feed).collect();
        for feed in ["customer-messages", "customer-totals", "orphan-messages"] {
            assert_eq!(runs.iter().filter(|run| *run == feed).count(), 1, "{feed} {rule:?}");
        }
        assert_eq!(shop.items("customer-totals").len(), 3, "{rule:?}");
    }
    (calls, found)
}

#[tokio::test]
async fn a_join_gives_the_same_result_wherever_it_is_killed() {
    let complete = complete().await;
    let (calls, expected) = Box::pin(join_with(&complete, None, false)).await;
    assert_eq!(expected.len(), 3);
    let mut tried = BTreeSet::new();
    for (decision, kind) in FAULTS {
        let count = calls.iter().filter(|call| call.kind == kind).count() as u64;
        for number in 1..=count {
            let rule = Rule { decision, of: Of::Kind(kind), at: At::Only(number) };
            let (_, found) = Box::pin(join_with(&complete, Some(rule), false)).await;
            assert!(found == expected, "{rule:?}");
            tried.insert((decision, number));
        }
    }
    assert!(tried.len() > 200, "{}", tried.len());
}

/// The calls of `publish` from the first file on: before, while and after it offers a file, and when pin has moved that.
#[tokio::test]
async fn a_file_that_pin_has_moved_on_is_not_offered_again() {
    let complete = complete().await;
    let (calls, _) = Box::pin(join_with(&complete, None, true)).await;
    let changes: Vec<_> = calls.iter().filter(|call| call.kind == Kind::Change).collect();
    for (number, _) in (1..).zip(&changes).skip(changes.len().saturating_sub(12)) {
        for decision in [Decision::CrashBefore, Decision::CrashAfter, Decision::LoseAnswer] {
            Box::pin(join_with(
                &complete,
                Some(Rule { decision, of: Of::Kind(Kind::Change), at: At::Only(number) }),
                true,
            ))
            .await;
        }
    }
}

#[tokio::test]
async fn two_files_that_complete_a_set_at_the_same_moment_start_one_join() {
    for seed in 0..40 {
        let shop = Shop::new();
        let mut runs = Vec::new();
        for (member, content) in FILES {
            runs.push(shop.import(member, DAY, content).await);
        }
        let faults = Faults::none();
        faults.shuffle(seed);
        let memory: &sluice_platform::world::MemoryWorld = &shop;
        let deps = sluice_dataset::Deps::new(&FaultyWorld::new(memory, &faults), shop.join);
        let ends = runs.iter().chain(&runs).map(|run| DatasetInput::Ended { run_id: run.clone() });
        futures::future::try_join_all(ends.map(|input| sluice_dataset::run(&deps, input))).await.unwrap();
        let set = shop.set(DAY).await;
        assert_eq!((set.generation, set.state), (3, SetState::Joining), "seed {seed}");
        assert_eq!(shop.joins.started().len(), 1, "seed {seed}");
    }
}
