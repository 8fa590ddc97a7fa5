//! Messages in the queues of failures.

use serde_json::{Value, json};
use sluice_contract::steps::{ExecutionFailure, ReportInput};
use sluice_platform::events::RUN_ENDED;

/// The task of a message.
#[derive(Debug, PartialEq)]
pub struct Task {
    /// The function, state machine or topic that was to get an event.
    pub who: String,
    /// What the event is about.
    pub what: String,
    /// Why the message is in the queue.
    pub why: String,
    /// What to do.
    pub act: Act,
}

/// What to do with a message.
#[derive(Debug, PartialEq)]
pub enum Act {
    /// Call a function with an event.
    Invoke {
        /// The name of the function.
        function: String,
        /// The event.
        event: Value,
    },
    /// Start the state machine that retries rejects.
    Start {
        /// Its ARN.
        machine: String,
    },
    /// Print the text that the operators were to get.
    Print {
        /// The text.
        text: String,
    },
}

/// The task of an event that EventBridge could not deliver. Rule, target and error are in the attributes of the message:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>.
pub fn undelivered<'a>(attribute: &dyn Fn(&str) -> Option<&'a str>, body: &str) -> Result<Task, String> {
    let target = attribute("TARGET_ARN").ok_or("it has no attribute TARGET_ARN")?;
    let event: Value = serde_json::from_str(body).map_err(|error| format!("its body is not JSON: {error}"))?;
    let why =
        [attribute("ERROR_CODE"), attribute("ERROR_MESSAGE")].into_iter().flatten().collect::<Vec<_>>().join(": ");
    let what = subject(&event);
    let name = name(target).to_owned();
    let act = match service(target) {
        "lambda" => Act::Invoke { function: name.clone(), event: as_delivered(event) },
        "states" => Act::Start { machine: target.to_owned() },
        "sns" => Act::Print { text: notice(&event) },
        _ => return Err(format!("Sluice has no target like {target}")),
    };
    Ok(Task { who: name, what, why: format!("not delivered: {why}"), act })
}

/// The task of an event on which a function failed. Lambda wraps function, event and error:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>.
pub fn failed_call(body: &str) -> Result<Task, String> {
    let record: Value = serde_json::from_str(body).map_err(|error| format!("its body is not JSON: {error}"))?;
    let function = record["requestContext"]["functionArn"].as_str().ok_or("it has no requestContext.functionArn")?;
    let event = record.get("requestPayload").cloned().ok_or("it has no requestPayload")?;
    let function = name(function).to_owned();
    Ok(Task {
        who: function.clone(),
        what: subject(&event),
        why: format!("failed: {}", error(&record["responsePayload"])),
        act: Act::Invoke { function, event },
    })
}

/// The error in the answer of a function that failed.
pub fn error(answer: &Value) -> String {
    let parts = ["errorType", "errorMessage"].into_iter().filter_map(|name| answer[name].as_str());
    let parts: Vec<&str> = parts.collect();
    if parts.is_empty() { "the function gave no reason".to_owned() } else { parts.join(": ") }
}

/// The event as its rule delivers it. The rule for failed runs makes the input of `report` of it, and the rule for ended runs that of
/// `dataset`; the queue may have the event before or after that.
fn as_delivered(event: Value) -> Value {
    if event["detail-type"] == RUN_ENDED {
        return json!({"ended": {"run_id": event["detail"]["run_id"]}});
    }
    let detail = |name: &str| event["detail"][name].as_str().map(str::to_owned);
    match (detail("name"), detail("status"), detail("executionArn")) {
        (Some(execution), Some(status), Some(execution_arn)) => {
            let failure = Some(ExecutionFailure { status, execution_arn });
            // It consists of texts only, so this cannot fail.
            serde_json::to_value(ReportInput { execution, failure }).unwrap_or_default()
        }
        _ => event,
    }
}

/// What an event is about: an upload, a run, or a schedule.
fn subject(event: &Value) -> String {
    let detail = &event["detail"];
    let run = &event["ended"]["run_id"];
    let found = [&detail["object"]["key"], &event["execution"], run, &detail["name"], &detail["upload"]];
    match found.into_iter().find_map(Value::as_str) {
        Some(what) => what.to_owned(),
        None if event["detail-type"] == "Scheduled Event" => "its schedule".to_owned(),
        None => "an event".to_owned(),
    }
}

/// The text that the operators were to get: that of the rule, or another one if the queue has the event itself.
fn notice(event: &Value) -> String {
    if let Some(text) = event.as_str() {
        return text.to_owned();
    }
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let (detail, time) = (&event["detail"], text(&event["time"]));
    if detail["executionArn"].is_string() {
        return format!("The execution {} ended {} at {time}.", text(&detail["name"]), text(&detail["status"]));
    }
    format!(
        "The file {} ended {} at {time}, and a mail about it was not sent: to some of its recipients, or to nobody.",
        text(&detail["upload"]),
        text(&detail["verdict"])
    )
}

/// The service in an ARN.
fn service(arn: &str) -> &str {
    arn.split(':').nth(2).unwrap_or_default()
}

/// The name at the end of an ARN: `arn:aws:lambda:…:function:<name>:<version>`, `arn:aws:states:…:stateMachine:<name>`,
/// `arn:aws:sns:…:<name>`.
fn name(arn: &str) -> &str {
    let at = if service(arn) == "sns" { 5 } else { 6 };
    arn.split(':').nth(at).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPLOAD: &str = include_str!("../../../../events/intake.json");
    const ENDED: &str = include_str!("../../../../events/dataset.json");
    const FAILURE: &str = include_str!("../../../../events/report-failure.json");

    fn undelivered_to(target: &'static str, body: &str) -> Result<Task, String> {
        let attribute = |name: &str| match name {
            "TARGET_ARN" => Some(target),
            "ERROR_CODE" => Some("NO_PERMISSIONS"),
            _ => None,
        };
        undelivered(&attribute, body)
    }

    #[test]
    fn an_upload_goes_to_intake_again() {
        let event: Value = serde_json::from_str(UPLOAD).unwrap();
        let expected = Task {
            who: "sluice-intake".to_owned(),
            what: "inbox/products/products.csv".to_owned(),
            why: "not delivered: NO_PERMISSIONS".to_owned(),
            act: Act::Invoke { function: "sluice-intake".to_owned(), event: event.clone() },
        };
        assert_eq!(undelivered_to("arn:aws:lambda:eu-west-3:1:function:sluice-intake", UPLOAD), Ok(expected));

        let body = json!({
            "requestContext": {"functionArn": "arn:aws:lambda:eu-west-3:1:function:sluice-intake:$LATEST"},
            "requestPayload": event,
            "responsePayload": {"errorType": "Transient", "errorMessage": "no answer"},
        });
        let task = failed_call(&body.to_string()).unwrap();
        assert_eq!((task.who.as_str(), task.why.as_str()), ("sluice-intake", "failed: Transient: no answer"));
        assert_eq!(task.act, Act::Invoke { function: "sluice-intake".to_owned(), event });
    }

    #[test]
    fn a_failed_run_goes_to_report_as_its_rule_would_send_it() {
        let delivered: Value = serde_json::from_str(FAILURE).unwrap();
        let failure = &delivered["failure"];
        let event = json!({
            "detail-type": "Step Functions Execution Status Change",
            "detail": {
                "name": delivered["execution"], "status": failure["status"], "executionArn": failure["execution_arn"],
                "stateMachineArn": "arn:aws:states:eu-central-1:111122223333:stateMachine:sluice-main-orchestrator",
            },
        });
        let report = "arn:aws:lambda:eu-central-1:111122223333:function:sluice-report";
        for body in [event.to_string(), delivered.to_string()] {
            let task = undelivered_to(report, &body).unwrap();
            assert_eq!(task.what, delivered["execution"]);
            assert_eq!(task.act, Act::Invoke { function: "sluice-report".to_owned(), event: delivered.clone() });
        }
    }

    #[test]
    fn an_ended_run_goes_to_dataset_as_its_rule_would_send_it() {
        let delivered: Value = serde_json::from_str(ENDED).unwrap();
        let event = json!({
            "detail-type": "Sluice Run Ended",
            "detail": {"run_id": delivered["ended"]["run_id"], "upload": "inbox/orders/a.csv", "verdict": "IMPORTED"},
        });
        let dataset = "arn:aws:lambda:eu-central-1:111122223333:function:sluice-dataset";
        for (body, what) in [
            (event.to_string(), "inbox/orders/a.csv"),
            (delivered.to_string(), delivered["ended"]["run_id"].as_str().unwrap()),
        ] {
            let task = undelivered_to(dataset, &body).unwrap();
            assert_eq!(task.what, what);
            assert_eq!(task.act, Act::Invoke { function: "sluice-dataset".to_owned(), event: delivered.clone() });
        }
    }

    #[test]
    fn a_schedule_is_started_and_a_message_for_operators_is_printed() {
        let machine = "arn:aws:states:eu-west-3:1:stateMachine:sluice-retry-rejects";
        let task = undelivered_to(machine, r#"{"detail-type": "Scheduled Event"}"#).unwrap();
        assert_eq!((task.what.as_str(), task.act), ("its schedule", Act::Start { machine: machine.to_owned() }));
        let topic = "arn:aws:sns:eu-west-3:1:sluice-operators";
        let failed = json!({"time": "2026", "detail": {"name": "run", "status": "FAILED", "executionArn": "arn"}});
        let refused = json!({"time": "2026", "detail": {"upload": "inbox/a.csv", "verdict": "REFUSED"}});
        for (body, expected) in [
            (failed, "The execution run ended FAILED at 2026."),
            (
                refused,
                "The file inbox/a.csv ended REFUSED at 2026, and a mail about it was not sent: to some of its recipients, or \
                 to nobody.",
            ),
            (json!("as the rule says it"), "as the rule says it"),
        ] {
            let task = undelivered_to(topic, &body.to_string()).unwrap();
            assert_eq!((task.who.as_str(), task.act), ("sluice-operators", Act::Print { text: expected.to_owned() }));
        }
    }

    #[test]
    fn a_message_that_cannot_be_handled_says_why() {
        let none = |_: &str| None;
        for (task, why) in [
            (undelivered(&none, "{}"), "it has no attribute TARGET_ARN"),
            (
                undelivered_to("arn:aws:sqs:eu-west-3:1:other", "{}"),
                "Sluice has no target like arn:aws:sqs:eu-west-3:1:other",
            ),
            (undelivered_to("arn:aws:lambda:eu-west-3:1:function:a", "{"), "its body is not JSON"),
            (failed_call("{}"), "it has no requestContext.functionArn"),
            (failed_call(r#"{"requestContext": {"functionArn": "a"}}"#), "it has no requestPayload"),
        ] {
            assert!(task.as_ref().unwrap_err().starts_with(why), "{task:?}");
        }
        assert_eq!(error(&json!({})), "the function gave no reason");
    }
}
