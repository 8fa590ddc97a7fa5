//! `sluice run`: the whole import on this machine, with the functions that a stack runs.

use anyhow::Context;
use sluice_contract::keys;
use sluice_engine::feed::FeedPlan;
use sluice_engine::report::Report;
use sluice_pipeline::Execution;
use sluice_platform::clock::{self, Clock};
use sluice_platform::documents::find_json;
use sluice_platform::ledger::{Ledger, MailState, RunEntry};

use crate::args::RunArgs;
use crate::cores::Cores;
use crate::ending::Ending;
use crate::feed::{self, Loaded};
use crate::local::Local;
use crate::print;
use crate::screen::{Screen, Terminal, say};

/// What a whole import on this machine left.
pub struct Ran {
    /// The feed.
    pub plan: FeedPlan,
    /// The world it happened in.
    pub local: Local,
    /// What the ledger says.
    pub entry: RunEntry,
    /// What was reported.
    pub report: Option<Report>,
}

/// Imports the file, and tells how it went.
pub async fn run(args: &RunArgs) -> anyhow::Result<Ending> {
    let Ran { plan, local, entry, report } = whole(args, clock::system, &Terminal::new()).await?;
    let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
    say(&print::ending(&entry, conclusion, report.as_ref()));
    if args.dry_run {
        say(&written(&local));
    } else {
        say(&format!("The table is {}.", local.table(&plan.import.target).display()));
    }
    say(&match &entry.mail {
        Some(MailState::Sent(id)) => format!("The mail that would be sent is {}.", local.outbox.text(id).display()),
        other => print::mail(other.as_ref()),
    });
    Ok(Ending::of(conclusion.verdict, conclusion.tally.as_ref(), report.and_then(|report| report.would).as_ref()))
}

/// What a dry run has written, in a sentence or two.
fn written(local: &Local) -> String {
    let folder = local.outputs();
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let wrote = match &names[..] {
        [] => "no outputs".to_owned(),
        names => format!("{} in {}", names.join(", "), folder.display()),
    };
    format!(
        "This dry run wrote {wrote}, and the mail below. It wrote no table. What it worked with is kept in the folders archive, \
         feeds and runs of {}.",
        local.folder().display()
    )
}

/// The whole import, from the upload to the report.
pub async fn whole(args: &RunArgs, clock: Clock, screen: &dyn Screen) -> anyhow::Result<Ran> {
    let Loaded { feed, plan, .. } = feed::load(&args.feed)?;
    let local = Local::open(&args.out, &plan.name, &args.file, args.dry_run, clock).await?;
    local.put_feed(&plan.name, &feed).await?;
    screen.line(&format!("run {}", local.run));

    let steps = local.steps(args.chunk_bytes.get(), args.max_record_bytes);
    let answer = sluice_intake::run(&steps.intake, local.event()?).await?;
    if answer.done == sluice_intake::Done::Started {
        execute(&local, &Cores::new(steps, screen)).await?;
    }

    let entry = local.ledger.get(&local.run).await?.context("the run is not in the ledger")?;
    let key = keys::output(&plan.name, &local.run, keys::REPORT_JSON);
    let report: Option<Report> = find_json(&local.objects, &key).await?;
    Ok(Ran { plan, local, entry, report })
}

/// Runs the execution, and where it fails, reports that as the rule on failed executions does.
async fn execute(local: &Local, cores: &Cores<'_>) -> anyhow::Result<()> {
    let execution = Execution { caller: cores, run: &local.run, name: local.run.as_str() };
    if let Err(failed) = execution.run().await {
        local.executions.set(execution.name, failed.into());
        execution.report_failure(&local.executions).await?;
    }
    Ok(())
}
