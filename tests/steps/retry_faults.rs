//! The workflow that tries rejects again, where anything in it fails: no reject is lost, none is offered twice for one attempt,
//! and each comes to an end that is told.

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

/// The products X and Y are not there, for now.
const FILE: &str = "id,sku,price\n1,X,1\n2,A,2\n3,Y,3\n";

/// How often the state machine calls the function for one thing; fewer times than its definition has it.
const TRIES: u32 = 4;
/// How often it is started until nothing waits any more, at most.
const EXECUTIONS: usize = 12;
/// What lies between two of them, in seconds.
const PAUSE: i64 = 15 * 60;

/// The roles of the function.
const ROLES: [&str; 3] = ["collect", "offer", "exhaust"];

/// What goes wrong in a role, and in how many of its calls, from the first.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    role: &'static str,
    rule: Rule,
    calls: u32,
}

/// Whoever calls the function, and imports what it offers.
struct Machine<'a> {
    world: &'a World,
    faults: Faults,
    trouble: Option<Trouble>,
    troubled: Cell<u32>,
    /// What was called for each role, in the first call of it.
    calls: RefCell<BTreeMap<&'static str, Vec<PortCall>>>,
    /// The attempts that were made: which record, and for which time.
    made: RefCell<BTreeSet<(String, u32)>>,
    /// In how many files.
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

    /// Calls the function as often as it is to be tried; `None` where it fails all the same.
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
            // Between two calls it may have been imported, or not yet.
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

    /// An execution at a time. Where a call fails for good, it ends.
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

    /// Imports what was put into the inbox, which takes it out of there.
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

/// Imports a file, of which two records are rejected and wait, and tries these again until none waits. What they wait for comes
/// after the first execution, or never. Answers what was called.
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
    let told = world.mailer.sent().iter().filter(|mail| mail.subject.starts_with("EXHAUSTED")).count();
    let items = world.sink.items("orders").len();
    assert_eq!(count(RejectState::Open), 0, "{what}");
    if comes {
        assert_eq!((count(RejectState::Exhausted), items, told), (0, 3, 0), "{what}");
    } else {
        assert_eq!((count(RejectState::Exhausted), items), (2, 1), "{what}");
        assert!(told > 0, "{what}: that they are given up was told to nobody");
    }
    assert!(machine.made.borrow().iter().all(|(_, attempt)| *attempt <= 2), "{what}: more than the feed gives");
    // A file that is put where it is already would be a version more, and a run.
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
                    // Nothing is given up where what is waited for comes.
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
