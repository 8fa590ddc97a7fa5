//! `sluice run`: the whole import on this machine, with the functions that a stack runs.

use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;
use sluice_contract::keys;
use sluice_contract::steps::{ExecutionFailure, ReportInput};
use sluice_engine::feed::FeedPlan;
use sluice_engine::report::Report;
use sluice_platform::documents::find_json;
use sluice_platform::executions::{Execution, Executions};
use sluice_platform::ledger::{Ledger, MailState};
use sluice_platform::objects::{ContentType, Objects};

use crate::args::RunArgs;
use crate::ending::Ending;
use crate::local::Local;
use crate::orchestrator::{Failed, execute};
use crate::print;
use crate::screen::{Terminal, say};

/// Imports the file.
pub async fn run(args: &RunArgs) -> anyhow::Result<Ending> {
    let yaml = std::fs::read_to_string(&args.feed).with_context(|| format!("reading {}", args.feed.display()))?;
    let plan = match FeedPlan::from_yaml(&yaml) {
        Ok(plan) => plan,
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
            bail!("{} cannot be used:{}", args.feed.display(), problems.concat());
        }
    };
    let local = Local::open(&args.out, &plan.name, &args.file).await?;
    local.objects.put(&keys::feed(&plan.name), ContentType::Binary, Bytes::from(yaml)).await?;
    say(&format!("run {}", local.run));

    let answer = sluice_intake::run(&local.intake(), local.event()?).await?;
    if answer.done == "started" {
        orchestrate(&local, args.chunk_bytes.get()).await?;
    }

    let entry = local.ledger.get(&local.run).await?.context("the run is not in the ledger")?;
    let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
    let key = keys::output(&plan.name, &local.run, keys::REPORT_JSON);
    let report: Option<Report> = find_json(&local.objects, &key).await?;
    say(&print::ending(&entry, conclusion, report.as_ref()));
    say(&format!("The table is {}.", local.table(&plan.import.table).display()));
    say(&match &entry.mail {
        Some(MailState::Sent(id)) => format!("The mail that would be sent is {}.", local.outbox.text(id).display()),
        other => print::mail(other.as_ref()),
    });
    Ok(Ending::of(conclusion.verdict))
}

/// Runs the execution, and where it fails, reports that as the rule on failed executions does.
async fn orchestrate(local: &Local, chunk_bytes: u64) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let steps = Arc::new(local.steps(chunk_bytes));
    if let Err(Failed { error, cause }) = execute(&steps, &local.run, cores, &Terminal::new()).await {
        let status = "FAILED".to_owned();
        let (error, cause) = (Some(error.to_string()), Some(cause));
        local.executions.set(local.run.as_str(), Execution { status: status.clone(), error, cause });
        let failure = ExecutionFailure { status, execution_arn: local.executions.arn(local.run.as_str()) };
        sluice_report::run(&steps.report, ReportInput { run_id: local.run.to_string(), failure: Some(failure) })
            .await?;
    }
    Ok(())
}
