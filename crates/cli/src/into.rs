//! `sluice run --into`: an import into a folder that keeps its table and its ledger.

use std::path::Path;

use sluice_engine::report::shell_word;
use sluice_platform::clock;

use crate::args::RunArgs;
use crate::ending::Ending;
use crate::feed::{self, Loaded};
use crate::interrupt::unless_interrupted;
use crate::local::Lasting;
use crate::screen::{Screen, Terminal, say};
use crate::work::Work;

/// Imports the file, and prints the result.
pub async fn into(args: &RunArgs, folder: &Path) -> anyhow::Result<Ending> {
    let Loaded { feed, plan, .. } = feed::load(&args.feed)?;
    let name = args.file.name(&args.name)?;
    let mut lasting = Lasting::open(folder, &format!("sluice run {}", shell_word(name)), clock::system).await?;
    lasting.name_feed(&args.feed);
    lasting.local.put_feed(&plan.name, &feed).await?;
    let Some(upload) = unless_interrupted(lasting.upload(&plan.name, &args.file, name, args.dry_run)).await else {
        say("\nInterrupted before the file was taken over: nothing was done. To import it, run the command again.");
        return Ok(Ending::Interrupted);
    };
    let upload = upload?;
    let screen = Terminal::new();
    screen.line(&format!("run {}", upload.run));
    let intake = lasting.local.steps(args.limits()).intake;
    let answer = sluice_intake::run(&intake, upload.event()?).await?;
    let work = Work { lasting: &lasting, run: &upload.run, limits: args.limits(), keep: args.keep };
    if answer.done == sluice_intake::Done::Started {
        work.see_through(&upload.run.execution(1), &screen).await
    } else {
        lasting.take_back(&upload).await?;
        work.print_result().await
    }
}
