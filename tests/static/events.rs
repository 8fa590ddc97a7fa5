//! `events/`: one real event for each function, which must be a valid input of it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_contract::keys;
use sluice_contract::steps::{
    ChunkInput, CollectionInput, GateInput, PinInput, ReportInput, RetryInput, RunInput, SplitInput, ValidateInput,
};
use sluice_contract::{Phase, RunId, Verdict};
use sluice_platform::events::{RUN_ENDED, RunEnded, SOURCE};
use sluice_tests::template::{Stack, list};

fn event(name: &str) -> Value {
    let file = format!("events/{name}.json");
    serde_json::from_str(&sluice_tests::read(&file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Parses the event as the input of the function; nothing may be lost.
fn take<T: DeserializeOwned + Serialize>(name: &str) -> T {
    let event = event(name);
    let taken: T = serde_json::from_value(event.clone()).unwrap_or_else(|error| panic!("events/{name}.json: {error}"));
    assert_eq!(serde_json::to_value(&taken).unwrap(), event, "events/{name}.json");
    taken
}

#[test]
fn there_is_an_event_for_each_function() {
    let stack = Stack::example();
    for (_, function) in stack.of_kind("AWS::Lambda::Function") {
        event(function.properties["FunctionName"].as_str().unwrap().strip_prefix("sluice-").unwrap());
    }
}

#[test]
fn the_events_of_the_steps_are_their_inputs() {
    let pin = take::<PinInput>("pin");
    assert_eq!(RunId::of_execution(&pin.execution), Ok(pin.run_id));
    take::<GateInput>("gate");
    take::<RunInput>("merge");
    take::<RunInput>("summarise");
    assert!(matches!(take("split"), SplitInput::Plan { .. }));
    assert!(matches!(take("split-scan"), SplitInput::Scan { .. }));
    assert!(matches!(take("split-fold"), SplitInput::Fold { .. }));
    assert!(matches!(take("retry"), RetryInput::Collect { .. }));
    assert!(matches!(take("retry-offer"), RetryInput::Offer(_)));
    assert!(matches!(take("retry-exhaust"), RetryInput::Exhaust(_)));
    assert_eq!(take::<ChunkInput>("restructure").phase, Phase::Check);
    assert_eq!(take::<ChunkInput>("import").phase, Phase::Import);
    assert!(matches!(take("import-mongodb"), CollectionInput::Check { .. }));
    assert_eq!(take::<ValidateInput>("validate").phase, Phase::Check);
    assert_eq!(take::<ReportInput>("report").failure, None);
    let failure = take::<ReportInput>("report-failure");
    assert!(RunId::of_execution(&failure.execution).is_ok());
    assert!(failure.failure.unwrap().execution_arn.ends_with(&failure.execution));
}

#[test]
fn the_event_of_intake_is_an_upload_that_the_rule_lets_through() {
    let event = event("intake");
    let keys::UploadKey { feed, file, .. } =
        keys::parse_upload(event["detail"]["object"]["key"].as_str().unwrap()).expect("an upload");
    assert_eq!((feed, file), ("products", "products.csv"));
    let stack = Stack::new("sluice", &[("Sender", "a@example.com")]);
    let mut pattern = stack.resources["UploadRule"].properties["EventPattern"].clone();
    // The event comes from another account.
    pattern["detail"]["bucket"]["name"] = json!([event["detail"]["bucket"]["name"]]);
    assert!(matches(&pattern, &event));
    // Intake also gets events for objects outside of feed folders, and refuses them.
    for key in ["outbox/products/products.csv", "inbox/products.csv", "products.csv"] {
        let mut elsewhere = event.clone();
        elsewhere["detail"]["object"]["key"] = json!(key);
        assert!(matches(&pattern, &elsewhere), "{key}");
    }
    let mut other = event.clone();
    other["detail"]["bucket"]["name"] = json!("another");
    assert!(!matches(&pattern, &other));
}

#[test]
fn the_event_of_the_sweep_is_that_of_its_schedule() {
    let event = event("sweep");
    assert_eq!(event["detail-type"], "Scheduled Event");
    serde_json::from_value::<sluice_sweep::Tick>(event).unwrap();
}

/// Operators get a sentence with everything filled in.
#[test]
fn the_rule_for_operators_makes_a_sentence() {
    let event = json!({
        "time": "2026-11-21T02:35:00Z", "account": "111122223333", "region": "eu-central-1",
        "detail": { "name": "products-0123456789abcdef01234567-2", "status": "TIMED_OUT" },
    });
    let sentence = sentence(&Stack::example(), "OperatorsRule", &event);
    let begin =
        "The import products-0123456789abcdef01234567-2 of the stack sluice ended TIMED_OUT at 2026-11-21T02:35:00Z";
    assert!(sentence.starts_with(begin) && sentence.contains("sluice resume"), "{sentence}");
}

#[test]
fn the_rule_for_failed_retries_makes_a_sentence() {
    let event = json!({
        "time": "2026-11-21T02:35:00Z",
        "detail": { "name": "7a3c1f0e", "status": "FAILED" },
    });
    let joins = sentence(&Stack::example(), "JoinFailedRule", &event);
    assert!(joins.contains("the execution 7a3c1f0e of sluice-join ended FAILED at 2026"), "{joins}");
    let sentence = sentence(&Stack::example(), "RetryRejectsFailedRule", &event);
    assert!(sentence.contains("the execution 7a3c1f0e of sluice-retry-rejects ended FAILED at 2026"), "{sentence}");
}

/// The message that a rule makes of an event.
fn sentence(stack: &Stack, rule: &str, event: &Value) -> String {
    let transformer = &stack.resources[rule].properties["Targets"][0]["InputTransformer"];
    let mut sentence: String =
        serde_json::from_str(transformer["InputTemplate"].as_str().unwrap()).expect("the template is a text");
    for (variable, path) in transformer["InputPathsMap"].as_object().unwrap() {
        let steps = path.as_str().unwrap().strip_prefix("$.").unwrap().split('.');
        let value = steps.fold(event, |value, step| &value[step]).as_str().unwrap_or_else(|| panic!("{path}"));
        assert!(sentence.contains(&format!("<{variable}>")), "{variable} is not in the sentence");
        sentence = sentence.replace(&format!("<{variable}>"), value);
    }
    assert!(!sentence.contains(['<', '>', '$']), "{sentence}");
    sentence
}

/// A refused file starts no execution that could fail, so without a mail operators are notified through their
/// topic. They are also notified of a mail that was not sent to all.
#[test]
fn operators_are_notified_of_each_mail_that_was_not_sent() {
    let stack = Stack::example();
    let pattern = &stack.resources["UnheardRule"].properties["EventPattern"];
    let of = |verdict: Verdict, mailed: bool, unsent: bool| {
        let detail = RunEnded {
            version: 1,
            run_id: "unknown-0123456789abcdef01234567".parse().unwrap(),
            feed: keys::NO_FOLDER.to_owned(),
            upload: "inbox/a.csv".to_owned(),
            verdict,
            dry_run: false,
            mailed,
            unsent,
            tally: None,
            omitted: sluice_engine::Omitted::default(),
            output: None,
        };
        json!({ "source": SOURCE, "detail-type": RUN_ENDED, "time": "2026-11-21T02:35:00Z", "detail": detail })
    };
    for (verdict, mailed, unsent, notified) in [
        (Verdict::Refused, false, false, true),
        (Verdict::Refused, false, true, true),
        (Verdict::Refused, true, false, false),
        (Verdict::Imported, false, false, false),
        (Verdict::Imported, false, true, true),
        (Verdict::Imported, true, true, true),
    ] {
        assert_eq!(matches(pattern, &of(verdict, mailed, unsent)), notified, "{verdict} {mailed} {unsent}");
    }
    let sentence = sentence(&stack, "UnheardRule", &of(Verdict::Refused, false, false));
    assert!(sentence.starts_with("The file inbox/a.csv in the inbox of the stack sluice ended REFUSED"), "{sentence}");
    assert!(sentence.contains("unknown-0123456789abcdef01234567"), "{sentence}");
}

/// The rule on failed executions makes an input of `report` from such an event.
#[test]
fn the_rule_on_failed_runs_makes_the_input_of_report() {
    let stack = Stack::example();
    let rule = &stack.resources["RunFailedRule"].properties;
    let main = stack.outputs["MainStateMachineArn"].as_str().unwrap();
    let name = "products-0123456789abcdef01234567";
    let arn = format!("{}:{name}", main.replace(":stateMachine:", ":execution:"));
    let of = |machine: &str, status: &str| {
        json!({
            "source": "aws.states",
            "detail-type": "Step Functions Execution Status Change",
            "detail": { "stateMachineArn": machine, "name": name, "status": status, "executionArn": arn },
        })
    };
    for status in ["FAILED", "TIMED_OUT", "ABORTED"] {
        let event = of(main, status);
        assert!(matches(&rule["EventPattern"], &event), "{status}");
        let transformer = &rule["Targets"][0]["InputTransformer"];
        let mut input = transformer["InputTemplate"].as_str().unwrap().to_owned();
        for (variable, path) in transformer["InputPathsMap"].as_object().unwrap() {
            let steps = path.as_str().unwrap().strip_prefix("$.").unwrap().split('.');
            let value = steps.fold(&event, |value, step| &value[step]);
            assert!(value.is_string(), "{path}");
            input = input.replace(&format!("<{variable}>"), &value.to_string());
        }
        let input: ReportInput = serde_json::from_str(&input).unwrap_or_else(|error| panic!("{input}: {error}"));
        let failure = input.failure.unwrap();
        assert_eq!(
            (input.execution.as_str(), failure.status.as_str(), failure.execution_arn),
            (name, status, arn.clone())
        );
    }
    for status in ["RUNNING", "SUCCEEDED"] {
        assert!(!matches(&rule["EventPattern"], &of(main, status)), "{status}");
    }
    // Executions of chunks and of Map children are not runs.
    for other in [main.replace("main-orchestrator", "chunk-processor"), format!("{main}/CheckChunks")] {
        assert!(!matches(&rule["EventPattern"], &of(&other, "FAILED")), "{other}");
    }
}

/// Whether an event matches a pattern, as far as the template uses patterns.
fn matches(pattern: &Value, event: &Value) -> bool {
    pattern.as_object().unwrap().iter().all(|(field, expected)| match expected {
        Value::Array(choices) if field == "$or" => choices.iter().any(|choice| matches(choice, event)),
        Value::Object(_) => matches(expected, &event[field]),
        _ => list(expected).iter().any(|one| event[field] == *one || list(&event[field]).contains(one)),
    })
}
