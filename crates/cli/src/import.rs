//! `sluice import`: through a deployed stack.

use anyhow::Context;
use sluice_contract::keys;
use sluice_engine::report::Report;
use sluice_platform::Aws;
use sluice_platform::documents::find_json;
use sluice_platform::ledger::DynamoLedger;
use sluice_platform::objects::S3Objects;

use crate::args::ImportArgs;
use crate::ending::Ending;
use crate::follow::follow;
use crate::print;
use crate::screen::{Terminal, say};
use crate::stack::Stack;
use crate::upload::upload;
use crate::watch::StepFunctions;

/// Uploads the file, and follows its run where that is asked for.
pub async fn import(args: &ImportArgs) -> anyhow::Result<Ending> {
    let aws = Aws::from_env().await;
    let stack = Stack::find(aws.config(), &args.stack).await?;
    let run = upload(aws.config(), &stack.inbox_bucket, &args.feed, &args.file).await?;
    say(&format!("uploaded {}\nrun {run}", args.file.display()));
    if !args.follow {
        return Ok(Ending::Good);
    }

    let ledger = DynamoLedger::new(&aws, &stack.runs_table);
    let watch = StepFunctions::new(aws.config());
    let entry = follow(&ledger, &watch, &Terminal::new(), &run, &stack.execution_arn(&run)).await?;
    let conclusion = entry.conclusion.as_ref().context("the ledger has no conclusion")?;

    let objects = S3Objects::new(&aws, &stack.data_bucket);
    let report: Option<Report> = find_json(&objects, &keys::output(&args.feed, &run, keys::REPORT_JSON)).await?;
    say(&print::ending(&entry, conclusion, report.as_ref()));
    say(&print::mail(entry.mail.as_ref()));
    Ok(Ending::of(conclusion.verdict))
}
