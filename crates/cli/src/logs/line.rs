//! One line of the log.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::print::printable;

/// The fields that are not printed as `name=value`: they have columns of their own, or do not help to understand a run.
const COMMON: [&str; 11] = [
    "message",
    "level",
    "timestamp",
    "service",
    "version",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_request_id",
    "xray_trace_id",
    "correlation_id",
];

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it was written, in milliseconds since 1970.
    pub at: i64,
    /// The log stream: `<date>/<function>[<version>][<environment>]` in a group that functions share
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html>).
    pub stream: String,
    /// The line itself: JSON.
    pub message: String,
    /// The chunk that the call was about. A report of Lambda does not name it.
    pub chunk: Option<u64>,
}

impl Line {
    /// A line, with the chunk that it names.
    pub fn new(at: i64, stream: String, message: String) -> Self {
        let mut line = Self { at, stream, message, chunk: None };
        line.chunk = line.fields()["chunk"].as_u64();
        line
    }

    /// The fields; none if the line is no JSON.
    fn fields(&self) -> Value {
        serde_json::from_str(&self.message).unwrap_or_default()
    }

    /// The id of the call of a function that it is about.
    pub fn request(&self) -> Option<String> {
        let fields = self.fields();
        let request = fields["function_request_id"].as_str().or_else(|| fields["record"]["requestId"].as_str());
        request.map(str::to_owned)
    }

    /// The run of the step that wrote it.
    pub fn run(&self) -> Option<String> {
        self.fields()["correlation_id"].as_str().map(str::to_owned)
    }

    /// Whether it is the last line of a call, which has its duration.
    pub fn is_last(&self) -> bool {
        self.fields()["duration_ms"].is_number()
    }

    /// Whether it is Lambda's report of a call that did not succeed.
    pub fn is_ended_by_lambda(&self) -> bool {
        let fields = self.fields();
        fields["type"] == "platform.report" && fields["record"]["status"] != "success"
    }
}

/// The line for people: time, function, level, message, and the other fields as `name=value`.
pub fn text(line: &Line, stack: &str) -> String {
    let at = Timestamp::from_millisecond(line.at).unwrap_or_default();
    let stream = line.stream.rsplit('/').next().unwrap_or_default();
    let function = stream.split('[').next().unwrap_or_default();
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(&line.message) else {
        return columns(at, short(function, stack), "", line.message.trim_end());
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    if text("type") == Some("platform.report") {
        let record = fields.get("record").and_then(Value::as_object);
        let what = record.map(|record| ended(record, line.chunk)).unwrap_or_default();
        return columns(at, short(function, stack), "LAMBDA", &what);
    }
    let function = text("function_name").unwrap_or(function);
    let mut what = text("message").unwrap_or_default().to_owned();
    for (name, value) in fields.iter().filter(|(name, _)| !COMMON.contains(&name.as_str())) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        what.push_str(&format!(" {name}={value}"));
    }
    columns(at, short(function, stack), text("level").unwrap_or_default(), &what)
}

fn columns(at: Timestamp, function: &str, level: &str, what: &str) -> String {
    printable(&format!("{at:.3}  {function:<11}  {level:<6}  {what}"))
}

/// The name of a function without that of its stack.
fn short<'a>(function: &'a str, stack: &str) -> &'a str {
    function.strip_prefix(stack).and_then(|rest| rest.strip_prefix('-')).unwrap_or(function)
}

/// Describes a call that Lambda ended.
fn ended(record: &Map<String, Value>, chunk: Option<u64>) -> String {
    let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let metric = |name: &str| record.get("metrics").and_then(|metrics| metrics.get(name)).map(Value::to_string);
    let mut text = format!("ended by Lambda: {} {}", field("status"), field("errorType"));
    text.truncate(text.trim_end().len());
    if let Some(chunk) = chunk {
        text.push_str(&format!(", chunk {chunk}"));
    }
    for (name, what) in [("durationMs", "ms"), ("maxMemoryUsedMB", "MB used"), ("memorySizeMB", "MB of memory")] {
        if let Some(number) = metric(name) {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text + &format!(", request {}", field("requestId"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stream: &str, message: &str) -> Line {
        Line::new(1_795_228_380_123, stream.to_owned(), message.to_owned())
    }

    #[test]
    fn table_of_lines() {
        let stream = "2026/11/21/shop-import[$LATEST]0123456789abcdef";
        for (message, expected) in [
            (
                r#"{"level":"INFO","message":"done","service":"import","version":"1.2.3","function_name":"shop-import","cold_start":true,"function_request_id":"r1","correlation_id":"run","duration_ms":812}"#,
                "import       INFO    done duration_ms=812",
            ),
            (
                r#"{"level":"ERROR","message":"failed: no\u001b[2J","function_name":"shop-pin","error_name":"Missing"}"#,
                "pin          ERROR   failed: no\u{FFFD}[2J error_name=Missing",
            ),
            (
                r#"{"time":"2026","type":"platform.report","record":{"requestId":"r2","status":"timeout","metrics":{"durationMs":900000.0,"maxMemoryUsedMB":512,"memorySizeMB":1769}}}"#,
                "import       LAMBDA  ended by Lambda: timeout, 900000.0 ms, 512 MB used, 1769 MB of memory, request r2",
            ),
            ("no JSON\n", "import               no JSON"),
        ] {
            let shown = text(&line(stream, message), "shop");
            assert_eq!(shown, format!("2026-11-21T02:33:00.123Z  {expected}"));
        }
    }

    #[test]
    fn a_report_of_lambda_says_the_chunk_that_is_found_for_it() {
        let message = r#"{"type":"platform.report","record":{"requestId":"r2","status":"failure","errorType":"Runtime.ExitError"}}"#;
        let report = Line { chunk: Some(4), ..line("shop-import[$LATEST]0", message) };
        let shown = text(&report, "shop");
        assert!(shown.ends_with("ended by Lambda: failure Runtime.ExitError, chunk 4, request r2"), "{shown}");
    }

    #[test]
    fn lambda_reports_calls_that_did_not_succeed() {
        for (message, expected) in [
            (r#"{"type": "platform.report", "record": {"status": "timeout"}}"#, true),
            (r#"{"type": "platform.report", "record": {"status": "success"}}"#, false),
            (r#"{"type": "platform.start", "record": {}}"#, false),
            ("no JSON", false),
        ] {
            assert_eq!(line("", message).is_ended_by_lambda(), expected, "{message}");
        }
    }

    #[test]
    fn table_of_what_a_line_names() {
        for (message, request, run, chunk, is_last) in [
            (
                r#"{"function_request_id": "r1", "correlation_id": "a", "chunk": 7}"#,
                Some("r1"),
                Some("a"),
                Some(7),
                false,
            ),
            (r#"{"function_request_id": "r1", "duration_ms": 0}"#, Some("r1"), None, None, true),
            (r#"{"type": "platform.report", "record": {"requestId": "r2"}}"#, Some("r2"), None, None, false),
            ("{}", None, None, None, false),
            ("no JSON", None, None, None, false),
        ] {
            let line = line("", message);
            assert_eq!(line.request().as_deref(), request, "{message}");
            assert_eq!(line.run().as_deref(), run, "{message}");
            assert_eq!((line.chunk, line.is_last()), (chunk, is_last), "{message}");
        }
    }
}
