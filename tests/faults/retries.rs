//! How often a step is tried: as the definitions of the state machines have it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use sluice_tests::read;
use sluice_tests::template::{list, replace_variables, texts};

/// A retrier of a state: the errors that it is for, and how often it tries again.
struct Retrier {
    errors: Vec<String>,
    attempts: u32,
}

/// The retriers of every task, by the name of its state.
static RETRIERS: LazyLock<BTreeMap<String, Vec<Retrier>>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for machine in ["main-orchestrator", "chunk-processor"] {
        // What the deployment fills in are ARNs and widths, of which retries say nothing.
        let text = replace_variables(&read(&format!("statemachine/{machine}.asl.json")), |_| "1".to_owned());
        collect(&serde_json::from_str(&text).unwrap(), &mut all);
    }
    all
});

/// The retriers of the states of a workflow, and of those in the children of its Maps.
fn collect(workflow: &Value, all: &mut BTreeMap<String, Vec<Retrier>>) {
    for (name, state) in workflow["States"].as_object().unwrap() {
        if state["Type"] == "Map" {
            collect(&state["ItemProcessor"], all);
        }
        let retriers = list(&state["Retry"]).iter().map(|retry| Retrier {
            errors: texts(&retry["ErrorEquals"]),
            attempts: u32::try_from(retry["MaxAttempts"].as_u64().unwrap()).unwrap(),
        });
        all.insert(name.clone(), retriers.collect());
    }
}

/// How often Lambda calls a function again that is called asynchronously, whatever its error.
const ASYNCHRONOUS: u32 = 2;

/// What is left of the retries of a step.
pub struct Retries {
    /// The state; none where the function is called asynchronously.
    retriers: Option<&'static [Retrier]>,
    used: Vec<u32>,
}

impl Retries {
    /// Those of a stage.
    pub fn of(stage: &str) -> Self {
        let state = match stage {
            "intake" | "failure" | "sweep" => return Self { retriers: None, used: vec![0] },
            "pin" => "Pin",
            "plan" => "Split",
            "scan" => "Scan range",
            "fold" => "Fold",
            "restructure" => "Restructure",
            "validate" => "Validate",
            "gate" => "Gate",
            "import" => "Import",
            "merge" => "Merge",
            "report" => "Report",
            other => panic!("no stage {other}"),
        };
        let retriers = RETRIERS.get(state).unwrap_or_else(|| panic!("no state {state}"));
        Self { retriers: Some(retriers), used: vec![0; retriers.len()] }
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
