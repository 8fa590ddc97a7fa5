//! `sluice runs`, `show`, `follow` and `logs`.

use serde_json::{Value, json};

use super::fake::{Answer, Buckets, FakeAws, Request};
use super::{RUN, stdout};

/// An imported run, as an item of the ledger.
fn entry(run: &str) -> Value {
    json!({
        "run_id": run, "feed": "products", "started_at": "2026-11-21T08:00:00Z", "stage": "MERGED",
        "stage_at": "2026-11-21T08:01:00Z", "times": {}, "deliveries": 1,
        "upload": {
            "bucket": "inbox", "key": "inbox/products/a.csv", "version_id": "v1", "etag": "", "bytes": 3,
            "last_modified": "2026-11-21T08:00:00Z", "sequencer": "",
        },
        "execution": run,
        "conclusion": {
            "verdict": "IMPORTED", "at": "2026-11-21T08:01:00Z",
            "tally": {
                "read": 3, "omitted": 0, "imported": 2, "unchanged": 0, "duplicate": 0, "stale": 0, "rejected": 1,
                "withheld": 0,
            },
        },
        "mail": {"sent": "m1"},
    })
}

/// A value as an attribute of `DynamoDB`.
fn attribute(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({"S": text}),
        Value::Number(number) => json!({"N": number.to_string()}),
        Value::Object(fields) => {
            let fields: serde_json::Map<_, _> =
                fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
            json!({"M": fields})
        }
        other => unreachable!("{other} is not in the entry of a run"),
    }
}

/// A stack with one run, and with this log.
fn stack(log: impl Fn(&Request) -> Answer + Send + 'static) -> FakeAws {
    let item = attribute(&entry(RUN))["M"].clone();
    let objects = Buckets::default();
    objects.put(&format!("data/output/products/{RUN}/report.html"), "<p>the page</p>");
    FakeAws::with_stack(move |request| match request.operation() {
        "GetItem" if request.body.contains(RUN) => (200, json!({"Item": item}).to_string()),
        "GetItem" => (200, "{}".to_owned()),
        // In two pages, of which the first one has nothing.
        "Scan" if !request.body.contains("ExclusiveStartKey") => {
            (200, json!({"Items": [], "LastEvaluatedKey": {"run_id": {"S": "a"}}}).to_string())
        }
        "Scan" => (200, json!({"Items": [item]}).to_string()),
        "Query" => (200, json!({"Items": []}).to_string()),
        "DescribeExecution" => (400, json!({"__type": "ExecutionDoesNotExist"}).to_string()),
        "FilterLogEvents" => log(request),
        _ => objects.answer(request),
    })
}

fn no_log(_: &Request) -> Answer {
    (200, json!({"events": []}).to_string())
}

#[test]
fn the_runs_of_a_stack_are_listed() {
    let aws = stack(no_log);
    let said = stdout(&aws.sluice(&["runs"]), 0);
    let line: Vec<&str> = said.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    assert_eq!(line[1..], ["IMPORTED", "3", "2", "0", "1", "products", "a.csv", RUN], "{said}");
    let said = stdout(&aws.sluice(&["runs", "--format", "json"]), 0);
    let run: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&run["verdict"], &run["tally"]["rejected"], &run["mail"]),
        (&"IMPORTED".into(), &1.into(), &"sent".into())
    );

    // A feed has an index of its own.
    let said = stdout(&aws.sluice(&["runs", "--feed", "sales", "--since", "2026-11-21"]), 0);
    assert_eq!(said, "no run was found\n");
    let query = aws.requests().pop().unwrap();
    assert_eq!(query.operation(), "Query");
    for part in ["\"by-feed\"", "\"sales\"", "\"2026-11-21T00:00:00Z\""] {
        assert!(query.body.contains(part), "{}", query.body);
    }
}

#[test]
fn a_run_is_shown_and_its_page_is_opened() {
    let said = stdout(&stack(no_log).sluice(&["show", RUN]), 0);
    assert!(
        said.contains("IMPORTED: a.csv") && said.contains("3  read") && said.contains("The mail was sent"),
        "{said}"
    );
    let opened = stack(no_log).command(&["show", &format!("{RUN}-2"), "--open"]).env("BROWSER", "/bin/cat").output();
    let said = stdout(&opened.unwrap(), 0);
    assert!(said.contains("The page is /") && said.ends_with("<p>the page</p>"), "{said}");
    let opened = stack(no_log).command(&["show", RUN, "--open"]).env("BROWSER", "/no such program").output().unwrap();
    assert!(String::from_utf8_lossy(&opened.stderr).contains("BROWSER can name another program"), "{opened:?}");
    stdout(&opened, 5);
}

#[test]
fn a_run_is_followed_to_its_end_and_the_exit_code_says_that_it_has_rejects() {
    let said = stdout(&stack(no_log).sluice(&["follow", RUN]), 3);
    assert!(said.contains("IMPORTED: a.csv"), "{said}");
}

#[test]
fn a_run_that_is_not_there_is_turned_down() {
    let other = "products-0123456789abcdef0123456f";
    for command in ["show", "follow", "logs"] {
        let said = stack(no_log).sluice(&[command, other]);
        assert!(String::from_utf8_lossy(&said.stderr).contains(&format!("there is no run {other} here")), "{said:?}");
        stdout(&said, 4);
    }
}

#[test]
fn the_log_of_a_run_is_printed_in_order() {
    let of = |at: i64, function: &str, message: &Value| json!({"timestamp": at, "logStreamName": format!("2026/11/21/sluice-{function}[$LATEST]0"), "message": message.to_string()});
    let own = |function: &str, request: &str, fields: &Value| {
        let mut line = json!({"level": "INFO", "function_name": format!("sluice-{function}"),
            "function_request_id": request, "correlation_id": RUN});
        line.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        line
    };
    let done = |function: &str, request: &str| own(function, request, &json!({"message": "done", "duration_ms": 5}));
    let began = own("import", "r2", &json!({"message": "began", "chunk": 4}));
    let report = |request: &str, status: &str| json!({"type": "platform.report", "record": {"requestId": request, "status": status}});
    let run =
        [of(3_000, "merge", &done("merge", "r3")), of(1_500, "import", &began), of(1_000, "pin", &done("pin", "r1"))];
    // The third is of another run.
    let ended = [("import", "r2", "timeout"), ("merge", "r3", "error"), ("import", "r4", "timeout")];
    let ended = ended.map(|(function, request, status)| of(2_000, function, &report(request, status)));
    let aws = stack(move |request| {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let pattern = body["filterPattern"].as_str().unwrap();
        assert_eq!(
            (&body["logGroupName"], &body["startTime"]),
            (&"/aws/lambda/sluice".into(), &1_795_247_700_000_i64.into())
        );
        let events = match (pattern.contains(RUN), body["nextToken"].as_str()) {
            (true, None) => return (200, json!({"events": [run[0]], "nextToken": "more"}).to_string()),
            (true, Some(_)) => &run[1..],
            (false, _) => &ended[..],
        };
        (200, json!({"events": events}).to_string())
    });
    let said = stdout(&aws.sluice(&["logs", RUN]), 0);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 4, "{said}");
    let expected =
        [["pin ", "done"], ["import ", "began chunk=4"], ["import ", "timeout, chunk 4"], ["merge ", "done"]];
    for (line, parts) in lines.iter().zip(expected) {
        assert!(parts.iter().all(|part| line.contains(part)), "{said}");
    }
    let said = stdout(&aws.sluice(&["logs", RUN, "--format", "json"]), 0);
    assert!(said.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{said}");
    assert!(stdout(&stack(no_log).sluice(&["logs", RUN]), 0).contains("has no line about the run"));
}
