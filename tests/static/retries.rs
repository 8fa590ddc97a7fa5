//! The retries of the state machines are those that `docs/decisions/retries.md` decides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sluice_contract::ErrorName;
use sluice_tests::definition::{Machine, State};
use sluice_tests::read;
use sluice_tests::template::{Stack, list, texts};

/// The account or the function has no free concurrency.
const LAMBDA_THROTTLED: &str = "Lambda.TooManyRequestsException";

/// The page that decides about each error, in one table for each kind of state.
const DECISIONS: &str = "docs/decisions/retries.md";
/// Whether a table is about a state.
type IsAbout = fn(State<'_>) -> bool;
/// The heading of the table about states of a kind.
const TABLES: [(&str, IsAbout); 3] = [
    ("Errors of a call of a function", |state| state.calls_function()),
    ("Errors of starting an execution", |state| state.kind() == "Task" && !state.calls_function()),
    ("Errors of a Map", |state| state.kind() == "Map" && !state.definition["ItemReader"].is_null()),
];

/// What a table decides: each error with the number of its retries, 0 for none. An error that stands in it twice counts twice.
fn decided(heading: &str) -> Vec<(String, u64)> {
    let page = read(DECISIONS);
    let section = page.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("no section {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let mut decided = Vec::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, errors, retried, why, _] = cells[..] else { panic!("{heading}: {row}") };
        let times = match retried.strip_suffix(" times") {
            Some(times) => times.parse().unwrap_or_else(|_| panic!("{heading}: {row}")),
            None => {
                assert_eq!(retried, "no", "{heading}: {row}");
                0
            }
        };
        assert!(why.split_whitespace().count() > 2, "{heading}: why? {row}");
        decided.extend(errors.split('`').skip(1).step_by(2).map(|error| (error.to_owned(), times)));
    }
    assert!(!decided.is_empty(), "{heading}");
    decided
}

/// What a state retries: each error with the number of its retries.
fn retried(state: State<'_>) -> BTreeMap<String, u64> {
    let retriers = list(&state.definition["Retry"]).iter();
    let errors = retriers.flat_map(|retrier| {
        let times = retrier["MaxAttempts"].as_u64().unwrap();
        texts(&retrier["ErrorEquals"]).into_iter().map(move |error| (error, times))
    });
    errors.collect()
}

fn is_ours(name: &str) -> bool {
    ErrorName::ALL.iter().any(|ours| ours.as_str() == name)
}

fn every_state(check: impl Fn(&Machine, State<'_>)) {
    for machine in Machine::all(&Stack::example()) {
        for state in machine.states() {
            check(&machine, state);
        }
    }
}

#[test]
fn every_state_retries_what_the_tables_decide_and_so_often() {
    let tables = TABLES.map(|(heading, is_about)| {
        let retried: BTreeMap<String, u64> = decided(heading).into_iter().filter(|(_, times)| *times > 0).collect();
        (retried, is_about)
    });
    let mut compared = 0;
    for machine in Machine::all(&Stack::example()) {
        for state in machine.states() {
            let table = tables.iter().find(|(_, is_about)| is_about(state));
            let expected = table.map(|(retried, _)| retried.clone()).unwrap_or_default();
            assert_eq!(retried(state), expected, "{}: {}", machine.name, state.name);
            compared += usize::from(table.is_some());
        }
    }
    assert!(compared > 15, "{compared} states");
}

#[test]
fn the_tables_decide_about_every_error_once() {
    for (heading, _) in TABLES {
        let decided = decided(heading);
        let once: BTreeSet<&String> = decided.iter().map(|(error, _)| error).collect();
        assert_eq!(once.len(), decided.len(), "{heading} decides about an error twice");
    }
    let of_functions: BTreeMap<String, u64> = decided(TABLES[0].0).into_iter().collect();
    for name in ErrorName::ALL {
        let times = of_functions.get(name.as_str()).unwrap_or_else(|| panic!("nobody decided about {name}"));
        assert_eq!(*times > 0, name.is_retryable(), "{name}");
    }
    // Above all, those that have ended a run or lost a chunk although the next call may succeed.
    for name in
        ["Lambda.ClientExecutionTimeoutException", "Runtime.OutOfMemory", "Runtime.ExitError", "Sandbox.Timedout"]
    {
        assert!(of_functions[name] > 0, "{name}");
    }
    let of_starts: BTreeMap<String, u64> = decided(TABLES[1].0).into_iter().collect();
    assert_eq!(
        of_starts["StepFunctions.ExecutionLimitExceeded"],
        of_starts["StepFunctions.ExecutionLimitExceededException"]
    );
}

/// The page says that no state has a heartbeat, and therefore nothing retries its time-out.
#[test]
fn no_state_has_a_heartbeat() {
    every_state(|machine, state| {
        assert!(state.definition["HeartbeatSeconds"].is_null(), "{}: {}", machine.name, state.name);
    });
}

#[test]
fn every_error_that_a_machine_raises_is_in_the_contract() {
    every_state(|machine, state| {
        if state.kind() == "Fail" {
            let error = state.definition["Error"].as_str().unwrap();
            assert!(is_ours(error), "{}: {}: {error}", machine.name, state.name);
        }
    });
}

#[test]
fn only_temporary_errors_are_retried() {
    every_state(|machine, state| {
        for name in ErrorName::ALL.iter().filter(|name| !name.is_retryable()) {
            assert!(!state.matched_errors().contains(&name.to_string()), "{}: {}: {name}", machine.name, state.name);
        }
        // These would match the other errors too.
        for name in ["States.ALL", "States.TaskFailed"] {
            assert!(!state.matched_errors().contains(&name.to_owned()), "{}: {}: {name}", machine.name, state.name);
        }
    });
}

#[test]
fn no_outer_state_matches_our_names() {
    // AWS reports a failed nested execution as `States.TaskFailed`, so a retry on our names would never
    // happen.
    every_state(|machine, state| {
        if !state.calls_function() {
            let ours: Vec<String> = state.matched_errors().into_iter().filter(|name| is_ours(name)).collect();
            assert_eq!(ours, Vec::<String>::new(), "{}: {}", machine.name, state.name);
        }
    });
}

/// The template has the retries of function calls once; each machine fills them in wherever it calls a function.
#[test]
fn every_call_of_a_function_is_retried_as_the_template_says_in_one_place() {
    let mut distinct = BTreeSet::new();
    for machine in Machine::all(&Stack::example()) {
        let retry = machine.properties["DefinitionSubstitutions"]["FunctionRetry"].as_str().unwrap();
        let retriers: Value = serde_json::from_str(retry).unwrap();
        distinct.insert(retry.to_owned());
        let states = machine.states();
        let calls: Vec<_> = states.iter().filter(|state| state.calls_function()).collect();
        for state in &calls {
            assert_eq!(state.definition["Retry"], retriers, "{}: {}", machine.name, state.name);
        }
        let text = read(&format!("statemachine/{}.asl.json", machine.name));
        let filled_in = text.matches("\"Retry\": ${FunctionRetry}").count();
        assert_eq!((filled_in, calls.is_empty()), (calls.len(), false), "{}", machine.name);
    }
    assert_eq!(distinct.len(), 1, "{distinct:?}");
    let written = read("template.yaml").matches("Lambda.TooManyRequestsException").count();
    assert_eq!(written, 1, "the machines share one text");
}

#[test]
fn every_retry_backs_off_with_full_jitter_up_to_a_limit() {
    every_state(|machine, state| {
        for retrier in list(&state.definition["Retry"]) {
            let place = format!("{}: {}: {}", machine.name, state.name, retrier["ErrorEquals"]);
            assert_eq!(retrier["JitterStrategy"], "FULL", "{place}");
            assert!(retrier["BackoffRate"].as_f64().unwrap() > 1.0, "{place}");
            assert!(retrier["MaxAttempts"].as_u64().unwrap() > 0, "{place}");
            let (first, most) = (&retrier["IntervalSeconds"], &retrier["MaxDelaySeconds"]);
            assert!(most.as_u64().expect("MaxDelaySeconds") > first.as_u64().expect("IntervalSeconds"), "{place}");
        }
    });
}

#[test]
fn a_function_without_a_free_execution_is_waited_for_with_long_patience() {
    every_state(|machine, state| {
        for retrier in list(&state.definition["Retry"]) {
            if texts(&retrier["ErrorEquals"]).contains(&LAMBDA_THROTTLED.to_owned()) {
                // Full jitter halves the delays on average: a quarter of an hour and more.
                let patience =
                    retrier["MaxAttempts"].as_u64().unwrap() * retrier["MaxDelaySeconds"].as_u64().unwrap() / 2;
                assert!(patience >= 900, "{}: {}: {patience} s", machine.name, state.name);
            }
        }
    });
}

#[test]
fn no_error_is_matched_twice_by_one_state() {
    // Only the first matching retrier applies; a second one would never be used.
    every_state(|machine, state| {
        let matched = state.matched_errors();
        let once: BTreeSet<&String> = matched.iter().collect();
        assert_eq!(once.len(), matched.len(), "{}: {}", machine.name, state.name);
    });
}
