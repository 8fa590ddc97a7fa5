//! `sluice redrive`.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::fake::{Answer, FakeAws, Request};
use super::stdout;

/// A message in the queue of calls that failed.
fn failed(id: &str, function: &str) -> Value {
    let body = json!({
        "requestContext": {"functionArn": format!("arn:aws:lambda:eu-west-3:1:function:{function}:$LATEST")},
        "requestPayload": {"detail": {"object": {"key": format!("inbox/products/{id}.csv")}}},
        "responsePayload": {"errorType": "Transient", "errorMessage": "no answer"},
    });
    json!({"MessageId": id, "ReceiptHandle": format!("receipt of {id}"), "Body": body.to_string()})
}

/// A queue that hides received messages, and functions with these answers.
fn stack(
    messages: &[Value],
    invoked: impl Fn(&Request) -> (u16, &'static str, &'static str) + Send + 'static,
) -> FakeAws {
    let visible = Arc::new(Mutex::new(messages.to_vec()));
    FakeAws::serving_with_heads(move |request: &Request| -> (Answer, &'static str) {
        let answer = match request.operation() {
            "DescribeStacks" => super::fake::stack(),
            "GetQueueUrl" => json!({"QueueUrl": "http://sqs/1/sluice-failed-calls"}).to_string(),
            "ReceiveMessage" => {
                let message = visible.lock().unwrap().pop();
                json!({"Messages": message.into_iter().collect::<Vec<_>>()}).to_string()
            }
            "DeleteMessage" | "ChangeMessageVisibility" => "{}".to_owned(),
            _ => {
                let (status, head, body) = invoked(request);
                return ((status, body.to_owned()), head);
            }
        };
        ((200, answer), "")
    })
}

/// The receipts in the requests of an operation.
fn receipts(aws: &FakeAws, operation: &str) -> Vec<String> {
    let requests = aws.requests().into_iter().filter(|request| request.operation() == operation);
    let bodies = requests.map(|request| serde_json::from_str::<Value>(&request.body).unwrap());
    bodies.map(|body| body["ReceiptHandle"].as_str().unwrap().to_owned()).collect()
}

const FAILS: &str = "X-Amz-Function-Error: Unhandled\r\n";

#[test]
fn what_is_handled_is_removed_and_what_fails_again_stays() {
    let messages = [failed("a", "sluice-intake"), failed("b", "sluice-intake"), failed("c", "other-intake")];
    let aws = stack(&messages, |request| {
        assert_eq!(request.object(), ("2015-03-31", "functions/sluice-intake/invocations".to_owned()));
        if request.body.contains("inbox/products/a.csv") {
            (200, "", "null")
        } else {
            (200, FAILS, r#"{"errorType": "Misconfigured", "errorMessage": "no permission"}"#)
        }
    });
    let said = stdout(&aws.sluice(&["redrive", "failed-calls"]), 5);
    for line in [
        "intake on inbox/products/a.csv (failed: Transient: no answer): handled again",
        "intake on inbox/products/b.csv (failed: Transient: no answer): failed again, and stays in the queue: \
         Misconfigured: no permission",
        "other-intake is not a function of the stack sluice",
        "1 message handled again, 2 left in the queue sluice-failed-calls",
    ] {
        assert!(said.contains(line), "{line:?} is not in {said}");
    }
    assert_eq!(receipts(&aws, "DeleteMessage"), ["receipt of a"]);
    let mut released = receipts(&aws, "ChangeMessageVisibility");
    released.sort();
    assert_eq!(released, ["receipt of b", "receipt of c"], "what stays is seen again at once");
}

#[test]
fn a_dry_run_calls_nothing_and_removes_nothing() {
    let aws = stack(&[failed("a", "sluice-intake")], |request| unreachable!("{request:?}"));
    let said = stdout(&aws.sluice(&["redrive", "failed-calls", "--dry-run"]), 0);
    assert!(said.starts_with("intake on inbox/products/a.csv (failed: Transient: no answer)\n1 message in"), "{said}");
    assert!(receipts(&aws, "DeleteMessage").is_empty());
    assert_eq!(receipts(&aws, "ChangeMessageVisibility"), ["receipt of a"]);
}

#[test]
fn a_missing_permission_ends_the_work_and_the_message_stays() {
    let aws = stack(&[failed("a", "sluice-intake")], |_| (403, "", r#"{"__type": "AccessDeniedException"}"#));
    let said = aws.sluice(&["redrive", "failed-calls"]);
    assert!(String::from_utf8_lossy(&said.stderr).contains("the permission is missing"), "{said:?}");
    stdout(&said, 5);
    assert_eq!(receipts(&aws, "ChangeMessageVisibility"), ["receipt of a"]);
    assert!(receipts(&aws, "DeleteMessage").is_empty());
}
