//! What operators look at: dashboard, alarms, runbook and saved queries know only what there is.

use std::collections::BTreeSet;

use serde_json::Value;
use sluice_platform::metrics::NAMESPACE;
use sluice_tests::read;
use sluice_tests::template::{Stack, list, texts};

/// The metrics of AWS that the dashboard and the alarms use, by their namespaces:
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html>.
const OF_AWS: [(&str, &[&str]); 4] = [
    ("AWS/Lambda", &["Duration", "Throttles"]),
    (
        "AWS/States",
        &["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"],
    ),
    ("AWS/SQS", &["ApproximateNumberOfMessagesVisible"]),
    ("AWS/DynamoDB", &["WriteThrottleEvents"]),
];

/// What a line of the log has, with the file that writes it. `@timestamp` is that of CloudWatch.
const LOGGED: [(&str, &str); 8] = [
    ("function_name", "crates/platform/src/telemetry/line.rs"),
    ("function_request_id", "crates/platform/src/telemetry/line.rs"),
    ("level", "crates/platform/src/telemetry/line.rs"),
    ("message", "crates/platform/src/telemetry/line.rs"),
    ("correlation_id", "crates/platform/src/telemetry/line.rs"),
    ("duration_ms", "crates/platform/src/runtime.rs"),
    ("chunk", "crates/platform/src/runtime.rs"),
    ("error_name", "crates/platform/src/runtime.rs"),
];

/// What Lambda's report of a call has, and the values that a saved query compares:
/// <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>.
const REPORTED: [&str; 7] = ["type", "platform", "report", "record", "requestId", "status", "success"];

/// The words of Logs Insights in the saved queries, and the names that the queries give to results.
const INSIGHTS: [&str; 30] = [
    "fields",
    "filter",
    "stats",
    "sort",
    "limit",
    "by",
    "as",
    "asc",
    "desc",
    "and",
    "or",
    "coalesce",
    "request",
    "sum",
    "count",
    "count_distinct",
    "latest",
    "ispresent",
    "timestamp",
    "seconds",
    "calls",
    "errors",
    "runs",
    "example",
    "RUN",
    "ERROR",
    "1000",
    "10000",
    "50",
    "",
];

/// Every metric of the code.
fn of_the_code() -> BTreeSet<String> {
    let names = sluice_report::counts::METRICS.iter().chain(&sluice_sweep::METRICS).chain(&sluice_import::METRICS);
    names.map(|name| (*name).to_owned()).collect()
}

/// A metric exists: in the code, for this stack, or at AWS, for a resource of this stack.
fn assert_exists(stack: &Stack, namespace: &str, name: &str, dimensions: &[(String, String)], place: &str) {
    if namespace == NAMESPACE {
        assert!(of_the_code().contains(name), "{place}: the code emits no {name}");
        assert_eq!(dimensions, [("stack".to_owned(), stack.name.clone())], "{place}: {name}");
        return;
    }
    let of_aws = OF_AWS.iter().find(|(of, _)| *of == namespace).unwrap_or_else(|| panic!("{place}: {namespace}"));
    assert!(of_aws.1.contains(&name), "{place}: {namespace} has no {name}");
    let [(dimension, value)] = dimensions else { panic!("{place}: {dimensions:?}") };
    let (kind, property) = match dimension.as_str() {
        "FunctionName" => ("AWS::Lambda::Function", "FunctionName"),
        "QueueName" => ("AWS::SQS::Queue", "QueueName"),
        "TableName" => ("AWS::DynamoDB::Table", "TableName"),
        "StateMachineArn" => ("AWS::StepFunctions::StateMachine", "StateMachineName"),
        other => panic!("{place}: {other}"),
    };
    let mut resources = stack.of_kind(kind);
    let is = |name: &str| value == name || value.ends_with(&format!(":{name}"));
    let found = resources.any(|(_, resource)| is(resource.properties[property].as_str().unwrap()));
    assert!(found, "{place}: the stack has no {dimension} {value}");
}

/// The metrics of a widget: namespace, name and dimensions, with the short forms `.` and `...` written out.
fn metrics_of(widget: &Value) -> Vec<Vec<String>> {
    let mut written: Vec<Vec<String>> = Vec::new();
    for metric in list(&widget["properties"]["metrics"]) {
        let parts: Vec<&str> = metric.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let Some(last) = written.last() else {
            written
                .extend((!parts.is_empty()).then(|| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()));
            continue;
        };
        let whole: Vec<String> = match parts.split_first() {
            None => continue,
            Some((&"...", rest)) => {
                let kept = last.len() - rest.len();
                last[..kept].iter().cloned().chain(rest.iter().map(|part| (*part).to_owned())).collect()
            }
            Some(_) => {
                let same =
                    |(at, part): (usize, &&str)| if *part == "." { last[at].clone() } else { (*part).to_owned() };
                parts.iter().enumerate().map(same).collect()
            }
        };
        written.push(whole);
    }
    written
}

#[test]
fn every_metric_on_the_dashboard_exists_and_every_metric_of_the_code_is_on_it() {
    let stack = Stack::example();
    let body = stack.resources["DashboardOfRuns"].properties["DashboardBody"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).expect("the body of the dashboard is JSON");
    let mut shown = BTreeSet::new();
    for widget in list(&body["widgets"]) {
        let title = widget["properties"]["title"].as_str().unwrap();
        assert_eq!(widget["properties"]["region"], sluice_tests::template::REGION, "{title}");
        for metric in metrics_of(widget) {
            let [namespace, name, dimensions @ ..] = &metric[..] else { panic!("{title}: {metric:?}") };
            let pairs: Vec<(String, String)> =
                dimensions.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
            assert_exists(&stack, namespace, name, &pairs, title);
            shown.insert(name.clone());
        }
        for metric in list(&widget["properties"]["metrics"]).iter().flat_map(list) {
            // A search finds a metric by all values of its second dimension.
            let Some(search) = metric["expression"].as_str().and_then(|text| text.strip_prefix("SEARCH('{")) else {
                continue;
            };
            let (schema, rest) = search.split_once('}').unwrap();
            let name = rest.split("MetricName=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(["Sluice,stack,feed", "Sluice,stack,verdict"].contains(&schema), "{title}: {schema}");
            assert!(rest.contains(&format!("stack=\"{}\"", stack.name)), "{title}: {rest}");
            assert!(of_the_code().contains(name), "{title}: the code emits no {name}");
            shown.insert(name.to_owned());
        }
    }
    let missing: Vec<String> = of_the_code().difference(&shown).cloned().collect();
    assert!(missing.is_empty(), "not on the dashboard: {missing:?}");
}

#[test]
fn every_alarm_watches_a_metric_that_exists() {
    let stack = Stack::example();
    let dimensions = |metric: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        list(&metric["Dimensions"]).iter().map(|one| (text(&one["Name"]), text(&one["Value"]))).collect()
    };
    for (id, alarm) in stack.of_kind("AWS::CloudWatch::Alarm") {
        let metric = &alarm.properties;
        let (namespace, name) = (metric["Namespace"].as_str().unwrap(), metric["MetricName"].as_str().unwrap());
        assert_exists(&stack, namespace, name, &dimensions(metric), id);
        assert_eq!(alarm.properties["TreatMissingData"], "notBreaching", "{id}: nothing happens in most minutes");
    }
}

/// The sections of the runbook: heading and text.
fn runbook() -> Vec<(String, String)> {
    let page = read("docs/runbook.md");
    let sections = page.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap());
    sections.map(|(heading, text)| (heading.to_owned(), text.to_owned())).collect()
}

#[test]
fn every_alarm_and_every_message_has_a_section_of_the_runbook_and_alarms_link_to_it() {
    let stack = Stack::example();
    let sections = runbook();
    let mut expected = BTreeSet::new();
    for (id, alarm) in stack.of_kind("AWS::CloudWatch::Alarm") {
        let name = alarm.properties["AlarmName"].as_str().unwrap().strip_prefix("sluice-").unwrap();
        let says = alarm.properties["AlarmDescription"].as_str().unwrap();
        assert!(says.ends_with(&format!("What to do: docs/runbook.md#{name}")), "{id}: {says}");
        assert!(says.len() <= 1024, "{id}: CloudWatch takes no longer description");
        expected.insert(name.to_owned());
    }
    assert_eq!(expected.len(), 9, "{expected:?}");
    let topic = &stack.outputs["OperatorsTopic"];
    for (_, rule) in stack.of_kind("AWS::Events::Rule") {
        if list(&rule.properties["Targets"]).iter().any(|target| &target["Arn"] == topic) {
            expected.insert(rule.properties["Name"].as_str().unwrap().strip_prefix("sluice-").unwrap().to_owned());
        }
    }
    let headings: BTreeSet<String> = sections.iter().map(|(heading, _)| heading.clone()).collect();
    assert_eq!(headings, expected);
    for (heading, text) in sections {
        let mut rest = text.as_str();
        for part in ["**What it means.**", "**What to look at.**", "**What to do.**"] {
            rest = rest.split_once(part).unwrap_or_else(|| panic!("{heading}: {part}")).1;
        }
    }
}

#[test]
fn the_alarm_of_a_queue_and_its_section_of_the_runbook_name_the_command_that_empties_it() {
    let stack = Stack::new("acme", &[("Sender", "a@example.com")]);
    let sections = runbook();
    let mut seen = 0;
    for (id, alarm) in stack.of_kind("AWS::CloudWatch::Alarm") {
        if alarm.properties["Namespace"] != "AWS/SQS" {
            continue;
        }
        let queue = list(&alarm.properties["Dimensions"])[0]["Value"].as_str().unwrap();
        let command = format!("sluice redrive {}", queue.strip_prefix("acme-").unwrap());
        let says = alarm.properties["AlarmDescription"].as_str().unwrap();
        assert!(says.contains(&format!("{command} --stack acme --dry-run")), "{id}: {says}");
        let name = alarm.properties["AlarmName"].as_str().unwrap().strip_prefix("acme-").unwrap();
        let (_, text) = sections.iter().find(|(heading, _)| heading == name).unwrap();
        assert!(text.contains(&format!("`{command}`")) && text.contains(&format!("`{command} --dry-run`")), "{text}");
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn the_link_of_an_alarm_leads_where_the_operators_keep_the_runbook() {
    let url = "https://wiki.example.com/sluice";
    let stack = Stack::new("sluice", &[("Sender", "a@example.com"), ("RunbookUrl", url)]);
    for (id, alarm) in stack.of_kind("AWS::CloudWatch::Alarm") {
        let says = alarm.properties["AlarmDescription"].as_str().unwrap();
        assert!(says.contains(&format!("{url}#")), "{id}: {says}");
    }
}

#[test]
fn every_field_of_a_saved_query_is_one_that_the_log_has() {
    for (field, file) in LOGGED {
        assert!(read(file).contains(field), "{file} writes no {field}");
    }
    let stack = Stack::example();
    let queries: Vec<_> = stack.of_kind("AWS::Logs::QueryDefinition").collect();
    assert_eq!(queries.len(), 3);
    for (id, query) in queries {
        assert_eq!(texts(&query.properties["LogGroupNames"]), ["/aws/lambda/sluice"], "{id}");
        assert!(query.properties["Name"].as_str().unwrap().starts_with("sluice/"), "{id}");
        let text = query.properties["QueryString"].as_str().unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for word in lines.flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))) {
            let known =
                INSIGHTS.contains(&word) || REPORTED.contains(&word) || LOGGED.iter().any(|(field, _)| *field == word);
            assert!(known, "{id}: {word:?} is no field of the log");
        }
    }
}

#[test]
fn the_dashboard_and_the_queries_can_be_left_out() {
    let stack = Stack::new("sluice", &[("Sender", "a@example.com"), ("Dashboard", "false")]);
    assert_eq!(stack.of_kind("AWS::CloudWatch::Dashboard").count(), 0);
    assert_eq!(stack.of_kind("AWS::Logs::QueryDefinition").count(), 0);
    assert_eq!(stack.of_kind("AWS::CloudWatch::Alarm").count(), 9, "the alarms stay");
}
