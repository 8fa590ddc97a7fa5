//! The faults that the backends of a world share.

use std::collections::BTreeMap;
use std::future::{Future, pending};

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::yield_now;

use super::script::{Decision, Kind, PortCall, Rule, Script};
use crate::Fault;
use crate::shared::Shared;

/// What goes wrong in a world. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    script: Shared<Script>,
    /// How often each operation has changed something, also if its answer was lost.
    changes: Shared<BTreeMap<&'static str, u64>>,
    /// The state of the random numbers that decide how many turns calls take; see [`Faults::shuffle`].
    turns: Shared<u64>,
    signals: Arc<Signals>,
}

#[derive(Debug, Default)]
struct Signals {
    crashed: Notify,
    stalled: Notify,
    released: watch::Sender<bool>,
}

impl Faults {
    /// Nothing goes wrong.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Replaces the rules, and restarts the counting of calls.
    pub fn arm(&self, rules: &[Rule]) {
        *self.script.lock() = Script::new(rules);
    }

    /// The calls since the faults were armed, in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<PortCall> {
        self.script.lock().calls.clone()
    }

    /// How often an operation has changed something in all, also before the faults were armed.
    #[must_use]
    pub fn changes(&self, operation: &str) -> u64 {
        self.changes.lock().get(operation).copied().unwrap_or_default()
    }

    /// Makes each call take one to four turns instead of one, by this seed. So concurrent steps interleave in another
    /// way.
    pub fn shuffle(&self, seed: u64) {
        *self.turns.lock() = seed;
    }

    /// Completes when a call has crashed its caller. The caller's future never completes: drop it.
    pub async fn crashed(&self) {
        self.signals.crashed.notified().await;
    }

    /// Completes when a call has stalled. Its caller continues when it is polled after [`Faults::release`].
    pub async fn stalled(&self) {
        self.signals.stalled.notified().await;
    }

    /// Lets all stalled calls continue. No call stalls from now on.
    pub fn release(&self) {
        self.signals.released.send_replace(true);
    }

    /// A call that changes nothing.
    pub(super) async fn ask<T>(
        &self,
        operation: &'static str,
        act: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let decision = self.check(operation, Kind::Ask);
        self.meet(operation, decision, act).await
    }

    /// A call that changes something.
    pub(super) async fn change<T>(
        &self,
        operation: &'static str,
        act: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let counted = async {
            let answer = act.await?;
            *self.changes.lock().entry(operation).or_default() += 1;
            Ok(answer)
        };
        let decision = self.check(operation, Kind::Change);
        self.meet(operation, decision, counted).await
    }

    /// Counts a call, and decides what happens to it.
    pub(super) fn check(&self, operation: &'static str, kind: Kind) -> Decision {
        self.script.lock().check(PortCall { operation, kind })
    }

    /// Makes a call according to a decision.
    pub(super) async fn meet<T>(
        &self,
        operation: &'static str,
        decision: Decision,
        act: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        self.wait().await;
        match decision {
            Decision::Pass => {
                let answer = act.await;
                self.wait().await;
                answer
            }
            Decision::Throttle => {
                Err(Fault::Throttled { what: operation.to_owned(), source: "a test asks to slow down".into() })
            }
            Decision::Fail => Err(transient(operation, "a test has the service fail")),
            Decision::Break => Err(broken(operation)),
            Decision::LoseAnswer => {
                // The caller does not get the answer, whatever it is.
                drop(act.await);
                Err(transient(operation, "a test has the answer lost"))
            }
            Decision::CrashBefore => self.crash().await,
            Decision::CrashAfter => {
                drop(act.await);
                self.crash().await
            }
            Decision::StallBefore => {
                self.stall().await;
                act.await
            }
            Decision::StallAfter => {
                let answer = act.await;
                self.stall().await;
                answer
            }
        }
    }

    async fn crash<T>(&self) -> T {
        self.signals.crashed.notify_one();
        pending().await
    }

    async fn stall(&self) {
        let mut released = self.signals.released.subscribe();
        if !*released.borrow() {
            self.signals.stalled.notify_one();
        }
        // `self` owns the sender, so waiting cannot fail.
        drop(released.wait_for(|released| *released).await);
    }

    /// Yields the thread, so that other futures get their turn.
    async fn wait(&self) {
        let turns = {
            let mut state = self.turns.lock();
            // A step of SplitMix64. 0 stays 0 and always gives one turn.
            if *state != 0 {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            }
            (state.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 62) + 1
        };
        for _ in 0..turns {
            yield_now().await;
        }
    }
}

/// The fault of a call that broke in the middle.
pub(super) fn broken(operation: &str) -> Fault {
    transient(operation, "a test has the connection break")
}

fn transient(operation: &str, why: &'static str) -> Fault {
    Fault::Transient { what: operation.to_owned(), source: why.into() }
}
