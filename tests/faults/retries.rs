//! How often a step is tried, by the state machines that the template deploys.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sluice_tests::definition::Machine;
use sluice_tests::template::{Stack, list, texts};

/// A retrier of a state: its errors, and how often it retries.
struct Retrier {
    errors: Vec<String>,
    attempts: u32,
}

/// The retriers of every task, by the name of its state.
static RETRIERS: LazyLock<BTreeMap<String, Vec<Retrier>>> = LazyLock::new(|| {
    let stack = Stack::example();
    let mut all = BTreeMap::new();
    for machine in ["main-orchestrator", "chunk-processor"] {
        for state in Machine::named(&stack, machine).states() {
            let retriers = list(&state.definition["Retry"]).iter().map(|retry| Retrier {
                errors: texts(&retry["ErrorEquals"]),
                attempts: u32::try_from(retry["MaxAttempts"].as_u64().unwrap()).unwrap(),
            });
            all.insert(state.name.to_owned(), retriers.collect());
        }
    }
    all
});

/// How often Lambda retries an asynchronous call, whatever its error.
const ASYNCHRONOUS: u32 = 2;

/// The remaining retries of a step.
pub struct Retries {
    /// The retriers of the state; `None` if the function is called asynchronously.
    retriers: Option<&'static [Retrier]>,
    used: Vec<u32>,
}

impl Retries {
    /// The retries of a state. A function that no state machine calls is called asynchronously.
    pub fn of(state: &str) -> Self {
        match RETRIERS.get(state) {
            Some(retriers) => Self { retriers: Some(retriers), used: vec![0; retriers.len()] },
            None => {
                assert!(state.starts_with(char::is_lowercase), "no state {state}");
                Self { retriers: None, used: vec![0] }
            }
        }
    }

    /// Whether the step is tried again after this error. Uses up one retry.
    pub fn again(&mut self, error: &str) -> bool {
        let (retrier, attempts) = match self.retriers {
            None => (0, ASYNCHRONOUS),
            Some(retriers) => {
                let Some(found) = retriers.iter().position(|retrier| retrier.errors.iter().any(|name| name == error))
                else {
                    return false;
                };
                (found, retriers[found].attempts)
            }
        };
        self.used[retrier] += 1;
        self.used[retrier] <= attempts
    }
}
