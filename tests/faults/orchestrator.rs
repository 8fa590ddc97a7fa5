//! The state machines, and whoever calls the functions that they do not: each step is tried as often as the definitions say,
//! a run that fails is reported and resumed, from its start.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use futures::future::{LocalBoxFuture, join_all};
use sluice_contract::steps::SplitOutput;
use sluice_contract::{Chunk, RunId, Verdict};
use sluice_platform::executions::Execution;
use sluice_platform::faulty::Call;
use sluice_platform::inbox::UploadVersion;

use crate::case::{Case, Site};
use crate::delivery::Delivery;
use crate::retries::Retries;
use crate::steps::{self, Answer, Failed, Steps};
use crate::world::World;

/// How often a run is executed in a case, at most.
const EXECUTIONS: u32 = 5;

const INTAKE: Site = Site::of("intake");
const FAILURE: Site = Site::of("failure");
/// The sweep that finds an upload of which no event told, and the one that finds a run that died.
pub const SWEEPS: [Site; 2] = [Site { stage: "sweep", item: 1 }, Site { stage: "sweep", item: 2 }];

/// How often the schedule ticks for one thing to be found, at most.
const TICKS: usize = 5;

/// Plays everything that calls a function.
pub struct Orchestrator<'a> {
    world: &'a World,
    case: &'a Case<'a>,
    /// The environments of the functions: others, where those before were killed.
    steps: RefCell<Arc<Steps>>,
    execution: Cell<u32>,
    /// How often the event of the upload was delivered.
    deliveries: Cell<u32>,
    /// Whether what is called now has been in a queue: its troubles are over.
    queued: Cell<bool>,
    /// How often each step was called in this execution.
    attempts: RefCell<BTreeMap<Site, u32>>,
    /// Those that are thought to be dead.
    zombies: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    /// What was called in each attempt of each step.
    pub calls: RefCell<BTreeMap<Site, Vec<Vec<Call>>>>,
    /// What went otherwise than it may, whatever came out.
    pub complaints: RefCell<Vec<String>>,
    /// How many executions have failed and were told.
    pub told_failures: Cell<u32>,
}

impl<'a> Orchestrator<'a> {
    pub fn new(world: &'a World, case: &'a Case<'a>) -> Self {
        Self {
            world,
            case,
            steps: RefCell::new(Steps::new(world)),
            execution: Cell::new(1),
            deliveries: Cell::new(0),
            queued: Cell::new(false),
            attempts: RefCell::default(),
            zombies: RefCell::default(),
            calls: RefCell::default(),
            complaints: RefCell::default(),
            told_failures: Cell::new(0),
        }
    }

    /// Imports an upload, until it is done.
    pub async fn import(&self, upload: &UploadVersion) -> RunId {
        let run = if self.case.scenario.unheard {
            let run = steps::run_of(upload);
            self.sweep(SWEEPS[0], run.as_str()).await;
            run
        } else {
            self.deliver(upload).await
        };
        if matches!(self.case.delivery, Delivery::Reordered(_)) {
            self.deliver(upload).await;
        }
        loop {
            let number = self.execution.get();
            let name = if number == 1 { run.to_string() } else { format!("{run}-{number}") };
            let running = Execution { status: "RUNNING".into(), error: None, cause: None };
            self.world.executions.set(&name, running.clone());
            match self.execute(&run, &name, upload).await {
                Ok(()) => {
                    self.world.executions.set(&name, Execution { status: "SUCCEEDED".into(), ..running });
                    break;
                }
                Err(failed) if number == EXECUTIONS => {
                    self.complain(format!("the run fails however often it is resumed: {failed:?}"));
                    break;
                }
                Err(failed) if self.case.scenario.unheard => {
                    self.end(&name, failed);
                    self.sweep(SWEEPS[1], &run.execution(number + 1)).await;
                    self.told_failures.set(self.told_failures.get() + 1);
                }
                Err(failed) => {
                    if self.fail(&name, failed).await != Verdict::Failed {
                        // What it was about to tell stands, and is told now: there is nothing left to resume.
                        break;
                    }
                }
            }
            self.execution.set(number + 1);
            self.attempts.borrow_mut().clear();
        }
        self.let_zombies_go_on().await;
        if matches!(self.case.delivery, Delivery::Reordered(_)) {
            self.deliver(upload).await;
        }
        if self.case.scenario.unheard {
            self.nothing_is_left().await;
        }
        run
    }

    /// The schedule ticks until this execution is started.
    async fn sweep(&self, site: Site, execution: &str) {
        for _ in 0..TICKS {
            // Where it fails for good, its troubles are over at the next tick.
            self.queued.set(self.call(site, steps::sweep).await.is_err());
            if self.world.executions.started().iter().any(|started| started == execution) && !self.queued.get() {
                return;
            }
        }
        self.complain(format!("{execution} is not started however often is swept"));
    }

    /// A sweep finds nothing to do when all is done.
    async fn nothing_is_left(&self) {
        self.world.faults.arm(&[]);
        let swept = steps::sweep(self.environment()).await.unwrap();
        if swept != (sluice_sweep::Answer { complete: true, ..sluice_sweep::Answer::default() }) {
            self.complain(format!("all is done, and a sweep finds something to do: {swept:?}"));
        }
    }

    /// Delivers the event of the upload; where that fails for good, it is delivered again.
    async fn deliver(&self, upload: &UploadVersion) -> RunId {
        loop {
            self.deliveries.set(self.deliveries.get() + 1);
            self.attempts.borrow_mut().remove(&INTAKE);
            match self.call(INTAKE, |steps| steps::intake(steps, upload)).await {
                Ok(Some(run)) => {
                    assert!(self.world.executions.started().contains(&run.to_string()), "nothing was started");
                    return run;
                }
                Ok(None) => panic!("the upload is not taken for one"),
                Err(_) => {}
            }
        }
    }

    /// The main orchestrator.
    async fn execute(&self, run: &RunId, name: &str, upload: &UploadVersion) -> Result<(), Failed> {
        self.call(Site::of("pin"), |steps| steps::pin(steps, run, name)).await?;
        let mut split = self.call(Site::of("plan"), |steps| steps::plan(steps, run)).await?;
        if split.ranges > 0 {
            let ranges = steps::ranges(self.world, run).into_iter();
            self.map(ranges.map(|range| async move {
                let site = Site { stage: "scan", item: range.number };
                self.call(site, |steps| steps::scan(steps, run, range)).await
            }))
            .await;
            split = self.call(Site::of("fold"), |steps| steps::fold(steps, run)).await?;
        }
        let chunks = if split.chunks > 0 { steps::chunks(self.world, run) } else { Vec::new() };
        self.map(chunks.iter().map(|chunk| self.check(run, &split, *chunk))).await;
        let go = self.call(Site::of("gate"), |steps| steps::gate(steps, run)).await?;
        if matches!(self.case.delivery, Delivery::Reordered(_)) {
            self.deliver(upload).await;
        }
        if go {
            self.map(chunks.iter().map(|chunk| self.import_chunk(run, &split, *chunk))).await;
        }
        let merged = self.call(Site::of("merge"), |steps| steps::merge(steps, run)).await?;
        let reported = self.call(Site::of("report"), |steps| steps::report(steps, name)).await?;
        if merged != reported {
            self.complain(format!("the verdict is {merged}, but {reported} was reported"));
        }
        if reported == Verdict::Inconsistent {
            self.complain("the run is INCONSISTENT".into());
        }
        Ok(())
    }

    /// The chunk processor in its phase check.
    async fn check(&self, run: &RunId, split: &SplitOutput, chunk: Chunk) -> Result<(), Failed> {
        let site = |stage| Site { stage, item: chunk.chunk.0 };
        let restructured = self.call(site("restructure"), |steps| steps::restructure(steps, run, split, chunk)).await?;
        self.call(site("validate"), |steps| steps::validate(steps, run, split, chunk, &restructured)).await
    }

    /// The chunk processor in its phase import.
    async fn import_chunk(&self, run: &RunId, split: &SplitOutput, chunk: Chunk) -> Result<(), Failed> {
        let site = Site { stage: "import", item: chunk.chunk.0 };
        // Only the first invocation has none: whoever is called after it has other work to do than it had.
        let no_time = Cell::new(self.case.scenario.impatient);
        while !self.call(site, |steps| steps::import(steps, run, split, chunk, no_time.take())).await? {}
        Ok(())
    }

    /// A Map: every item is tried, whatever becomes of the others.
    async fn map<T>(&self, items: impl Iterator<Item = impl Future<Output = Result<T, Failed>>>) {
        let mut items: Vec<_> = items.collect();
        match self.case.delivery {
            Delivery::Wide(seed) => {
                self.world.faults.shuffle(seed);
                join_all(items).await;
                return;
            }
            Delivery::Reordered(seed) => fastrand::Rng::with_seed(seed).shuffle(&mut items),
            _ => {}
        }
        for item in items {
            // What failed shows in what the next step finds.
            drop(item.await);
        }
    }

    /// What happens to a run whose execution fails: it is told, and can be resumed. Answers what was told. An event that
    /// cannot be handled ends in a queue, from which it comes again.
    async fn fail(&self, name: &str, failed: Failed) -> Verdict {
        self.end(name, failed);
        let verdict = loop {
            match self.call(FAILURE, |steps| steps::report_failure(steps, name)).await {
                Ok(verdict) => break verdict,
                Err(_) => self.queued.set(true),
            }
        };
        self.queued.set(false);
        if verdict == Verdict::Failed {
            self.told_failures.set(self.told_failures.get() + 1);
        }
        verdict
    }

    /// Has an execution fail.
    fn end(&self, name: &str, failed: Failed) {
        let execution = Execution { status: "FAILED".into(), error: Some(failed.name), cause: Some(failed.cause) };
        self.world.executions.set(name, execution);
    }

    /// Calls a step, as often as it is to be tried.
    async fn call<T: 'static>(&self, site: Site, make: impl Fn(Arc<Steps>) -> Answer<T>) -> Result<T, Failed> {
        let mut retries = Retries::of(site.stage);
        loop {
            match self.attempt(site, &make).await {
                Ok(answer) => {
                    self.repeat(site, &make).await;
                    return Ok(answer);
                }
                Err(failed) if retries.again(&failed.name) => {}
                Err(failed) => return Err(failed),
            }
        }
    }

    /// Calls a step once; or twice at the same time, where the case says so.
    async fn attempt<T: 'static>(&self, site: Site, make: &impl Fn(Arc<Steps>) -> Answer<T>) -> Result<T, Failed> {
        let attempt = {
            let mut attempts = self.attempts.borrow_mut();
            let attempt = attempts.entry(site).or_default();
            *attempt += 1;
            *attempt
        };
        let faults = &self.world.faults;
        let round = if site == INTAKE { self.deliveries.get() } else { self.execution.get() };
        let rules = if self.queued.get() { Vec::new() } else { self.case.rules(site, round, attempt) };
        faults.arm(&rules);
        let mut step = make(self.environment());
        if let Some(seed) = self.case.delivery.at_once(site) {
            faults.shuffle(seed);
            let (answer, other) = futures::join!(step, make(Steps::new(self.world)));
            faults.shuffle(0);
            self.may_fail_only_for_now(site, other.err());
            return answer;
        }
        let answer = tokio::select! {
            biased;
            answer = &mut step => answer,
            () = faults.crashed() => Err(self.lose("Runtime.ExitError")),
            () = faults.stalled() => {
                self.zombies.borrow_mut().push(Box::pin(async move { drop(step.await) }));
                Err(self.lose("Sandbox.Timedout"))
            }
        };
        self.calls.borrow_mut().entry(site).or_default().push(faults.calls());
        answer
    }

    /// What is done to a step that has succeeded: it is called again, and those go on that were thought to be dead.
    async fn repeat<T: 'static>(&self, site: Site, make: &impl Fn(Arc<Steps>) -> Answer<T>) {
        let delivery = self.case.delivery;
        if delivery == Delivery::ReleasedSoon {
            self.let_zombies_go_on().await;
        }
        if delivery.is_twice(site) {
            self.world.faults.arm(&[]);
            let again = make(self.environment()).await;
            if let Err(failed) = again {
                self.complain(format!("{site}: done, and called again, it fails: {failed:?}"));
            }
        }
    }

    /// One of two that were at work at the same time may meet what passes, and nothing else.
    fn may_fail_only_for_now(&self, site: Site, failed: Option<Failed>) {
        if let Some(failed) = failed.filter(|failed| !Retries::of(site.stage).again(&failed.name)) {
            self.complain(format!("{site}: one of two at once fails for good: {failed:?}"));
        }
    }

    async fn let_zombies_go_on(&self) {
        let zombies = self.zombies.take();
        if !zombies.is_empty() {
            self.world.faults.arm(&[]);
            self.world.faults.release();
            // What it answers, nobody hears.
            join_all(zombies).await;
        }
    }

    fn environment(&self) -> Arc<Steps> {
        Arc::clone(&self.steps.borrow())
    }

    /// The environments are gone, or nobody knows what they are doing: there will be others.
    fn lose(&self, name: &str) -> Failed {
        self.steps.replace(Steps::new(self.world));
        Failed { name: name.to_owned(), cause: "the function does not answer".to_owned() }
    }

    fn complain(&self, complaint: String) {
        self.complaints.borrow_mut().push(complaint);
    }
}
