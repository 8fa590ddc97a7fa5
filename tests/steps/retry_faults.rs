//! The workflow that tries rejects again, with faults: no reject is lost, none is offered twice for one attempt, and each comes to an
//! end that is reported.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use sluice_contract::Verdict;
use sluice_contract::steps::{RetryInput, RetryOptions};
use sluice_platform::StepError;
use sluice_platform::faulty::{At, FAULTS, Faults, Of, PortCall, Rule};
use sluice_platform::rejects::{RejectEntry, RejectState};
use sluice_platform::world::FaultyWorld;
use sluice_retry::{Answer, Deps};

use crate::retry::{CLOCK, KEY, ORDERS, world};
use crate::world::World;

/// The products X and Y do not exist yet.
const FILE: &str = "id,sku,price\n1,X,1\n2,A,2\n3,Y,3\n";

/// Calls of the function for one input, at most: fewer than the definition allows.
const TRIES: u32 = 4;
/// Most executions until no reject waits any more.
const EXECUTIONS: usize = 12;
/// Seconds between two executions.
const PAUSE: i64 = 15 * 60;

/// The roles of the function.
const ROLES: [&str; 3] = ["collect", "offer", "exhaust"];

/// A fault in a role, in its first `calls` calls.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    role: &'static str,
    rule: Rule,
    calls: u32,
}

/// The state machine, which calls the function, and the imports of the files that it offers.
struct Machine<'a> {
    world: &'a World,
    faults: Faults,
    trouble: Option<Trouble>,
    troubled: Cell<u32>,
    /// The calls of backends in the first call of each role.
    calls: RefCell<BTreeMap<&'static str, Vec<PortCall>>>,
    /// The attempts that were made: the record, and the number of the attempt.
    made: RefCell<BTreeSet<(String, u32)>>,
    /// The number of their files.
    files: Cell<u64>,
}

impl<'a> Machine<'a> {
    fn new(world: &'a World, trouble: Option<Trouble>) -> Self {
        let (faults, troubled) = (Faults::none(), Cell::new(0));
        Self {
            world,
            faults,
            trouble,
            troubled,
            calls: RefCell::default(),
            made: RefCell::default(),
            files: Cell::new(0),
        }
    }

    fn deps(&self) -> Deps {
        Deps::new(&FaultyWorld::new(&**self.world, &self.faults))
    }

    /// Calls the function until it succeeds, up to [`TRIES`] times; `None` if it never does.
    async fn call(&self, input: &RetryInput) -> Option<Answer> {
        let role = match input {
            RetryInput::Collect { .. } => "collect",
            RetryInput::Offer(_) => "offer",
            RetryInput::Exhaust(_) => "exhaust",
        };
        for _ in 0..TRIES {
            let trouble = self.trouble.filter(|trouble| trouble.role == role && self.troubled.get() < trouble.calls);
            self.troubled.set(self.troubled.get() + u32::from(trouble.is_some()));
            self.faults.arm(trouble.map(|trouble| trouble.rule).as_slice());
            let deps = self.deps();
            let answer = tokio::select! {
                biased;
                answer = sluice_retry::run(&deps, input.clone()) => Some(answer),
                () = self.faults.crashed() => None,
            };
            self.calls.borrow_mut().entry(role).or_insert_with(|| self.faults.calls());
            // Between two calls, the offered file may have been imported, or not yet.
            if self.trouble.is_some_and(|trouble| trouble.calls > 1) {
                self.import().await;
            }
            match answer {
                Some(Ok(answer)) => return Some(answer),
                Some(Err(error)) => {
                    assert!(["Transient", "Throttled"].contains(&error.name().as_str()), "{role}: {error:?}");
                }
                None => {}
            }
        }
        None
    }

    /// Runs one execution. It ends if a call fails for good.
    async fn execute(&self, at: i64) {
        let at = jiff::Timestamp::from_second(at).unwrap().to_string();
        let collected = self.call(&RetryInput::Collect { at, options: RetryOptions::default() }).await;
        let Some(Answer::Collected(collected)) = collected else { return };
        for lot in collected.lots {
            let done = self.call(&lot).await;
            self.import().await;
            if done.is_none() {
                return;
            }
        }
    }

    /// Imports the offered files, which removes them from the inbox.
    async fn import(&self) {
        for key in self.world.offered.keys("inbox/") {
            let file = self.world.offered.bytes(&key).unwrap().to_vec();
            self.world.offered.remove(&key);
            self.files.set(self.files.get() + 1);
            for row in csv::Reader::from_reader(&file[..]).records().map(Result::unwrap) {
                let (id, attempt) = (row[0].to_owned(), row[row.len() - 1].parse().unwrap());
                assert!(self.made.borrow_mut().insert((id, attempt)), "an attempt is made twice: {row:?}");
            }
            assert_eq!(self.world.import_file(&key, file).await.1, Verdict::Imported);
        }
    }
}

/// Every reject of every run.
fn rejects(world: &World) -> Vec<RejectEntry> {
    world.ledger.entries().iter().flat_map(|entry| world.rejects.of(&entry.run_id)).collect()
}

/// Imports a file with two records that are rejected and wait for products, and retries them until none waits. The products come after
/// the first execution, or never. Returns the calls of backends.
async fn case(comes: bool, trouble: Option<Trouble>) -> BTreeMap<&'static str, Vec<PortCall>> {
    let what = format!("{comes} {trouble:?}");
    let world = world(&format!("{ORDERS}retry: {{attempts: 2}}\n")).await;
    world.import_file(KEY, FILE).await;
    let machine = Machine::new(&world, trouble);
    let (mut now, mut executions) = (CLOCK, 0);
    while let Some(due) = rejects(&world).iter().filter_map(|reject| Some(reject.retry.as_ref()?.at)).min() {
        now = due.max(now + PAUSE);
        machine.execute(now).await;
        executions += 1;
        assert!(executions <= EXECUTIONS, "{what}: something waits forever: {:?}", rejects(&world));
        if comes && executions == 1 {
            world.import_file("inbox/products/later.csv", "id\nX\nY\n").await;
        }
    }
    let count = |state| rejects(&world).iter().filter(|reject| reject.state == state).count();
    let mails = world.mailer.sent().iter().filter(|mail| mail.subject.starts_with("EXHAUSTED")).count();
    let items = world.sink.items("orders").len();
    assert_eq!(count(RejectState::Open), 0, "{what}");
    if comes {
        assert_eq!((count(RejectState::Exhausted), items, mails), (0, 3, 0), "{what}");
    } else {
        assert_eq!((count(RejectState::Exhausted), items), (2, 1), "{what}");
        assert!(mails > 0, "{what}: no mail says that they were given up");
    }
    assert!(machine.made.borrow().iter().all(|(_, attempt)| *attempt <= 2), "{what}: more than the feed gives");
    // Writing a file twice would make another version, and another run.
    assert_eq!(machine.faults.changes("finish an object"), machine.files.get(), "{what}");
    machine.calls.into_inner()
}

#[tokio::test]
async fn whatever_fails_in_a_retry_no_reject_is_lost_and_no_attempt_made_twice() {
    let calls = case(false, None).await;
    assert_eq!(calls.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from(ROLES));
    let mut cases = 0;
    for (role, calls) in calls {
        for (decision, kind) in FAULTS {
            let most = calls.iter().filter(|call| call.kind == kind).count() as u64;
            let all = if most > 1 { vec![At::Pair(most / 2), At::Every(1)] } else { vec![] };
            for at in (1..=most).map(At::Only).chain(all) {
                for (calls, comes) in [(1, false), (TRIES, false), (1, true), (TRIES, true)] {
                    // If the products come, nothing is exhausted.
                    if role != "exhaust" || !comes {
                        let rule = Rule { decision, of: Of::Kind(kind), at };
                        case(comes, Some(Trouble { role, rule, calls })).await;
                        cases += 1;
                    }
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 300, "{cases}");
}
