//! The retries of the state machines: their error names are those of the contract or of AWS.

use std::collections::BTreeSet;

use serde_json::Value;
use sluice_contract::ErrorName;
use sluice_tests::definition::{Machine, State};
use sluice_tests::read;
use sluice_tests::template::{Stack, list, texts};

/// AWS's names for temporary errors of calling a function.
const LAMBDA_TRANSIENT: [&str; 3] =
    ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"];
/// The account or the function has no free concurrency.
const LAMBDA_THROTTLED: &str = "Lambda.TooManyRequestsException";
/// The function was killed or timed out.
const KILLED: [&str; 4] = ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"];
/// AWS's names for errors of a Map that could not read its items or write its results.
const MAP: [&str; 2] = ["States.ItemReaderFailed", "States.ResultWriterFailed"];
/// What AWS calls the errors of starting an execution.
const START: [&str; 4] = [
    "StepFunctions.ExecutionLimitExceeded",
    "StepFunctions.ThrottlingException",
    "StepFunctions.SdkClientException",
    "StepFunctions.AWSStepFunctionsException",
];

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
fn every_error_that_is_matched_is_in_the_contract_or_is_one_of_aws() {
    let aws: BTreeSet<&str> =
        [&LAMBDA_TRANSIENT[..], &[LAMBDA_THROTTLED], &KILLED, &MAP, &START].concat().into_iter().collect();
    every_state(|machine, state| {
        for name in state.matched_errors() {
            assert!(is_ours(&name) || aws.contains(name.as_str()), "{}: {}: {name}", machine.name, state.name);
        }
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

#[test]
fn every_call_of_a_function_is_retried_on_every_temporary_error() {
    every_state(|machine, state| {
        if state.calls_function() {
            let matched: BTreeSet<String> = state.matched_errors().into_iter().collect();
            let ours = ErrorName::ALL.iter().filter(|name| name.is_retryable()).map(|name| name.as_str());
            for name in ours.chain(LAMBDA_TRANSIENT).chain(KILLED).chain([LAMBDA_THROTTLED]) {
                assert!(matched.contains(name), "{}: {} does not retry {name}", machine.name, state.name);
            }
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
