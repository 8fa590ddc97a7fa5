//! Calls the functions as AWS does, with the faults of a case. Each step is tried as often as the definitions say. A run that fails is
//! reported and resumed.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{LocalBoxFuture, join_all};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_contract::{Phase, RunId, Verdict};
use sluice_intake::ObjectCreated;
use sluice_pipeline::{Caller, Execution, Failed, Site, Steps, Task, tasks};
use sluice_platform::executions::Execution as Started;
use sluice_platform::faulty::PortCall;
use sluice_platform::inbox::UploadVersion;
use sluice_platform::objects::Objects;
use sluice_platform::runtime::Deadline;
use sluice_sweep::Tick;

use crate::case::Case;
use crate::delivery::Delivery;
use crate::retries::Retries;
use crate::world::{INBOX, World};

/// Most executions of a run in a case.
const EXECUTIONS: u32 = 5;

const INTAKE: Site = Site::of("intake");
/// The sweep that finds an upload without an event, and the one that finds a run that died.
pub const SWEEPS: [Site; 2] = [Site::item("sweep", 1), Site::item("sweep", 2)];

/// The time limit of a function.
const LAMBDA_LIMIT: Duration = Duration::from_mins(15);

/// Most ticks of the schedule until a sweep must have found an upload or a run.
const TICKS: usize = 5;

/// Everything that calls a function.
pub struct Orchestrator<'a> {
    world: &'a World,
    case: &'a Case<'a>,
    /// The environments of the functions. They are replaced when a call is killed.
    steps: RefCell<Arc<Steps>>,
    execution: Cell<u32>,
    /// Number of deliveries of the upload's event so far.
    deliveries: Cell<u32>,
    /// Whether the current call comes from a queue. Then it has no faults any more.
    queued: Cell<bool>,
    /// Calls of each step in this execution.
    attempts: RefCell<BTreeMap<Site, u32>>,
    /// Calls that have stalled, and that AWS believes to be dead.
    zombies: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    /// The calls of backends in each attempt of each step.
    pub calls: RefCell<BTreeMap<Site, Vec<Vec<PortCall>>>>,
    /// What went wrong on the way, whatever the result.
    pub complaints: RefCell<Vec<String>>,
    /// Number of executions that failed and were reported.
    pub reported_failures: Cell<u32>,
}

impl<'a> Orchestrator<'a> {
    pub fn new(world: &'a World, case: &'a Case<'a>) -> Self {
        Self {
            world,
            case,
            steps: RefCell::new(world.steps()),
            execution: Cell::new(1),
            deliveries: Cell::new(0),
            queued: Cell::new(false),
            attempts: RefCell::default(),
            zombies: RefCell::default(),
            calls: RefCell::default(),
            complaints: RefCell::default(),
            reported_failures: Cell::new(0),
        }
    }

    /// Imports an upload, until it is done.
    pub async fn import(&self, upload: &UploadVersion) -> RunId {
        let run = if self.case.scenario.unheard {
            let run = sluice_intake::run_of(INBOX, &upload.key, &upload.version_id);
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
            let running = Started { status: "RUNNING".into(), error: None, cause: None };
            self.world.executions.set(&name, running.clone());
            match self.execute(&run, &name, upload).await {
                Ok(()) => {
                    self.world.executions.set(&name, Started { status: "SUCCEEDED".into(), ..running });
                    break;
                }
                Err(failed) if number == EXECUTIONS => {
                    self.complain(format!("the run fails however often it is resumed: {failed:?}"));
                    break;
                }
                Err(failed) if self.case.scenario.unheard => {
                    self.world.executions.set(&name, failed.into());
                    self.sweep(SWEEPS[1], &run.execution(number + 1)).await;
                    self.reported_failures.set(self.reported_failures.get() + 1);
                }
                Err(failed) => {
                    if self.fail(&run, &name, failed).await != Verdict::Failed {
                        // The run had ended before its execution failed, and is reported now: there is nothing to resume.
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

    /// Lets the schedule tick until this execution is started.
    async fn sweep(&self, site: Site, execution: &str) {
        for _ in 0..TICKS {
            // If the sweep fails for good, its faults are over at the next tick.
            self.queued.set(self.try_often(site, Tick {}, tasks::sweep).await.is_err());
            if self.world.executions.started().iter().any(|started| started == execution) && !self.queued.get() {
                return;
            }
        }
        self.complain(format!("{execution} is not started however often is swept"));
    }

    /// Checks that another sweep finds nothing to do.
    async fn nothing_is_left(&self) {
        self.world.faults.arm(&[]);
        let swept = tasks::sweep(self.environment(), Tick {}, sluice_platform::Call::local()).await.unwrap();
        if swept != (sluice_sweep::Answer { complete: true, ..sluice_sweep::Answer::default() }) {
            self.complain(format!("all is done, and a sweep finds something to do: {swept:?}"));
        }
    }

    /// Delivers the event of the upload, again and again until intake succeeds.
    async fn deliver(&self, upload: &UploadVersion) -> RunId {
        let mut event = ObjectCreated::of(INBOX, upload);
        event.detail.object.sequencer = Some("0055".to_owned());
        loop {
            self.deliveries.set(self.deliveries.get() + 1);
            self.attempts.borrow_mut().remove(&INTAKE);
            if let Ok(answer) = self.try_often(INTAKE, event.clone(), tasks::intake).await {
                let run = answer.run_id.expect("the upload is one");
                assert!(self.world.executions.started().contains(&run.to_string()), "nothing was started");
                return run;
            }
        }
    }

    /// Runs one execution. If the case delivers the event of the upload again, one delivery comes after the gate.
    async fn execute(&self, run: &RunId, name: &str, upload: &UploadVersion) -> Result<(), Failed> {
        let execution = Execution { caller: self, run, name };
        let checked = execution.check().await?;
        if matches!(self.case.delivery, Delivery::Reordered(_)) {
            self.deliver(upload).await;
        }
        if checked.go {
            execution.process_chunks(Phase::Import, &checked.chunks).await?;
        }
        let ended = execution.finish().await?;
        if ended.merged != ended.reported {
            self.complain(format!("the verdict is {}, but {} was reported", ended.merged, ended.reported));
        }
        if ended.reported == Verdict::Inconsistent {
            self.complain("the run is INCONSISTENT".into());
        }
        Ok(())
    }

    /// Reports the failure of an execution, and returns the reported verdict. An event that cannot be handled goes to a queue, from
    /// which it is delivered again.
    async fn fail(&self, run: &RunId, name: &str, failed: Failed) -> Verdict {
        self.world.executions.set(name, failed.into());
        let execution = Execution { caller: self, run, name };
        let verdict = loop {
            match execution.report_failure(&self.world.executions).await {
                Ok(report) => break report.verdict,
                Err(_) => self.queued.set(true),
            }
        };
        self.queued.set(false);
        if verdict == Verdict::Failed {
            self.reported_failures.set(self.reported_failures.get() + 1);
        }
        verdict
    }

    /// Calls a step, as often as the definitions let it be tried.
    async fn try_often<I: Clone, O: 'static>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed> {
        let mut retries = Retries::of(site.state);
        loop {
            match self.attempt(site, &input, task).await {
                Ok(answer) => {
                    self.repeat(site, &input, task).await;
                    return Ok(answer);
                }
                Err(failed) if retries.again(&failed.error) => {}
                Err(failed) => return Err(failed),
            }
        }
    }

    /// Calls a step once, or twice at the same time if the case says so.
    async fn attempt<I: Clone, O: 'static>(&self, site: Site, input: &I, task: Task<I, O>) -> Result<O, Failed> {
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
        // Only the first import of a chunk has no time, so that the next one continues from its progress.
        let no_time = self.case.scenario.impatient && site.state == "Import" && attempt == 1;
        let limit = if no_time { Duration::ZERO } else { LAMBDA_LIMIT };
        let mut step = task(self.environment(), input.clone(), call(limit));
        if let Some(seed) = self.case.delivery.at_once(site) {
            faults.shuffle(seed);
            let (answer, other) = futures::join!(step, task(self.world.steps(), input.clone(), call(LAMBDA_LIMIT)));
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

    /// After a step has succeeded: lets stalled calls go on, or calls the step again, if the case says so.
    async fn repeat<I: Clone, O>(&self, site: Site, input: &I, task: Task<I, O>) {
        let delivery = self.case.delivery;
        if delivery == Delivery::ReleasedSoon {
            self.let_zombies_go_on().await;
        }
        if delivery.is_twice(site) {
            self.world.faults.arm(&[]);
            let again = task(self.environment(), input.clone(), call(LAMBDA_LIMIT)).await;
            if let Err(failed) = again {
                self.complain(format!("{site}: done, and called again, it fails: {failed:?}"));
            }
        }
    }

    /// One of two concurrent calls may fail, but only with an error that is retried.
    fn may_fail_only_for_now(&self, site: Site, failed: Option<Failed>) {
        if let Some(failed) = failed.filter(|failed| !Retries::of(site.state).again(&failed.error)) {
            self.complain(format!("{site}: one of two at once fails for good: {failed:?}"));
        }
    }

    async fn let_zombies_go_on(&self) {
        let zombies = self.zombies.take();
        if !zombies.is_empty() {
            self.world.faults.arm(&[]);
            self.world.faults.release();
            // Their answers are lost, as on AWS.
            join_all(zombies).await;
        }
    }

    fn environment(&self) -> Arc<Steps> {
        Arc::clone(&self.steps.borrow())
    }

    /// Replaces the environments, because a call was killed or does not answer.
    fn lose(&self, name: &str) -> Failed {
        self.steps.replace(self.world.steps());
        Failed { error: name.to_owned(), cause: "the function does not answer".to_owned() }
    }

    fn complain(&self, complaint: String) {
        self.complaints.borrow_mut().push(complaint);
    }
}

/// A call with a time limit.
fn call(limit: Duration) -> sluice_platform::Call {
    sluice_platform::Call::local().until(Deadline::after(limit))
}

impl Caller for Orchestrator<'_> {
    fn objects(&self) -> Arc<dyn Objects> {
        Arc::new(self.world.objects.clone())
    }

    async fn call<I, O>(&self, site: Site, input: I, task: Task<I, O>) -> Result<O, Failed>
    where
        I: Clone + Serialize + Send + 'static,
        O: DeserializeOwned + Send + 'static,
    {
        self.try_often(site, input, task).await
    }

    async fn map<F: Future<Output = Result<(), Failed>>>(&self, _: &'static str, items: Vec<(u32, F)>) {
        let mut items: Vec<F> = items.into_iter().map(|(_, item)| item).collect();
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
            // As in a Map that tolerates failures, the next step finds what is missing.
            drop(item.await);
        }
    }
}
