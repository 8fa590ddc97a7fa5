//! The state machines pass to functions what the contract defines.
//!
//! The test walks through the machines as Step Functions would, with answers made of the contract's own
//! types. So a path to nothing, a missing field or an extra field fails here.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use sluice_contract::documents::{Generation, JoinEnd};
use sluice_contract::steps::{
    ChunkInput, CollectionInput, DatasetInput, GateInput, GateOutput, ImportOutput, JoinLevel, JoinPlanned,
    JoinPublished, JoinStepDone, MergeOutput, ObjectRef, PinInput, PinOutput, ReportInput, ReportOutput,
    RestructureOutput, RetryCollected, RetryDone, RetryInput, RetryLot, RetryOptions, RunInput, ScanOutput, SplitInput,
    SplitOutput, SummariseOutput, ValidateInput, ValidateOutput,
};
use sluice_contract::{ByteRange, Chunk, ChunkNo, Phase, RunId, ScanRange, Verdict};
use sluice_engine::sink::SinkKind;
use sluice_tests::definition::Machine;
use sluice_tests::template::{Stack, list};

/// How the functions answer in one walk.
#[derive(Clone, Copy)]
pub struct Answers {
    /// The number of ranges to scan before there are chunks.
    pub ranges: u64,
    pub chunks: u32,
    pub go: bool,
    pub sink: SinkKind,
    pub verdict: Verdict,
    /// The number of summaries to make.
    pub summaries: u64,
    /// How a join ends, and the number of its partitions; 0 if it is overtaken before it begins.
    pub join: (JoinEnd, u32),
}

/// One walk through a machine.
pub struct Walk {
    answers: Answers,
    /// The number of calls of the importer.
    imports: u32,
    /// The chunk or range that a Map passes to its child.
    item: Value,
    chunk_processor: Machine,
    /// The states that were entered, in order.
    pub entered: Vec<String>,
    /// The states that called a function, in order, each with what it handed over.
    pub calls: Vec<(String, Value)>,
}

impl Answers {
    /// The answers for a file of so many chunks, which is imported.
    pub fn imported(chunks: u32) -> Self {
        let join = (JoinEnd::Published, 1);
        Self { ranges: 0, chunks, go: true, sink: SinkKind::Table, verdict: Verdict::Imported, summaries: 0, join }
    }
}

/// The name of the execution: an attempt to resume the run.
pub const EXECUTION: &str = "products-0123456789abcdef01234567-2";

pub fn run_id() -> RunId {
    "products-0123456789abcdef01234567".parse().unwrap()
}

pub fn chunk(number: u32) -> Chunk {
    Chunk { chunk: ChunkNo(number), start: 20, end: 90, first_record: 1, first_line: 2, records: 3 }
}

pub fn range() -> ScanRange {
    ScanRange { number: 1, start: 0, end: 90 }
}

/// Parses the input of a state as the type of its function.
fn take<T: DeserializeOwned + Serialize>(function: &str, input: &Value) -> T {
    let taken: T = serde_json::from_value(input.clone()).unwrap_or_else(|error| panic!("{function}: {error}: {input}"));
    // Unknown fields would be lost when it is serialized again.
    assert_eq!(&serde_json::to_value(&taken).unwrap(), input, "{function}");
    taken
}

impl Walk {
    pub fn new(answers: Answers) -> Self {
        let chunk_processor = Machine::named(&Stack::example(), "chunk-processor");
        Self { answers, imports: 0, item: Value::Null, chunk_processor, entered: Vec::new(), calls: Vec::new() }
    }

    /// The answer of a function to an input, both as contract types.
    pub fn call(&mut self, function: &str, input: &Value) -> Value {
        let Answers { go, sink, verdict, summaries, .. } = self.answers;
        match function {
            "split" => return self.split(&take(function, input)),
            "retry" => return retry(&take(function, input)),
            "dataset" => return dataset(&take(function, input), self.answers.join),
            "pin" => assert_eq!(take::<PinInput>(function, input).execution, EXECUTION),
            "gate" => assert_eq!(take::<GateInput>(function, input), GateInput { run_id: run_id(), attempt: 2 }),
            "merge" | "summarise" => assert_eq!(take::<RunInput>(function, input).run_id, run_id()),
            "restructure" => assert_eq!(take::<ChunkInput>(function, input).phase, Phase::Check),
            "import" => {
                assert_eq!(take::<ChunkInput>(function, input).phase, Phase::Import);
                assert_ne!(sink, SinkKind::Collection);
            }
            "import-mongodb" => {
                assert!(
                    matches!(take(function, input), CollectionInput::Import(input) if input.phase == Phase::Import)
                );
                assert_eq!(sink, SinkKind::Collection);
            }
            "validate" => assert_eq!(take::<ValidateInput>(function, input).phase, Phase::Check),
            "report" => assert_eq!(take::<ReportInput>(function, input).failure, None),
            other => panic!("the tests do not know the function {other}"),
        }
        match function {
            "pin" => answer(&PinOutput { source: "archive/products/a.csv".to_owned(), bytes: 90, attempt: 2 }),
            "gate" => answer(&GateOutput { go, sink }),
            "merge" => answer(&MergeOutput { verdict, summaries }),
            "summarise" => answer(&SummariseOutput { written: summaries, delivered: summaries }),
            "report" => answer(&ReportOutput { verdict, mailed: true, tally: None }),
            "restructure" => answer(&restructured()),
            "validate" => answer(&ValidateOutput { read: 4, valid: 2, rejected: 1, omitted: 1 }),
            _ => {
                // The time runs out once.
                self.imports += 1;
                answer(&ImportOutput { done: self.imports > 1, next_record: Some(2) })
            }
        }
    }

    /// What `split` answers in each of its roles.
    fn split(&self, input: &SplitInput) -> Value {
        let object = |key: &str| ObjectRef { bucket: "data".to_owned(), key: key.to_owned() };
        let output = |ranges: u64| SplitOutput {
            manifest: object("runs/manifest.json"),
            header: ByteRange { start: 0, end: 20 },
            chunks: if ranges > 0 { 0 } else { self.answers.chunks.into() },
            only_chunk: (ranges == 0 && self.answers.chunks == 1).then(|| chunk(1)),
            records: 3,
            scan: object("runs/scan.json"),
            ranges,
        };
        match input {
            SplitInput::Plan { .. } => answer(&output(self.answers.ranges)),
            SplitInput::Fold { .. } => answer(&output(0)),
            SplitInput::Scan { range: found, .. } => {
                assert_eq!(*found, range());
                answer(&ScanOutput { lines: 3 })
            }
        }
    }

    /// Walks through a workflow, and returns its output or the error that ends it.
    fn run(&mut self, workflow: &Value, input: Value) -> Result<Value, String> {
        let mut data = input;
        let mut name = workflow["StartAt"].as_str().unwrap().to_owned();
        loop {
            let state = &workflow["States"][&name];
            self.entered.push(name.clone());
            match state["Type"].as_str().unwrap() {
                "Succeed" => return Ok(at(state["OutputPath"].as_str().unwrap_or("$"), &data).clone()),
                "Fail" => return Err(state["Error"].as_str().unwrap().to_owned()),
                "Choice" => {
                    let taken = list(&state["Choices"]).iter().find(|rule| holds(rule, &data));
                    name = taken.map_or(&state["Default"], |rule| &rule["Next"]).as_str().unwrap().to_owned();
                    continue;
                }
                "Map" if state["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE" => {
                    let items = list(at(state["ItemsPath"].as_str().unwrap(), &data)).to_vec();
                    let results = items.into_iter().map(|item| self.run(&state["ItemProcessor"], item));
                    let results = results.collect::<Result<Vec<_>, _>>()?;
                    match state.get("ResultPath") {
                        None => data = results.into(),
                        Some(Value::Null) => {}
                        Some(path) => data[path.as_str().unwrap().strip_prefix("$.").unwrap()] = results.into(),
                    }
                }
                "Map" => {
                    for (field, path) in state["ItemReader"]["Parameters"].as_object().unwrap() {
                        assert!(at(path.as_str().unwrap(), &data).is_string(), "{field}");
                    }
                    let chunks = state["ItemReader"]["ReaderConfig"]["ItemsPointer"] == "/chunks";
                    let items: Vec<Value> = if chunks {
                        (1..=self.answers.chunks).map(|number| answer(&chunk(number))).collect()
                    } else {
                        vec![answer(&range())]
                    };
                    for item in items {
                        self.item = item;
                        let child = fill(&state["ItemSelector"], &data, &self.item);
                        if chunks {
                            // The sink decides about the function, and is no part of the function's input.
                            let mut input = child.clone();
                            let sink = input.as_object_mut().unwrap().remove("sink");
                            let imports = take::<ChunkInput>(&name, &input).phase == Phase::Import;
                            assert_eq!(sink, imports.then(|| answer(&self.answers.sink)));
                        } else {
                            take::<SplitInput>(&name, &child);
                        }
                        let result = self.run(&state["ItemProcessor"], child)?;
                        assert_eq!(result, json!({}), "{name}: the child of a Map answers nothing");
                    }
                }
                "Task" => {
                    let parameters = state.get("Parameters").map(|parameters| fill(parameters, &data, &self.item));
                    let parameters = parameters.unwrap_or_else(|| data.clone());
                    let resource = state["Resource"].as_str().unwrap();
                    let result = if let Some((_, function)) = resource.rsplit_once("function:sluice-") {
                        self.calls.push((name.clone(), parameters.clone()));
                        self.call(function, &parameters)
                    } else {
                        let mut input = parameters["Input"].clone();
                        // AWS uses this to link the two executions.
                        input.as_object_mut().unwrap().remove("AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID").unwrap();
                        assert_eq!(parameters["StateMachineArn"], self.chunk_processor.arn.as_str());
                        let definition = self.chunk_processor.definition.clone();
                        self.run(&definition, input)?
                    };
                    match state.get("ResultPath") {
                        None => data = result,
                        Some(Value::Null) => {}
                        Some(path) => data[path.as_str().unwrap().strip_prefix("$.").unwrap()] = result,
                    }
                    if state.get("OutputPath") == Some(&Value::Null) {
                        data = json!({});
                    }
                }
                other => panic!("{name}: the tests do not know {other}"),
            }
            match state["Next"].as_str() {
                Some(next) => next.clone_into(&mut name),
                None => return Ok(data),
            }
        }
    }
}

/// What `retry` answers in each of its roles.
fn retry(input: &RetryInput) -> Value {
    let lot = RetryLot { run_id: run_id(), at: 1_795_288_500 };
    let done = RetryDone { run_id: run_id(), offered: 1, upload: None, exhausted: 0 };
    match input {
        RetryInput::Collect { at, .. } => {
            assert_eq!(at, "2026-11-21T19:15:00.123Z");
            let lots = vec![RetryInput::Offer(lot.clone()), RetryInput::Exhaust(lot)];
            answer(&RetryCollected { lots, left: 1 })
        }
        RetryInput::Offer(found) | RetryInput::Exhaust(found) => {
            assert_eq!(*found, lot);
            answer(&done)
        }
    }
}

/// What is joined.
pub fn generation() -> Generation {
    Generation { dataset: "customer-orders".parse().unwrap(), set: "20230828".parse().unwrap(), generation: 3 }
}

/// What `dataset` answers in each of its roles, for three members in a chain.
fn dataset(input: &DatasetInput, (ended, partitions): (JoinEnd, u32)) -> Value {
    let of = generation;
    match input {
        DatasetInput::Plan(found) => {
            assert_eq!(*found, of());
            let link = |member: u32| JoinLevel {
                links: (0..partitions).map(|partition| DatasetInput::Link { of: of(), member, partition }).collect(),
            };
            answer(&JoinPlanned {
                superseded: partitions == 0,
                sorts: (0..3).map(|member| DatasetInput::Sort { of: of(), member }).collect(),
                levels: vec![link(1), link(2)],
                merges: (0..partitions).map(|partition| DatasetInput::Merge { of: of(), partition }).collect(),
            })
        }
        DatasetInput::Publish(found) => {
            assert_eq!(*found, of());
            answer(&JoinPublished { ended, offered: Vec::new() })
        }
        DatasetInput::Sort { .. } | DatasetInput::Link { .. } | DatasetInput::Merge { .. } => {
            answer(&JoinStepDone { rows: 1 })
        }
        DatasetInput::Ended { .. } => panic!("the machine does not note the end of runs"),
    }
}

/// Walks through the join of a generation. Returns its output, and the walk.
pub fn walk_through_join(ended: JoinEnd, partitions: u32) -> (Value, Walk) {
    let mut walk = Walk::new(Answers { join: (ended, partitions), ..Answers::imported(0) });
    let machine = Machine::named(&Stack::example(), "join");
    let output = walk.run(&machine.definition, answer(&generation())).unwrap();
    (output, walk)
}

#[test]
fn a_join_links_one_level_after_the_other_and_ends_as_it_was_published() {
    for (ended, partitions, last) in [
        (JoinEnd::Published, 2, "PUBLISHED"),
        (JoinEnd::Stopped, 1, "STOPPED"),
        (JoinEnd::Superseded, 1, "SUPERSEDED"),
        (JoinEnd::Published, 0, "SUPERSEDED"),
    ] {
        let (output, walk) = walk_through_join(ended, partitions);
        assert_eq!(walk.entered.last().unwrap(), last);
        let links: Vec<u64> = walk
            .calls
            .iter()
            .filter(|(state, _)| state == "Link")
            .map(|(_, input)| input["link"]["member"].as_u64().unwrap())
            .collect();
        assert!(links.is_sorted() && links.len() == 2 * partitions as usize, "{links:?}");
        if partitions > 0 {
            assert_eq!(serde_json::from_value::<JoinPublished>(output).unwrap().ended, ended);
        }
    }
}

fn restructured() -> RestructureOutput {
    serde_json::from_value(json!({
        "rows": {"key": "k", "header_bytes": 8, "bytes": 70, "records": 3, "crc64nvme": "rosUhgp5mIg="},
        "settled": {
            "rows": {"key": "s", "header_bytes": 8, "bytes": 90, "records": 5, "crc64nvme": "rosUhgp5mIg="},
            "keys": {"key": "h", "blocks": [{"crc": "12577186240399669384", "bytes": 130}]},
        },
        "usage": {"invocations": 1, "mb_ms": 8, "writes": 0},
    }))
    .unwrap()
}

/// The value at a path. A path to nothing fails, as on AWS.
fn at<'a>(path: &str, data: &'a Value) -> &'a Value {
    if path == "$" {
        return data;
    }
    let steps = path.strip_prefix("$.").unwrap_or_else(|| panic!("the tests do not know the path {path}"));
    steps
        .split('.')
        .fold(data, |value, step| value.get(step).unwrap_or_else(|| panic!("{path} leads nowhere in {data}")))
}

/// Fills in the fields whose names end in `.$`.
fn fill(template: &Value, data: &Value, item: &Value) -> Value {
    let Value::Object(fields) = template else { return template.clone() };
    let filled = fields.iter().map(|(name, value)| match name.strip_suffix(".$") {
        None => (name.clone(), fill(value, data, item)),
        Some(name) => {
            let value = match value.as_str().unwrap() {
                "$$.Execution.Name" => json!(EXECUTION),
                "$$.Execution.Id" => json!("arn:of:the:execution"),
                "$$.Execution.StartTime" => json!("2026-11-21T19:15:00.123Z"),
                "$$.Map.Item.Value" => item.clone(),
                path => at(path, data).clone(),
            };
            (name.to_owned(), value)
        }
    });
    Value::Object(filled.collect::<Map<String, Value>>())
}

fn holds(rule: &Value, data: &Value) -> bool {
    if let Some(rules) = rule.get("And") {
        return list(rules).iter().all(|rule| holds(rule, data));
    }
    let value = at(rule["Variable"].as_str().unwrap(), data);
    let test =
        rule.as_object().unwrap().iter().find(|(name, _)| !matches!(name.as_str(), "Variable" | "Next")).unwrap();
    match test {
        (name, number) if name == "NumericEquals" => value.as_u64().unwrap() == number.as_u64().unwrap(),
        (name, limit) if name == "NumericGreaterThan" => value.as_u64().unwrap() > limit.as_u64().unwrap(),
        (name, expected) if name == "BooleanEquals" => value.as_bool().unwrap() == expected.as_bool().unwrap(),
        (name, expected) if name == "StringEquals" => value.as_str().unwrap() == expected.as_str().unwrap(),
        (name, _) => panic!("the tests do not know {name}"),
    }
}

/// The answer as JSON.
fn answer(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn walk_main(answers: Answers) -> (Result<Value, String>, Vec<String>) {
    let (ended, walk) = walk_through_main(answers);
    (ended, walk.entered)
}

/// Walks through the main orchestrator. Returns its end, and the walk.
pub fn walk_through_main(answers: Answers) -> (Result<Value, String>, Walk) {
    let mut walk = Walk::new(answers);
    let main = Machine::named(&Stack::example(), "main-orchestrator");
    // The input of an execution is only the run's id.
    let input = serde_json::to_value(RunInput { run_id: run_id() }).unwrap();
    assert_eq!(input, json!({ "run_id": run_id() }));
    (walk.run(&main.definition, input), walk)
}

#[test]
fn a_file_of_one_chunk_goes_the_straight_way() {
    let (ended, entered) = walk_main(Answers::imported(1));
    assert!(ended.is_ok(), "{ended:?}");
    let expected = [
        "Pin",
        "Split",
        "Which way?",
        "Restructure",
        "Validate",
        "Gate",
        "Go?",
        "Import",
        "All written?",
        "Import",
        "All written?",
        "Merge",
        "Summaries?",
        "Report",
        "Which verdict?",
        "IMPORTED",
    ];
    assert_eq!(entered, expected);
}

#[test]
fn the_chunks_of_a_file_are_checked_and_imported_in_maps() {
    let (ended, entered) = walk_main(Answers::imported(2));
    assert!(ended.is_ok(), "{ended:?}");
    let checked = ["Check chunk", "Which phase?", "Restructure", "Validate"];
    let imported = ["Import chunk", "Which phase?", "Import", "All written?"];
    let expected = [
        &["Pin", "Split", "Which way?", "Check chunks"],
        &checked[..],
        &checked,
        &["Gate", "Go?", "Import chunks"],
        &imported,
        // The time of the first importer runs out once.
        &["Import", "All written?", "Done"],
        &imported,
        &["Done"],
        &["Merge", "Summaries?", "Report", "Which verdict?", "IMPORTED"],
    ];
    assert_eq!(entered, expected.concat());
}

#[test]
fn a_feed_for_a_collection_is_imported_by_the_function_with_the_driver() {
    for (chunks, after) in [(1, "Merge"), (2, "Done")] {
        let (ended, entered) = walk_main(Answers { sink: SinkKind::Collection, ..Answers::imported(chunks) });
        assert!(ended.is_ok(), "{ended:?}");
        let first = entered.iter().position(|state| state == "Import into a collection").unwrap();
        let again = ["Import into a collection", "All written?", "Import into a collection", "All written?", after];
        assert_eq!(entered[first..first + 5], again);
        assert!(!entered.contains(&"Import".to_owned()));
    }
}

#[test]
fn a_file_that_does_not_pass_is_reported_without_an_import() {
    for chunks in [1, 2] {
        let (ended, entered) =
            walk_main(Answers { go: false, verdict: Verdict::Rejected, ..Answers::imported(chunks) });
        assert!(ended.is_ok(), "{ended:?}");
        let after_the_gate = entered.iter().position(|state| state == "Go?").unwrap();
        assert_eq!(entered[after_the_gate..], ["Go?", "Merge", "Summaries?", "Report", "Which verdict?", "REJECTED"]);
    }
}

#[test]
fn a_file_without_chunks_is_neither_checked_nor_imported() {
    for go in [true, false] {
        let (ended, entered) = walk_main(Answers { go, ..Answers::imported(0) });
        assert!(ended.is_ok(), "{ended:?}");
        let expected = [
            "Pin",
            "Split",
            "Which way?",
            "Gate",
            "Go?",
            "Merge",
            "Summaries?",
            "Report",
            "Which verdict?",
            "IMPORTED",
        ];
        assert_eq!(entered, expected);
    }
}

#[test]
fn a_large_file_is_scanned_before_it_is_checked() {
    for (chunks, next) in [(1, "Restructure"), (2, "Check chunks")] {
        let (ended, entered) = walk_main(Answers { ranges: 2, ..Answers::imported(chunks) });
        assert!(ended.is_ok(), "{ended:?}");
        let expected = ["Pin", "Split", "Which way?", "Scan ranges", "Scan range", "Fold", "Which way?", next];
        assert_eq!(entered[..8], expected);
    }
}

/// A rejected file is no failure of the execution, but the console must not show it as an import.
#[test]
fn an_execution_ends_in_a_state_named_as_its_verdict_and_outputs_it() {
    let name = |verdict: Verdict| verdict.to_string();
    for (verdict, state) in [
        (Verdict::Imported, name(Verdict::Imported)),
        (Verdict::Passed, name(Verdict::Passed)),
        (Verdict::Skipped, name(Verdict::Skipped)),
        (Verdict::Rejected, name(Verdict::Rejected)),
        (Verdict::Failed, "CONCLUDED BEFORE".to_owned()),
        (Verdict::Refused, "CONCLUDED BEFORE".to_owned()),
    ] {
        let (ended, entered) = walk_main(Answers { go: false, verdict, ..Answers::imported(1) });
        let output: ReportOutput = serde_json::from_value(ended.unwrap()).unwrap();
        assert_eq!((entered.last().unwrap(), output.verdict), (&state, verdict));
    }
    let (_, entered) = walk_main(Answers { verdict: Verdict::Inconsistent, ..Answers::imported(1) });
    assert_eq!(entered.last().unwrap(), &name(Verdict::Inconsistent));
}

#[test]
fn numbers_that_do_not_add_up_are_reported_and_fail_the_execution() {
    let (ended, entered) = walk_main(Answers { verdict: Verdict::Inconsistent, ..Answers::imported(1) });
    assert_eq!(ended, Err("Inconsistent".to_owned()));
    assert!(entered.contains(&"Report".to_owned()));
}

fn walk_retry(input: Value) -> (Value, Vec<String>) {
    let mut walk = Walk::new(Answers::imported(0));
    let machine = Machine::named(&Stack::example(), "retry-rejects");
    let ended = walk.run(&machine.definition, input).unwrap();
    (ended, walk.entered)
}

#[test]
fn the_inputs_of_the_schedule_and_of_people_fit_the_retry_of_rejects() {
    let stack = Stack::example();
    let targets = &stack.resources["RetrySchedule"].properties["Targets"];
    let of_schedule: Value = serde_json::from_str(targets[0]["Input"].as_str().unwrap()).unwrap();
    // The function fills in the missing fields, which are all of them.
    assert_eq!(serde_json::from_value::<RetryOptions>(of_schedule).unwrap(), RetryOptions::default());
    let by_hand = answer(&RetryOptions { now: true, feed: Some("orders".to_owned()) });
    let (ended, entered) = walk_retry(by_hand);
    assert_eq!(entered, ["Collect", "Each lot", "Offer or give up", "Offer or give up", "Done"]);
    let done: Vec<RetryDone> = serde_json::from_value(ended["done"].clone()).unwrap();
    assert_eq!((done.len(), &ended["left"]), (2, &json!(1)), "its output says what was done");
}

#[test]
fn a_phase_that_nobody_knows_fails() {
    let mut walk = Walk::new(Answers::imported(1));
    let definition = walk.chunk_processor.definition.clone();
    let ended = walk.run(&definition, json!({ "run_id": run_id(), "phase": "delete" }));
    assert_eq!(ended, Err("InvalidInput".to_owned()));
}

#[test]
fn these_walks_enter_every_state() {
    let mut entered = BTreeSet::new();
    let (table, collection) = (SinkKind::Table, SinkKind::Collection);
    for (ranges, chunks, sink, verdict) in [
        (1, 1, table, Verdict::Imported),
        (0, 1, collection, Verdict::Imported),
        (0, 2, table, Verdict::Passed),
        (0, 2, collection, Verdict::Passed),
        (0, 0, table, Verdict::Skipped),
        (0, 0, table, Verdict::Rejected),
        (0, 0, table, Verdict::Inconsistent),
        (0, 0, table, Verdict::Failed),
    ] {
        entered.extend(walk_main(Answers { ranges, sink, verdict, summaries: 1, ..Answers::imported(chunks) }).1);
    }
    entered.insert("Unknown phase".to_owned());
    entered.extend(walk_retry(json!({ "now": false })).1);
    for ended in [JoinEnd::Published, JoinEnd::Stopped, JoinEnd::Superseded] {
        entered.extend(walk_through_join(ended, 1).1.entered);
    }
    let stack = Stack::example();
    for machine in Machine::all(&stack) {
        for state in machine.states() {
            assert!(entered.contains(state.name), "{}: {}", machine.name, state.name);
        }
    }
}
