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
}

impl Line {
    /// The id of the call of a function that wrote it.
    pub fn request(&self) -> Option<String> {
        let fields: Value = serde_json::from_str(&self.message).ok()?;
        let own = fields.get("function_request_id");
        let request = own.or_else(|| fields.get("record")?.get("requestId"))?;
        request.as_str().map(str::to_owned)
    }

    /// Whether it is Lambda's report of a call that did not succeed.
    pub fn is_ended_by_lambda(&self) -> bool {
        let fields: Value = serde_json::from_str(&self.message).unwrap_or_default();
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
        return columns(at, short(function, stack), "LAMBDA", &record.map(ended).unwrap_or_default());
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
fn ended(record: &Map<String, Value>) -> String {
    let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    let metric = |name: &str| record.get("metrics").and_then(|metrics| metrics.get(name)).map(Value::to_string);
    let mut text =
        format!("a call ended by Lambda, of this run or of another one: {} {}", field("status"), field("errorType"));
    text.truncate(text.trim_end().len());
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
        Line { at: 1_795_228_380_123, stream: stream.to_owned(), message: message.to_owned() }
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
                "import       LAMBDA  a call ended by Lambda, of this run or of another one: timeout, 900000.0 ms, 512 MB used, \
                 1769 MB of memory, request r2",
            ),
            ("no JSON\n", "import               no JSON"),
        ] {
            let shown = text(&line(stream, message), "shop");
            assert_eq!(shown, format!("2026-11-21T02:33:00.123Z  {expected}"));
        }
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
    fn a_line_names_its_call() {
        for (message, expected) in [
            (r#"{"function_request_id": "r1"}"#, Some("r1")),
            (r#"{"type": "platform.report", "record": {"requestId": "r2"}}"#, Some("r2")),
            ("{}", None),
            ("no JSON", None),
        ] {
            assert_eq!(line("", message).request().as_deref(), expected, "{message}");
        }
    }
}
