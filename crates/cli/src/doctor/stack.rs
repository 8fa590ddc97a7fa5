//! Checks a stack: its status, feeds, tables and queues, and the concurrent executions that the account has left for it.

use anyhow::Context;
use aws_sdk_dynamodb::types::TableStatus;
use jiff::Timestamp;
use sluice_contract::documents::WaitsDocument;
use sluice_contract::keys;
use sluice_engine::display::{count, thousands};
use sluice_platform::World;
use sluice_platform::aws::AwsFailure;
use sluice_platform::documents::find_json;
use sluice_platform::feeds::is_late;
use sluice_platform::sink::{SinkKind, Target};

use super::finding::Finding;
use crate::args::QueueKind;
use crate::connection::CORRECT_CONNECTION;
use crate::feed::list::{StackFeed, first};
use crate::place::Deployed;
use crate::queue::{CREATE_QUEUE, Queue};
use crate::stack::Stack;

/// Concurrent executions to leave for the functions that the Maps do not call: intake, gate, report, the sweep.
const ROOM: i64 = 4;

/// Whether the stack was deployed to its end.
pub fn status(stack: &Stack) -> Vec<Finding> {
    let Stack { name, status, .. } = stack;
    let reasons = format!("aws cloudformation describe-stack-events --stack-name {name}");
    vec![match status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::good(format!("{name}, {status}")),
        "UPDATE_ROLLBACK_COMPLETE" => Finding::bad(
            format!("the last deployment of {name} failed, and the one before is in place"),
            format!("Look for the first failure, remove its cause and deploy again: {reasons}"),
        ),
        status if status.ends_with("_IN_PROGRESS") => {
            Finding::bad(format!("{name} is being deployed: {status}"), "Wait until it is done, and run this again.")
        }
        status => Finding::bad(format!("{name} is {status}"), format!("Look for the first failure: {reasons}")),
    }]
}

/// Whether there are feeds, and all of them can be used.
pub fn feeds(feeds: &[StackFeed], stack: &str) -> Vec<Finding> {
    if feeds.is_empty() {
        let push = format!("Put one into the stack: sluice feed push FEED.yaml --stack {stack}");
        return vec![Finding::bad("there is no feed, so every file will be refused", push)];
    }
    let bad = feeds.iter().filter_map(|feed| {
        let problems = feed.plan.as_ref().err()?;
        let what = format!("{} cannot be used, so its files will be refused: {}", feed.name, first(problems));
        let todo = format!(
            "Correct it: sluice feed pull {0} --stack {stack}; then sluice feed push {0}.yaml --stack {stack}",
            feed.name
        );
        Some(Finding::bad(what, todo))
    });
    let bad: Vec<Finding> = bad.collect();
    if bad.is_empty() { vec![Finding::good(format!("{} can be used", count(feeds.len() as u64, "feed")))] } else { bad }
}

/// Whether the files come that feeds expect, as far as the last sweep knows. If no feed expects any, there is no finding.
pub async fn late(deployed: &Deployed, feeds: &[StackFeed], now: Timestamp) -> anyhow::Result<Vec<Finding>> {
    let expecting = feeds.iter().filter_map(|feed| Some((&feed.name, feed.plan.as_ref().ok()?.expect?)));
    let expecting: Vec<_> = expecting.collect();
    if expecting.is_empty() {
        return Ok(Vec::new());
    }
    let objects = deployed.world.objects();
    let waits: WaitsDocument = find_json(&*objects, keys::WAITS).await?.unwrap_or_default();
    let late = expecting.iter().filter_map(|(name, every)| {
        let wait = waits.feeds.get(*name).filter(|wait| is_late(wait, *every, now))?;
        let what = format!("{name} has waited for a file since {}, for more than {every}", wait.since);
        let stack = &deployed.stack.name;
        let todo =
            format!("Ask those who deliver the files; sluice runs --feed {name} --stack {stack} lists what came.");
        Some(Finding::bad(what, todo))
    });
    let late: Vec<Finding> = late.collect();
    if late.is_empty() {
        let feeds = count(expecting.len() as u64, "feed");
        return Ok(vec![Finding::good(format!("{feeds} with expect.every, none late"))]);
    }
    Ok(late)
}

/// Whether the tables of the stack itself can be used.
pub async fn own_tables(deployed: &Deployed) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_dynamodb::Client::new(deployed.aws.config());
    let mut findings = Vec::new();
    let messages = deployed.stack.messages_table();
    for table in [&deployed.stack.runs_table, &deployed.stack.rejects_table, &messages] {
        let found = client.describe_table().table_name(table).send().await.map_err(|error| AwsFailure::of(&error));
        let found = found.with_context(|| format!("looking at the table {table}"))?;
        let status = found.table.and_then(|found| found.table_status);
        findings.push(match status {
            Some(TableStatus::Active | TableStatus::Updating) => Finding::good(table.as_str()),
            other => {
                let status = other.as_ref().map_or("unknown", TableStatus::as_str);
                Finding::bad(format!("the table {table} is {status}, not ACTIVE"), "Wait until it is, or restore it.")
            }
        });
    }
    Ok(findings)
}

/// Whether the tables exist that feeds import into or refer to, with the keys that the feeds expect.
pub async fn targets(deployed: &Deployed, feeds: &[StackFeed]) -> Vec<Finding> {
    let sinks = deployed.world.sinks();
    let mut findings = Vec::new();
    let mut good = 0;
    for feed in feeds {
        let Ok(plan) = &feed.plan else { continue };
        for target in std::iter::once(Target::of(plan)).chain(plan.references.iter().map(Target::referenced)) {
            match sinks.open(&target).check(&target).await {
                Ok(problems) if problems.is_empty() => good += 1,
                Ok(problems) => {
                    let is_missing = problems.iter().any(|problem| problem.contains("does not exist"));
                    let todo = if target.sink == SinkKind::Queue {
                        CREATE_QUEUE.to_owned()
                    } else if target.sink == SinkKind::Collection {
                        CORRECT_CONNECTION.to_owned()
                    } else if !is_missing {
                        "A key cannot be changed: name another table in the feed, or correct the key there.".to_owned()
                    } else if target.name == plan.import.target {
                        format!("sluice table create {} --stack {}", feed.name, deployed.stack.name)
                    } else {
                        "Create it with the feed that imports into it: sluice table create FEED".to_owned()
                    };
                    findings.push(Finding::bad(format!("the feed {}: {}", feed.name, problems.join(" ")), todo));
                }
                Err(fault) => findings.push(Finding::unknown(&fault.into())),
            }
        }
    }
    if findings.is_empty() {
        findings.push(Finding::good(format!("{} of feeds can be used", count(good, "target"))));
    }
    findings
}

/// Whether the queues of failures are empty.
pub async fn queues(deployed: &Deployed) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for kind in QueueKind::ALL {
        let queue = Queue::find(deployed.aws.config(), &deployed.stack.name, kind).await?;
        findings.push(match queue.length().await? {
            0 => Finding::good(format!("{} is empty", queue.name)),
            length => {
                let redrive = format!("sluice redrive {} --stack {}", kind.as_str(), deployed.stack.name);
                Finding::bad(
                    format!("{} in {}", count(length, "message"), queue.name),
                    format!("{redrive} --dry-run says what they are and why. Once the cause is removed: {redrive}"),
                )
            }
        });
    }
    Ok(findings)
}

/// Whether the account has enough concurrent executions for the parameters of the stack.
pub async fn concurrency(deployed: &Deployed) -> anyhow::Result<Vec<Finding>> {
    let client = aws_sdk_lambda::Client::new(deployed.aws.config());
    let found = client.get_account_settings().send().await.map_err(|error| AwsFailure::of(&error));
    let limit = found.context("asking Lambda for the limits of the account")?.account_limit;
    let limit = limit.context("Lambda does not say how many executions the account may have at once")?;
    let free = limit.unreserved_concurrent_executions.unwrap_or(limit.concurrent_executions);
    let parameter = |name: &str| deployed.stack.parameters.get(name).and_then(|text| text.parse::<i64>().ok());
    // Functions with reserved executions take none from the others.
    let shared = [("CheckConcurrency", "CheckReservedConcurrency"), ("ImportConcurrency", "ImportReservedConcurrency")]
        .into_iter()
        .filter(|(_, reserved)| parameter(reserved).unwrap_or_default() == 0)
        .map(|(name, _)| (name, parameter(name).unwrap_or_default()));
    Ok(vec![room(free.into(), shared.max_by_key(|(_, number)| *number))])
}

/// Whether this number of unreserved executions is enough for the largest parameter of the functions that use them.
fn room(free: i64, largest: Option<(&str, i64)>) -> Finding {
    let amount = |number: i64| thousands(number.unsigned_abs());
    let (name, largest) = match largest {
        Some((name, largest)) if free < largest + ROOM => (name, largest),
        _ => return Finding::good(format!("{} unreserved executions at once are enough", amount(free))),
    };
    Finding::bad(
        format!(
            "the account has {} unreserved executions at once, and {name} is {}: calls will be throttled and repeated",
            amount(free),
            amount(largest)
        ),
        format!(
            "Deploy with {name}={}, or ask for more: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
            (free - ROOM).max(1)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_of_quotas() {
        for (free, largest, expected) in [
            (10, Some(("CheckConcurrency", 6)), None),
            (10, Some(("CheckConcurrency", 7)), Some("CheckConcurrency=6")),
            (10, Some(("ImportConcurrency", 20)), Some("ImportConcurrency=6")),
            (3, Some(("CheckConcurrency", 6)), Some("CheckConcurrency=1")),
            (1000, Some(("ImportConcurrency", 20)), None),
            (100, None, None),
        ] {
            let found = room(free, largest);
            match (&found, expected) {
                (Finding::Good(_), None) => {}
                (Finding::Bad { todo, .. }, Some(expected)) => assert!(todo.contains(expected), "{todo}"),
                _ => unreachable!("{free} {largest:?}: {found:?}"),
            }
        }
    }
}
