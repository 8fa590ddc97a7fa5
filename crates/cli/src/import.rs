//! `sluice import`: imports a file through a deployed stack.

use crate::args::ImportArgs;
use crate::ending::Ending;
use crate::place::Deployed;
use crate::screen::say;
use crate::upload::upload;

/// Uploads the file, and follows its run if asked to.
pub async fn import(args: &ImportArgs) -> anyhow::Result<Ending> {
    let deployed = Deployed::find(&args.stack).await?;
    let run = upload(deployed.aws.config(), &deployed.stack.inbox_bucket, &args.feed, &args.file).await?;
    say(&format!("uploaded {}\nrun {run}", args.file.display()));
    if args.follow { deployed.follow(&run, run.as_str()).await } else { Ok(Ending::Good) }
}
