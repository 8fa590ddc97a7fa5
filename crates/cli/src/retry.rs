//! `sluice retry`: retries rejects that may succeed now, without waiting for the schedule.

use std::time::Duration;

use anyhow::{Context, bail};
use aws_sdk_sfn::types::ExecutionStatus;
use serde::Deserialize;
use sluice_contract::steps::{RetryDone, RetryOptions};
use sluice_engine::display::count;
use sluice_platform::aws::AwsFailure;

use crate::args::RetryArgs;
use crate::ending::Ending;
use crate::place::Deployed;
use crate::screen::say;

/// The time between two polls of the execution.
const INTERVAL: Duration = Duration::from_secs(1);

/// The displayed part of the execution's output.
#[derive(Debug, Deserialize)]
struct Output {
    left: u64,
    done: Vec<RetryDone>,
}

/// Starts the state machine, follows it to its end, and prints what was offered again.
pub async fn retry(args: &RetryArgs) -> anyhow::Result<Ending> {
    let Deployed { aws, stack, .. } = Deployed::find(&args.stack).await?;
    let machine = stack.retry_rejects_arn.with_context(|| {
        format!(
            "the stack {:?} has no output RetryRejectsArn; deploy this release, which tries rejects again",
            args.stack.name
        )
    })?;
    let sfn = aws_sdk_sfn::Client::new(aws.config());
    let options = RetryOptions { now: args.now, feed: args.feed.as_ref().map(ToString::to_string) };
    let input = serde_json::to_string(&options).context("writing the input")?;
    let started = sfn.start_execution().state_machine_arn(&machine).input(input).send().await;
    let started = started.map_err(|error| AwsFailure::of(&error));
    let execution = started.with_context(|| format!("starting {machine}"))?.execution_arn;
    say(&format!("execution {execution}"));
    loop {
        let looked = sfn.describe_execution().execution_arn(&execution).send().await;
        let looked = looked.map_err(|error| AwsFailure::of(&error));
        let looked = looked.with_context(|| format!("looking at {execution}"))?;
        match looked.status {
            ExecutionStatus::Running | ExecutionStatus::PendingRedrive => tokio::time::sleep(INTERVAL).await,
            ExecutionStatus::Succeeded => {
                let output = looked.output.unwrap_or_default();
                let output: Output = serde_json::from_str(&output).context("reading what the execution answers")?;
                say(&describe(&output));
                return Ok(Ending::Good);
            }
            status => bail!(
                "the execution ended {status}: {}: {}",
                looked.error.unwrap_or_default(),
                looked.cause.unwrap_or_default()
            ),
        }
    }
}

/// What was done, for people.
fn describe(output: &Output) -> String {
    let mut lines = Vec::new();
    for RetryDone { run_id, offered, upload, exhausted } in &output.done {
        if let Some(upload) = upload {
            lines.push(format!("{run_id}: {} offered again, as {upload}", count(*offered, "reject")));
        }
        if *exhausted > 0 {
            lines.push(format!("{run_id}: {} given up", count(*exhausted, "reject")));
        }
    }
    if lines.is_empty() {
        lines.push("no reject is due; --now includes those that wait for their next attempt".to_owned());
    }
    if output.left > 0 {
        lines.push(format!(
            "{} left alone: their run has not ended well yet, or there are too many for one execution",
            count(output.left, "reject")
        ));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_done_with_each_run() {
        let run = "orders-0123456789abcdef01234567";
        let output = serde_json::json!({
            "lots": [], "left": 3,
            "done": [
                {"run_id": run, "offered": 1, "upload": "inbox/orders/retries/a.csv", "exhausted": 0},
                {"run_id": run, "offered": 0, "exhausted": 2000},
                {"run_id": run, "offered": 0, "exhausted": 0},
            ],
        });
        let text = describe(&serde_json::from_value(output).unwrap());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], format!("{run}: 1 reject offered again, as inbox/orders/retries/a.csv"));
        assert_eq!(lines[1], format!("{run}: 2,000 rejects given up"));
        assert!(lines.len() == 3 && lines[2].starts_with("3 rejects left alone"), "{text}");
    }

    #[test]
    fn says_that_nothing_was_due() {
        let text = describe(&Output { left: 0, done: Vec::new() });
        assert!(text.contains("no reject is due") && text.contains("--now"), "{text}");
    }
}
