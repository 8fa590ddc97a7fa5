//! How often a step is tried: as the state machines that the template deploys have it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sluice_tests::definition::Machine;
use sluice_tests::template::{Stack, list, texts};

/// A retrier of a state: the errors that it is for, and how often it tries again.
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

/// How often Lambda calls a function again that is called asynchronously, whatever its error.
const ASYNCHRONOUS: u32 = 2;

/// What is left of the retries of a step.
pub struct Retries {
    /// The state; none where the function is called asynchronously.
    retriers: Option<&'static [Retrier]>,
    used: Vec<u32>,
}

impl Retries {
    /// Those of a state. What no state machine calls is called asynchronously.
    pub fn of(state: &str) -> Self {
        match RETRIERS.get(state) {
            Some(retriers) => Self { retriers: Some(retriers), used: vec![0; retriers.len()] },
            None => {
                assert!(state.starts_with(char::is_lowercase), "no state {state}");
                Self { retriers: None, used: vec![0] }
            }
        }
    }

    /// Whether it is tried again after this error; if so, one retry less is left.
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
