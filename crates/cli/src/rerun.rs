//! `sluice resume` and `sluice rerun`: start a run of a deployed stack again.

use anyhow::Context;
use sluice_contract::{RunId, keys};
use sluice_engine::report::Report;
use sluice_intake::rerun::{Error as TurnedDown, Rerun, resume as start_again};
use sluice_platform::documents::find_json;
use sluice_platform::executions::SfnExecutions;
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::objects::S3Objects;
use sluice_platform::sink::AwsSinks;
use sluice_platform::{Aws, clock};

use crate::args::AgainArgs;
use crate::ending::{Ending, refused};
use crate::follow::follow;
use crate::print;
use crate::screen::{Terminal, say};
use crate::stack::Stack;
use crate::watch::StepFunctions;

/// Resumes a failed run, and follows it if asked to.
pub async fn resume(args: &AgainArgs) -> anyhow::Result<Ending> {
    let place = Place::find(args).await?;
    let execution = start_again(&place.ledger, &place.executions, &args.run).await.map_err(turned_down)?;
    say(&format!("resumed {} as {execution}", args.run));
    place.watch(args, &args.run, &execution).await
}

/// Imports the source of a run again, and follows the new run if asked to.
pub async fn rerun(args: &AgainArgs) -> anyhow::Result<Ending> {
    let place = Place::find(args).await?;
    let sinks = AwsSinks::new(&place.aws, &place.stack.target_table_prefix);
    let Place { ledger, objects, executions, .. } = &place;
    let run = Rerun { objects, ledger, sinks: &sinks, executions, clock: clock::system }.begin(&args.run).await;
    let run = run.map_err(turned_down)?;
    say(&format!("imports the source of {} once more\nrun {run}", args.run));
    place.watch(args, &run, run.as_str()).await
}

/// Turns the reason why a run cannot start again into an error: refused, or failed for an outside fault.
fn turned_down(error: TurnedDown) -> anyhow::Error {
    match error {
        TurnedDown::Fault(fault) => fault.into(),
        other => refused(other.to_string()),
    }
}

/// A deployed stack, and clients for it.
pub struct Place {
    /// AWS.
    aws: Aws,
    /// The stack.
    stack: Stack,
    ledger: DynamoLedger,
    objects: S3Objects,
    executions: SfnExecutions,
}

impl Place {
    async fn find(args: &AgainArgs) -> anyhow::Result<Self> {
        let aws = Aws::from_env().await;
        let stack = Stack::find(aws.config(), &args.stack).await?;
        Ok(Self::new(aws, stack))
    }

    /// Creates clients for a stack.
    pub fn new(aws: Aws, stack: Stack) -> Self {
        let ledger = DynamoLedger::new(&aws, &stack.runs_table);
        let objects = S3Objects::new(&aws, &stack.data_bucket);
        let executions = SfnExecutions::new(&aws, &stack.main_state_machine_arn);
        Self { aws, stack, ledger, objects, executions }
    }

    async fn watch(&self, args: &AgainArgs, run: &RunId, execution: &str) -> anyhow::Result<Ending> {
        if args.follow { self.follow(run, execution).await } else { Ok(Ending::Good) }
    }

    /// Follows an execution of a run to its end, and prints how it ended.
    pub async fn follow(&self, run: &RunId, execution: &str) -> anyhow::Result<Ending> {
        let watch = StepFunctions::new(self.aws.config());
        let arn = self.stack.execution_arn(execution);
        let entry = follow(&self.ledger, &watch, &Terminal::new(), run, execution, &arn).await?;
        let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;
        let report: Option<Report> = match entry.feed.parse() {
            Ok(feed) => find_json(&self.objects, &keys::output(&feed, run, keys::REPORT_JSON)).await?,
            Err(_) => None,
        };
        say(&print::ending(&entry, conclusion, report.as_ref()));
        say(&print::mail(entry.mail.as_ref()));
        Ok(Ending::of(conclusion.verdict, conclusion.tally.as_ref(), report.and_then(|report| report.would).as_ref()))
    }
}
