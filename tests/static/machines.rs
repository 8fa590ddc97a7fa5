//! The shape of the state machines.

use std::collections::BTreeSet;

use serde_json::Value;
use sluice_tests::definition::Machine;
use sluice_tests::template::{Stack, expanded, list};

use crate::inputs::{Answers, walk_through_main};

/// The possible next states of a state, by name.
fn targets(state: &Value) -> Vec<String> {
    let mut targets = Vec::new();
    let mut go = |value: &Value| targets.extend(value.as_str().map(str::to_owned));
    go(&state["Next"]);
    go(&state["Default"]);
    for branch in list(&state["Choices"]).iter().chain(list(&state["Catch"])) {
        go(&branch["Next"]);
    }
    targets
}

#[test]
fn every_target_exists_and_every_state_is_reached() {
    for machine in Machine::all(&Stack::example()) {
        for workflow in machine.workflows() {
            let states = workflow["States"].as_object().unwrap();
            let mut reached = BTreeSet::new();
            let mut open = vec![workflow["StartAt"].as_str().unwrap().to_owned()];
            while let Some(name) = open.pop() {
                let state = states.get(&name).unwrap_or_else(|| panic!("{}: there is no state {name:?}", machine.name));
                if reached.insert(name) {
                    open.extend(targets(state));
                }
            }
            let all: BTreeSet<String> = states.keys().cloned().collect();
            assert_eq!(reached, all, "{}", machine.name);
        }
    }
}

#[test]
fn every_state_ends_or_goes_on() {
    for machine in Machine::all(&Stack::example()) {
        for state in machine.states() {
            let ends = state.definition["End"] == true || matches!(state.kind(), "Succeed" | "Fail");
            assert_ne!(ends, !targets(state.definition).is_empty(), "{}: {}", machine.name, state.name);
            if state.kind() == "Choice" {
                assert!(state.definition["Default"].is_string(), "{}: {} has no default", machine.name, state.name);
            }
        }
    }
}

#[test]
fn every_task_and_every_machine_has_a_timeout() {
    let stack = Stack::example();
    for machine in Machine::all(&stack) {
        let whole = machine.definition["TimeoutSeconds"].as_u64().expect("a timeout of the machine");
        for state in machine.states().iter().filter(|state| state.kind() == "Task") {
            let timeout = state.definition["TimeoutSeconds"].as_u64();
            let timeout = timeout.unwrap_or_else(|| panic!("{}: {} has no timeout", machine.name, state.name));
            assert!(timeout < whole, "{}: {} may take longer than its machine", machine.name, state.name);
            // The function reports a time-out in more detail than its caller, so it must get the chance.
            let mut functions = stack.of_kind("AWS::Lambda::Function");
            if let Some((id, function)) = functions.find(|(_, function)| {
                state.resource().ends_with(&format!(":{}", function.properties["FunctionName"].as_str().unwrap()))
            }) {
                assert!(timeout > function.properties["Timeout"].as_u64().unwrap(), "{}: {id}", machine.name);
            }
        }
    }
}

#[test]
fn a_chunk_has_less_time_than_the_task_that_waits_for_it() {
    let stack = Stack::example();
    let chunk = Machine::named(&stack, "chunk-processor").definition["TimeoutSeconds"].as_u64().unwrap();
    let main = Machine::named(&stack, "main-orchestrator");
    for state in main.states().iter().filter(|state| state.in_map && !state.calls_function()) {
        assert!(state.definition["TimeoutSeconds"].as_u64().unwrap() > chunk, "{}", state.name);
    }
}

/// The shortest records that are worth a write: a key of three bytes and a line break.
const SHORTEST_RECORD: u64 = 4;
/// The writes per second of a new on-demand table:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial>.
const WRITES_PER_SECOND: u64 = 4000;
/// The longest history of an execution: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.
const HISTORY: u64 = 25_000;
/// The events of a call of a function (entered, scheduled, started, succeeded, exited) and of the choice behind it.
const EVENTS_OF_A_CALL: u64 = 5 + 2;

fn number(parameter: &Value) -> u64 {
    parameter.as_u64().unwrap_or_else(|| parameter.as_str().unwrap().parse().unwrap())
}

#[test]
fn the_largest_file_of_the_shortest_records_can_be_imported_in_time() {
    let parameters = &expanded()["Parameters"];
    let days = &parameters["MaxRunDays"];
    let writes = number(&parameters["MaxFileBytes"]["Default"]) / SHORTEST_RECORD;
    let hours = writes / WRITES_PER_SECOND / 60 / 60;
    let default = number(&days["Default"]);
    assert!(hours * 3 / 2 < default * 24, "{hours} hours, and time is left for the checks and for retries");
    let says = days["Description"].as_str().unwrap();
    assert!(says.contains(&format!("take {} days", hours.div_ceil(24))), "{hours} hours: {says}");
    assert!(number(&parameters["IntermediateDays"]["Default"]) >= default, "a run must not lose its files");
}

#[test]
fn every_number_of_days_has_its_deadlines() {
    let template = expanded();
    let allowed = list(&template["Parameters"]["MaxRunDays"]["AllowedValues"]);
    let deadlines = template["Mappings"]["Deadlines"].as_object().unwrap();
    assert_eq!(deadlines.len(), allowed.len());
    for days in allowed.iter().map(number) {
        let deadline = |of: &str| number(&deadlines[&days.to_string()][of]);
        let (run, hour) = (deadline("Run"), 60 * 60);
        assert_eq!((run, deadline("Wait"), deadline("Chunk")), (days * 24 * hour, run - hour, run - 2 * hour));
        // An importer without a break is called again when its time runs out.
        let stack = Stack::new("sluice", &[("Sender", "a@example.com"), ("MaxRunDays", &days.to_string())]);
        let import = &stack.resources["ImportFunction"].properties;
        let margin = number(&import["Environment"]["Variables"]["DEADLINE_MARGIN_MS"]) / 1000;
        let calls = run / (number(&import["Timeout"]) - margin);
        assert!(calls * EVENTS_OF_A_CALL < HISTORY * 9 / 10, "{days} days: {calls} calls");
        assert_eq!(Machine::named(&stack, "main-orchestrator").definition["TimeoutSeconds"], run);
        assert_eq!(Machine::named(&stack, "chunk-processor").definition["TimeoutSeconds"], run - 2 * hour);
    }
}

#[test]
fn every_map_is_distributed_labelled_tolerant_and_writes_its_results_away() {
    let main = Machine::named(&Stack::example(), "main-orchestrator");
    let maps: Vec<_> = main.states().into_iter().filter(|state| state.kind() == "Map").collect();
    assert_eq!(maps.len(), 3);
    let mut labels = BTreeSet::new();
    for map in &maps {
        let definition = map.definition;
        let mode = &definition["ItemProcessor"]["ProcessorConfig"];
        assert_eq!(
            (&mode["Mode"], &mode["ExecutionType"]),
            (&"DISTRIBUTED".into(), &"STANDARD".into()),
            "{}",
            map.name
        );
        // The Map reads the manifest, or the list of ranges, itself: it never passes through the state of the
        // execution.
        assert_eq!(definition["ItemReader"]["Resource"], "arn:aws:states:::s3:getObject", "{}", map.name);
        let items = if map.name == "Scan ranges" { "/ranges" } else { "/chunks" };
        assert_eq!(definition["ItemReader"]["ReaderConfig"]["ItemsPointer"], items, "{}", map.name);
        // Without a writer, the results would exceed the size limit of the state.
        assert_eq!(definition["ResultWriter"]["Resource"], "arn:aws:states:::s3:putObject", "{}", map.name);
        assert_eq!(definition.get("ResultPath"), Some(&Value::Null), "{}", map.name);
        // One failed chunk does not stop the others: the gate or merge reports it.
        assert_eq!(definition["ToleratedFailurePercentage"], 100, "{}", map.name);
        assert!(definition["MaxConcurrency"].as_u64().unwrap() > 0, "{}", map.name);
        assert!(labels.insert(definition["Label"].as_str().expect("a label").to_owned()), "{}", map.name);
    }
}

#[test]
fn every_map_child_ends_in_an_empty_result() {
    let main = Machine::named(&Stack::example(), "main-orchestrator");
    for state in main.states().iter().filter(|state| state.in_map && state.definition["End"] == true) {
        assert_eq!(state.definition.get("OutputPath"), Some(&Value::Null), "{}", state.name);
    }
}

#[test]
fn a_nested_execution_is_waited_for_unnamed_and_linked_to_its_caller() {
    let main = Machine::named(&Stack::example(), "main-orchestrator");
    let nested = main.states().into_iter().filter(|state| state.kind() == "Task" && state.in_map);
    let nested: Vec<_> = nested.filter(|state| !state.calls_function()).collect();
    assert_eq!(nested.len(), 2);
    for state in nested {
        let parameters = &state.definition["Parameters"];
        assert_eq!(state.resource(), "arn:aws:states:::states:startExecution.sync:2", "{}", state.name);
        assert!(parameters.get("Name").is_none() && parameters.get("Name.$").is_none(), "a retried name is taken");
        let caller = &parameters["Input"]["AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$"];
        assert_eq!(caller, "$$.Execution.Id", "{}", state.name);
    }
}

#[test]
fn no_state_catches_in_order_to_report() {
    for machine in Machine::all(&Stack::example()) {
        for state in machine.states() {
            assert!(state.definition.get("Catch").is_none(), "{}: {}", machine.name, state.name);
        }
    }
}

#[test]
fn the_cost_estimate_counts_the_states_that_there_are() {
    for chunks in [1, 2, 5] {
        let (_, walk) = walk_through_main(Answers::imported(chunks));
        let calls = ["Restructure", "Validate", "Import"];
        let beside_calls = walk.entered.iter().filter(|state| !calls.contains(&state.as_str())).count() as u64;
        // One importer of a walk is called again, which a choice decides.
        assert_eq!(beside_calls - 1, sluice_report::cost::states_beside_calls(chunks.into()), "{chunks}");
    }
}

/// What AWS bills of a small file: its importer is called once.
#[test]
fn a_file_of_one_chunk_takes_fourteen_transitions() {
    let (_, walk) = walk_through_main(Answers::imported(1));
    let again = ["Import", "All written?"];
    assert_eq!(walk.entered.len() - again.len(), 14, "{:?}", walk.entered);
}
