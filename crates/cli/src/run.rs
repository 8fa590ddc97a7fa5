//! `sluice run`: the whole import on this machine, with the same steps that a stack runs.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use sluice_contract::{RunId, Verdict, keys};
use sluice_engine::feed::FeedPlan;
use sluice_engine::report::Report;
use sluice_engine::sink::SinkKind;
use sluice_pipeline::Execution;
use sluice_platform::World;
use sluice_platform::clock::{self, Clock};
use sluice_platform::documents::find_json;
use sluice_platform::ledger::{Conclusion, MailState, RunEntry};

use crate::args::RunArgs;
use crate::cores::Cores;
use crate::ending::{Ending, misused};
use crate::feed::{self, Loaded};
use crate::interrupt::unless_interrupted;
use crate::into::into;
use crate::local::{Leftovers, Local};
use crate::print;
use crate::screen::{Screen, Terminal, say};
use crate::source::{Source, Spooled};

/// How the file of a run is cut into chunks.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Target size of a chunk in bytes.
    pub chunk_bytes: u64,
    /// Maximum length of a record in bytes.
    pub max_record_bytes: u64,
}

/// A run on its own: an import into a folder, with an empty table.
pub struct Once<'a> {
    /// The file.
    pub file: &'a Path,
    /// The feed.
    pub feed: &'a Path,
    /// The folder.
    pub out: &'a Path,
    /// How the file is cut into chunks.
    pub limits: Limits,
    /// Whether this is a dry run, which writes nothing to the table.
    pub dry_run: bool,
    /// Whether to keep the intermediate files.
    pub keep: bool,
}

/// The result of a run on its own.
pub struct Ran {
    /// The feed.
    pub plan: Arc<FeedPlan>,
    /// The world of the run.
    pub local: Local,
    /// The entry of the run in the ledger.
    pub entry: RunEntry,
    /// The report, if one was written.
    pub report: Option<Report>,
}

/// Imports the file, and prints the result.
pub async fn run(args: &RunArgs) -> anyhow::Result<Ending> {
    if let Some(dataset) = &args.dataset {
        return Box::pin(crate::dataset::run::run(args, dataset)).await;
    }
    if args.feed.is_dir() {
        return Err(misused("--feed names a folder, which only --dataset takes"));
    }
    match (&args.target.into, &args.target.out) {
        (Some(folder), _) => into(args, folder).await,
        (None, Some(out)) => alone(args, out).await,
        (None, None) => Err(misused("say with --into where the table is to be kept")),
    }
}

/// Imports the file as a run on its own.
async fn alone(args: &RunArgs, out: &Path) -> anyhow::Result<Ending> {
    let done = unless_interrupted(async {
        // The temporary file is removed at the end of this block.
        let spooled;
        let file = match &args.file {
            Source::File(file) => file.clone(),
            Source::StandardInput => {
                spooled = Spooled::read(out, &args.name).await?;
                spooled.path()
            }
        };
        let (limits, dry_run, keep) = (args.limits(), args.dry_run, args.keep);
        let once = Once { file: &file, feed: &args.feed, out, limits, dry_run, keep };
        once.import(clock::system, &Terminal::new()).await
    });
    let Some(ran) = done.await else {
        say("\nInterrupted. What was done is of no use: the next run into this folder begins anew.");
        return Ok(Ending::Interrupted);
    };
    let Ran { plan, local, entry, report } = ran?;
    let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
    say(&print::ending(&entry, conclusion, report.as_ref()));
    if args.dry_run {
        say(&written(&local, &local.outputs(&plan.name, &entry.run_id)));
    } else {
        say(&match plan.import.sink {
            SinkKind::Outputs => local.target_sentence(&plan, &entry.run_id),
            _ => format!("The table is {}.", local.table(&plan.import.target).display()),
        });
    }
    say(&match &entry.mail {
        Some(MailState::Sent(ids)) => format!("The mail that would be sent is {}.", local.outbox.first(ids).display()),
        other => print::mail(other.as_ref()),
    });
    Ok(Ending::of(conclusion.verdict, conclusion.tally.as_ref(), report.and_then(|report| report.would).as_ref()))
}

/// A sentence or two that say what a dry run has written.
fn written(local: &Local, folder: &Path) -> String {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let wrote = match &names[..] {
        [] => "no outputs".to_owned(),
        names => format!("{} in {}", names.join(", "), folder.display()),
    };
    format!(
        "This dry run wrote {wrote}, and the mail below. It wrote no table. What describes the run is in the folders feeds \
         and runs of {}.",
        local.folder().display()
    )
}

impl Once<'_> {
    /// The whole import, from the upload to the report.
    pub async fn import(&self, clock: Clock, screen: &dyn Screen) -> anyhow::Result<Ran> {
        let Loaded { feed, plan, .. } = feed::load(self.feed)?;
        let (local, upload) = Local::once(self.out, &plan.name, self.file, self.dry_run, clock).await?;
        let local = if self.keep { local } else { local.sparing() };
        local.put_feed(&plan.name, &feed).await?;
        screen.line(&format!("run {}", upload.run));

        let steps = local.steps(self.limits);
        let answer = Box::pin(sluice_intake::run(&steps.intake, upload.event()?)).await?;
        if answer.done == sluice_intake::Done::Started {
            let leftovers = (!self.keep).then(|| Leftovers::new(&local.objects, &upload.run));
            let cores = Cores::new(steps, screen).removing(leftovers);
            execute(&local, &cores, &upload.run, upload.run.as_str()).await?;
            local.confirm(&upload).await?;
        }

        let entry = local.ledger().get(&upload.run).await?.context("the run is not in the ledger")?;
        let key = keys::output(&plan.name, &upload.run, keys::REPORT_JSON);
        let report: Option<Report> = find_json(&local.objects, &key).await?;
        let failed = |ended: &Conclusion| matches!(ended.verdict, Verdict::Failed | Verdict::Inconsistent);
        if !self.keep && !entry.conclusion.as_ref().is_none_or(failed) {
            local.tidy(&upload.run)?;
        }
        Ok(Ran { plan, local, entry, report })
    }
}

/// Runs an execution. If it fails, reports the failure, as the rule on failed executions does in a stack.
pub async fn execute(local: &Local, cores: &Cores<'_>, run: &RunId, name: &str) -> anyhow::Result<()> {
    let execution = Execution { caller: cores, run, name };
    if let Err(failed) = execution.run().await {
        local.executions.set(execution.name, failed.into());
        execution.report_failure(&local.executions).await?;
    }
    Ok(())
}
