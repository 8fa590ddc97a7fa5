//! Runs cases, from the upload to the comparison.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use sluice_contract::RunId;
use sluice_pipeline::Site;
use sluice_platform::faulty::PortCall;
use sluice_platform::sink::StoredItem;
use tokio::runtime::{Builder, Runtime};

use crate::case::Case;
use crate::compare::compare;
use crate::delivery::Delivery;
use crate::orchestrator::Orchestrator;
use crate::scenario::Scenario;
use crate::world::{Messages, WHOLE, World};

/// The calls of backends in each attempt of each step.
pub type Calls = BTreeMap<Site, Vec<Vec<PortCall>>>;

/// Failing cases that are shown.
const SHOWN: usize = 25;

/// A case that waits this long waits forever: time is simulated, and passes at once while every task waits.
const FOREVER: Duration = Duration::from_secs(100_000);

/// Runs a case, and returns the differences from the expected result, and the calls.
pub fn run(case: &Case<'_>) -> (Vec<String>, Calls) {
    runtime().block_on(async {
        let ended = tokio::time::timeout(FOREVER, async {
            let scenario = case.scenario;
            let bytes = scenario.bytes();
            let world = if scenario.parent().is_some() {
                // The steps read the objects of the run that a repair repairs, so that run must exist in full.
                World::after(scenario, bytes.len() as u64).await
            } else {
                let world = World::new(scenario, bytes.len() as u64);
                world.put_items(scenario).await;
                world
            };
            let upload = world.upload(scenario.feed, &scenario.tested, bytes.clone());
            let orchestrator = Orchestrator::new(&world, case);
            let run = orchestrator.import(&upload).await;
            world.faults.arm(&[]);
            let mut wrong = orchestrator.complaints.take();
            wrong.extend(compare(&world, case, &run, &upload, &bytes, orchestrator.reported_failures.get()).await);
            (wrong, orchestrator.calls.take())
        });
        ended.await.unwrap_or_else(|_| (vec!["it waits forever".to_owned()], Calls::new()))
    })
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// The calls in each step of a case that must end as expected.
///
/// # Panics
/// If it does not.
pub fn calls(case: &Case<'_>) -> Calls {
    let (wrong, calls) = run(case);
    assert!(wrong.is_empty(), "{case}\n{}", wrong.join("\n"));
    calls
}

/// Imports the files that come before that of a scenario, and returns their runs and the items in the table.
pub fn before(scenario: &Scenario) -> (BTreeMap<String, RunId>, Vec<StoredItem>) {
    runtime().block_on(async {
        let world = World::new(scenario, WHOLE);
        let runs = import_before(&world, scenario).await;
        (runs, world.sink.items(scenario.feed))
    })
}

/// Imports the files that come before that of a scenario, and returns what they have sent.
pub fn sent_before(scenario: &Scenario) -> Messages {
    runtime().block_on(async {
        let world = World::new(scenario, WHOLE);
        assert_eq!(import_before(&world, scenario).await, scenario.runs);
        world.messages
    })
}

/// Imports the files that come before that of a scenario into a world.
pub async fn import_before(world: &World, scenario: &Scenario) -> BTreeMap<String, RunId> {
    let case = Case { scenario, troubles: Vec::new(), delivery: Delivery::Plain };
    let mut runs = BTreeMap::new();
    for file in &scenario.before {
        let upload = world.upload(scenario.feed, file, file.bytes());
        let run = Orchestrator::new(world, &case).import(&upload).await;
        runs.insert(file.path.display().to_string(), run);
    }
    runs
}

/// Runs cases on all cores. The variable `FAULTS` chooses those whose text contains it.
///
/// # Panics
/// If cases fail, after it has printed a command for each that runs it alone; or if there are fewer than `at_least` cases.
pub fn try_all(test: &str, cases: &[Case<'_>], at_least: usize) {
    let only = std::env::var("FAULTS").ok();
    assert!(cases.len() >= at_least, "{} cases: there should be {at_least} at least", cases.len());
    let chosen: Vec<&Case<'_>> =
        cases.iter().filter(|case| only.as_ref().is_none_or(|only| case.to_string().contains(only))).collect();
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let work = || {
        while let Some(case) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let ended = catch_unwind(AssertUnwindSafe(|| run(case).0));
            let wrong = ended.unwrap_or_else(|panic| vec![format!("panicked: {}", message(&*panic))]);
            if !wrong.is_empty() {
                failed.lock().unwrap().push((case.to_string(), wrong));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    for (case, wrong) in failed.iter().take(SHOWN) {
        eprintln!("{case}");
        for line in wrong {
            eprintln!("    {line}");
        }
        eprintln!("    again: FAULTS='{case}' cargo test --workspace --test faults {test}");
    }
    assert!(
        failed.is_empty(),
        "{} of {} cases failed; {} are shown",
        failed.len(),
        chosen.len(),
        SHOWN.min(failed.len())
    );
    // Bypass the capture of the test harness, so that the number of cases is always shown.
    stderr().write_all(format!("{test}: {} cases\n", chosen.len()).as_bytes()).unwrap();
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
