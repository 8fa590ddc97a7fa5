//! The faults that the backends of a world share.

use std::collections::BTreeMap;
use std::future::{Future, pending};

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::yield_now;

use super::script::{Decision, Kind, PortCall, Rule, Script};
use crate::Fault;
use crate::shared::Shared;

/// What goes wrong in a world; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    script: Shared<Script>,
    /// How often each operation has changed something, whether its answer came or not.
    changes: Shared<BTreeMap<&'static str, u64>>,
    /// What decides how long calls take, beside each other; see [`Faults::shuffle`].
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

    /// From now on, this goes wrong and nothing else. Calls are counted from here.
    pub fn arm(&self, rules: &[Rule]) {
        *self.script.lock() = Script::new(rules);
    }

    /// The calls since the faults were armed, in their order.
    #[must_use]
    pub fn calls(&self) -> Vec<PortCall> {
        self.script.lock().calls.clone()
    }

    /// How often an operation has changed something, ever.
    #[must_use]
    pub fn changes(&self, operation: &str) -> u64 {
        self.changes.lock().get(operation).copied().unwrap_or_default()
    }

    /// Has calls take one to four turns instead of one, by this seed: steps that work at the same time come to be
    /// interleaved in another way.
    pub fn shuffle(&self, seed: u64) {
        *self.turns.lock() = seed;
    }

    /// Ends when a call has crashed whoever made it. That one does not go on: drop it.
    pub async fn crashed(&self) {
        self.signals.crashed.notified().await;
    }

    /// Ends when a call has stalled. Whoever made it goes on when it is polled after [`Faults::release`].
    pub async fn stalled(&self) {
        self.signals.stalled.notified().await;
    }

    /// Lets all go on that have stalled. Nothing stalls from now on.
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

    /// What becomes of a call.
    pub(super) fn check(&self, operation: &'static str, kind: Kind) -> Decision {
        self.script.lock().check(PortCall { operation, kind })
    }

    /// Makes a call, as it was decided.
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
                // Whatever it was: it does not arrive.
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
        // The sender lives as long as this does.
        drop(released.wait_for(|released| *released).await);
    }

    /// Gives up the thread, so that others get their turn.
    async fn wait(&self) {
        let turns = {
            let mut state = self.turns.lock();
            // A step of SplitMix64; 0 stays 0, and is one turn each.
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

/// The fault that something broke in the middle.
pub(super) fn broken(operation: &str) -> Fault {
    transient(operation, "a test has the connection break")
}

fn transient(operation: &str, why: &'static str) -> Fault {
    Fault::Transient { what: operation.to_owned(), source: why.into() }
}
