//! `sluice logs`: what the functions of a stack logged about a run, in order.
//!
//! All functions log to one group. A line of a step has the run as its `correlation_id`; intake and the sweep, which handle many
//! files, name it in their messages. A call of a step that Lambda ended has a first line, but no last one. So this also searches for
//! Lambda's own reports of such calls, which name the request and no run.

mod line;

use std::collections::HashMap;

use anyhow::Context;
use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::{SignedDuration, Timestamp};
use sluice_contract::RunId;
use sluice_platform::World;
use sluice_platform::aws::AwsFailure;
use sluice_platform::ledger::RunEntry;

use self::line::{Line, text};
use crate::args::{Format, LogsArgs};
use crate::ending::Ending;
use crate::place::Deployed;
use crate::screen::say;
use crate::show::known;

/// The search begins so much before the run was entered in the ledger, and ends so much after its conclusion: the report comes
/// after the conclusion, and clocks differ.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// Finds calls that Lambda ended: `status` is also `timeout`, `failure` or `error`.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html>.
const ENDED_BY_LAMBDA: &str = r#"{ $.type = "platform.report" && $.record.status != "success" }"#;

/// Prints the lines about a run.
pub async fn logs(args: &LogsArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let entry = known(&*deployed.world.ledger(), &args.run).await?;
    let group = format!("/aws/lambda/{}", deployed.stack.name);
    let logs = Logs { client: Client::new(deployed.aws.config()), group, time: Time::of(&entry)? };
    let lines = logs.story(&args.run).await?;
    for line in &lines {
        match args.format {
            Format::Json => say(line.message.trim_end()),
            Format::Text => say(&text(line, &deployed.stack.name)),
        }
    }
    if lines.is_empty() && args.format == Format::Text {
        say(&format!(
            "{} has no line about the run; lines appear some seconds after they are written, and expire after the \
             LogRetentionDays of the stack",
            logs.group
        ));
    }
    Ok(Ending::Good)
}

/// When the lines of a run were written, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Time {
    from: i64,
    /// `None` for a run that has not ended.
    until: Option<i64>,
}

impl Time {
    fn of(entry: &RunEntry) -> anyhow::Result<Self> {
        let time = |text: &str| text.parse::<Timestamp>().context("the ledger has an invalid time");
        let began = time(&entry.started_at)?.checked_sub(MARGIN)?;
        let ended = entry.conclusion.as_ref().map(|conclusion| time(&conclusion.at)).transpose()?;
        let until = ended.map(|ended| ended.checked_add(MARGIN)).transpose()?;
        Ok(Self { from: began.as_millisecond(), until: until.map(Timestamp::as_millisecond) })
    }
}

/// The log of a stack.
struct Logs {
    client: Client,
    group: String,
    time: Time,
}

impl Logs {
    /// The lines about a run, and the reports of its calls that Lambda ended, in order.
    async fn story(&self, run: &RunId) -> anyhow::Result<Vec<Line>> {
        // A name with a hyphen must be in quotes.
        let mut lines = self.lines(&format!("\"{run}\"")).await?;
        let unfinished = unfinished(&lines, run);
        if !unfinished.is_empty() {
            // The lines are filtered again, because a service that stands in for AWS may ignore the pattern.
            let ended = self.lines(ENDED_BY_LAMBDA).await?.into_iter().filter(Line::is_ended_by_lambda);
            lines.extend(ended.filter_map(|report| {
                let chunk = *unfinished.get(&report.request()?)?;
                Some(Line { chunk, ..report })
            }));
        }
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }

    async fn lines(&self, pattern: &str) -> anyhow::Result<Vec<Line>> {
        let request = self
            .client
            .filter_log_events()
            .log_group_name(&self.group)
            .filter_pattern(pattern)
            .start_time(self.time.from)
            .set_end_time(self.time.until);
        let mut pages = request.into_paginator().send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| AwsFailure::of(&error));
            let page = page.with_context(|| format!("reading the log {}", self.group))?;
            lines.extend(page.events.unwrap_or_default().into_iter().map(line));
        }
        Ok(lines)
    }
}

/// The calls of a run's steps that have no last line, each with its chunk. They may still be at work.
fn unfinished(lines: &[Line], run: &RunId) -> HashMap<String, Option<u64>> {
    let mut calls = HashMap::new();
    for line in lines.iter().filter(|line| line.run().as_deref() == Some(run.as_str())) {
        let Some(request) = line.request() else { continue };
        let chunk: &mut Option<u64> = calls.entry(request).or_default();
        *chunk = chunk.or(line.chunk);
    }
    for request in lines.iter().filter(|line| line.is_last()).filter_map(Line::request) {
        calls.remove(&request);
    }
    calls
}

fn line(event: FilteredLogEvent) -> Line {
    Line::new(
        event.timestamp.unwrap_or_default(),
        event.log_stream_name.unwrap_or_default(),
        event.message.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use sluice_contract::Verdict;
    use sluice_contract::documents::{Origin, Upload};
    use sluice_engine::Omitted;
    use sluice_platform::ledger::Conclusion;

    use super::*;

    #[test]
    fn a_call_is_unfinished_from_its_first_line_to_its_last() {
        let run: RunId = "products-0123456789abcdef01234567".parse().unwrap();
        let line = |message: String| Line::new(0, String::new(), message);
        let began = |request: &str, run: &str, chunk: u64| {
            line(format!(
                r#"{{"message": "began", "function_request_id": "{request}", "correlation_id": "{run}", "chunk": {chunk}}}"#
            ))
        };
        let ended = |request: &str| {
            line(format!(
                r#"{{"message": "done", "function_request_id": "{request}", "correlation_id": "{run}", "duration_ms": 3}}"#
            ))
        };
        let lines = [
            ended("r3"),
            began("r1", run.as_str(), 1),
            began("r2", run.as_str(), 2),
            ended("r1"),
            began("r3", run.as_str(), 3),
            began("r4", "products-0123456789abcdef0123456f", 4),
            line(format!(r#"{{"message": "resumed {run}", "function_request_id": "r5"}}"#)),
            line("no JSON".to_owned()),
        ];
        assert_eq!(unfinished(&lines, &run), HashMap::from([("r2".to_owned(), Some(2))]));
    }

    #[test]
    fn lines_are_looked_for_in_the_time_of_the_run() {
        let upload = Upload {
            bucket: "inbox".to_owned(),
            key: "inbox/products/a.csv".to_owned(),
            version_id: "v1".to_owned(),
            etag: String::new(),
            bytes: 0,
            last_modified: String::new(),
            sequencer: String::new(),
        };
        let run = "products-0123456789abcdef01234567".parse().unwrap();
        let mut entry = RunEntry::new(run, "products", upload, Origin::Upload, "1970-01-01T00:10:00Z");
        assert_eq!(Time::of(&entry).unwrap(), Time { from: 300_000, until: None });
        entry.conclusion = Some(Conclusion {
            verdict: Verdict::Imported,
            at: "1970-01-01T00:20:00Z".to_owned(),
            tally: None,
            omitted: Omitted::default(),
            reasons: Vec::new(),
            causes: Vec::new(),
            next: None,
            usage: None,
        });
        assert_eq!(Time::of(&entry).unwrap(), Time { from: 300_000, until: Some(1_500_000) });
    }
}
