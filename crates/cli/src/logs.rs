//! `sluice logs`: what the functions of a stack logged about a run, in order.
//!
//! All functions log to one group. A line of a step has the run as its `correlation_id`; intake and the sweep, which handle many
//! files, name it in their messages. A call that Lambda ended writes no last line, so this also searches for Lambda's own reports of
//! such calls. They name no run, so those that fall into the time of the run are shown.

mod line;

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
    /// The lines about a run, and the reports of calls that Lambda ended in its time, in order.
    async fn story(&self, run: &RunId) -> anyhow::Result<Vec<Line>> {
        // A name with a hyphen must be in quotes.
        let mut lines = self.lines(&format!("\"{run}\"")).await?;
        if lines.is_empty() {
            return Ok(lines);
        }
        let calls: Vec<String> = lines.iter().filter_map(Line::request).collect();
        let ended = self.lines(ENDED_BY_LAMBDA).await?;
        // A call that logged why it failed needs no second line. The lines are filtered again, because a service that stands in for
        // AWS may ignore the pattern.
        let ended = ended.into_iter().filter(Line::is_ended_by_lambda);
        lines.extend(ended.filter(|line| line.request().is_none_or(|request| !calls.contains(&request))));
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

fn line(event: FilteredLogEvent) -> Line {
    Line {
        at: event.timestamp.unwrap_or_default(),
        stream: event.log_stream_name.unwrap_or_default(),
        message: event.message.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use sluice_contract::Verdict;
    use sluice_contract::documents::{Origin, Upload};
    use sluice_engine::Omitted;
    use sluice_platform::ledger::Conclusion;

    use super::*;

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
